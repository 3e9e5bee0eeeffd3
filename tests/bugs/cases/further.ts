/** Damage and misuse that the suites of others have no case for, as their allocators have no such part. */

import { aligned_alloc, free, heap_check, heap_destroy, heap_malloc, heap_new, malloc } from '../../../kernel-heap/index.ts';
import { CHECK_GUARD } from '../../../kernel-heap/check.ts';
import { FRAME_SIZE, GUARD_WORD } from '../../../kernel-heap/layout.ts';
import { lessThan, load } from '../../../kernel-heap/memory.ts';
import { PANIC_INVALID_FREE, PANIC_INVALID_HEAP, PANIC_UNALIGNED_FREE, PANIC_UNDERFLOW } from '../../../kernel-heap/panic.ts';
import {
  FAILED_BEGIN, SMALL, WRITTEN, bugBegin, bugBytes, bugMisuse, bugNone, bugOutside, bugStays, bugStops, bugStopsHardened,
  clobber,
} from './support.ts';

/** Bytes before a block that hold its tag, and the red zone between the two. */
const BEFORE: i32 = 16;

/** All that stands before a block is written over, its tag as well, by which the block is found. */
export const underflow_over_tag = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  malloc(SMALL);
  const block: i32 = malloc(SMALL);
  if (block === 0) return 1;
  clobber((block - BEFORE) | 0, BEFORE);
  free(block);
  return bugBytes(PANIC_UNDERFLOW, block, 2, -8, 8, WRITTEN);
};
export const underflow_over_tag_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  malloc(SMALL);
  const block: i32 = malloc(SMALL);
  clobber(block, SMALL);
  free(block);
  return bugNone();
};

/** Only the tag is written over. */
export const underflow_of_tag = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  malloc(SMALL);
  const block: i32 = malloc(SMALL);
  if (block === 0) return 1;
  clobber((block - BEFORE) | 0, 8);
  free(block);
  return bugBytes(PANIC_UNDERFLOW, block, 2, -BEFORE, 8, WRITTEN);
};
export const underflow_of_tag_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  free(malloc(SMALL));
  return bugNone();
};

/** A block that is aligned to 64 bytes has as many before it: the farthest of them. */
export const underflow_of_aligned = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  aligned_alloc(64, SMALL);
  const block: i32 = aligned_alloc(64, SMALL);
  if (block === 0) return 1;
  clobber((block - 64) | 0, 3);
  free(block);
  return bugBytes(PANIC_UNDERFLOW, block, 2, -64, 3, WRITTEN);
};
export const underflow_of_aligned_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  aligned_alloc(64, SMALL);
  const block: i32 = aligned_alloc(64, SMALL);
  clobber(block, SMALL);
  free(block);
  return bugNone();
};

/**
 * Allocates so many blocks that their descriptors take more than the first page of them, and gives the guard before the
 * second: the first frame in [from, to) that holds nothing but GUARD_WORD; 0 if there is none.
 */
const guardOf = (from: i32, to: i32): i32 => {
  for (let count: i32 = 0; count < 160; count++) malloc(FRAME_SIZE * 3);
  for (let frame: i32 = (from + FRAME_SIZE - 1) & -FRAME_SIZE; lessThan(frame, to); frame = (frame + FRAME_SIZE) | 0) {
    let word: i32 = frame;
    const end: i32 = (frame + FRAME_SIZE) | 0;
    while (word !== end && load(word) === GUARD_WORD) word = (word + 4) | 0;
    if (word === end) return frame;
  }
  return 0;
};

/** What stands before descriptors is written over, as by an overflow that has come so far. */
export const guard_overflow = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const guard: i32 = guardOf(start, bugOutside(start, size));
  if (guard === 0) return 1;
  clobber(guard, 4);
  bugStays(CHECK_GUARD);
  return bugNone();
};
export const guard_overflow_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const guard: i32 = guardOf(start, bugOutside(start, size));
  if (guard === 0) return 1;
  free(malloc(SMALL));
  if (heap_check() !== 0) return 2;
  return bugNone();
};

/** A block is taken for a heap. */
export const heap_of_block = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  bugStops(PANIC_INVALID_HEAP, block);
  heap_malloc(block, SMALL);
  return bugNone();
};
export const heap_of_block_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  free(heap_malloc(heap_new(), SMALL));
  return bugNone();
};

/** A block is freed whose heap was destroyed before. */
export const free_after_destroy = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, SMALL);
  if (block === 0) return 1;
  heap_destroy(heap);
  bugStopsHardened(PANIC_INVALID_FREE, block);
  free(block);
  return bugMisuse(PANIC_INVALID_FREE, block, 0, 0, 0);
};
export const free_after_destroy_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  free(heap_malloc(heap, SMALL));
  heap_destroy(heap);
  return bugNone();
};

/** The same, and by then its frame is a page of larger blocks, into one of which it leads. */
export const free_after_destroy_and_reuse = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  // What keeps other pages from being given up, whose frames would be as good.
  malloc(SMALL);
  heap_new();
  const heap: i32 = heap_new();
  heap_malloc(heap, SMALL);
  const former: i32 = heap_malloc(heap, SMALL);
  heap_destroy(heap);
  const block: i32 = malloc(SMALL * 3);
  if ((block & -FRAME_SIZE) !== (former & -FRAME_SIZE)) return 1;
  bugStopsHardened(PANIC_UNALIGNED_FREE, former);
  free(former);
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 4, (former - block) | 0, 0);
};
export const free_after_destroy_and_reuse_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  heap_malloc(heap, SMALL);
  heap_malloc(heap, SMALL);
  heap_destroy(heap);
  free(malloc(SMALL * 3));
  return bugNone();
};
