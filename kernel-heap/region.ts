/**
 * Floor 6: regions, the frames that the heap was given: at its beginning, later, or by growing the memory.
 *
 * Regions need not be adjacent: a kernel's memory map has holes, and others may call memory.grow. Adjacent ones become
 * one. When the frame table does not reach far enough, a larger one replaces it.
 */

import { copy, fill, lessThan, load, memoryGrow, memorySize, store, store16 } from './memory.ts';
import { alignUp, maximum, minimum } from './bits.ts';
import {
  BIN_DESCRIPTOR, BLOCK_ALIGNMENT, DESCRIPTOR_RESERVE, DESCRIPTOR_SHIFT, DESCRIPTOR_SIZE, FRAME_MASK, FRAME_SHIFT, GROWS,
  PAGE_CARVED_OFFSET, PAGE_USED_OFFSET, REGION_END_OFFSET, REGION_SIZE, REGION_SIZE_SHIFT, STATE_BASE_FRAME_OFFSET,
  STATE_CAPACITY_OFFSET, STATE_END_FRAME_OFFSET, STATE_GROWS_OFFSET, STATE_MAGIC, STATE_MAGIC_OFFSET,
  STATE_REGION_COUNT_OFFSET, STATE_SIZE, STATE_USED_FRAMES_OFFSET, STATE_VERSION, STATE_VERSION_OFFSET,
  TABLE_CAPACITY_MIN, TABLE_CAPACITY_OUTER_MIN, WASM_PAGE_FRAMES, WASM_PAGE_SHIFT,
} from './layout.ts';
import { stateAddress, stateSet } from './state.ts';
import { buddyAlloc, buddyFree, buddyRunEnd, buddyRunStart, buddyUse } from './buddy.ts';
import { heapRecordInit, queueAdd } from './page-queue.ts';
import {
  regionCount, regionEntry, tableBase, tableBytes, tableCapacity, tableInstall, tableSpanFrames,
} from './table.ts';

/** Adds [firstFrame, endFrame) to the list of regions, as one with those that it touches. */
const regionInsert = (firstFrame: i32, endFrame: i32): void => {
  let first: i32 = firstFrame;
  let end: i32 = endFrame;
  let entry: i32 = regionEntry(0);
  let last: i32 = regionEntry(regionCount());
  while (entry != last) {
    const entryFirst: i32 = load(entry);
    const entryEnd: i32 = load(entry + REGION_END_OFFSET);
    if (entryEnd == first || entryFirst == end) {
      if (entryEnd == first) first = entryFirst;
      else end = entryEnd;
      // The last entry takes its place.
      last -= REGION_SIZE;
      copy(entry, last, REGION_SIZE);
    } else {
      entry += REGION_SIZE;
    }
  }
  store(last, first);
  store(last + REGION_END_OFFSET, end);
  store(stateAddress() + STATE_REGION_COUNT_OFFSET, ((last - regionEntry(0)) >>> REGION_SIZE_SHIFT) + 1);
};

/** Whether a region has one of the frames [firstFrame, endFrame). O(regions). */
export const regionHolds = (firstFrame: i32, endFrame: i32): boolean => {
  const end: i32 = regionEntry(regionCount());
  for (let entry: i32 = regionEntry(0); entry != end; entry += REGION_SIZE) {
    if (load(entry) < endFrame && firstFrame < load(entry + REGION_END_OFFSET)) return true;
  }
  return false;
};

/** Whether one of the frames [firstFrame, endFrame) is the heap's. O(regions). */
export const regionOverlaps = (firstFrame: i32, endFrame: i32): boolean => {
  const state: i32 = stateAddress();
  if (firstFrame < load(state + STATE_END_FRAME_OFFSET) && state >>> FRAME_SHIFT < endFrame) return true;
  return regionHolds(firstFrame, endFrame);
};

/**
 * Gives the frames [firstFrame, endFrame) to the heap. Returns how many were taken: all, or 0 if the range is empty,
 * overlaps a region, or is too small and the heap too full for the larger frame table that it needs.
 * Cost: O(regions), and copying when the table is replaced.
 */
