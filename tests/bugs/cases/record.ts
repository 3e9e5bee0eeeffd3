/**
 * What the recorder says of allocations that it is told of, those of another allocator: mockalloc's names, then what its
 * sums are blind to.
 */

import {
  heap_record_alloc, heap_record_begin, heap_record_end, heap_record_free, heap_record_join, heap_record_switch,
} from '../../../kernel-heap/index.ts';
import {
  RECORDED_BAD_ALIGNMENT, RECORDED_BAD_PTR, RECORDED_BAD_SIZE, RECORDED_DOUBLE_FREE, RECORDED_EARLY_FREE, RECORDED_LEAK,
  RECORDED_NO_DATA, RECORDED_TOO_MANY, RECORDING_ALLOCS_OFFSET, RECORDING_FREES_OFFSET, RECORDING_LIVE_BYTES_OFFSET, RECORDING_LIVE_OFFSET,
  RECORDING_PEAK_BLOCKS_OFFSET, RECORDING_PEAK_BYTES_OFFSET,
} from '../../../kernel-heap/recording-layout.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';
import { load } from '../../../kernel-heap/memory.ts';
import { FAILED_BEGIN, bugBegin, bugNone, bugOutside, bugRecorded } from './support.ts';

/** The recording that a case looks at, and another one; they lie outside of the heap. */
let recording: i32 = 0;
let inner: i32 = 0;

/** The address of the block `index` of an allocator that is not ours. */
const foreign = (index: i32): i32 => 0x40000000 + (index << 6);

const recordBegin = (start: i32, size: i32): boolean => {
  recording = bugOutside(start, size);
  inner = (recording + 0x1000) | 0;
  if (!bugBegin(start, size)) return false;
  heap_record_begin(recording);
  return true;
};

/** The word of the recording at `offset`; what is expected there where there is no recorder. */
const figure = (offset: i32, expected: i32): i32 => (DEBUG === 0 ? expected : load((recording + offset) | 0));

// mockalloc's cases

const LEAK: i32 = 0;
const LAYOUT: i32 = 1;
const ALIGNMENT: i32 = 2;
const SIZE: i32 = 3;
const DOUBLE: i32 = 4;
const POINTER: i32 = 5;

/** One block that is freed rightly, or in the wrong way that `bug` names. */
const oneBlock = (bug: i32, good: boolean): void => {
  const block: i32 = foreign(1000);
  heap_record_alloc(block, 8, 8);
  if (good || bug === DOUBLE) heap_record_free(block, 8, 8);
  if (good) return;
  if (bug === LAYOUT) heap_record_free(block, 16, 16);
  if (bug === ALIGNMENT) heap_record_free(block, 8, 16);
  if (bug === SIZE) heap_record_free(block, 12, 8);
  if (bug === DOUBLE) heap_record_free(block, 8, 8);
  if (bug === POINTER) heap_record_free((block + 1) | 0, 8, 8);
};

/** What is expected of that: the block whose address was not told is a leak as well. */
const oneError = (bug: i32): i32 => {
  if (bug === LEAK) return RECORDED_LEAK;
  if (bug === LAYOUT) return RECORDED_BAD_SIZE | RECORDED_BAD_ALIGNMENT;
  if (bug === ALIGNMENT) return RECORDED_BAD_ALIGNMENT;
  if (bug === SIZE) return RECORDED_BAD_SIZE;
  if (bug === DOUBLE) return RECORDED_DOUBLE_FREE;
  return RECORDED_BAD_PTR | RECORDED_LEAK;
};

const detect = (start: i32, size: i32, bug: i32, good: boolean): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  oneBlock(bug, good);
  return bugRecorded(recording, good ? 0 : oneError(bug));
};

/** The same amongst a hundred blocks that are freed in another order than they were allocated in. */
const detectAmongst = (start: i32, size: i32, bug: i32, good: boolean): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  for (let index: i32 = 0; index < 100; index++) heap_record_alloc(foreign(index), index, 16);
  oneBlock(bug, good);
  for (let index: i32 = 99; index >= 0; index--) heap_record_free(foreign(index), index, 16);
  return bugRecorded(recording, good ? 0 : oneError(bug));
};

