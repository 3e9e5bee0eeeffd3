/**
 * Floor 5: the frame table as a whole: how large it must be, and its replacement by a larger one. Byte diagram:
 * layout.ts, "Frame table".
 *
 * As memory grows its capacity doubles, so that copying costs O(1) for each frame ever given.
 */

import { copy, countTrailingZeros, fill, load, store } from './memory.ts';
import { alignDown, log2Quotient, minimum } from './bits.ts';
import {
  BIN_TABLE, DESCRIPTOR_SIZE, FRAME_SHIFT, GUARD_FRAMES, LIVE_FRAME_SHIFT, REGION_SIZE_SHIFT, STATE_BASE_FRAME_OFFSET,
  STATE_CAPACITY_OFFSET, STATE_LEVELS_OFFSET, STATE_LIVE_OFFSET, STATE_REGIONS_OFFSET, STATE_REGION_COUNT_OFFSET,
  STATE_TABLE_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { frameMapSet, stateAddress } from './state.ts';
import { guardWrite } from './guard.ts';
import { bitmapBytes, bitmapPlace, bitmapToggle } from './bitmap.ts';
import { frameMapFill, frameMapPut, noPage } from './frame-table.ts';
import { livePlace } from './live-map.ts';
import { buddyFree } from './buddy.ts';
import { pageFirstFrame, pageFrames, pageInit } from './page.ts';

/** How many frames a table of `capacity` can describe. */
const tableFrames = (capacity: i32): i32 => capacity - (capacity >>> 3);

/** The bytes of a table for `capacity` frames; the live map included, where there is one. */
export const tableBytes = (capacity: i32): i32 => {
  const bytes: i32 = capacity << WORD_SHIFT;
  if (HARDENED) return bytes + (tableFrames(capacity) << LIVE_FRAME_SHIFT);
  return bytes;
};

/** The frames of a table for `capacity` frames, its guard included. */
export const tableSpanFrames = (capacity: i32): i32 => GUARD_FRAMES + (tableBytes(capacity) >>> FRAME_SHIFT);

/** The bytes of a table before its list of regions: the map and the bitmap. */
const tableRegionsOffset = (capacity: i32): i32 => (tableFrames(capacity) << WORD_SHIFT) + bitmapBytes(capacity);

/** The base frame of a table of `capacity` that shall reach down to `firstFrame`. */
export const tableBase = (capacity: i32, firstFrame: i32): i32 => alignDown(firstFrame, capacity >>> 1);

/** Whether a table of `capacity` from frame `base` on reaches to the frame before `endFrame` and lists `regions` regions. */
const tableServes = (capacity: i32, base: i32, endFrame: i32, regions: i32): boolean => {
  if (tableFrames(capacity) < endFrame - base) return false;
  const room: i32 = (capacity << WORD_SHIFT) - tableRegionsOffset(capacity) - DESCRIPTOR_SIZE;
  return regions <= room >>> REGION_SIZE_SHIFT;
};

/**
 * The smallest capacity from `smallest` on with which a table can describe the frames [firstFrame, endFrame) and list
 * `regions` regions. At most 2^21.
 */
export const tableCapacity = (smallest: i32, firstFrame: i32, endFrame: i32, regions: i32): i32 => {
  let capacity: i32 = smallest;
  while (!tableServes(capacity, tableBase(capacity, firstFrame), endFrame, regions)) capacity <<= 1;
  return capacity;
};

/** The address of the entry of region `index`: its first frame, then the frame behind it. */
export const regionEntry = (index: i32): i32 =>
  load(stateAddress() + STATE_REGIONS_OFFSET) + (index << REGION_SIZE_SHIFT);

/** The number of regions. */
export const regionCount = (): i32 => load(stateAddress() + STATE_REGION_COUNT_OFFSET);

/** The descriptor of a table. */
const tableDescriptor = (table: i32, capacity: i32): i32 => table + (capacity << WORD_SHIFT) - DESCRIPTOR_SIZE;

/** Sets every node of the new bitmap `levels` that is set in the old one at `oldBitmap`. O(old capacity / 32 + nodes). */
const bitmapMove = (oldBitmap: i32, oldCapacity: i32, oldBase: i32, capacity: i32, base: i32): void => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  const words: i32 = oldCapacity >>> 4;
  for (let index: i32 = 0; index < words; index++) {
    let word: i32 = load(oldBitmap + (index << WORD_SHIFT));
    while (word != 0) {
      const node: i32 = (index << 5) + countTrailingZeros(word);
      const order: i32 = log2Quotient(oldCapacity, node);
      const frame: i32 = oldBase + (node << order) - oldCapacity;
      bitmapToggle(levels, (frame - base + capacity) >>> order);
      word &= word - 1;
    }
  }
};

