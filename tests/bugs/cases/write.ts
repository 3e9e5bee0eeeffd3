/** Writes and reads where they must not be: behind a block, and after it was freed. hardened_malloc's names. */

import { free, heap_trim, malloc } from '../../../kernel-heap/index.ts';
import { FREED_BYTE, FRESH_BYTE, QUARANTINE_BYTES, RED_ZONE_BYTE } from '../../../kernel-heap/debug-layout.ts';
import { divide, store8 } from '../../../kernel-heap/memory.ts';
import { PANIC_FREE_LIST, PANIC_OVERFLOW, PANIC_WRITE_AFTER_FREE } from '../../../kernel-heap/panic.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import {
  FAILED_BEGIN, LARGE, LINK_SIZE, SMALL, WRITTEN, bugBegin, bugBytes, bugNone, bugStopsHardened, clobber, holds,
} from './support.ts';

// Behind a block

/** Writes `count` bytes behind a small block; its neighbour is free. */
const overflowSmall = (start: i32, size: i32, count: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(SMALL);
  const next: i32 = malloc(SMALL);
  if (block === 0 || next === 0) return 1;
  free(next);
  clobber((block + SMALL) | 0, count);
  bugStopsHardened(PANIC_FREE_LIST, (block + SMALL) | 0);
  malloc(SMALL);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, SMALL, count, WRITTEN);
};

/** Writes `count` bytes behind a large block. */
const overflowLarge = (start: i32, size: i32, count: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(LARGE);
  if (block === 0) return 1;
  clobber((block + LARGE) | 0, count);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, LARGE, count, WRITTEN);
};

/** Writes the last `count` bytes of a block. */
const writeWithin = (start: i32, size: i32, bytes: i32, count: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  const next: i32 = malloc(bytes);
  free(next);
  clobber((block + bytes - count) | 0, count);
  malloc(bytes);
  free(block);
  return bugNone();
};

export const overflow_small_1_byte = (start: i32, size: i32): i32 => overflowSmall(start, size, 1);
export const overflow_small_1_byte_good = (start: i32, size: i32): i32 => writeWithin(start, size, SMALL, 1);
export const overflow_small_8_byte = (start: i32, size: i32): i32 => overflowSmall(start, size, 8);
export const overflow_small_8_byte_good = (start: i32, size: i32): i32 => writeWithin(start, size, SMALL, 8);
export const overflow_large_1_byte = (start: i32, size: i32): i32 => overflowLarge(start, size, 1);
export const overflow_large_1_byte_good = (start: i32, size: i32): i32 => writeWithin(start, size, LARGE, 1);
export const overflow_large_8_byte = (start: i32, size: i32): i32 => overflowLarge(start, size, 8);
export const overflow_large_8_byte_good = (start: i32, size: i32): i32 => writeWithin(start, size, LARGE, 8);

/** Writes a text of `letters` letters and its end, a zero byte. */
const textWrite = (address: i32, letters: i32): void => {
  clobber(address, letters);
  store8((address + letters) | 0, 0);
};

/** A text whose end is one byte behind its block. */
export const string_overflow = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(21);
  if (block === 0) return 1;
  textWrite(block, 21);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, 21, 1, 0);
};
export const string_overflow_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(21);
  if (block === 0) return 1;
  textWrite(block, 20);
  free(block);
  return bugNone();
};

/** Reads the first byte of a block that has none. */
export const read_zero_size = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(0);
  if (block === 0) return 1;
  if (DEBUG !== 0 && !holds(block, RED_ZONE_BYTE, 1)) return 2;
  free(block);
  return bugNone();
};
export const read_zero_size_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(1);
  if (DEBUG !== 0 && !holds(block, FRESH_BYTE, 1)) return 1;
  free(block);
  return bugNone();
};

/** Writes the first byte of a block that has none. */
export const write_zero_size = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(0);
  if (block === 0) return 1;
  clobber(block, 1);
  free(block);
  return bugBytes(PANIC_OVERFLOW, block, 1, 0, 1, WRITTEN);
};
export const write_zero_size_good = (start: i32, size: i32): i32 => writeWithin(start, size, 1, 1);

// After free