export const it_detects_leak = (start: i32, size: i32): i32 => detect(start, size, LEAK, false);
export const it_detects_leak_good = (start: i32, size: i32): i32 => detect(start, size, LEAK, true);
export const it_detects_leak_amongst_many = (start: i32, size: i32): i32 => detectAmongst(start, size, LEAK, false);
export const it_detects_leak_amongst_many_good = (start: i32, size: i32): i32 => detectAmongst(start, size, LEAK, true);
export const it_detects_bad_layout = (start: i32, size: i32): i32 => detect(start, size, LAYOUT, false);
export const it_detects_bad_layout_good = (start: i32, size: i32): i32 => detect(start, size, LAYOUT, true);
export const it_detects_bad_layout_amongst_many = (start: i32, size: i32): i32 => detectAmongst(start, size, LAYOUT, false);
export const it_detects_bad_layout_amongst_many_good = (start: i32, size: i32): i32 =>
  detectAmongst(start, size, LAYOUT, true);
export const it_detects_bad_alignment = (start: i32, size: i32): i32 => detect(start, size, ALIGNMENT, false);
export const it_detects_bad_alignment_good = (start: i32, size: i32): i32 => detect(start, size, ALIGNMENT, true);
export const it_detects_bad_alignment_amongst_many = (start: i32, size: i32): i32 =>
  detectAmongst(start, size, ALIGNMENT, false);
export const it_detects_bad_alignment_amongst_many_good = (start: i32, size: i32): i32 =>
  detectAmongst(start, size, ALIGNMENT, true);
export const it_detects_bad_size = (start: i32, size: i32): i32 => detect(start, size, SIZE, false);
export const it_detects_bad_size_good = (start: i32, size: i32): i32 => detect(start, size, SIZE, true);
export const it_detects_bad_size_amongst_many = (start: i32, size: i32): i32 => detectAmongst(start, size, SIZE, false);
export const it_detects_bad_size_amongst_many_good = (start: i32, size: i32): i32 => detectAmongst(start, size, SIZE, true);
export const it_detects_double_free = (start: i32, size: i32): i32 => detect(start, size, DOUBLE, false);
export const it_detects_double_free_good = (start: i32, size: i32): i32 => detect(start, size, DOUBLE, true);
export const it_detects_double_free_amongst_many = (start: i32, size: i32): i32 => detectAmongst(start, size, DOUBLE, false);
export const it_detects_double_free_amongst_many_good = (start: i32, size: i32): i32 =>
  detectAmongst(start, size, DOUBLE, true);
export const it_detects_bad_ptr = (start: i32, size: i32): i32 => detect(start, size, POINTER, false);
export const it_detects_bad_ptr_good = (start: i32, size: i32): i32 => detect(start, size, POINTER, true);
export const it_detects_bad_ptr_amongst_many = (start: i32, size: i32): i32 => detectAmongst(start, size, POINTER, false);
export const it_detects_bad_ptr_amongst_many_good = (start: i32, size: i32): i32 => detectAmongst(start, size, POINTER, true);

export const it_detects_no_data = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_free(0, 8, 8);
  heap_record_alloc(0, 8, 8);
  return bugRecorded(recording, RECORDED_NO_DATA);
};
export const it_detects_no_data_good = (start: i32, size: i32): i32 => detect(start, size, LEAK, true);

export const it_works = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 24, 16);
  heap_record_free(foreign(0), 24, 16);
  const wrong: i32 = bugRecorded(recording, 0);
  if (wrong !== 0) return wrong;
  if (figure(RECORDING_ALLOCS_OFFSET, 1) !== 1 || figure(RECORDING_FREES_OFFSET, 1) !== 1) return 1;
  if (figure(RECORDING_PEAK_BYTES_OFFSET, 24) !== 24 || figure(RECORDING_PEAK_BLOCKS_OFFSET, 1) !== 1) return 2;
  return 0;
};

export const it_works_amongst_many = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  for (let index: i32 = 0; index < 10; index++) heap_record_alloc(foreign(index), index, 16);
  for (let index: i32 = 0; index < 10; index++) heap_record_free(foreign(index), index, 16);
  heap_record_alloc(foreign(3), 40, 16);
  heap_record_free(foreign(3), 40, 16);
  const wrong: i32 = bugRecorded(recording, 0);
  if (wrong !== 0) return wrong;
  if (figure(RECORDING_ALLOCS_OFFSET, 11) !== 11) return 1;
  if (figure(RECORDING_PEAK_BYTES_OFFSET, 45) !== 45 || figure(RECORDING_PEAK_BLOCKS_OFFSET, 10) !== 10) return 2;
  return 0;
};

// What sums and numbers alone are blind to

