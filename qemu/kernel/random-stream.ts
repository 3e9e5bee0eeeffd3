/** Random numbers for threads: a stream each, whose state is a word in memory that its owner provides. */
import { load, remainder, store } from '../../kernel-heap/memory.ts';

const STREAM_STEP: i32 = 0x9e3779b1; // 2^32 over the golden ratio: neighbouring seeds differ in many bits

/** Starts the stream of a seed in the word at `stream`. */
export const randomStreamInit = (stream: i32, seed: i32): void => {
  const mixed: i32 = Math.imul(seed + 1, STREAM_STEP);
  store(stream, mixed === 0 ? 1 : mixed);
};

/** The stream's next number, from 0 to `limit` - 1: a 32-bit xorshift. */
export const randomStreamBelow = (stream: i32, limit: i32): i32 => {
  let value: i32 = load(stream);
  value ^= value << 13;
  value ^= value >>> 17;
  value ^= value << 5;
  store(stream, value);
  return remainder(value, limit);
};
