/** Damage and misuse that the suites of others have no case for, as their allocators have no such part. */

import {
  aligned_alloc, cabi_realloc, free, heap_bugs, heap_check, heap_debug, heap_delete, heap_destroy, heap_malloc, heap_new,
  malloc, realloc,
} from '../../../kernel-heap/index.ts';
import { CHECK_GUARD } from '../../../kernel-heap/check.ts';
import { SETTING_CHECK_EVERY } from '../../../kernel-heap/debug-layout.ts';
import { FRAME_SIZE, GUARD_WORD } from '../../../kernel-heap/layout.ts';
import { lessThan, load } from '../../../kernel-heap/memory.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, PANIC_INVALID_HEAP, PANIC_OVERFLOW, PANIC_SIZE_MISMATCH, PANIC_UNALIGNED_FREE,
  PANIC_UNDERFLOW,
} from '../../../kernel-heap/panic.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import {
  FAILED_BEGIN, SMALL, WRITTEN, bugBegin, bugBytes, bugMisuse, bugNone, bugOutside, bugStays, bugStops, bugStopsHardened,
  clobber, holds,
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

/** A heap is used, or given up, after it was destroyed. */
export const heap_malloc_after_destroy = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  heap_destroy(heap);
  bugStops(PANIC_INVALID_HEAP, heap);
  heap_malloc(heap, SMALL);
  return bugNone();
};
export const heap_malloc_after_destroy_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  heap_destroy(heap_new());
  if (heap_malloc(heap_new(), SMALL) === 0) return 1;
  return bugNone();
};
export const heap_delete_after_destroy = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  heap_destroy(heap);
  bugStops(PANIC_INVALID_HEAP, heap);
  heap_delete(heap);
  return bugNone();
};
export const heap_delete_after_destroy_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  heap_destroy(heap_new());
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, SMALL);
  heap_delete(heap);
  clobber(block, SMALL);
  free(block);
  return bugNone();
};

/** The second byte of a block is resized. */
export const unaligned_realloc = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  bugStopsHardened(PANIC_UNALIGNED_FREE, (block + 1) | 0);
  if (realloc((block + 1) | 0, SMALL * 2) !== 0) return 1;
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 1, 1, 0);
};
export const unaligned_realloc_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (realloc(malloc(SMALL), SMALL * 2) === 0) return 1;
  return bugNone();
};

/** Resizes a block by the canonical ABI, which is told that it has `told` bytes; a freed one if `freed`. */
const canonicalResize = (told: i32, freed: boolean, code: i32): i32 => {
  const block: i32 = malloc(SMALL);
  if (freed) free(block);
  bugStopsHardened(code, block);
  if (cabi_realloc(block, told, 8, SMALL * 3) === 0) return 1;
  return bugMisuse(code, block, 1, 0, freed ? 0 : told);
};

export const cabi_realloc_other_size = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  return canonicalResize(SMALL * 2, false, PANIC_SIZE_MISMATCH);
};
export const cabi_realloc_other_size_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (cabi_realloc(malloc(SMALL), SMALL, 8, SMALL * 3) === 0) return 1;
  return bugNone();
};
export const cabi_realloc_after_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  return canonicalResize(SMALL, true, PANIC_DOUBLE_FREE);
};
export const cabi_realloc_after_free_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = cabi_realloc(0, 0, 8, SMALL);
  if (cabi_realloc(block, SMALL, 8, 0) !== 8) return 1;
  return bugNone();
};

/** What was written behind a block is noticed when the block is resized. */
export const overflow_before_realloc = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL - 3);
  clobber((block + SMALL - 3) | 0, 2);
  if (realloc(block, SMALL * 2) === 0) return 1;
  return bugBytes(PANIC_OVERFLOW, block, 1, SMALL - 3, 2, WRITTEN);
};
export const overflow_before_realloc_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL - 3);
  clobber(block, SMALL - 3);
  const larger: i32 = realloc(block, SMALL * 2);
  if (!holds(larger, WRITTEN, SMALL - 3)) return 1;
  return bugNone();
};

/** Everything is looked at in every eighth operation: the seventh notices nothing, and the block is still there. */
export const overflow_before_check = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (heap_debug(SETTING_CHECK_EVERY, 8) !== DEBUG) return 1;
  const block: i32 = malloc(SMALL - 3);
  clobber((block + SMALL - 3) | 0, 2);
  for (let count: i32 = 2; count < 8; count++) malloc(SMALL);
  if (heap_bugs() !== 0) return 2;
  malloc(SMALL);
  return bugBytes(PANIC_OVERFLOW, block, 1, SMALL - 3, 2, WRITTEN);
};
export const overflow_before_check_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (heap_debug(SETTING_CHECK_EVERY, 8) !== DEBUG) return 1;
  clobber(malloc(SMALL - 3), SMALL - 3);
  for (let count: i32 = 0; count < 20; count++) free(malloc(SMALL));
  return bugNone();
};
