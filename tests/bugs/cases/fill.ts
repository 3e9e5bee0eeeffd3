/** What the debug profile fills blocks with. The names are those of mimalloc's test/test-api-fill.c. */

import { aligned_alloc, free, malloc, realloc } from '../../../kernel-heap/index.ts';
import { FREED_BYTE, FRESH_BYTE } from '../../../kernel-heap/debug-layout.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import { FAILED_BEGIN, LARGE, SMALL, WRITTEN, bugBegin, bugNone, clobber, holds } from './support.ts';

/** A fresh block, aligned to `alignment` bytes, reads as FRESH_BYTE. */
const uninitAlloc = (start: i32, size: i32, alignment: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = aligned_alloc(alignment, bytes);
  if (block === 0 || (block & (alignment - 1)) !== 0) return 1;
  if (DEBUG !== 0 && !holds(block, FRESH_BYTE, bytes)) return 2;
  free(block);
  return bugNone();
};

/** What a resized block has more than before reads as FRESH_BYTE. */
const uninitRealloc = (start: i32, size: i32, alignment: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = aligned_alloc(alignment, bytes);
  if (block === 0) return 1;
  clobber(block, bytes);
  const larger: i32 = realloc(block, bytes * 2 + 5);
  if (larger === 0 || !holds(larger, WRITTEN, bytes)) return 2;
  if (DEBUG !== 0 && !holds((larger + bytes) | 0, FRESH_BYTE, bytes + 5)) return 3;
  free(larger);
  return bugNone();
};

/** A freed block reads as FREED_BYTE. */
const fillFreed = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber(block, bytes);
  free(block);
  if (DEBUG !== 0 && !holds(block, FREED_BYTE, bytes)) return 2;
  return bugNone();
};

export const uninit_malloc_small = (start: i32, size: i32): i32 => uninitAlloc(start, size, 1, SMALL);
export const uninit_malloc_large = (start: i32, size: i32): i32 => uninitAlloc(start, size, 1, LARGE);
export const uninit_malloc_aligned_small = (start: i32, size: i32): i32 => uninitAlloc(start, size, 128, SMALL);
export const uninit_malloc_aligned_large = (start: i32, size: i32): i32 => uninitAlloc(start, size, 8192, LARGE);
export const uninit_realloc_small = (start: i32, size: i32): i32 => uninitRealloc(start, size, 1, SMALL);
export const uninit_realloc_large = (start: i32, size: i32): i32 => uninitRealloc(start, size, 1, LARGE);
export const uninit_realloc_aligned_small = (start: i32, size: i32): i32 => uninitRealloc(start, size, 128, SMALL);
export const uninit_realloc_aligned_large = (start: i32, size: i32): i32 => uninitRealloc(start, size, 8192, LARGE);
export const fill_freed_small = (start: i32, size: i32): i32 => fillFreed(start, size, SMALL);
export const fill_freed_large = (start: i32, size: i32): i32 => fillFreed(start, size, LARGE);
