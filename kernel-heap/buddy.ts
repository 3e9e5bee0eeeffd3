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
  STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_LEVELS_OFFSET, STATE_USED_FRAMES_OFFSET,
  STATE_USED_FRAMES_PEAK_OFFSET,
} from './layout.ts';
import { stateAddress } from './state.ts';
import { bitmapFind, bitmapNext, bitmapTest, bitmapToggle } from './bitmap.ts';

/** The node of order 0 for `frame`. */
const buddyNode = (frame: i32): i32 => {
  const state: i32 = stateAddress();
  return frame - load(state + STATE_BASE_FRAME_OFFSET) + load(state + STATE_CAPACITY_OFFSET);
};

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
      const merged: i32 = bitmapTest(levels, first - 1);
      bitmapToggle(levels, first - merged);
      first += 1 - (merged << 1);
    }
    if ((end & 1) != 0) {
      const merges: i32 = bitmapTest(levels, end);
      bitmapToggle(levels, end - 1 + merges);
      end += (merges << 1) - 1;
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
export const buddyUse = (count: i32): void => {
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
 * as possible. O(log capacity).
 */
export const buddyAlloc = (count: i32, alignmentOrder: i32): i32 => {
  const state: i32 = stateAddress();
  const levels: i32 = state + STATE_LEVELS_OFFSET;
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const found: i32 = bitmapFind(levels, capacity, maximum(log2Ceil(count), alignmentOrder));
  if (found == 0) return 0;
  bitmapToggle(levels, found);
  // Below the node all bits are 0; what is left of it behind the frames falls into nodes of ascending order.
  const order: i32 = log2Floor(capacity) - log2Floor(found);
  const node: i32 = found << order;
  const end: i32 = node + (1 << order);
  let rest: i32 = node + count;
  while (rest != end) {
    const restOrder: i32 = countTrailingZeros(rest);
    bitmapToggle(levels, rest >>> restOrder);
    rest += 1 << restOrder;
  }
  buddyUse(count);
  return load(state + STATE_BASE_FRAME_OFFSET) + node - capacity;
};

/** The length in frames of the free span that begins at `frame`; 0 if none begins there. */
export const buddySpanFrames = (frame: i32): i32 => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  const node: i32 = buddyNode(frame);
  // A span that begins here has an order up to the number of zeros at the node's end.
  const orderMax: i32 = countTrailingZeros(node);
  for (let order: i32 = 0; order <= orderMax; order++) {
    if (bitmapTest(levels, node >>> order) != 0) return 1 << order;
  }
  return 0;
};

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

/** The length in frames of the free span that ends before `frame`; 0 if none ends there. */
const buddySpanFramesBefore = (frame: i32): i32 => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  const node: i32 = buddyNode(frame);
  const orderMax: i32 = countTrailingZeros(node);
  for (let order: i32 = 0; order <= orderMax; order++) {
    if (bitmapTest(levels, (node >>> order) - 1) != 0) return 1 << order;
  }
  return 0;
};

/** The first frame of the run of free frames that ends before `frame`; `frame` itself if there is none. */
export const buddyRunStart = (frame: i32): i32 => {
  let start: i32 = frame;
  let length: i32 = 1;
  while (length != 0) {
    length = buddySpanFramesBefore(start);
    start -= length;
  }
  return start;
};

/** How many free spans buddyCompose looks at. */
const COMPOSE_ATTEMPTS_MAX: i32 = 16;

/**
 * buddyAlloc where no single node suffices: takes the frames from a run of several free spans. A run of `count` frames
 * holds a node longer than a quarter of it, so that only nodes of the two orders up to log2(count) need be looked at;
 * of these, the first few. Returns the first frame, 0 if there is none.
 */
export const buddyCompose = (count: i32, alignmentOrder: i32): i32 => {
  const state: i32 = stateAddress();
  const levels: i32 = state + STATE_LEVELS_OFFSET;
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  const frameOfNode: i32 = load(state + STATE_BASE_FRAME_OFFSET) - capacity;
  const orderMax: i32 = log2Floor(count);
  let attempts: i32 = COMPOSE_ATTEMPTS_MAX;
  for (let order: i32 = orderMax; order >= 0 && order >= orderMax - 1; order--) {
    const row: i32 = capacity >>> order;
    if (row == 0) return 0;
    let node: i32 = bitmapNext(levels, row, row);
    while (node != 0 && attempts > 0) {
      const frame: i32 = frameOfNode + (node << order);
      const start: i32 = alignUp(buddyRunStart(frame), 1 << alignmentOrder);
      const end: i32 = start + count;
      if (buddyRunEnd(frame, end) >= end) {
        buddyTake(start, count);
        return start;
      }
      node = bitmapNext(levels, row, node + 1);
      attempts--;
    }
  }
  return 0;
};
