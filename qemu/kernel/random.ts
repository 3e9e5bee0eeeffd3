/** Random numbers that a seed repeats: a 32-bit xorshift. */
import { remainder } from '../../kernel-heap/memory.ts';

let randomState: i32 = 1;

/** Starts the sequence of a seed; 0, which xorshift cannot leave, stands for 1. */
export const randomInit = (seed: i32): void => {
  randomState = seed === 0 ? 1 : seed;
};

/** The next number, from 0 to `limit` - 1. */
export const randomBelow = (limit: i32): i32 => {
  randomState ^= randomState << 13;
  randomState ^= randomState >>> 17;
  randomState ^= randomState << 5;
  return remainder(randomState, limit);
};
