/** Frees that must not be: twice, of what is no block, inside of a block, with another size. hardened_malloc's names. */

import {
  aligned_alloc, free, free_aligned_sized, free_sized, malloc, malloc_usable_size, realloc,
} from '../../../kernel-heap/index.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, PANIC_SIZE_MISMATCH, PANIC_UNALIGNED_FREE,
} from '../../../kernel-heap/panic.ts';
import { FAILED_BEGIN, LARGE, SMALL, bugBegin, bugMisuse, bugNone, bugOutside, bugStopsHardened } from './support.ts';

// Twice

/** Frees a block of `bytes` bytes twice; `others` blocks are allocated and freed in between. */
const doubleFree = (start: i32, size: i32, bytes: i32, others: i32, hardened: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  const other: i32 = malloc(bytes);
  if (block === 0 || other === 0) return 1;
  free(block);
  if (others !== 0) free(other);
  bugStopsHardened(hardened, block);
  free(block);
  return bugMisuse(PANIC_DOUBLE_FREE, block, 1, 0, 0);
};

/** Frees two blocks once, and what is allocated in their place. */
const freeOnce = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  const other: i32 = malloc(bytes);
  free(block);
  free(other);
  free(malloc(bytes));
  free(0);
  return bugNone();
};

export const double_free_small = (start: i32, size: i32): i32 => doubleFree(start, size, SMALL, 0, PANIC_DOUBLE_FREE);
export const double_free_small_good = (start: i32, size: i32): i32 => freeOnce(start, size, SMALL);
export const double_free_large = (start: i32, size: i32): i32 => doubleFree(start, size, LARGE, 0, PANIC_INVALID_FREE);
export const double_free_large_good = (start: i32, size: i32): i32 => freeOnce(start, size, LARGE);
export const double_free_small_delayed = (start: i32, size: i32): i32 =>
  doubleFree(start, size, SMALL, 1, PANIC_DOUBLE_FREE);
export const double_free_small_delayed_good = (start: i32, size: i32): i32 => freeOnce(start, size, SMALL);
export const double_free_large_delayed = (start: i32, size: i32): i32 =>
  doubleFree(start, size, LARGE, 1, PANIC_INVALID_FREE);
export const double_free_large_delayed_good = (start: i32, size: i32): i32 => freeOnce(start, size, LARGE);

// What is no block

/** Frees `address`, which is no block. */
const freeNone = (address: i32): i32 => {
  bugStopsHardened(PANIC_INVALID_FREE, address);
  free(address);
  return bugMisuse(PANIC_INVALID_FREE, address, 0, 0, 0);
};

/** An address before the heap's region. */
export const invalid_free_protected = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (malloc(SMALL) === 0) return 1;
  return freeNone(((start - 0x10000) & -16) | 0);
};
export const invalid_free_protected_good = (start: i32, size: i32): i32 => freeOnce(start, size, SMALL);

/** Memory behind the heap's region. */
export const invalid_free_unprotected = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (malloc(SMALL) === 0) return 1;
  return freeNone((bugOutside(start, size) + 16) | 0);
};
export const invalid_free_unprotected_good = (start: i32, size: i32): i32 => freeOnce(start, size, LARGE);

/** A block of a page that has not been handed out. */
export const invalid_free_small_region = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  if (block === 0) return 1;
  const other: i32 = (block + 1536) | 0;
  bugStopsHardened(PANIC_DOUBLE_FREE, other);
  free(other);
  return bugMisuse(PANIC_INVALID_FREE, other, 0, 0, 0);
};
export const invalid_free_small_region_good = (start: i32, size: i32): i32 => freeOnce(start, size, 16);

/** Frames that are free. */
export const invalid_free_small_region_far = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  if (block === 0) return 1;
  return freeNone((block + 0x100000) | 0);
};
export const invalid_free_small_region_far_good = (start: i32, size: i32): i32 => freeOnce(start, size, 0x1000);

/** A pointer that was never given a value. */
export const uninitialized_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  return freeNone(1);
};
export const uninitialized_free_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  free(0);
  return bugNone();
};

/** The same, resized. */
export const uninitialized_realloc = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  bugStopsHardened(PANIC_INVALID_FREE, 1);
  if (realloc(1, SMALL) !== 0) return 1;
  return bugMisuse(PANIC_INVALID_FREE, 1, 0, 0, 0);
};
export const uninitialized_realloc_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = realloc(0, SMALL);
  if (block === 0) return 1;
  free(block);
  return bugNone();
};

