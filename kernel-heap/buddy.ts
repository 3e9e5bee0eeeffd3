/**
 * Floor 4: the buddy. Free frames are exactly the set bits of one bitmap (bitmap.ts), in their canonical binary
 * decomposition: a node is set if all its frames are free and its parent's are not. Nothing is written into free
 * frames, and nothing depends on the order in which they became free.
 *
 * Knuth, The Art of Computer Programming, volume 1, 2.5 (buddy system); one bitmap with the orders one behind the other
 * serves in place of lists of free spans.
 */

import { lessThan, load, store } from './memory.ts';
import { alignUp, log2Ceil, log2Floor, maximum } from './bits.ts';
import {
  STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_LEVELS_OFFSET, STATE_USED_FRAMES_OFFSET,
  STATE_USED_FRAMES_PEAK_OFFSET,
} from './layout.ts';
import { stateAddress } from './state.ts';
import { bitmapFrame, bitmapLast, bitmapMerge, bitmapNext, bitmapOrder, bitmapRow, bitmapTest } from './bitmap.ts';

/** The node of order 0 for `frame`. */
export const buddyNode = (frame: i32): i32 => frame - load(stateAddress() + STATE_BASE_FRAME_OFFSET);

/**
 * Turns over the state of the frames between `from` and `to`: free ones become used when `to` < `from`, used ones
 * free when `from` < `to`. Both are nodes of order 0, the range is half open and not empty. O(log capacity).
 *
 * One pass over the orders. An odd end cuts a pair of buddies in two. Making frames free, the end node is set unless its
 * outer buddy is free: then they merge, the buddy's bit is cleared, and the range goes on with both. Taking frames is the
 * same with the two ends exchanged: a bit that is set is the end of the free span that is cut, and a bit that is not set
 * is a remainder of a larger one. Each step turns one bit.
 *
 * Example, T = 16, frames 0 to 7 free (node 28 set), take frames 0 to 2: from = 3, to = 0. Order 0: 3 is odd, its buddy 2
 * is not set, so 3 is set (frame 3 stays free), from = 4. Order 1: from = 18, to = 16. Order 2: from = 25, to = 24: 25 is
 * odd, 24 is not set, 25 is set (frames 4 to 7), from = 26. Order 3: from = 29, to = 28: 29 is odd, and 28 set: cleared,
 * from = 28.
 */
export const buddyFlip = (from: i32, to: i32): void => {
  const levels: i32 = stateAddress() + STATE_LEVELS_OFFSET;
  const capacity: i32 = load(stateAddress() + STATE_CAPACITY_OFFSET);
  // Neither half of all frames is ever free (layout.ts), so that the two ends have met before: it ends on a broken heap, too.
  const halves: i32 = bitmapLast(capacity) - 3;
  let first: i32 = from;
  let end: i32 = to;
  do {
    if ((first & 1) != 0) {
      first += 1 - (bitmapMerge(levels, first - 1) << 1);
    }
    if ((end & 1) != 0) {
      end += (bitmapMerge(levels, end) << 1) - 1;
    }
    first = capacity + (first >>> 1);
    end = capacity + (end >>> 1);
  } while (first != end && first < halves);
};

/** buddyFlip for frames, which counts them as used or free, and the most that were used. */
const buddyTurn = (from: i32, to: i32): void => {
  const state: i32 = stateAddress();
  const used: i32 = load(state + STATE_USED_FRAMES_OFFSET) + from - to;
  store(state + STATE_USED_FRAMES_OFFSET, used);
  if (lessThan(load(state + STATE_USED_FRAMES_PEAK_OFFSET), used)) store(state + STATE_USED_FRAMES_PEAK_OFFSET, used);
  buddyFlip(buddyNode(from), buddyNode(to));
};

/** Makes `count` frames from `frame` on, at least one, free; they merge with free neighbours. O(log capacity). */
export const buddyFree = (frame: i32, count: i32): void => buddyTurn(frame, frame + count);

/** Takes `count` frames from `frame` on, at least one, all of which are free. O(log capacity). */
export const buddyTake = (frame: i32, count: i32): void => buddyTurn(frame + count, frame);

/**
 * The length in frames of the free span that begins at `frame`, or for `direction` -1 instead of 1 of the one that ends
 * before it; 0 if there is none.
 */
