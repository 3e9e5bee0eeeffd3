/** Blocks in a kernel, as Linux's sanitizer tests itself on them: mm/kasan/kasan_test_c.c, whose names these are. */

import {
  free, heap_destroy, heap_malloc, heap_new, heap_trim, malloc, malloc_usable_size, realloc,
} from '../../../kernel-heap/index.ts';
import { FREED_BYTE } from '../../../kernel-heap/debug-layout.ts';
import { fill, load8 } from '../../../kernel-heap/memory.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_FREE_LIST, PANIC_INVALID_HEAP, PANIC_OVERFLOW, PANIC_UNALIGNED_FREE,
  PANIC_UNDERFLOW, PANIC_WRITE_AFTER_FREE,
} from '../../../kernel-heap/panic.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import {
  FAILED_BEGIN, LINK_SIZE, WRITTEN, bugBegin, bugBytes, bugMisuse, bugNone, bugStops, bugStopsHardened, clobber, holds,
} from './support.ts';

/** Linux's largest size of its size classes, two of its pages. */
const CACHE_SIZE_MAX: i32 = 8192;
/** Blocks that are larger than that. */
const LARGE_BYTES: i32 = CACHE_SIZE_MAX + 10;
/** Blocks of whole frames: sixteen. */
const FRAMES_BYTES: i32 = 65536;

// Beside a block

/** Writes one byte at offset `first` of a block of `bytes` bytes, the second of its size, and frees it. */
const oob = (start: i32, size: i32, bytes: i32, first: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  malloc(bytes);
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber((block + first) | 0, 1);
  free(block);
  if (0 <= first && first < bytes) return bugNone();
  return bugBytes(first < 0 ? PANIC_UNDERFLOW : PANIC_OVERFLOW, block, 2, first, 1, WRITTEN);
};

/** Two bytes behind a block, the second of them five bytes farther. */
export const kmalloc_oob_right = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(115);
  if (block === 0) return 1;
  clobber((block + 115) | 0, 1);
  clobber((block + 120) | 0, 1);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, 115, 2, WRITTEN);
};
export const kmalloc_oob_right_good = (start: i32, size: i32): i32 => oob(start, size, 115, 114);
export const kmalloc_oob_left = (start: i32, size: i32): i32 => oob(start, size, 15, -1);
export const kmalloc_oob_left_good = (start: i32, size: i32): i32 => oob(start, size, 15, 0);

/** Sixteen bytes are written into a block of thirteen, or of sixteen. */
const oob16 = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber(block, 16);
  free(block);
  if (bytes === 16) return bugNone();
  return bugBytes(PANIC_OVERFLOW, block, 1, bytes, 16 - bytes, WRITTEN);
};
export const kmalloc_oob_16 = (start: i32, size: i32): i32 => oob16(start, size, 13);
export const kmalloc_oob_16_good = (start: i32, size: i32): i32 => oob16(start, size, 16);
export const kmalloc_big_oob_right = (start: i32, size: i32): i32 =>
  oob(start, size, CACHE_SIZE_MAX - 256, CACHE_SIZE_MAX - 256);
export const kmalloc_big_oob_right_good = (start: i32, size: i32): i32 =>
  oob(start, size, CACHE_SIZE_MAX - 256, CACHE_SIZE_MAX - 257);
export const kmalloc_large_oob_right = (start: i32, size: i32): i32 => oob(start, size, LARGE_BYTES, LARGE_BYTES);
export const kmalloc_large_oob_right_good = (start: i32, size: i32): i32 => oob(start, size, LARGE_BYTES, LARGE_BYTES - 1);
export const page_alloc_oob_right = (start: i32, size: i32): i32 => oob(start, size, FRAMES_BYTES, FRAMES_BYTES);
export const page_alloc_oob_right_good = (start: i32, size: i32): i32 => oob(start, size, FRAMES_BYTES, FRAMES_BYTES - 1);

