/** What the pointer audit says of words that are declared to be pointers: the cases of OCaml's naked-pointer checker. */

import {
  calloc, free, heap_add_region, heap_audit, heap_external_mark, heap_kind, heap_malloc, heap_new, heap_range_add,
  heap_range_remove, malloc,
} from '../../../kernel-heap/index.ts';
import {
  AUDIT_EXTERNAL_SIZE, AUDIT_FOREIGN, AUDIT_INTERIOR, AUDIT_METADATA, AUDIT_MISALIGNED, AUDIT_OUTSIDE, AUDIT_STALE, AUDIT_UNMARKED,
  KIND_DATA, KIND_EXTERNAL, KIND_POINTERS, KIND_TAGGED, RANGE_BYTES_OFFSET, RANGE_HEAP_OFFSET, RANGE_KIND_OFFSET,
  RANGE_START_OFFSET,
} from '../../../kernel-heap/audit-layout.ts';
import { EXTERNAL_BYTES_OFFSET, EXTERNAL_HEADER_SIZE, EXTERNAL_MARK_OFFSET } from '../../../kernel-heap/external-layout.ts';
import { load, store } from '../../../kernel-heap/memory.ts';
import { FAILED_BEGIN, bugBegin, bugNone, bugOutside, bugStray } from './support.ts';

/** Where in the block of pointers the word is that a case writes. */
const SLOT: i32 = 8;

/** Bytes of the external range. */
const EXTERNAL_BYTES: i32 = 0x2000;

/** The block of pointers, the first allocation. */
let holder: i32 = 0;

/** The external range of a case. */
let externals: i32 = 0;

const auditBegin = (start: i32, size: i32, kind: i32): boolean => {
  if (!bugBegin(start, size)) return false;
  holder = calloc(4, 4);
  if (holder === 0) return false;
  heap_kind(holder, kind);
  return true;
};

/** The verdict on the word `value`, which is told as `verdict`, 0 = nothing is wrong with it. */
const holding = (value: i32, verdict: i32): i32 => {
  store((holder + SLOT) | 0, value);
  heap_audit();
  if (verdict === 0) return bugNone();
  return bugStray(holder, 1, SLOT, verdict, value);
};

/** The same for a pointer that lies `offset` bytes behind the start of a block of `bytes` bytes. */
const beside = (start: i32, size: i32, bytes: i32, offset: i32, verdict: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const block: i32 = malloc(bytes);
  if (block === 0) return 1;
  return holding((block + offset) | 0, verdict);
};

/** Registers a range of external values behind the heap, with one of 100 bytes, whose address is returned. */
const externalValue = (start: i32, size: i32): i32 => {
  const range: i32 = bugOutside(start, size);
  externals = range;
  store((range + RANGE_START_OFFSET) | 0, (range + 64) | 0);
  store((range + RANGE_BYTES_OFFSET) | 0, EXTERNAL_BYTES);
  store((range + RANGE_KIND_OFFSET) | 0, KIND_EXTERNAL);
  store((range + RANGE_HEAP_OFFSET) | 0, 0);
  heap_range_add(range);
  const value: i32 = (range + 256) | 0;
  heap_external_mark(value, 100, 1);
  return value;
};

export const np1 = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  return holding(externalValue(start, size), 0);
};

const externalSize = (start: i32, size: i32, bytes: i32, verdict: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = externalValue(start, size);
  store((value - EXTERNAL_HEADER_SIZE + EXTERNAL_BYTES_OFFSET) | 0, bytes);
  return holding(value, verdict);
};
export const np2 = (start: i32, size: i32): i32 => externalSize(start, size, 0x7fffffff, AUDIT_EXTERNAL_SIZE);
export const np2_good = (start: i32, size: i32): i32 => externalSize(start, size, 0, 0);

export const np3_never_marked = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = (externalValue(start, size) + 128) | 0;
  store((value - EXTERNAL_HEADER_SIZE + EXTERNAL_MARK_OFFSET) | 0, 0);
  return holding(value, AUDIT_UNMARKED);
};
export const np3_never_marked_good = (start: i32, size: i32): i32 => np1(start, size);

const externalFreed = (start: i32, size: i32, live: i32, verdict: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = externalValue(start, size);
  heap_external_mark(value, 100, live);
  return holding(value, verdict);
};
export const np3_freed = (start: i32, size: i32): i32 => externalFreed(start, size, 0, AUDIT_UNMARKED);
export const np3_freed_good = (start: i32, size: i32): i32 => externalFreed(start, size, 1, 0);