const leakAndDoubleFree = (start: i32, size: i32, second: i32, errors: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  heap_record_alloc(foreign(1), 8, 16);
  heap_record_free(foreign(1), 8, 16);
  heap_record_free(foreign(second), 8, 16);
  return bugRecorded(recording, errors);
};
export const leak_and_double_free = (start: i32, size: i32): i32 =>
  leakAndDoubleFree(start, size, 1, RECORDED_LEAK | RECORDED_DOUBLE_FREE);
export const leak_and_double_free_good = (start: i32, size: i32): i32 => leakAndDoubleFree(start, size, 0, 0);

const swappedLayouts = (start: i32, size: i32, first: i32, second: i32, errors: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  heap_record_alloc(foreign(1), 24, 16);
  heap_record_free(foreign(0), first, 16);
  heap_record_free(foreign(1), second, 16);
  return bugRecorded(recording, errors);
};
export const swapped_layouts = (start: i32, size: i32): i32 => swappedLayouts(start, size, 24, 8, RECORDED_BAD_SIZE);
export const swapped_layouts_good = (start: i32, size: i32): i32 => swappedLayouts(start, size, 8, 24, 0);

/** A resize to nothing that there was no memory for: the block is still there, and freed if `good`. */
const failedRealloc = (start: i32, size: i32, good: boolean): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  heap_record_alloc(0, 4000, 16);
  if (good) heap_record_free(foreign(0), 8, 16);
  return bugRecorded(recording, good ? 0 : RECORDED_LEAK);
};
export const failed_realloc_is_no_free = (start: i32, size: i32): i32 => failedRealloc(start, size, false);
export const failed_realloc_is_no_free_good = (start: i32, size: i32): i32 => failedRealloc(start, size, true);

export const free_before_allocation = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_free(foreign(0), 8, 16);
  heap_record_alloc(foreign(0), 8, 16);
  return bugRecorded(recording, RECORDED_EARLY_FREE);
};
export const free_before_allocation_good = (start: i32, size: i32): i32 => detect(start, size, DOUBLE, true);

export const more_frees_than_allocations = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  for (let count: i32 = 0; count < 3; count++) heap_record_free(foreign(0), 8, 16);
  if (figure(RECORDING_LIVE_OFFSET, -2) !== -2 || figure(RECORDING_LIVE_BYTES_OFFSET, -16) !== -16) return 1;
  return bugRecorded(recording, RECORDED_DOUBLE_FREE | RECORDED_TOO_MANY); // what is left over twice has no name
};
export const more_frees_than_allocations_good = (start: i32, size: i32): i32 => detect(start, size, SIZE, true);

/** A block is allocated within an inner recording, and freed outside of it if `good`. */
const nested = (start: i32, size: i32, good: boolean): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_begin(inner);
  heap_record_alloc(foreign(0), 8, 16);
  if (heap_record_end(inner) !== (DEBUG === 0 ? 0 : RECORDED_LEAK)) return 1;
  if (good) heap_record_free(foreign(0), 8, 16);
  return bugRecorded(recording, good ? 0 : RECORDED_LEAK);
};
export const nested_recordings = (start: i32, size: i32): i32 => nested(start, size, false);
export const nested_recordings_good = (start: i32, size: i32): i32 => nested(start, size, true);

/** One thread allocates, another one frees, in a recording of its own; as one they are right if `good`. */
const anotherThread = (start: i32, size: i32, good: boolean): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  heap_record_switch(0);
  heap_record_begin(inner);
  heap_record_free(foreign(good ? 0 : 1), 8, 16);
  heap_record_switch(recording);
  heap_record_join(recording, inner);
  return bugRecorded(recording, good ? 0 : RECORDED_BAD_PTR | RECORDED_LEAK);
};
export const free_on_another_thread = (start: i32, size: i32): i32 => anotherThread(start, size, false);
export const free_on_another_thread_good = (start: i32, size: i32): i32 => anotherThread(start, size, true);

export const free_null_counts_nothing = (start: i32, size: i32): i32 => {
  if (!recordBegin(start, size)) return FAILED_BEGIN;
  heap_record_alloc(foreign(0), 8, 16);
  for (let count: i32 = 0; count < 3; count++) heap_record_free(0, 8, 16);
  heap_record_free(foreign(0), 8, 16);
  const wrong: i32 = bugRecorded(recording, 0);
  if (wrong !== 0) return wrong;
  if (figure(RECORDING_FREES_OFFSET, 1) !== 1) return 1;
  return bugNone();
};