export const regionAdd = (firstFrame: i32, endFrame: i32): i32 => {
  const state: i32 = stateAddress();
  if (endFrame <= firstFrame || regionOverlaps(firstFrame, endFrame)) return 0;
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const base: i32 = load(state + STATE_BASE_FRAME_OFFSET);
  // All that is there begins at the base or above, and a table that begins there begins no lower for its sake.
  const lowest: i32 = minimum(firstFrame, base);
  const regions: i32 = regionCount();
  const end: i32 = regionEntry(regions);
  let highest: i32 = endFrame;
  for (let entry: i32 = regionEntry(0); entry != end; entry += REGION_SIZE) {
    highest = maximum(highest, load(entry + REGION_END_OFFSET));
  }
  let freeFirst: i32 = firstFrame;
  let freeEnd: i32 = endFrame;
  const needed: i32 = tableCapacity(capacity, lowest, highest, regions + 1);
  if (lowest != base || needed != capacity) {
    const larger: i32 = maximum(needed, TABLE_CAPACITY_OUTER_MIN);
    const frames: i32 = tableSpanFrames(larger);
    const room: boolean = frames < endFrame - firstFrame;
    const grows: boolean = load(state + STATE_GROWS_OFFSET) != 0;
    // A memory that grows keeps its end free. Elsewhere the table goes to the side of the new region that is away from
    // its neighbour, so that the two become one run.
    let frame: i32 = 0;
    if (grows || !room) frame = buddyAlloc(frames, 0);
    if (frame == 0) {
      if (!room) return 0;
      if (!grows && regionHolds(firstFrame - 1, firstFrame)) {
        freeEnd -= frames;
        frame = freeEnd;
      } else {
        frame = freeFirst;
        freeFirst += frames;
      }
      buddyUse(frames);
    }
    tableInstall(frame << FRAME_SHIFT, larger, tableBase(larger, lowest), frames);
  }
  regionInsert(firstFrame, endFrame);
  store(state + STATE_USED_FRAMES_OFFSET, load(state + STATE_USED_FRAMES_OFFSET) + freeEnd - freeFirst);
  buddyFree(freeFirst, freeEnd - freeFirst);
  return endFrame - firstFrame;
};

/** regionGrow by `frames` frames rounded up to wasm pages, and what a larger frame table needs. */
const regionGrowBy = (frames: i32): i32 => {
  const state: i32 = stateAddress();
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const regions: i32 = regionCount() + 1;
  const memoryEnd: i32 = memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT);
  let gain: i32 = alignUp(frames, WASM_PAGE_FRAMES);
  if (tableCapacity(capacity, load(state + STATE_BASE_FRAME_OFFSET), memoryEnd + gain, regions) != capacity) {
    // The table itself takes less than a 32nd of what it describes, or a few frames.
    const end: i32 = memoryEnd + gain + ((memoryEnd + gain) >>> 5) + WASM_PAGE_FRAMES;
    const larger: i32 = tableCapacity(maximum(capacity, TABLE_CAPACITY_OUTER_MIN), 0, end, regions);
    gain = alignUp(frames + tableSpanFrames(larger), WASM_PAGE_FRAMES);
  }
  const before: i32 = memoryGrow(gain >>> (WASM_PAGE_SHIFT - FRAME_SHIFT));
  if (before == -1) return 0;
  const first: i32 = before << (WASM_PAGE_SHIFT - FRAME_SHIFT);
  return regionAdd(first, first + gain);
};

/**
 * The memory grows by a sixteenth of its size, or by what is missing if that is more: what memory.grow costs on V8 grows
 * with the memory. To 128 MiB by single wasm pages took 2.4 s of growing, by sixteenths 0.02 s (Node 20); on Wasmtime
 * each call takes 0.7 us. Of the memory in use at the benchmark's peaks it is 1 % more by geometric mean; an eighth
 * was 5 % more.
 */
const GROWTH_SHIFT: i32 = 4;

/**
 * Grows the memory by at least `frames` frames, and by a larger frame table if that needs one; where there is less than
 * a sixteenth to be had, by no more than these. Returns the frames gained; 0 if the memory cannot grow.
 */
const regionGrow = (frames: i32): i32 => {
  const wasmPages: i32 = memorySize() >>> GROWTH_SHIFT;
  if (frames >>> (WASM_PAGE_SHIFT - FRAME_SHIFT) < wasmPages) {
    const gained: i32 = regionGrowBy(wasmPages << (WASM_PAGE_SHIFT - FRAME_SHIFT));
    if (gained != 0) return gained;
  }
  return regionGrowBy(frames);
};

/** Whether the memory ends before `frame`, and can grow. */
export const regionEndsAt = (frame: i32): boolean =>
  load(stateAddress() + STATE_GROWS_OFFSET) != 0 && memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT) == frame;

/**
 * Makes the frames from `firstFrame`, where a run of free frames begins that the memory ends with, up to `endFrame` free
 * by growing the memory. Returns whether that was possible.
 */
export const regionGrowTo = (firstFrame: i32, endFrame: i32): boolean => {
  const missing: i32 = endFrame - (memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT));
  if (regionGrow(missing) == 0) return false;
  // Others may have grown the memory as well, and a new frame table may stand here.
  return buddyRunEnd(firstFrame, endFrame) >= endFrame;
};

