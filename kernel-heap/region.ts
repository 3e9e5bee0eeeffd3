/**
 * Floor 6: regions, the frames that the heap was given: at its beginning, later, or by growing the memory.
 *
 * Regions need not be adjacent: a kernel's memory map has holes, and others may call memory.grow. Which frames they have
 * is told by the map alone, so that adjacent ones are one. When the frame table does not reach far enough, a larger one
 * replaces it.
 */

import { fill, lessThan, load, memoryGrow, memorySize, store } from './memory.ts';
import { alignUp, maximum } from './bits.ts';
import {
  BIN_DESCRIPTOR, BLOCK_ALIGNMENT, DESCRIPTOR_RESERVE, DESCRIPTOR_SHIFT, DESCRIPTOR_SIZE, FRAME_MASK, FRAME_SHIFT, GROWS,
  PAGE_USED_OFFSET, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_END_FRAME_OFFSET, STATE_GROWS_OFFSET,
  STATE_MAGIC, STATE_SIZE, STATE_USED_FRAMES_OFFSET, TABLE_CAPACITY_MIN, WASM_PAGE_FRAMES, WASM_PAGE_SHIFT,
} from './layout.ts';
import { heapExists, stateAddress, stateSet } from './state.ts';
import { frameMapFill, frameMapGet, noPage, outsidePage } from './frame-table.ts';
import { buddyAlloc, buddyFree, buddyRunEdge } from './buddy.ts';
import { heapRecordInit, queueAdd, queueOf } from './page-queue.ts';
import {
  tableBase, tableBytes, tableCapacity, tableDescribes, tableEnd, tablePlace, tableReplace, tableSpanFrames,
} from './table.ts';

/** Whether `frame` is one of a region, or of the first page of descriptors, which stands before the first one. */
export const regionHolds = (frame: i32): boolean => tableDescribes(frame) && frameMapGet(frame) != outsidePage();

/** Whether one of the frames [firstFrame, endFrame) is the heap's. O(frames). */
export const regionOverlaps = (firstFrame: i32, endFrame: i32): boolean => {
  const state: i32 = stateAddress();
  if (firstFrame < load(state + STATE_END_FRAME_OFFSET) && state >>> FRAME_SHIFT < endFrame) return true;
  for (let frame: i32 = firstFrame; frame < endFrame; frame++) {
    if (regionHolds(frame)) return true;
  }
  return false;
};

/**
 * Gives the frames [firstFrame, endFrame), none of which is the heap's, to the heap. A `capacity` that is not 0 calls for
 * another frame table, which describes all from the frame `lowest` on; those of the heap end before `heapEnd`. Where the
 * table has no other place, it stands at the beginning of the new frames, or at their end if `tableLast`. Returns how many
 * were taken: all, or 0 if they are too few for the table. Cost: O(frames), and copying when the table is replaced.
 */
const regionTake = (
  firstFrame: i32, endFrame: i32, capacity: i32, lowest: i32, heapEnd: i32, tableLast: boolean,
): i32 => {
  const state: i32 = stateAddress();
  let freeFirst: i32 = firstFrame;
  let freeEnd: i32 = endFrame;
  if (capacity != 0) {
    const span: i32 = tableSpanFrames(capacity);
    // At the beginning of a run of free frames: its end may be where the new ones go on.
    let frame: i32 = buddyAlloc(span, 0, 1);
    if (frame == 0) {
      if (endFrame - firstFrame <= span) return 0;
      if (tableLast) {
        freeEnd -= span;
        frame = freeEnd;
      } else {
        frame = freeFirst;
        freeFirst += span;
      }
    }
    tableReplace(frame << FRAME_SHIFT, capacity, tableBase(capacity, lowest), heapEnd);
  }
  const frames: i32 = endFrame - firstFrame;
  frameMapFill(firstFrame, frames, noPage());
  store(state + STATE_USED_FRAMES_OFFSET, load(state + STATE_USED_FRAMES_OFFSET) + frames);
  buddyFree(freeFirst, freeEnd - freeFirst);
  return frames;
};

/** regionTake for frames above the first that the frame table describes. */
const regionExtend = (firstFrame: i32, endFrame: i32, tableLast: boolean): i32 => {
  const state: i32 = stateAddress();
  const base: i32 = load(state + STATE_BASE_FRAME_OFFSET);
  let capacity: i32 = 0;
  if (tableEnd() < endFrame) capacity = tableCapacity(load(state + STATE_CAPACITY_OFFSET) << 1, base, endFrame);
  return regionTake(firstFrame, endFrame, capacity, base, tableEnd(), tableLast);
};

/** regionTake for any frames; 0 also if there are none, or one of them is the heap's. */
export const regionAdd = (firstFrame: i32, endFrame: i32): i32 => {
  if (endFrame <= firstFrame || regionOverlaps(firstFrame, endFrame)) return 0;
  const state: i32 = stateAddress();
  // Away from a neighbour, so that the two become one run.
  const tableLast: boolean = regionHolds(firstFrame - 1);
  // The base frame is never free (layout.ts).
  if (load(state + STATE_BASE_FRAME_OFFSET) < firstFrame) return regionExtend(firstFrame, endFrame, tableLast);
  let heapEnd: i32 = tableEnd();
  while (!regionHolds(heapEnd - 1)) heapEnd--;
  // Only the first table, which has no frames of its own, has the least capacity.
  const smallest: i32 = maximum(load(state + STATE_CAPACITY_OFFSET), TABLE_CAPACITY_MIN << 1);
  const capacity: i32 = tableCapacity(smallest, firstFrame - 1, heapEnd);
  return regionTake(firstFrame, endFrame, capacity, firstFrame - 1, heapEnd, tableLast);
};

