/**
 * Floor 2: size <-> bin, pure. Multiples of 16 bytes up to 128, then four classes to a doubling: from 65 bytes on less
 * than a fifth of a block is left over (worst: 4,097 bytes in 5,120).
 *
 *   bin   0  1 …   7 |   8   9  10  11 |  12  13  14  15 | …   28   29   30   31
 *   size 16 32 … 128 | 160 192 224 256 | 320 384 448 512 | … 5120 6144 7168 8192
 */

import { log2Floor, maximum } from './bits.ts';
import { BLOCK_ALIGNMENT_SHIFT } from './layout.ts';

/** The bin of the smallest class that holds `size` bytes, 0 to SMALL_SIZE_MAX. */
export const sizeClassBin = (size: i32): i32 => {
  const last: i32 = maximum(size, 1) - 1;
  // The two bits below the highest one number the four classes of a doubling; up to 128 all bits above the lowest four do.
  const doubling: i32 = log2Floor(last | 64) - 6;
  return (doubling << 2) + (last >>> (doubling + BLOCK_ALIGNMENT_SHIFT));
};

/** The size in bytes of the blocks of `bin`. */
export const sizeClassSize = (bin: i32): i32 => {
  if (bin < 4) return (bin + 1) << BLOCK_ALIGNMENT_SHIFT;
  return (5 + (bin & 3)) << (3 + (bin >>> 2));
};

/** How many multiples of BLOCK_ALIGNMENT from 1 on fall into `bin`. */
export const sizeClassWords = (bin: i32): i32 => ((1 << (bin >>> 2)) + 1) >>> 1;
