/**
 * Floor 6: the frame table as a whole: how large it must be, and its replacement by a larger one. Byte diagram:
 * layout.ts, "Frame table".
 *
 * As memory grows its capacity doubles, so that copying costs O(1) for each frame ever given.
 */

import { copy, countTrailingZeros, fill, lessThan, load, store } from './memory.ts';
import { alignDown, log2Quotient, minimum } from './bits.ts';
import {
  BIN_TABLE, DESCRIPTOR_SIZE, FRAME_SHIFT, GUARD_FRAMES, LIVE_FRAME_SHIFT, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET,
  STATE_FRAMES_OFFSET, STATE_LEVELS_OFFSET, STATE_LIVE_OFFSET, STATE_NODE_OFFSET, STATE_TABLE_OFFSET, STATE_USED_FRAMES_OFFSET,
  WORD_SHIFT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { frameMapSet, stateAddress } from './state.ts';
import { guardWrite } from './guard.ts';
import { bitmapPlace } from './bitmap.ts';
import { frameMapFill, noPage, outsidePage } from './frame-table.ts';
import { livePlace } from './live-map.ts';
import { buddyFree } from './buddy.ts';
import { pageFrames } from './page.ts';
import { queueAdd } from './page-queue.ts';
import { pageReleaseFrames } from './retire.ts';

/** How many frames a table of `capacity` can describe. */
export const tableFrames = (capacity: i32): i32 => capacity - (capacity >>> 3);

/** The bytes of a table for `capacity` frames; the live map included, where there is one. */
export const tableBytes = (capacity: i32): i32 => {
  const bytes: i32 = capacity << WORD_SHIFT;
  if (HARDENED) return bytes + (tableFrames(capacity) << LIVE_FRAME_SHIFT);
  return bytes;
};

/** The frames of a table for `capacity` frames, its guard included. */
export const tableSpanFrames = (capacity: i32): i32 => GUARD_FRAMES + (tableBytes(capacity) >>> FRAME_SHIFT);

/** The base frame of a table of `capacity` that shall reach down to `firstFrame`. */
export const tableBase = (capacity: i32, firstFrame: i32): i32 => alignDown(firstFrame, capacity >>> 1);

/**
 * The smallest capacity from `smallest` on with which a table can describe the frames [firstFrame, endFrame). At most 2^21.
 */
export const tableCapacity = (smallest: i32, firstFrame: i32, endFrame: i32): i32 => {
  let capacity: i32 = smallest;
  while (tableFrames(capacity) < endFrame - tableBase(capacity, firstFrame)) capacity <<= 1;
  return capacity;
};

/** The frame behind the last one that the table describes. */
export const tableEnd = (): i32 => {
  const state: i32 = stateAddress();
  return load(state + STATE_BASE_FRAME_OFFSET) + tableFrames(load(state + STATE_CAPACITY_OFFSET));
};

/** Whether the table describes `frame`. */
export const tableDescribes = (frame: i32): boolean => {
  const state: i32 = stateAddress();
  return lessThan(frame - load(state + STATE_BASE_FRAME_OFFSET), tableFrames(load(state + STATE_CAPACITY_OFFSET)));
};

/** The descriptor of a table. */
const tableDescriptor = (table: i32, capacity: i32): i32 => table + (capacity << WORD_SHIFT) - DESCRIPTOR_SIZE;

/**
 * Frees in the new bitmap what is free in the old one at `bitmap`, node by node: O(log capacity) for each, and a step for
 * each word. Before, all frames count as used.
 */
const nodesMove = (bitmap: i32, oldCapacity: i32, oldBase: i32): void => {
  const state: i32 = stateAddress();
  store(state + STATE_USED_FRAMES_OFFSET, load(state + STATE_FRAMES_OFFSET));
  const words: i32 = oldCapacity >>> 4;
  for (let index: i32 = 0; index < words; index++) {
    let word: i32 = load(bitmap + (index << WORD_SHIFT));
    while (word != 0) {
      const node: i32 = (index << 5) + countTrailingZeros(word);
      const order: i32 = log2Quotient(oldCapacity, node);
      buddyFree(oldBase + (node << order) - oldCapacity, 1 << order);
      word &= word - 1;
    }
  }
};

/**
 * Makes the memory at `start` the frame table for `capacity` frames from `base` on, with all that the former one held, and
 * frees the former. `frames` is its length in frames of the buddy, as tableSpanFrames tells it; 0 for the first table,
 * which lies before them and has no guard. All frames of regions must be within reach of the new one.
 */
export const tableInstall = (start: i32, capacity: i32, base: i32, frames: i32): void => {
  const state: i32 = stateAddress();
  let table: i32 = start;
  const oldTable: i32 = load(state + STATE_TABLE_OFFSET);
  if (oldTable != 0) table += guardWrite(start);
  const oldCapacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const oldBase: i32 = load(state + STATE_BASE_FRAME_OFFSET);
  const bitmap: i32 = table + (tableFrames(capacity) << WORD_SHIFT);
  let oldLive: i32 = 0;
  if (HARDENED) oldLive = load(state + STATE_LIVE_OFFSET);
  fill(table, 0, tableBytes(capacity));
  store(state + STATE_TABLE_OFFSET, table);
  store(state + STATE_CAPACITY_OFFSET, capacity);
  store(state + STATE_BASE_FRAME_OFFSET, base);
  store(state + STATE_NODE_OFFSET, capacity - base);
  bitmapPlace(state + STATE_LEVELS_OFFSET, bitmap, capacity);
  frameMapSet(table - (base << WORD_SHIFT));
  if (HARDENED) livePlace(table + (capacity << WORD_SHIFT), base, tableFrames(capacity));
  frameMapFill(base, tableFrames(capacity), outsidePage());
  if (oldTable != 0) {
    // All that was described may be more than the new table reaches, but not what any region had.
    const moved: i32 = minimum(tableFrames(oldCapacity), tableFrames(capacity) - (oldBase - base));
    copy(table + ((oldBase - base) << WORD_SHIFT), oldTable, moved << WORD_SHIFT);
    if (HARDENED) {
      const from: i32 = oldBase << LIVE_FRAME_SHIFT;
      copy(load(state + STATE_LIVE_OFFSET) + from, oldLive + from, moved << LIVE_FRAME_SHIFT);
    }
    // The bitmap knows what is free, the map does not: whoever wants this memory may have taken frames already.
    nodesMove(oldTable + (tableFrames(oldCapacity) << WORD_SHIFT), oldCapacity, oldBase);
    const old: i32 = tableDescriptor(oldTable, oldCapacity);
    if (pageFrames(old) != 0) pageReleaseFrames(old);
    frameMapFill(start >>> FRAME_SHIFT, frames, noPage());
    queueAdd(state, BIN_TABLE, tableDescriptor(table, capacity), start >>> FRAME_SHIFT, frames);
  }
};