/**
 * The first of `count` free frames at the end of the memory, aligned to 2^alignmentOrder frames, without taking them:
 * the free frames that are there, and as much more memory as is missing. 0 if there is no more. In a memory that grows.
 */
export const regionGrowFind = (count: i32, alignmentOrder: i32): i32 => {
  let first: i32 = 0;
  let missing: i32 = 0;
  // A new frame table may take some of the frames.
  do {
    const memoryEnd: i32 = memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT);
    first = memoryEnd;
    if (regionHolds(memoryEnd - 1, memoryEnd)) first = buddyRunStart(memoryEnd);
    first = alignUp(first, 1 << alignmentOrder);
    missing = first + count - memoryEnd;
  } while (missing > 0 && regionGrow(missing) != 0);
  if (missing > 0) return 0;
  return first;
};

/** The frame behind the last whole one, in memory whose last byte is at `last`. */
const framesEndBefore = (last: i32): i32 => {
  if ((last & FRAME_MASK) == FRAME_MASK) return (last >>> FRAME_SHIFT) + 1;
  return last >>> FRAME_SHIFT;
};

/**
 * Adds the memory from address `start` on, `size` bytes, to the heap; whole frames are used. Returns the frames taken,
 * 0 if there are none, the range wraps, overlaps a region, or there is no heap yet.
 */
export const regionGive = (start: i32, size: i32): i32 => {
  const last: i32 = start + size - 1;
  if (stateAddress() == 0 || size == 0) return 0;
  if (lessThan(last, start)) return 0;
  // Frame 0 is left out: address 0 is no block.
  let first: i32 = 1;
  if (start != 0) first = ((start - 1) >>> FRAME_SHIFT) + 1;
  return regionAdd(first, framesEndBefore(last));
};

/**
 * Begins the heap in the memory from address `start` on. `size` bytes are a fixed region, extended by regionGive
 * alone; 0 means all memory from there on, growing on demand. The state record, the first frame table and a few
 * descriptors come first, whole frames follow. Returns the frames given to the buddy; 0, and nothing is changed, if
 * there is a heap already, the range wraps or is too small for a single frame.
 */
export const regionInit = (start: i32, size: i32): i32 => {
  if (stateAddress() != 0) return 0;
  const state: i32 = alignUp(maximum(start, BLOCK_ALIGNMENT), BLOCK_ALIGNMENT);
  if (lessThan(state, start)) return 0;
  const stateFrame: i32 = state >>> FRAME_SHIFT;
  let end: i32 = memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT);
  if (size != 0) {
    const last: i32 = start + size - 1;
    if (lessThan(last, start)) return 0;
    end = framesEndBefore(last);
    if (end <= stateFrame) return 0;
  }
  const capacity: i32 = tableCapacity(TABLE_CAPACITY_MIN, stateFrame, maximum(end, stateFrame), 1);
  const tableEnd: i32 = state + STATE_SIZE + tableBytes(capacity);
  const reserveEnd: i32 = tableEnd + (DESCRIPTOR_RESERVE << DESCRIPTOR_SHIFT) - 1;
  if (lessThan(reserveEnd, state)) return 0;
  const slotsFrame: i32 = reserveEnd >>> FRAME_SHIFT;
  const first: i32 = slotsFrame + 1;
  if (size == 0 && end <= first) {
    if (end == 0 || first - end >= WASM_PAGE_FRAMES) return 0;
    if (memoryGrow(1) == -1) return 0;
    end += WASM_PAGE_FRAMES;
  }
  if (end <= first) return 0;

  fill(state, 0, (first << FRAME_SHIFT) - state);
  stateSet(state);
  heapRecordInit(state);
  store(state + STATE_MAGIC_OFFSET, STATE_MAGIC);
  store(state + STATE_VERSION_OFFSET, STATE_VERSION);
  store(state + STATE_END_FRAME_OFFSET, first);
  if (size == 0) store(state + STATE_GROWS_OFFSET, GROWS);
  tableInstall(state + STATE_SIZE, capacity, tableBase(capacity, stateFrame), 0);

  // The rest up to the first frame is a page of descriptors. Its second slot counts as used for ever: the page, which
  // lies before the buddy's frames, never becomes empty and is never given back.
  const page: i32 = maximum(alignUp(tableEnd, DESCRIPTOR_SIZE), slotsFrame << FRAME_SHIFT);
  queueAdd(state, BIN_DESCRIPTOR, page, slotsFrame, 1);
  store16(page + PAGE_USED_OFFSET, 1);
  store16(page + PAGE_CARVED_OFFSET, ((page & FRAME_MASK) >>> DESCRIPTOR_SHIFT) + 2);
  return regionAdd(first, end);
};
