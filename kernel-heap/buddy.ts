/**
 * Floor 4: the buddy. Free frames are exactly the set bits of one bitmap (bitmap.ts), in their canonical binary
 * decomposition: a node is set if all its frames are free and its parent's are not. Nothing is written into free
 * frames, and nothing depends on the order in which they became free.
 *
 * Knuth, The Art of Computer Programming, volume 1, 2.5 (buddy system); the bitmap indexed like a binary heap serves
 * in place of lists of free spans.
 */

import { countTrailingZeros, lessThan, load, store } from './memory.ts';
import { alignUp, log2Ceil, log2Floor, maximum } from './bits.ts';
import {
  STATE_CAPACITY_OFFSET, STATE_LEVELS_OFFSET, STATE_NODE_OFFSET, STATE_USED_FRAMES_OFFSET,
  STATE_USED_FRAMES_PEAK_OFFSET,
} from './layout.ts';
import { stateAddress } from './state.ts';
import { bitmapMerge, bitmapNext, bitmapTest } from './bitmap.ts';

/** The node of order 0 for `frame`. */
export const buddyNode = (frame: i32): i32 => frame + load(stateAddress() + STATE_NODE_OFFSET);

/** The frame of `node`, a node of order 0. */
const buddyFrame = (node: i32): i32 => node - load(stateAddress() + STATE_NODE_OFFSET);

/**
 * Turns over the state of the frames between `from` and `to`: free ones become used when `to` < `from`, used ones
 * free when `from` < `to`. Both are nodes of order 0, the range is half open.
 *
 * One pass over the orders, from the lowest at which an end is odd. An odd end cuts a pair of buddies in two. Making
 * frames free, the end node is set unless its outer buddy is free: then they merge, the buddy's bit is cleared, and
 * the range goes on with both. Taking frames is the same with the two ends exchanged: a bit that is set is the end
 * of the free span that is cut, and a bit that is not set is a remainder of a larger one. Each step turns one bit.
 *
 * Example, T = 8, all free (node 1 set), take frames 0 to 2: from = 11, to = 8. Order 0: 11 is odd, its buddy 10 is
 * not set, so 11 is set (frame 3 stays free), from = 12. Order 1: from = 6, to = 4. Order 2: from = 3, to = 2: 3 is
 * odd, 2 is not set, 3 is set (frames 4 to 7), from = 4. Order 3: from = 2, to = 1: 1 is odd and set: cleared, to = 2.
 */
const buddyFlip = (from: i32, to: i32): void => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  let first: i32 = from;
  let end: i32 = to;
  while (first != end) {
    const orders: i32 = countTrailingZeros(first | end);
    first >>>= orders;
    end >>>= orders;
    if ((first & 1) != 0) {
      first += 1 - (bitmapMerge(levels, first - 1) << 1);
    }
    if ((end & 1) != 0) {
      end += (bitmapMerge(levels, end) << 1) - 1;
    }
  }
};

/** Makes `count` frames from `frame` on free; they merge with free neighbours. O(log capacity). */
export const buddyFree = (frame: i32, count: i32): void => {
  const used: i32 = stateAddress() + STATE_USED_FRAMES_OFFSET;
  const node: i32 = buddyNode(frame);
  store(used, load(used) - count);
  buddyFlip(node, node + count);
};

/** Counts `count` more frames as used, and the peak. */
const buddyUse = (count: i32): void => {
  const state: i32 = stateAddress();
  const used: i32 = load(state + STATE_USED_FRAMES_OFFSET) + count;
  store(state + STATE_USED_FRAMES_OFFSET, used);
  if (lessThan(load(state + STATE_USED_FRAMES_PEAK_OFFSET), used)) store(state + STATE_USED_FRAMES_PEAK_OFFSET, used);
};