/**
 * Makes the memory at `start` the frame table for `capacity` frames, with all that the former one held, and frees the
 * former. `frames` is its length in frames of the buddy, as tableSpanFrames tells it; 0 for the first table, which lies
 * before them and has no guard.
 */
export const tableInstall = (start: i32, capacity: i32, base: i32, frames: i32): void => {
  const state: i32 = stateAddress();
  let table: i32 = start;
  if (frames != 0) table += guardWrite(start);
  const oldTable: i32 = load(state + STATE_TABLE_OFFSET);
  const oldCapacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const oldBase: i32 = load(state + STATE_BASE_FRAME_OFFSET);
  const oldRegions: i32 = load(state + STATE_REGIONS_OFFSET);
  const regions: i32 = table + tableRegionsOffset(capacity);
  const bitmap: i32 = table + (tableFrames(capacity) << WORD_SHIFT);
  let oldLive: i32 = 0;
  if (HARDENED) oldLive = load(state + STATE_LIVE_OFFSET);
  fill(table, 0, tableBytes(capacity));
  store(state + STATE_TABLE_OFFSET, table);
  store(state + STATE_CAPACITY_OFFSET, capacity);
  store(state + STATE_BASE_FRAME_OFFSET, base);
  store(state + STATE_REGIONS_OFFSET, regions);
  bitmapPlace(state + STATE_LEVELS_OFFSET, bitmap, capacity);
  frameMapSet(table - (base << WORD_SHIFT));
  if (HARDENED) livePlace(table + (capacity << WORD_SHIFT), base, tableFrames(capacity));
  frameMapFill(base, tableFrames(capacity), noPage());
  if (oldTable != 0) {
    // The new table begins at the same frame or a lower one: its capacity is no smaller, nor its first frame higher.
    const moved: i32 = minimum(tableFrames(oldCapacity), tableFrames(capacity) - (oldBase - base));
    copy(table + ((oldBase - base) << WORD_SHIFT), oldTable, moved << WORD_SHIFT);
    if (HARDENED) {
      const from: i32 = oldBase << LIVE_FRAME_SHIFT;
      copy(load(state + STATE_LIVE_OFFSET) + from, oldLive + from, moved << LIVE_FRAME_SHIFT);
    }
    bitmapMove(oldTable + (tableFrames(oldCapacity) << WORD_SHIFT), oldCapacity, oldBase, capacity, base);
    copy(regions, oldRegions, regionCount() << REGION_SIZE_SHIFT);
    const old: i32 = tableDescriptor(oldTable, oldCapacity);
    const oldFrames: i32 = pageFrames(old);
    if (oldFrames != 0) {
      const oldFrame: i32 = pageFirstFrame(old);
      frameMapPut(oldFrame, noPage());
      buddyFree(oldFrame, oldFrames);
    }
  }
  if (frames != 0) {
    const descriptor: i32 = tableDescriptor(table, capacity);
    pageInit(descriptor, state, BIN_TABLE, start, frames);
    frameMapPut(start >>> FRAME_SHIFT, descriptor);
  }
};
