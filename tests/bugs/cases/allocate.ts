/** What an allocator must do right for its callers to be safe. hardened_malloc's names. */

import { aligned_alloc, calloc, free, heap_malloc, heap_new, malloc, realloc } from '../../../kernel-heap/index.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import { FAILED_BEGIN, LARGE, SMALL, WRITTEN, bugBegin, bugNone, clobber, holds } from './support.ts';

/** A product that does not fit is no block. */
export const calloc_overflow = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (calloc(0x10000, 0x10000) !== 0) return 1;
  if (calloc(0x80000001, 2) !== 0) return 2;
  if (calloc(3, 0x55555556) !== 0) return 3;
  return bugNone();
};

/** calloc gives zeros, whatever the memory held. */
export const calloc_zeroed = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  for (let bytes: i32 = 1; bytes < LARGE; bytes = bytes * 3) {
    const block: i32 = calloc(bytes, 1);
    if (block === 0 || !holds(block, 0, bytes)) return 1;
    clobber(block, bytes);
    free(block);
    const again: i32 = calloc(1, bytes);
    if (again === 0 || !holds(again, 0, bytes)) return 2;
    free(again);
  }
  return bugNone();
};

/** Blocks of no bytes are blocks, each its own. */
export const malloc_zero_different = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const first: i32 = malloc(0);
  const second: i32 = malloc(0);
  if (first === 0 || second === 0) return 1;
  if (first === second) return 2;
  free(first);
  free(second);
  return bugNone();
};

/** A block that was freed is not handed out again at once where there is a quarantine; elsewhere it is the first choice. */
export const malloc_noreuse = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  for (let bytes: i32 = SMALL; bytes <= LARGE; bytes = bytes + LARGE - SMALL) {
    const block: i32 = malloc(bytes);
    free(block);
    const next: i32 = malloc(bytes);
    if (block === 0 || next === 0) return 1;
    if (DEBUG !== 0 && next === block) return 2;
    if (DEBUG === 0 && next !== block) return 3;
    free(next);
  }
  return bugNone();
};
export const malloc_noreuse_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  const next: i32 = malloc(SMALL);
  if (block === next) return 1;
  free(block);
  free(next);
  return bugNone();
};

/** What cannot be is no block, and nothing is lost. */
export const impossibly_large_malloc = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  clobber(block, SMALL);
  if (malloc(0xffffffff) !== 0) return 1;
  if (malloc(0xfffff000) !== 0) return 2;
  if (malloc(0x7fffffff) !== 0) return 3;
  if (calloc(1, 0xffffffff) !== 0) return 4;
  if (aligned_alloc(4096, 0xffffffff) !== 0) return 5;
  if (aligned_alloc(0x80000000, 0x7ffff000) !== 0) return 6;
  if (realloc(block, 0xfffffff0) !== 0) return 7;
  if (heap_malloc(heap_new(), 0xffffffff) !== 0) return 8;
  if (!holds(block, WRITTEN, SMALL)) return 9;
  free(block);
  return bugNone();
};

/** A block that doubles to half a megabyte keeps what it holds. */
export const large_array_growth = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  let bytes: i32 = 16;
  let block: i32 = malloc(bytes);
  clobber(block, bytes);
  while (bytes < 0x80000) {
    block = realloc(block, bytes << 1);
    if (block === 0) return 1;
    if (!holds(block, WRITTEN, bytes)) return 2;
    clobber((block + bytes) | 0, bytes);
    bytes = bytes << 1;
  }
  free(block);
  return bugNone();
};

/** The first call is a realloc. */
export const realloc_init = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = realloc(0, 12);
  if (block === 0) return 1;
  clobber(block, 12);
  const larger: i32 = realloc(block, 1024);
  if (larger === 0 || !holds(larger, WRITTEN, 12)) return 2;
  free(larger);
  return bugNone();
};
