/**
 * Floor 6: the frame table as a whole: how large it must be, and its replacement by a larger one. Byte diagram:
 * layout.ts, "Frame table".
 *
 * As memory grows its capacity doubles, so that copying costs O(1) for each frame ever given.
 */

import { copy, countTrailingZeros, fill, lessThan, load, store } from './memory.ts';
import { alignDown } from './bits.ts';
import {
  FRAME_SHIFT, GUARD_FRAMES, LIVE_FRAME_SHIFT, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET,
  STATE_LEVELS_OFFSET, STATE_LIVE_OFFSET, STATE_SIZE, STATE_TABLE_END_OFFSET, STATE_TABLE_OFFSET, TABLE_SHIFT, WORD_SHIFT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { frameMapAddress, frameMapSet, stateAddress } from './state.ts';
import { GUARD_SIZE, guardWrite } from './guard.ts';
import { bitmapFrame, bitmapLast, bitmapOrder, bitmapPlace } from './bitmap.ts';
import { frameMapFill, outsidePage } from './frame-table.ts';
import { livePlace } from './live-map.ts';
import { buddyFlip, buddyFree } from './buddy.ts';

/** How many frames a table of `capacity` can describe. */
export const tableFrames = (capacity: i32): i32 => capacity - (capacity >>> 3);

/** The bytes of a table for `capacity` frames; the live map included, where there is one. */
export const tableBytes = (capacity: i32): i32 => capacity << TABLE_SHIFT;

/** The frames of a table for `capacity` frames, its guard included. */
export const tableSpanFrames = (capacity: i32): i32 => GUARD_FRAMES + (capacity >>> (FRAME_SHIFT - TABLE_SHIFT));

/** Whether the table at `table` is the first one, which lies behind the state record `state`, before all regions. */
const tableIsFirst = (state: i32, table: i32): boolean => table == state + STATE_SIZE;

/** The first frame of the table of the heap `state`, or of the table's guard; 0 if it is the first one. */
export const tableFrame = (state: i32): i32 => {
  const table: i32 = load(state + STATE_TABLE_OFFSET);
  if (tableIsFirst(state, table)) return 0;
  return (table - GUARD_SIZE) >>> FRAME_SHIFT;
};

/** Whether `frame` is one of the table's of the heap `state`. */
export const tableHolds = (state: i32, frame: i32): boolean => {
  const first: i32 = tableFrame(state);
  return first != 0 && lessThan(frame - first, tableSpanFrames(load(state + STATE_CAPACITY_OFFSET)));
};

/** The base frame of a table of `capacity` that shall reach down to `firstFrame`. */
export const tableBase = (capacity: i32, firstFrame: i32): i32 => alignDown(firstFrame, capacity >>> 1);

/** The smallest capacity from `smallest` on with which a table can describe the frames [firstFrame, endFrame). At most 2^21. */
export const tableCapacity = (smallest: i32, firstFrame: i32, endFrame: i32): i32 => {
  let capacity: i32 = smallest;
  while (tableFrames(capacity) < endFrame - tableBase(capacity, firstFrame)) capacity <<= 1;
  return capacity;
};

/** The frame behind the last one that the table describes. */
export const tableEnd = (): i32 => load(stateAddress() + STATE_TABLE_END_OFFSET);

/** Whether the table describes `frame`. */
export const tableDescribes = (frame: i32): boolean =>
  load(stateAddress() + STATE_BASE_FRAME_OFFSET) <= frame && frame < tableEnd();

/**
 * Frees in the new bitmap, of a table from the frame `base` on, what is free in the old one at `bitmap`, of a table from
 * `oldBase` on: node by node, O(log capacity) for each, and a step for each word.
 */
const nodesMove = (bitmap: i32, oldCapacity: i32, oldBase: i32, base: i32): void => {
  const last: i32 = bitmapLast(oldCapacity);
  let index: i32 = 0;
  do {
    let word: i32 = load(bitmap + (index << WORD_SHIFT));
    while (word != 0) {
      const node: i32 = (index << 5) + countTrailingZeros(word);
      const order: i32 = bitmapOrder(last, node);
      const first: i32 = bitmapFrame(last, node, order) + oldBase - base;
      if (node != last) buddyFlip(first, first + (1 << order));
      word &= word - 1;
    }
    index++;
  } while (index != oldCapacity >>> 4);
};

/** Makes the tableBytes(capacity) bytes at `table` a table of the frames from `base` on, none of which is the heap's. */
export const tablePlace = (table: i32, capacity: i32, base: i32): void => {
  const state: i32 = stateAddress();
  const frames: i32 = tableFrames(capacity);
  fill(table, 0, tableBytes(capacity));
  store(state + STATE_TABLE_OFFSET, table);
  store(state + STATE_CAPACITY_OFFSET, capacity);
  store(state + STATE_BASE_FRAME_OFFSET, base);
  store(state + STATE_TABLE_END_OFFSET, base + frames);
  bitmapPlace(state + STATE_LEVELS_OFFSET, table + (frames << WORD_SHIFT), capacity);
  frameMapSet(table - (base << WORD_SHIFT));
  if (HARDENED) livePlace(table + (capacity << WORD_SHIFT), base, frames);
  frameMapFill(base, frames, outsidePage());
};

/**
 * Makes the tableSpanFrames(capacity) frames from address `start` on the frame table for `capacity` frames from `base` on,
 * with all that the former one held of the frames below `heapEnd`, and frees that. The heap has none above, and none out of
 * reach of the new one.
 */
export const tableReplace = (start: i32, capacity: i32, base: i32, heapEnd: i32): void => {
  const state: i32 = stateAddress();
  const oldTable: i32 = load(state + STATE_TABLE_OFFSET);
  const oldCapacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const oldBase: i32 = load(state + STATE_BASE_FRAME_OFFSET);
  const oldBitmap: i32 = load(state + STATE_LEVELS_OFFSET);
  let oldLive: i32 = 0;
  if (HARDENED) oldLive = load(state + STATE_LIVE_OFFSET);
  const frames: i32 = heapEnd - oldBase;
  tablePlace(start + guardWrite(start), capacity, base);
  copy(frameMapAddress() + (oldBase << WORD_SHIFT), oldTable, frames << WORD_SHIFT);
  if (HARDENED) {
    const from: i32 = oldBase << LIVE_FRAME_SHIFT;
    copy(load(state + STATE_LIVE_OFFSET) + from, oldLive + from, frames << LIVE_FRAME_SHIFT);
  }
  // The bitmap knows what is free, the map does not: whoever wants this memory may have taken frames already.
  nodesMove(oldBitmap, oldCapacity, oldBase, base);
  if (!tableIsFirst(state, oldTable)) buddyFree((oldTable - GUARD_SIZE) >>> FRAME_SHIFT, tableSpanFrames(oldCapacity));
};
