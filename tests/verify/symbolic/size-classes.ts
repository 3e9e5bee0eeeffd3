/** What the documentation says of sizes, computed without the core: classes, their pages, what may be wasted. */

import { apply, some, type Value } from './term.ts';

export const FRAME = 4096;

/** Multiples of 16 bytes up to 128, then four to a doubling, up to 8 KiB. */
export const CLASSES: readonly number[] = [
  ...Array.from({ length: 8 }, (_, index) => 16 * (index + 1)),
  ...[128, 256, 512, 1024, 2048, 4096].flatMap((from) => [1, 2, 3, 4].map((quarter) => from + (from / 4) * quarter)),
];

export const CLASS_MAX = CLASSES.at(-1)!;

/** The fewest frames of which a class leaves at most an eighth over. */
export const pageFramesOf = (size: number): number => {
  for (let frames = 1; ; frames++) {
    if (size <= frames * FRAME && (frames * FRAME) % size <= (frames * FRAME) / 8) return frames;
  }
};

/** Whether a block of `usable` bytes wastes no more on `size` than is promised. */
export const wasteIsBounded = (usable: number, size: Value): Value => {
  // Up to 64 bytes less than 16 bytes, size 0 having a block of 16; from 65 on less than a fifth of the block; of large
  // blocks less than a frame.
  if (usable > CLASS_MAX) return apply('i32.lt_u', apply('i32.sub', usable | 0, size), FRAME);
  if (usable <= 64) return some(apply('i32.lt_u', apply('i32.sub', usable, size), 16), apply('i32.eqz', size));
  return apply('i32.gt_u', apply('i32.mul', size, 5), usable * 4);
};