const buddySpanBeside = (frame: i32, direction: i32): i32 => {
  const state: i32 = stateAddress();
  let node: i32 = buddyNode(frame);
  let length: i32 = 1;
  while (bitmapTest(state + STATE_LEVELS_OFFSET, node + (direction >> 31)) == 0) {
    // No larger node begins or ends with the second half of a pair.
    if ((node & 1) != 0) return 0;
    node = load(state + STATE_CAPACITY_OFFSET) + (node >>> 1);
    length <<= 1;
  }
  return length;
};

/** The length in frames of the free span that begins at `frame`; 0 if none begins there. */
export const buddySpanFrames = (frame: i32): i32 => buddySpanBeside(frame, 1);

/**
 * The frame behind the run of free frames that begins at `frame`, or one before that which is not below `limit`. For
 * `direction` -1 instead of 1 the first frame of the run that ends before it, and `limit` is `frame`. If there is no such
 * run, `frame` itself. O(log² capacity).
 *
 * The orders of a run rise to the largest and fall again, and none comes three times, or two buddies would not have
 * merged. Example: frames 5 to 15 are a run of the orders 0, 1, 3.
 */
export const buddyRunEdge = (frame: i32, direction: i32, limit: i32): i32 => {
  let edge: i32 = frame;
  let length: i32 = 0;
  do {
    length = buddySpanBeside(edge, direction);
    edge += Math.imul(length, direction);
  } while (length != 0 && edge < limit);
  return edge;
};

/**
 * The first of `count` frames, aligned to 2^alignmentOrder frames, in the run of free frames around the frame `inside`,
 * where one of its nodes begins; 0 if the run is too short, or `inside` is not so aligned itself: the first of such frames
 * begin a node, or lie in one that is larger, and as aligned. O(log² capacity), or a step.
 */
const buddyRunAround = (inside: i32, count: i32, alignmentOrder: i32): i32 => {
  const alignment: i32 = 1 << alignmentOrder;
  if ((inside & (alignment - 1)) != 0) return 0;
  const frame: i32 = alignUp(buddyRunEdge(inside, -1, inside), alignment);
  const end: i32 = frame + count;
  if (buddyRunEdge(inside, 1, end) < end) return 0;
  return frame;
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames, beside one of the first `attempts` nodes of `order` and above:
 * from the beginning of the run around it. For `attempts` 0 the first node suffices, and they are its own first frames.
 * Returns the first frame, 0 if there is none. O(log² capacity) for each node.
 */
const buddyFind = (order: i32, count: i32, alignmentOrder: i32, attempts: i32): i32 => {
  const state: i32 = stateAddress();
  const levels: i32 = state + STATE_LEVELS_OFFSET;
  const last: i32 = bitmapLast(load(state + STATE_CAPACITY_OFFSET));
  let node: i32 = bitmapRow(last, order);
  let left: i32 = attempts;
  do {
    node = bitmapNext(levels, node);
    if (node == last) return 0;
    let frame: i32 = bitmapFrame(last, node, bitmapOrder(last, node)) + load(state + STATE_BASE_FRAME_OFFSET);
    if (left != 0) frame = buddyRunAround(frame, count, alignmentOrder);
    if (frame != 0) {
      buddyTake(frame, count);
      return frame;
    }
    node++;
    left--;
  } while (left > 0);
  return 0;
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames. Returns the first of them, 0 if there are none.
 *
 * For `attempts` 0 they come from the smallest node that holds them, there the one of the lowest address: large spans and
 * the end of the memory stay free for as long as possible. O(log capacity).
 *
 * For more they are packed: taken from a run of free nodes, one around the smallest node that may do, and from the
 * beginning of it. So blocks of 65 frames lie side by side, where otherwise 63 frames are left behind each; and frames are
 * found where no single node suffices, if there are any around the first `attempts` nodes of the orders that may lead to
 * them. O(log² capacity) for each node.
 *
 * A run of 2^(k + 1) - 1 frames holds a node of order k, so that no order below log2(count + 1) - 1 need be looked at. That
 * one comes last: first of all, it made replacement of large blocks a tenth slower.
 */
export const buddyAlloc = (count: i32, alignmentOrder: i32, attempts: i32): i32 => {
  const sufficient: i32 = maximum(log2Ceil(count), alignmentOrder);
  let order: i32 = sufficient;
  if (attempts != 0) order = log2Floor(count);
  let frame: i32 = 0;
  do {
    frame = buddyFind(order, count, alignmentOrder, attempts);
    order++;
  } while (frame == 0 && order <= sufficient);
  if (frame == 0 && attempts != 0) frame = buddyFind(log2Floor(count + 1) - 1, count, alignmentOrder, attempts);
  return frame;
};