/**
 * A block of `before` bytes becomes one of `after`; then bytes behind it are written: the first, the one at the next
 * multiple of 8, and where it has become smaller, the last that it had and one in the middle.
 */
const reallocOob = (start: i32, size: i32, before: i32, after: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = realloc(malloc(before), after);
  if (block === 0) return 1;
  clobber(block, after);
  clobber((block + after) | 0, 1);
  clobber((block + ((after + 7) & -8)) | 0, 1);
  let count: i32 = 2;
  if (after < before) {
    clobber((block + ((after + ((before - after) >> 1) + 7) & -8)) | 0, 1);
    clobber((block + before - 1) | 0, 1);
    count = 4;
  }
  // The last of these may lie beyond the block of a profile without red zones, in its neighbour, which is free.
  const end: i32 = (block + malloc_usable_size(block)) | 0;
  if (load8(end) === WRITTEN) bugStopsHardened(PANIC_FREE_LIST, end);
  malloc(after);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 2, after, count, WRITTEN);
};

/** A block of `before` bytes becomes one of `after`, all of which are written. */
const reallocWithin = (start: i32, size: i32, before: i32, after: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = realloc(malloc(before), after);
  if (block === 0) return 1;
  clobber(block, after);
  free(block);
  return bugNone();
};

export const krealloc_more_oob = (start: i32, size: i32): i32 => reallocOob(start, size, 201, 235);
export const krealloc_more_oob_good = (start: i32, size: i32): i32 => reallocWithin(start, size, 201, 235);
export const krealloc_less_oob = (start: i32, size: i32): i32 => reallocOob(start, size, 235, 201);
export const krealloc_less_oob_good = (start: i32, size: i32): i32 => reallocWithin(start, size, 235, 201);
export const krealloc_large_more_oob = (start: i32, size: i32): i32 =>
  reallocOob(start, size, CACHE_SIZE_MAX + 201, CACHE_SIZE_MAX + 235);
export const krealloc_large_more_oob_good = (start: i32, size: i32): i32 =>
  reallocWithin(start, size, CACHE_SIZE_MAX + 201, CACHE_SIZE_MAX + 235);
export const krealloc_large_less_oob = (start: i32, size: i32): i32 =>
  reallocOob(start, size, CACHE_SIZE_MAX + 235, CACHE_SIZE_MAX + 201);
export const krealloc_large_less_oob_good = (start: i32, size: i32): i32 =>
  reallocWithin(start, size, CACHE_SIZE_MAX + 235, CACHE_SIZE_MAX + 201);

// After free

/** Writes `count` bytes from offset `first` of a block of `bytes` bytes on, which is then allocated anew if need be. */
const useAfterFree = (start: i32, size: i32, bytes: i32, first: i32, count: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  free(block);
  clobber((block + first) | 0, count);
  // The link is at the beginning of a small block.
  if (first < LINK_SIZE && bytes < CACHE_SIZE_MAX) bugStopsHardened(PANIC_FREE_LIST, block);
  malloc(bytes);
  heap_trim();
  return bugBytes(PANIC_WRITE_AFTER_FREE, block, 1, first, count, WRITTEN);
};

/** The same before it is freed. */
const useBeforeFree = (start: i32, size: i32, bytes: i32, first: i32, count: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber((block + first) | 0, count);
  free(block);
  malloc(bytes);
  return bugNone();
};

export const kmalloc_uaf = (start: i32, size: i32): i32 => useAfterFree(start, size, 10, 8, 1);
export const kmalloc_uaf_good = (start: i32, size: i32): i32 => useBeforeFree(start, size, 10, 8, 1);
export const kmalloc_uaf_memset = (start: i32, size: i32): i32 => useAfterFree(start, size, 33, 0, 33);
export const kmalloc_uaf_memset_good = (start: i32, size: i32): i32 => useBeforeFree(start, size, 33, 0, 33);
export const kmalloc_large_uaf = (start: i32, size: i32): i32 => useAfterFree(start, size, LARGE_BYTES, 0, 1);
export const kmalloc_large_uaf_good = (start: i32, size: i32): i32 => useBeforeFree(start, size, LARGE_BYTES, 0, 1);
export const page_alloc_uaf = (start: i32, size: i32): i32 => useAfterFree(start, size, FRAMES_BYTES, 0, 1);
export const page_alloc_uaf_good = (start: i32, size: i32): i32 => useBeforeFree(start, size, FRAMES_BYTES, 0, 1);

