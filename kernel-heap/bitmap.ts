/**
 * Floor 2: one bitmap for all orders of a buddy, and sums over it that find the lowest set bit in O(log) steps.
 *
 * For a capacity of T frames, a power of two, node 1 is the whole, node n has the halves 2n and 2n + 1, and frame f
 * is node T + f. A node of order o has its bit at an index in [T >> o, 2T >> o), the row of the order.
 * Example, T = 8: frame 5 is node 13; frames 4 and 5 together are node 6; frames 4 to 7 are node 3.
 *
 *            1                 order 3
 *        2       3             order 2
 *      4   5   6   7           order 1
 *     8 9 .. 12 13 14 15       order 0: frames 0 to 7
 *
 * Level 0 is that bitmap, 2T bits. Bit i of level k + 1 tells whether word i of level k is not zero, for all but word 0.
 * As a word has 2^5 bits, level k + 1 has the shape of level k five orders higher up, and one word a level leads down to
 * the node. Bit 0 of a first word has no node, and no sum.
 *
 * Every bit of the sums follows from level 0, and level 0 from the set of free frames, whatever happened before. Without
 * them a search could scan the memory.
 *
 * `levels` is the address of a list of the levels' addresses, with 0 behind the last.
 */

import { countTrailingZeros, load, store } from './memory.ts';
import { maximum } from './bits.ts';

/** Bytes of the level above one of `bytes` bytes: a bit a word, and at least one word. */
const bitmapSumBytes = (bytes: i32): i32 => maximum(bytes >>> 5, 4);

/**
 * Writes the list `levels` for a bitmap of `capacity` frames that begins at `address`; the bits are left alone. What is
 * behind the last level must be 0 already: a capacity is never replaced by a smaller one.
 */
export const bitmapPlace = (levels: i32, address: i32, capacity: i32): void => {
  let level: i32 = levels;
  let start: i32 = address;
  let bytes: i32 = capacity >>> 2;
  store(level, start);
  while (bytes > 4) {
    level += 4;
    start += bytes;
    store(level, start);
    bytes = bitmapSumBytes(bytes);
  }
};

/** The bit of `node`, 0 or 1. */
export const bitmapTest = (levels: i32, node: i32): i32 =>
  (load(load(levels) + (node >>> 5 << 2)) >>> (node & 31)) & 1;

/**
 * Half a step of the buddy: clears the bit of `node` if it is set, or else sets that of its buddy. Returns the bit that
 * `node` had.
 *
 * A bit of the next level changes only where the other bits of the word below are all 0. Replacing large blocks takes 972
 * instructions with it, and 1,204 if sums are written whether or not they change. In time there is no difference on a wide
 * machine, which foresees this branch about half of the time; narrow ones gain.
 */
export const bitmapMerge = (levels: i32, node: i32): i32 => {
  const set: i32 = bitmapTest(levels, node);
  let level: i32 = levels;
  let index: i32 = node ^ set ^ 1;
  let others: i32 = 0;
  do {
    const bit: i32 = 1 << index;
    index >>>= 5;
    const address: i32 = load(level) + (index << 2);
    const word: i32 = load(address);
    store(address, word ^ bit);
    others = word & ~bit;
    level += 4;
  } while (others == 0 && index != 0);
  return set;
};

/** The lowest set node under bit `bit` of the level that the entry `start` of the list tells. */
const bitmapDescend = (levels: i32, start: i32, bit: i32): i32 => {
  let level: i32 = start;
  let index: i32 = bit;
  while (level != levels) {
    level -= 4;
    index = (index << 5) + countTrailingZeros(load(load(level) + (index << 2)));
  }
  return index;
};

/**
 * The lowest set node from `from` on in the row that begins at node `row`; 0 if none. `from` may be the end of the row.
 * O(log capacity): up while a word has none, and down again.
 */
export const bitmapNext = (levels: i32, row: i32, from: i32): i32 => {
  let level: i32 = levels;
  let index: i32 = from;
  let end: i32 = row << 1;
  let word: i32 = 0;
  while (word == 0) {
    if (index >= end) return 0;
    word = load(load(level) + (index >>> 5 << 2)) & (-1 << index);
    if (word == 0) {
      index = (index >>> 5) + 1;
      end = (end + 31) >>> 5;
      level += 4;
    }
  }
  const node: i32 = bitmapDescend(levels, level, (index & -32) + countTrailingZeros(word));
  // A short row shares its word with those of the orders below.
  if (node >= row << 1) return 0;
  return node;
};
