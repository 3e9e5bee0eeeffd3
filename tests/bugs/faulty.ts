/** Cases whose verdict is wrong, each in its own way: every target must say so. They are none of the bugs. */

import { free, malloc } from '../../kernel-heap/index.ts';
import { PANIC_DOUBLE_FREE } from '../../kernel-heap/panic.ts';
import { FAILED_BEGIN, SMALL, bugBegin, bugMisuse, bugNone, bugStops, bugStopsHardened } from './cases/support.ts';

/** Frees twice, and expects silence. */
export const faulty_silence = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  free(block);
  free(block);
  return bugNone();
};

/** Does nothing wrong, and expects a stop. */
export const faulty_stop = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  bugStops(PANIC_DOUBLE_FREE, block);
  free(block);
  return bugNone();
};

/** Frees a block twice, and expects that of another. */
export const faulty_block = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  free(block);
  bugStopsHardened(PANIC_DOUBLE_FREE, (block + 16) | 0);
  free(block);
  return bugMisuse(PANIC_DOUBLE_FREE, block, 2, 0, 0);
};