/** The block has a new owner where there is no quarantine. */
export const kmalloc_uaf2 = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(43);
  free(block);
  const next: i32 = malloc(43);
  if (DEBUG !== 0 && next === block) return 1;
  if (DEBUG === 0 && next !== block) return 2;
  clobber((block + 40) | 0, 1);
  heap_trim();
  return bugBytes(PANIC_WRITE_AFTER_FREE, block, 1, 40, 1, WRITTEN);
};
export const kmalloc_uaf2_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  free(malloc(43));
  clobber((malloc(43) + 40) | 0, 1);
  return bugNone();
};

/** Two blocks of one size are freed; then the first is written to. */
export const kmalloc_uaf3 = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(100);
  free(block);
  free(malloc(100));
  clobber((block + 8) | 0, 1);
  heap_trim();
  return bugBytes(PANIC_WRITE_AFTER_FREE, block, 1, 8, 1, WRITTEN);
};
export const kmalloc_uaf3_good = (start: i32, size: i32): i32 => useBeforeFree(start, size, 100, 8, 1);

/** Sixteen bytes are read from a freed block. */
export const kmalloc_uaf_16 = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  if (block === 0) return 1;
  clobber(block, 16);
  free(block);
  if (DEBUG !== 0 && !holds(block, FREED_BYTE, 16)) return 2;
  if (DEBUG === 0 && !holds((block + LINK_SIZE) | 0, WRITTEN, 16 - LINK_SIZE)) return 3;
  return bugNone();
};
export const kmalloc_uaf_16_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  clobber(block, 16);
  if (!holds(block, WRITTEN, 16)) return 1;
  free(block);
  return bugNone();
};

export const krealloc_uaf = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(201);
  if (block === 0) return 1;
  free(block);
  bugStopsHardened(PANIC_DOUBLE_FREE, block);
  if (realloc(block, 235) !== 0) return 2;
  return bugMisuse(PANIC_DOUBLE_FREE, block, 1, 0, 0);
};
export const krealloc_uaf_good = (start: i32, size: i32): i32 => reallocWithin(start, size, 201, 235);

// Frees

/** Zeroes a block, all that may be used of it, and frees it, as kfree_sensitive does. */
const zeroFree = (block: i32): void => {
  const bytes: i32 = malloc_usable_size(block);
  if (bytes === 0) return;
  fill(block, 0, bytes);
  free(block);
};

export const kmalloc_double_kzfree = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  if (block === 0) return 1;
  zeroFree(block);
  bugStopsHardened(PANIC_DOUBLE_FREE, block);
  zeroFree(block);
  return bugMisuse(PANIC_DOUBLE_FREE, block, 1, 0, 0);
};
export const kmalloc_double_kzfree_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  zeroFree(malloc(16));
  zeroFree(malloc(LARGE_BYTES));
  return bugNone();
};

export const kmalloc_large_invalid_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(LARGE_BYTES);
  if (block === 0) return 1;
  bugStopsHardened(PANIC_UNALIGNED_FREE, (block + 1) | 0);
  free((block + 1) | 0);
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 1, 1, 0);
};
export const kmalloc_large_invalid_free_good = (start: i32, size: i32): i32 => oob(start, size, LARGE_BYTES, 1);

/** A block is freed by an address that was computed from its frame's. */
export const kfree_via_page = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(24);
  if (block === 0) return 1;
  const frame: i32 = block & -4096;
  free((frame + (block & 4095)) | 0);
  return bugNone();
};

// The size that may be used