export const np3_copied = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const header: i32 = (externalValue(start, size) - EXTERNAL_HEADER_SIZE) | 0;
  store((header + 128 + EXTERNAL_MARK_OFFSET) | 0, load((header + EXTERNAL_MARK_OFFSET) | 0));
  return holding((header + 128 + EXTERNAL_HEADER_SIZE) | 0, AUDIT_UNMARKED);
};
export const np3_copied_good = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = (externalValue(start, size) + 128) | 0;
  heap_external_mark(value, 100, 1);
  return holding(value, 0);
};

const raw = (start: i32, size: i32, kind: i32, value: i32, verdict: i32): i32 => {
  if (!auditBegin(start, size, kind)) return FAILED_BEGIN;
  return holding(value, verdict);
};
export const np4 = (start: i32, size: i32): i32 => raw(start, size, KIND_POINTERS, 42, AUDIT_OUTSIDE);
export const np4_good = (start: i32, size: i32): i32 => raw(start, size, KIND_POINTERS, 0, 0);
export const audit_tagged = (start: i32, size: i32): i32 => raw(start, size, KIND_TAGGED, 42, AUDIT_OUTSIDE);
export const audit_tagged_good = (start: i32, size: i32): i32 => raw(start, size, KIND_TAGGED, 43, 0);

/** A pointer to a block that was freed; the words of its holder are of `kind`. */
const stale = (start: i32, size: i32, kind: i32, verdict: i32): i32 => {
  if (!auditBegin(start, size, kind)) return FAILED_BEGIN;
  const block: i32 = malloc(100);
  free(block);
  return holding(block, verdict);
};
export const audit_stale = (start: i32, size: i32): i32 => stale(start, size, KIND_POINTERS, AUDIT_STALE);
export const audit_stale_good = (start: i32, size: i32): i32 => beside(start, size, 100, 0, 0);
export const audit_immediates = (start: i32, size: i32): i32 => stale(start, size, KIND_DATA, 0);

export const audit_reused_region = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = externalValue(start, size);
  heap_range_remove(externals);
  if (heap_add_region((externals + 64) | 0, EXTERNAL_BYTES) === 0) return 1;
  // The value lay in the range's first frame, which the heap has now or has not; a later one it certainly has.
  return holding((value + 0x1000) | 0, AUDIT_STALE);
};
export const audit_reused_region_good = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  const value: i32 = (externalValue(start, size) + 0x1000) | 0;
  heap_external_mark(value, 100, 1);
  return holding(value, 0);
};

export const audit_interior = (start: i32, size: i32): i32 => beside(start, size, 100, 8, AUDIT_INTERIOR);
export const audit_interior_good = (start: i32, size: i32): i32 => beside(start, size, 50000, 0, 0);
export const audit_misaligned = (start: i32, size: i32): i32 => beside(start, size, 100, 6, AUDIT_MISALIGNED);
export const audit_misaligned_good = (start: i32, size: i32): i32 => beside(start, size, 6, 0, 0);

export const audit_metadata = (start: i32, size: i32): i32 => {
  if (!auditBegin(start, size, KIND_POINTERS)) return FAILED_BEGIN;
  return holding(heap_new(), AUDIT_METADATA);
};
export const audit_metadata_good = (start: i32, size: i32): i32 => beside(start, size, 700, 0, 0);

/** A block of one task's heap leads to one of another's, or of its own. */
const foreignHeap = (start: i32, size: i32, good: boolean): i32 => {
  if (!bugBegin(start, size)) return FAILED_BEGIN;
  const mine: i32 = heap_new();
  const other: i32 = heap_new();
  holder = heap_malloc(mine, 16);
  if (mine === 0 || other === 0 || holder === 0) return 1;
  for (let offset: i32 = 0; offset < 16; offset += 4) store((holder + offset) | 0, 0);
  heap_kind(holder, KIND_POINTERS);
  if (good) return holding(heap_malloc(mine, 100), 0);
  return holding(heap_malloc(other, 100), AUDIT_FOREIGN);
};
export const audit_foreign_heap = (start: i32, size: i32): i32 => foreignHeap(start, size, false);
export const audit_foreign_heap_good = (start: i32, size: i32): i32 => foreignHeap(start, size, true);
