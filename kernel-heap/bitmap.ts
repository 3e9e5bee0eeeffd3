/**
 * Floor 2: one bitmap for all orders of a buddy, and sums over it that find the lowest set bit in O(log) steps.
 *
 * For a capacity of T frames, a power of two, the rows of the orders follow one another: node f of order 0 is frame f, the
 * parent of node n is T + (n >> 1), its buddy n ^ 1. The row of order o begins at 2T - (2T >> o).
 * Example, T = 8: frame 5 is node 5; frames 4 and 5 together are node 10; frames 4 to 7 are node 13.
 *
 *     0 1 2 3 4 5 6 7               order 0: frames 0 to 7
 *     8   9   10  11                order 1
 *     12      13                    order 2
 *     14                            order 3
 *
 * So the lowest set bit from a row on is the smallest free node of that order or above, and the first one of them: all
 * that a buddy looks for is found by one search.
 *
 * Level 0 is that bitmap, 2T bits. Bit i of level k + 1 tells whether word i of level k is not zero. The last bit, which no
 * node has, is always set, and so are its sums: a search ends there, and needs no other test for an end.
 *
 * Every bit of the sums follows from level 0, and level 0 from the set of free frames, whatever happened before. Without
 * them a search could scan the memory.
 *
 * `levels` is the address of a list of the levels' addresses, with 0 behind the last.
 */

import { countTrailingZeros, load, store } from './memory.ts';
import { log2Quotient } from './bits.ts';

/** The last bit of the bitmap for `capacity` frames, where searches end. */
export const bitmapLast = (capacity: i32): i32 => (capacity << 1) - 1;

/** The first node of `order`, where `last` is the last bit; `last` itself above the order of the root. */
export const bitmapRow = (last: i32, order: i32): i32 => last - (last >>> order);

/** The order of `node`, where `last` is the last bit. */
export const bitmapOrder = (last: i32, node: i32): i32 => log2Quotient(last, last - node);

/** The first frame of `node`, a node of `order`, where `last` is the last bit. */
export const bitmapFrame = (last: i32, node: i32, order: i32): i32 => (node << order) & last;

/**
 * Writes the list `levels` for a bitmap of `capacity` frames that begins at `address`, and sets the last bit. All others,
 * and what is behind the last level in the list, must be 0 already: a capacity is never replaced by a smaller one.
 */
export const bitmapPlace = (levels: i32, address: i32, capacity: i32): void => {
  let level: i32 = levels;
  let start: i32 = address;
  let last: i32 = bitmapLast(capacity);
  do {
    store(level, start);
    start += last >>> 5 << 2;
    store(start, 1 << last);
    start += 4;
    level += 4;
    last >>>= 5;
  } while (last != 0);
};

/** The bit of `node`, 0 or 1. */
export const bitmapTest = (levels: i32, node: i32): i32 =>
  (load(load(levels) + (node >>> 5 << 2)) >>> (node & 31)) & 1;

/**
 * Half a step of the buddy: clears the bit of `node` if it is set, or else sets that of its buddy. Returns the bit that
 * `node` had.
 *
 * A bit of the next level changes only where the other bits of the word below are all 0; in the last word they are not.
 * Replacing large blocks took 972 instructions with it, and 1,204 if sums are written whether or not they change. In time
 * there is no difference on a wide machine, which foresees this branch about half of the time; narrow ones gain.
 */
export const bitmapMerge = (levels: i32, node: i32): i32 => {
  const set: i32 = bitmapTest(levels, node);
  let level: i32 = levels;
  let index: i32 = node ^ set ^ 1;
  let bit: i32 = 0;
  let word: i32 = 0;
  do {
    bit = 1 << index;
    index >>>= 5;
    const address: i32 = load(level) + (index << 2);
    word = load(address);
    store(address, word ^ bit);
    level += 4;
  } while ((word | bit) == bit);
  return set;
};

/**
 * The lowest set bit from `from` on: that of a node, or the last one if there is none. O(log capacity): up while a word has
 * none, and down again.
 */
export const bitmapNext = (levels: i32, from: i32): i32 => {
  let level: i32 = levels;
  let index: i32 = from;
  let word: i32 = 0;
  for (;;) {
    word = load(load(level) + (index >>> 5 << 2)) >>> index;
    if (word != 0) break;
    index = (index >>> 5) + 1;
    level += 4;
  }
  index += countTrailingZeros(word);
  while (level != levels) {
    level -= 4;
    index = (index << 5) + countTrailingZeros(load(load(level) + (index << 2)));
  }
  return index;
};