/** All that malloc_usable_size tells may be written, and not a byte more. */
export const ksize_unpoisons_memory = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(115);
  if (block === 0) return 1;
  const usable: i32 = malloc_usable_size(block);
  if (DEBUG !== 0 && usable !== 115) return 2;
  clobber(block, usable + 1);
  // There lies the neighbour, which is free.
  bugStopsHardened(PANIC_FREE_LIST, (block + usable) | 0);
  malloc(115);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, usable, 1, WRITTEN);
};
export const ksize_unpoisons_memory_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(115);
  if (block === 0) return 1;
  clobber(block, malloc_usable_size(block));
  malloc(115);
  free(block);
  return bugNone();
};

export const ksize_uaf = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(115);
  if (block === 0) return 1;
  free(block);
  bugStopsHardened(PANIC_DOUBLE_FREE, block);
  if (malloc_usable_size(block) !== 0) return 2;
  return bugMisuse(PANIC_DOUBLE_FREE, block, 1, 0, 0);
};
export const ksize_uaf_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(115);
  if (malloc_usable_size(block) < 115) return 1;
  free(block);
  return bugNone();
};

// Pools of objects: a heap of one's own

const OBJECT_BYTES: i32 = 200;

export const kmem_cache_oob = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, OBJECT_BYTES);
  if (block === 0) return 1;
  clobber((block + OBJECT_BYTES) | 0, 1);
  heap_destroy(heap);
  return bugBytes(PANIC_OVERFLOW, block, 1, OBJECT_BYTES, 1, WRITTEN);
};
export const kmem_cache_oob_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, OBJECT_BYTES);
  if (block === 0) return 1;
  clobber((block + OBJECT_BYTES - 1) | 0, 1);
  heap_destroy(heap);
  return bugNone();
};

export const kmem_cache_double_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, OBJECT_BYTES);
  if (block === 0) return 1;
  free(block);
  bugStopsHardened(PANIC_DOUBLE_FREE, block);
  free(block);
  return bugMisuse(PANIC_DOUBLE_FREE, block, 1, 0, 0);
};
export const kmem_cache_double_free_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  free(heap_malloc(heap, OBJECT_BYTES));
  free(heap_malloc(heap, OBJECT_BYTES));
  heap_destroy(heap);
  return bugNone();
};

export const kmem_cache_invalid_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = heap_malloc(heap_new(), OBJECT_BYTES);
  if (block === 0) return 1;
  bugStopsHardened(PANIC_UNALIGNED_FREE, (block + 1) | 0);
  free((block + 1) | 0);
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 1, 1, 0);
};
export const kmem_cache_invalid_free_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  free(heap_malloc(heap_new(), OBJECT_BYTES));
  return bugNone();
};

export const kmem_cache_double_destroy = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  if (heap_malloc(heap, OBJECT_BYTES) === 0) return 1;
  heap_destroy(heap);
  bugStops(PANIC_INVALID_HEAP, heap);
  heap_destroy(heap);
  return bugNone();
};
export const kmem_cache_double_destroy_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const first: i32 = heap_new();
  if (heap_malloc(first, OBJECT_BYTES) === 0) return 1;
  heap_destroy(first);
  const second: i32 = heap_new();
  if (heap_malloc(second, OBJECT_BYTES) === 0) return 2;
  heap_destroy(second);
  heap_destroy(0);
  return bugNone();
};

/** Ten objects, allocated and freed together; they keep what they hold. */
export const kmem_cache_bulk = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  let last: i32 = 0;
  for (let index: i32 = 0; index < 10; index++) {
    const block: i32 = heap_malloc(heap, OBJECT_BYTES);
    if (block === 0 || block === last) return 1;
    clobber(block, OBJECT_BYTES);
    if (last !== 0) {
      if (!holds(last, WRITTEN, OBJECT_BYTES)) return 2;
      free(last);
    }
    last = block;
  }
  free(last);
  heap_destroy(heap);
  return bugNone();
};

