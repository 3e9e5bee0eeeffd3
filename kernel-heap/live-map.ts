/**
 * Floor 3: the live map of the hardened profile: one bit for each 16 bytes of memory, set where a live block begins.
 *
 * One test decides whether an address may be freed: a block that was freed before, an address inside of a block, one
 * that was never handed out and one that is no block at all have no bit. The map is part of the frame table (table.ts)
 * and costs a 128th of the memory. The block at address a has bit (a >>> 4) & 31 of the word at map + 4 * (a >>> 9);
 * example: 0x00012340 has bit 20 of word 0x91.
 *
 * The map's address is kept with the table's base already subtracted, like that of the frame map (frame-table.ts).
 * Invariant: a page has as many bits set as blocks used, none of them on its free list; a large block has its first.
 */

import { fill, lessThan, load, store } from './memory.ts';
import { minimum } from './bits.ts';
import {
  BLOCK_ALIGNMENT_SHIFT, FRAME_COUNT_MAX, FRAME_SHIFT, LIVE_FRAME_SHIFT, STATE_LIVE_BASE_OFFSET, STATE_LIVE_COUNT_OFFSET,
  STATE_LIVE_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { stateAddress } from './state.ts';

/** Makes the memory at `map` the live map for `frames` frames from `base` on; the bits are left alone. */
export const livePlace = (map: i32, base: i32, frames: i32): void => {
  const state: i32 = stateAddress();
  store(state + STATE_LIVE_OFFSET, map - (base << LIVE_FRAME_SHIFT));
  store(state + STATE_LIVE_BASE_OFFSET, base << FRAME_SHIFT);
  store(state + STATE_LIVE_COUNT_OFFSET, minimum(frames, FRAME_COUNT_MAX) << (FRAME_SHIFT - BLOCK_ALIGNMENT_SHIFT));
};

/**
 * The number of the bit of `address`, counted from the map's first. For an address that is before the map, behind it or
 * no multiple of 16 it is not below the map's count: the four low bits, rotated to the top, make it at least 2^28.
 */
const liveIndex = (address: i32): i32 => {
  const offset: i32 = address - load(stateAddress() + STATE_LIVE_BASE_OFFSET);
  return (offset >>> BLOCK_ALIGNMENT_SHIFT) | (offset << (32 - BLOCK_ALIGNMENT_SHIFT));
};

/** The address of the word with the bit of `address`. */
const liveWord = (address: i32): i32 =>
  load(stateAddress() + STATE_LIVE_OFFSET) + (address >>> (BLOCK_ALIGNMENT_SHIFT + 5) << WORD_SHIFT);

/** The bit of `address` in its word. */
const liveBit = (address: i32): i32 => 1 << (address >>> BLOCK_ALIGNMENT_SHIFT);

/** Whether the map, and with it the frame table, describes the frame of `address`. */
export const liveCovers = (address: i32): boolean =>
  lessThan(liveIndex(address >>> FRAME_SHIFT << FRAME_SHIFT), load(stateAddress() + STATE_LIVE_COUNT_OFFSET));

/** Whether a live block begins at `address`, which may be any number. */
export const liveTest = (address: i32): boolean => {
  if (!lessThan(liveIndex(address), load(stateAddress() + STATE_LIVE_COUNT_OFFSET))) return false;
  return (load(liveWord(address)) & liveBit(address)) != 0;
};

/** liveTest, and the block is free from now on. */
export const liveTake = (address: i32): boolean => {
  if (!lessThan(liveIndex(address), load(stateAddress() + STATE_LIVE_COUNT_OFFSET))) return false;
  const word: i32 = liveWord(address);
  const bits: i32 = load(word);
  const rest: i32 = bits & ~liveBit(address);
  store(word, rest);
  return rest != bits;
};

/** Notes that the block at `block` is live. */
export const liveSet = (block: i32): void => {
  const word: i32 = liveWord(block);
  store(word, load(word) | liveBit(block));
};

/** Notes that all blocks in the `frames` frames from address `start` on are free. */
export const liveClearFrames = (start: i32, frames: i32): void => {
  fill(liveWord(start), 0, frames << LIVE_FRAME_SHIFT);
};

/** How many live blocks begin in the `frames` frames from address `start` on. */
export const liveCount = (start: i32, frames: i32): i32 => {
  let word: i32 = liveWord(start);
  const end: i32 = word + (frames << LIVE_FRAME_SHIFT);
  let count: i32 = 0;
  while (word != end) {
    let bits: i32 = load(word);
    while (bits != 0) {
      count++;
      bits &= bits - 1;
    }
    word += 4;
  }
  return count;
};