/** Takes `count` frames from `frame` on, all of which are free. O(log capacity). */
export const buddyTake = (frame: i32, count: i32): void => {
  const node: i32 = buddyNode(frame);
  buddyUse(count);
  buddyFlip(node + count, node);
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames; the first of them, 0 if there is no node that holds them.
 * The smallest sufficient order, there the lowest address: large spans and the end of the memory stay free for as long
 * as possible. O(log² capacity): each order that has none takes a few words to tell.
 */
export const buddyAlloc = (count: i32, alignmentOrder: i32): i32 => {
  const state: i32 = stateAddress();
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  let order: i32 = maximum(log2Ceil(count), alignmentOrder);
  let node: i32 = 0;
  while (node == 0) {
    const row: i32 = capacity >>> order;
    if (row <= 1) return 0;
    node = bitmapNext(state + STATE_LEVELS_OFFSET, row, row) << order;
    order++;
  }
  const frame: i32 = buddyFrame(node);
  buddyTake(frame, count);
  return frame;
};

/**
 * The length in frames of the free span that begins at `frame`, or of the one that ends before it if `before` is 1 rather
 * than 0; 0 if there is none.
 */
const buddySpanBeside = (frame: i32, before: i32): i32 => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  const node: i32 = buddyNode(frame);
  // Its order is at most the number of zeros at the node's end.
  const orderMax: i32 = countTrailingZeros(node);
  for (let order: i32 = 0; order <= orderMax; order++) {
    if (bitmapTest(levels, (node >>> order) - before) != 0) return 1 << order;
  }
  return 0;
};

/** The length in frames of the free span that begins at `frame`; 0 if none begins there. */
export const buddySpanFrames = (frame: i32): i32 => buddySpanBeside(frame, 0);

/** The frame behind the run of free frames that begins at `frame`, `frame` itself if that is not free. Stops at `limit`. */
export const buddyRunEnd = (frame: i32, limit: i32): i32 => {
  let end: i32 = frame;
  let length: i32 = 1;
  while (length != 0 && end < limit) {
    length = buddySpanFrames(end);
    end += length;
  }
  return end;
};

/** The first frame of the run of free frames that ends before `frame`; `frame` itself if there is none. */
export const buddyRunStart = (frame: i32): i32 => {
  let start: i32 = frame;
  let length: i32 = 1;
  while (length != 0) {
    length = buddySpanBeside(start, 1);
    start -= length;
  }
  return start;
};

/**
 * The first of `count` frames, aligned to 2^alignmentOrder frames, in the run of free frames around the frame `inside`,
 * where one of its nodes begins; 0 if the run is too short. O(log² capacity).
 *
 * The orders of a run rise to the largest and fall again, and none comes three times, or two buddies would not have
 * merged. Example: frames 5 to 15 are a run of the orders 0, 1, 3.
 */
const buddyRunAround = (inside: i32, count: i32, alignmentOrder: i32): i32 => {
  const frame: i32 = alignUp(buddyRunStart(inside), 1 << alignmentOrder);
  if (buddyRunEnd(inside, frame + count) < frame + count) return 0;
  return frame;
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames, from a run around one of the first `attempts` nodes of `order`.
 * Returns the first frame, 0 if there is none. O(log² capacity) for each node; one that is not so aligned costs a step.
 */
const buddyPackOrder = (order: i32, count: i32, alignmentOrder: i32, attempts: i32): i32 => {
  const state: i32 = stateAddress();
  const levels: i32 = state + STATE_LEVELS_OFFSET;
  const row: i32 = load(state + STATE_CAPACITY_OFFSET) >>> order;
  let node: i32 = bitmapNext(levels, row, row);
  for (let left: i32 = attempts; node != 0 && left > 0; left--) {
    const inside: i32 = buddyFrame(node << order);
    let frame: i32 = 0;
    if ((inside & ((1 << alignmentOrder) - 1)) == 0) frame = buddyRunAround(inside, count, alignmentOrder);
    if (frame != 0) {
      buddyTake(frame, count);
      return frame;
    }
    node = bitmapNext(levels, row, node + 1);
  }
  return 0;
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames, from a run of free nodes: one around the smallest node that may
 * do, and from the beginning of it. So blocks of 65 frames lie side by side, where buddyAlloc leaves 63 frames behind each;
 * and frames are found where no single node suffices. Returns the first frame; 0 if there are none around the first
 * `attempts` nodes of each order.
 *
 * A run of 2^(k + 1) - 1 frames holds a node of order k, so that no order below log2(count + 1) - 1 need be looked at. That
 * one comes last: first of all, it made replacement of large blocks a tenth slower. With an alignment above the order the
 * run begins with a node that is so aligned, for no larger one lies across its beginning.
 */
export const buddyPack = (count: i32, alignmentOrder: i32, attempts: i32): i32 => {
  let frame: i32 = 0;
  const capacity: i32 = load(stateAddress() + STATE_CAPACITY_OFFSET);
  for (let order: i32 = log2Floor(count); frame == 0 && 1 << order < capacity; order++) {
    frame = buddyPackOrder(order, count, alignmentOrder, attempts);
  }
  if (frame == 0) frame = buddyPackOrder(log2Floor(count + 1) - 1, count, alignmentOrder, attempts);
  return frame;
};
