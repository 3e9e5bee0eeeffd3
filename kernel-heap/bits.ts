/** Floor 0: arithmetic on unsigned 32-bit numbers that the language does not bring. */

import { countLeadingZeros, lessThan } from './memory.ts';

/** The smaller of two unsigned numbers. */
export const minimum = (a: i32, b: i32): i32 => {
  if (lessThan(b, a)) return b;
  return a;
};

/** The larger of two unsigned numbers. */
export const maximum = (a: i32, b: i32): i32 => {
  if (lessThan(a, b)) return b;
  return a;
};

/** Whether `value` is a power of two; 0 is none. */
export const isPowerOfTwo = (value: i32): boolean => {
  if (value == 0) return false;
  return (value & (value - 1)) == 0;
};

/** `value` rounded down to a multiple of `alignment`, a power of two. */
export const alignDown = (value: i32, alignment: i32): i32 => value & (0 - alignment);

/** `value` rounded up to a multiple of `alignment`, a power of two; wraps to 0 past the end of the address space. */
export const alignUp = (value: i32, alignment: i32): i32 => (value + alignment - 1) & (0 - alignment);

/** The largest k with 2^k <= value; `value` must not be 0. */
export const log2Floor = (value: i32): i32 => 31 - countLeadingZeros(value);

/** The smallest k with 2^k >= value; `value` must not be 0. */
export const log2Ceil = (value: i32): i32 => 32 - countLeadingZeros(value - 1);

/** log2Floor(a) - log2Floor(b); neither may be 0. */
export const log2Quotient = (a: i32, b: i32): i32 => countLeadingZeros(b) - countLeadingZeros(a);