// Inside of a block

/** Frees the byte at offset 1 of a block of `bytes` bytes. */
const unalignedFree = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  bugStopsHardened(PANIC_UNALIGNED_FREE, (block + 1) | 0);
  free((block + 1) | 0);
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 1, 1, 0);
};

export const unaligned_free_small = (start: i32, size: i32): i32 => unalignedFree(start, size, SMALL);
export const unaligned_free_small_good = (start: i32, size: i32): i32 => freeOnce(start, size, SMALL);
export const unaligned_free_large = (start: i32, size: i32): i32 => unalignedFree(start, size, LARGE);
export const unaligned_free_large_good = (start: i32, size: i32): i32 => freeOnce(start, size, LARGE);

// The size of what is no block

/** Asks for the size of a block and frees it: it is at least `bytes`. */
const usableSize = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (malloc_usable_size(block) < bytes) return 1;
  if (malloc_usable_size(0) !== 0) return 2;
  free(block);
  return bugNone();
};

export const invalid_malloc_usable_size_small = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(16);
  if (block === 0) return 1;
  const other: i32 = (block + 1536) | 0;
  bugStopsHardened(PANIC_DOUBLE_FREE, other);
  if (malloc_usable_size(other) !== 0) return 2;
  return bugMisuse(PANIC_INVALID_FREE, other, 0, 0, 0);
};
export const invalid_malloc_usable_size_small_good = (start: i32, size: i32): i32 => usableSize(start, size, 16);

export const unaligned_malloc_usable_size = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  if (block === 0) return 1;
  bugStopsHardened(PANIC_UNALIGNED_FREE, (block + 1) | 0);
  if (malloc_usable_size((block + 1) | 0) !== 0) return 2;
  return bugMisuse(PANIC_UNALIGNED_FREE, block, 1, 1, 0);
};
export const unaligned_malloc_usable_size_good = (start: i32, size: i32): i32 => usableSize(start, size, SMALL);

export const uninitialized_malloc_usable_size = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  bugStopsHardened(PANIC_INVALID_FREE, 1);
  if (malloc_usable_size(1) !== 0) return 1;
  return bugMisuse(PANIC_INVALID_FREE, 1, 0, 0, 0);
};
export const uninitialized_malloc_usable_size_good = (start: i32, size: i32): i32 => usableSize(start, size, LARGE);

// Another size

/** Allocates `bytes` bytes aligned to 64 and frees them as `told` bytes. */
const alignedSizedDelete = (start: i32, size: i32, bytes: i32, told: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = aligned_alloc(64, bytes);
  if (block === 0) return 1;
  if (told === bytes) {
    free_aligned_sized(block, 64, told);
    return bugNone();
  }
  bugStopsHardened(PANIC_SIZE_MISMATCH, block);
  free_aligned_sized(block, 64, told);
  return bugMisuse(PANIC_SIZE_MISMATCH, block, 1, 0, told);
};

export const invalid_aligned_sized_delete_small = (start: i32, size: i32): i32 =>
  alignedSizedDelete(start, size, SMALL, SMALL * 2);
export const invalid_aligned_sized_delete_small_good = (start: i32, size: i32): i32 =>
  alignedSizedDelete(start, size, SMALL * 2, SMALL * 2);
export const invalid_aligned_sized_delete_large = (start: i32, size: i32): i32 =>
  alignedSizedDelete(start, size, LARGE, LARGE * 2);
export const invalid_aligned_sized_delete_large_good = (start: i32, size: i32): i32 =>
  alignedSizedDelete(start, size, LARGE * 2, LARGE * 2);
export const aligned_sized_delete_small = (start: i32, size: i32): i32 => alignedSizedDelete(start, size, SMALL, SMALL);
export const aligned_sized_delete_large = (start: i32, size: i32): i32 => alignedSizedDelete(start, size, LARGE, LARGE);

/** Allocates `bytes` bytes, frees them by their size. */
const freeSized = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  free_sized(block, bytes);
  free_sized(0, bytes);
  return bugNone();
};

export const free_sized_small = (start: i32, size: i32): i32 => freeSized(start, size, SMALL);
export const free_sized_large = (start: i32, size: i32): i32 => freeSized(start, size, LARGE);