/** The frames of the memory, up to its end. */
const memoryFrames = (): i32 => memorySize() << (WASM_PAGE_SHIFT - FRAME_SHIFT);

/**
 * The memory grows by what is missing and a thirty-second of its size: what memory.grow costs on V8 grows with the memory.
 * To 128 MiB by single wasm pages took 174 ms of growing, by a thirty-second more 8 ms (Node 20); on Wasmtime each call
 * takes 0.7 us. A sixteenth takes 2 % more memory at the benchmark's peaks by geometric mean.
 */
const GROWTH_SHIFT: i32 = 5;

/**
 * Grows the memory by at least `frames` frames, of which a larger frame table may take some: by a thirty-second of its size
 * more, or where that is not to be had, by less. Returns the frames gained; 0 if the memory cannot grow, or if the table
 * would take all that is left. O(log memory) attempts.
 */
export const regionGrow = (frames: i32): i32 => {
  const least: i32 = (frames + WASM_PAGE_FRAMES - 1) >>> (WASM_PAGE_SHIFT - FRAME_SHIFT);
  let wasmPages: i32 = least + (memorySize() >>> GROWTH_SHIFT);
  while (memoryGrow(wasmPages) == -1) {
    if (wasmPages == least) return 0;
    wasmPages = maximum(wasmPages >>> 1, least);
  }
  const end: i32 = memoryFrames();
  const first: i32 = end - (wasmPages << (WASM_PAGE_SHIFT - FRAME_SHIFT));
  return regionExtend(first, end, false);
};

/** Whether the memory ends before `frame`, and can grow. */
export const regionEndsAt = (frame: i32): boolean =>
  load(stateAddress() + STATE_GROWS_OFFSET) != 0 && memoryFrames() == frame;

/**
 * The first of `count` free frames at the end of the memory, aligned to 2^alignmentOrder frames, without taking them:
 * the free frames that are there, and as much more memory as is missing. 0 if there is no more. In a memory that grows.
 */
export const regionGrowFind = (count: i32, alignmentOrder: i32): i32 => {
  for (;;) {
    const memoryEnd: i32 = memoryFrames();
    let first: i32 = memoryEnd;
    if (memoryEnd <= tableEnd()) first = buddyRunEdge(memoryEnd, -1, memoryEnd);
    first = alignUp(first, 1 << alignmentOrder);
    const missing: i32 = first + count - memoryEnd;
    if (missing <= 0) return first;
    // Once more, as a new frame table may take some of the frames.
    if (regionGrow(missing) == 0) return 0;
  }
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
  if (!heapExists() || size == 0) return 0;
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
  if (heapExists()) return 0;
  const state: i32 = alignUp(maximum(start, BLOCK_ALIGNMENT), BLOCK_ALIGNMENT);
  if (lessThan(state, start)) return 0;
  const stateFrame: i32 = state >>> FRAME_SHIFT;
  let end: i32 = memoryFrames();
  if (size != 0) {
    const last: i32 = start + size - 1;
    if (lessThan(last, start)) return 0;
    end = framesEndBefore(last);
    if (end <= stateFrame) return 0;
  }
  // So aligned, the first descriptor is DESCRIPTOR_RESERVE slots at least away from the end of its frame.
  const records: i32 = (state & FRAME_MASK) + STATE_SIZE + tableBytes(TABLE_CAPACITY_MIN);
  const offset: i32 = alignUp(records, DESCRIPTOR_RESERVE << DESCRIPTOR_SHIFT);
  const page: i32 = (stateFrame << FRAME_SHIFT) + offset;
  const first: i32 = stateFrame + (offset >>> FRAME_SHIFT) + 1;
  if (size == 0 && end <= first) {
    if (memoryGrow(((first - end) >>> (WASM_PAGE_SHIFT - FRAME_SHIFT)) + 1) == -1) return 0;
    end = memoryFrames();
  }
  if (end <= first) return 0;

  fill(state, 0, (first << FRAME_SHIFT) - state);
  stateSet(state);
  heapRecordInit(state, STATE_MAGIC);
  store(state + STATE_END_FRAME_OFFSET, first);
  if (size == 0) store(state + STATE_GROWS_OFFSET, GROWS);
  const base: i32 = tableBase(TABLE_CAPACITY_MIN, stateFrame);
  tablePlace(state + STATE_SIZE, TABLE_CAPACITY_MIN, base);

  // The rest up to the first frame is a page of descriptors. Its second slot counts as used for ever: the page, which
  // lies before the buddy's frames, never becomes empty and is never given back.
  queueAdd(queueOf(state, BIN_DESCRIPTOR), BIN_DESCRIPTOR, page, page >>> FRAME_SHIFT, 1, DESCRIPTOR_SIZE);
  const carved: i32 = ((offset & FRAME_MASK) >>> DESCRIPTOR_SHIFT) + 2;
  store(page + PAGE_USED_OFFSET, (carved << 16) + 1); // used, and carved behind it
  return regionExtend(first, end, false);
};