/** Reads a block after it was freed: FREED_BYTE, or where nothing is filled, what its owner left behind the link. */
const readAfterFree = (start: i32, size: i32, bytes: i32, link: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber(block, bytes);
  free(block);
  if (DEBUG !== 0 && !holds(block, FREED_BYTE, bytes)) return 2;
  if (DEBUG === 0 && !holds((block + link) | 0, WRITTEN, bytes - link)) return 3;
  return bugNone();
};

/** Reads a block before it is freed. */
const readBeforeFree = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber(block, bytes);
  if (!holds(block, WRITTEN, bytes)) return 2;
  free(block);
  return bugNone();
};

export const read_after_free_small = (start: i32, size: i32): i32 => readAfterFree(start, size, SMALL, LINK_SIZE);
export const read_after_free_small_good = (start: i32, size: i32): i32 => readBeforeFree(start, size, SMALL);
export const read_after_free_large = (start: i32, size: i32): i32 => readAfterFree(start, size, LARGE, 0);
export const read_after_free_large_good = (start: i32, size: i32): i32 => readBeforeFree(start, size, LARGE);

/** Reads a block that was never written to: FRESH_BYTE, or where nothing is filled, what the last owner left. */
const uninitializedRead = (start: i32, size: i32, bytes: i32, link: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const former: i32 = malloc(bytes);
  if (former === 0) return 1;
  clobber(former, bytes);
  free(former);
  const block: i32 = malloc(bytes);
  if (DEBUG !== 0 && !holds(block, FRESH_BYTE, bytes)) return 2;
  if (DEBUG === 0 && block !== former) return 3;
  if (DEBUG === 0 && !holds((block + link) | 0, WRITTEN, bytes - link)) return 4;
  free(block);
  return bugNone();
};

export const uninitialized_read_small = (start: i32, size: i32): i32 => uninitializedRead(start, size, SMALL, LINK_SIZE);
export const uninitialized_read_small_good = (start: i32, size: i32): i32 => readBeforeFree(start, size, SMALL);
export const uninitialized_read_large = (start: i32, size: i32): i32 => uninitializedRead(start, size, LARGE, 0);
export const uninitialized_read_large_good = (start: i32, size: i32): i32 => readBeforeFree(start, size, LARGE);

/** Allocates and frees blocks of `bytes` bytes until the quarantine has let go of all that was in it. */
const quarantinePass = (bytes: i32): void => {
  for (let count: i32 = divide(QUARANTINE_BYTES, bytes) + 1; count !== 0; count--) free(malloc(bytes));
};

/** Writes the first four bytes of a block, after it was freed or before. */
const writeAfterFree = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  free(block);
  clobber(block, 4);
  if (bytes === SMALL) bugStopsHardened(PANIC_FREE_LIST, block);
  malloc(bytes);
  heap_trim();
  return bugBytes(PANIC_WRITE_AFTER_FREE, block, 1, 0, 4, WRITTEN);
};

/** The same, and the block is noticed when it is about to be used again. */
const writeAfterFreeReuse = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  free(block);
  clobber(block, 4);
  if (bytes === SMALL) bugStopsHardened(PANIC_FREE_LIST, block);
  quarantinePass(bytes);
  return bugBytes(PANIC_WRITE_AFTER_FREE, block, 1, 0, 4, WRITTEN);
};

/** Writes the first four bytes of a block, which is then freed and used again. */
const writeBeforeFree = (start: i32, size: i32, bytes: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  clobber(block, 4);
  free(block);
  malloc(bytes);
  quarantinePass(bytes);
  return bugNone();
};

export const write_after_free_small = (start: i32, size: i32): i32 => writeAfterFree(start, size, SMALL);
export const write_after_free_small_good = (start: i32, size: i32): i32 => writeBeforeFree(start, size, SMALL);
export const write_after_free_large = (start: i32, size: i32): i32 => writeAfterFree(start, size, LARGE);
export const write_after_free_large_good = (start: i32, size: i32): i32 => writeBeforeFree(start, size, LARGE);
export const write_after_free_small_reuse = (start: i32, size: i32): i32 => writeAfterFreeReuse(start, size, SMALL);
export const write_after_free_small_reuse_good = (start: i32, size: i32): i32 => writeBeforeFree(start, size, SMALL);
export const write_after_free_large_reuse = (start: i32, size: i32): i32 => writeAfterFreeReuse(start, size, LARGE);
export const write_after_free_large_reuse_good = (start: i32, size: i32): i32 => writeBeforeFree(start, size, LARGE);
