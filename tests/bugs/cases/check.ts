/**
 * Damage that a look at the whole heap finds, without a free: Linux's slub tests, lib/tests/slub_kunit.c, whose names
 * these are. What was written over is put back afterwards, and all is well again.
 */

import {
  free, heap_check, heap_debug, heap_destroy, heap_live, heap_malloc, heap_new, malloc, realloc,
} from '../../../kernel-heap/index.ts';
import { CHECK_FREED, CHECK_FREE_LIST, CHECK_RED_ZONE } from '../../../kernel-heap/check.ts';
import {
  FREED_BYTE, RECORD_HEAP_OFFSET, RECORD_NUMBER_OFFSET, RED_ZONE_BYTE, SETTING_QUARANTINE,
} from '../../../kernel-heap/debug-layout.ts';
import { fill, load, load8, store, store8 } from '../../../kernel-heap/memory.ts';
import { PANIC_OVERFLOW, PANIC_WRITE_AFTER_FREE } from '../../../kernel-heap/panic.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import { FAILED_BEGIN, FAILED_CHECK, SMALL, WRITTEN, bugBegin, bugBytes, bugFoundByCheck, bugLeak, bugNone, clobber, holds } from './support.ts';

/** An object of a pool of objects of `bytes` bytes; it is freed if `freed`. */
const objectNew = (bytes: i32, freed: boolean): i32 => {
  const block: i32 = heap_malloc(heap_new(), bytes);
  if (freed) free(block);
  return block;
};

/**
 * Writes `value` to `count` bytes from offset `first` of `block` on, has a look at the heap, and puts back what was
 * there. Returns what heap_check gave.
 */
const clobberCheck = (block: i32, first: i32, count: i32, value: i32): i32 => {
  const address: i32 = (block + first) | 0;
  const former: i32 = load8(address);
  const second: i32 = load8((address + 1) | 0);
  fill(address, value, count);
  const found: i32 = heap_check();
  store8(address, former);
  if (count === 2) store8((address + 1) | 0, second);
  return found;
};

/**
 * The verdict on an overflow or a write after free that heap_check has found. Hardened: it gave `hardened`, 0 where there
 * is nothing that it could look at.
 */
const checked = (found: i32, hardened: i32, code: i32, block: i32, first: i32, count: i32, value: i32): i32 => {
  if (DEBUG === 0) {
    if (found !== hardened) return FAILED_CHECK;
    return found === 0 ? bugNone() : bugFoundByCheck(found);
  }
  if (found !== (code === PANIC_OVERFLOW ? CHECK_RED_ZONE : CHECK_FREED)) return FAILED_CHECK;
  return bugBytes(code, block, 1, first, count, value);
};

/** Behind an object of 64 bytes. */
export const clobber_zone = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, false);
  return checked(clobberCheck(block, SMALL, 1, 0x12), CHECK_FREE_LIST, PANIC_OVERFLOW, block, SMALL, 1, 0x12);
};
export const clobber_zone_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, false);
  if (clobberCheck(block, SMALL - 1, 1, 0x12) !== 0) return 1;
  return bugNone();
};

/** The link of a free block, which the quarantine has already let go. */
export const next_pointer = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  heap_debug(SETTING_QUARANTINE, 0);
  const before: i32 = malloc(SMALL);
  free(before);
  // Red zones begin where the block does.
  const link: i32 = DEBUG !== 0 ? (before - 16) | 0 : before;
  const next: i32 = load(link);
  store(link, ~next);
  const found: i32 = heap_check();
  store(link, next);
  if (found !== CHECK_FREE_LIST) return 1;
  return bugFoundByCheck(found);
};
export const next_pointer_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  heap_debug(SETTING_QUARANTINE, 0);
  const block: i32 = malloc(SMALL);
  clobber(block, SMALL);
  free(block);
  if (heap_check() !== 0) return 1;
  return bugNone();
};

/** The first word of a freed block. */
export const first_word = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, true);
  return checked(clobberCheck(block, 0, 1, 0x78), CHECK_FREE_LIST, PANIC_WRITE_AFTER_FREE, block, 0, 1, 0x78);
};
export const first_word_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (clobberCheck(objectNew(SMALL, false), 0, 1, 0x78) !== 0) return 1;
  return bugNone();
};

/** The fiftieth byte of a freed block. */
export const clobber_50th_byte = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, true);
  return checked(clobberCheck(block, 50, 1, 0x9a), 0, PANIC_WRITE_AFTER_FREE, block, 50, 1, 0x9a);
};
export const clobber_50th_byte_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (clobberCheck(objectNew(SMALL, false), 50, 1, 0x9a) !== 0) return 1;
  return bugNone();
};

/** Behind a freed object. */
export const clobber_redzone_free = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, true);
  return checked(clobberCheck(block, SMALL, 1, 0xab), CHECK_FREE_LIST, PANIC_OVERFLOW, block, SMALL, 1, 0xab);
};
export const clobber_redzone_free_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(SMALL, true);
  if (DEBUG !== 0 && !holds(block, FREED_BYTE, SMALL)) return 1;
  if (DEBUG !== 0 && !holds((block + SMALL) | 0, RED_ZONE_BYTE, 16)) return 2;
  if (heap_check() !== 0) return 3;
  return bugNone();
};

/** Eighteen bytes of an object of 32 were asked for; two more are written. */
export const kmalloc_redzone_access = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = objectNew(18, false);
  return checked(clobberCheck(block, 18, 2, 0xab), 0, PANIC_OVERFLOW, block, 18, 2, 0xab);
};
export const kmalloc_redzone_access_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  if (clobberCheck(objectNew(18, false), 16, 2, 0xab) !== 0) return 1;
  return bugNone();
};

/** A pool is destroyed while an object of it is live: the walk over live blocks tells which. */
export const leak_destroy = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  const block: i32 = heap_malloc(heap, SMALL);
  if (block === 0) return 1;
  const record: i32 = heap_live(0);
  if (DEBUG !== 0) {
    if (record === 0 || load((record + RECORD_HEAP_OFFSET) | 0) !== (heap | 0)) return 2;
    if (load((record + RECORD_NUMBER_OFFSET) | 0) !== 1) return 3;
    if (heap_live(record) !== 0) return 4;
  } else if (record !== 0) {
    return 5;
  }
  heap_destroy(heap);
  if (heap_live(0) !== 0) return 6;
  return bugLeak(1);
};
export const leak_destroy_good = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const heap: i32 = heap_new();
  free(heap_malloc(heap, SMALL));
  if (heap_live(0) !== 0) return 1;
  heap_destroy(heap);
  return bugNone();
};

/** A block that becomes smaller and larger again: what is kept, what is added, and what is behind it. */
export const krealloc_redzone_zeroing = (start: i32, size: i32): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const block: i32 = malloc(48);
  clobber(block, 48);
  const smaller: i32 = realloc(block, 40);
  if (!holds(smaller, WRITTEN, 40)) return 1;
  if (DEBUG !== 0 && !holds((smaller + 40) | 0, RED_ZONE_BYTE, 24)) return 2;
  const larger: i32 = realloc(smaller, 56);
  fill((larger + 40) | 0, 0, 16);
  if (!holds(larger, WRITTEN, 40) || !holds((larger + 40) | 0, 0, 16)) return 3;
  if (DEBUG !== 0 && !holds((larger + 56) | 0, RED_ZONE_BYTE, 16)) return 4;
  free(larger);
  return bugNone();
};
