/**
 * The cases that kernel heaps are tested with: merging whichever way blocks are freed, and growing at the end.
 * Frames stand for what other heaps do by the byte.
 */

import {
  aligned_alloc, free, heap_add_region, heap_forget, heap_init, malloc, malloc_usable_size,
} from '../../../kernel-heap/index.ts';
import { fill } from '../../../kernel-heap/memory.ts';
import { HARDENED } from '../../../kernel-heap/profile.ts';
import {
  CASE_LEDGER_SIZE, caseBegin, caseGood, caseInside, caseLargest, caseLedger, caseStamp, caseStamped, caseValid,
  ledgerEnter, ledgerExhaust, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** A heap of 1 MiB in a region that has room to add to it; the rest of the region stays outside. */
const KERNEL_HEAP_SIZE: i32 = 0x100000;
const kernelHeapStart = (start: i32): i32 => ((start + 4095) & -4096) | 0;

const kernelHeapBegin = (start: i32, size: i32): i32 => {
  fill(caseLedger(start, size), 0, CASE_LEDGER_SIZE);
  return heap_init(kernelHeapStart(start), KERNEL_HEAP_SIZE) === 0 ? 1 : 0;
};

/** A heap that was refused its memory has none to give; the refusal changes nothing for the next try. */
export const empty = (start: i32, size: i32): i32 => {
  if (heap_init(start, 1) !== 0) return 1;
  if (heap_add_region(start, 0x10000) !== 0) return 2;
  if (caseBegin(start, size) !== 0) return 3;
  const block: i32 = malloc(1);
  if (!caseGood(block, 1)) return 4;
  free(block);
  if (!caseValid()) return 5;
  return 0;
};

/** More than all the memory there is. */
export const oom = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  if (malloc(KERNEL_HEAP_SIZE + 1) !== 0) return 2;
  if (malloc(KERNEL_HEAP_SIZE) !== 0) return 3;
  if (!caseValid()) return 4;
  return 0;
};

/** Two machine words: a block, in the heap, that leaves the rest free. */
export const allocate_double_usize = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const block: i32 = malloc(8);
  if (!caseGood(block, 8)) return 2;
  if (!caseInside(block, 8, kernelHeapStart(start), KERNEL_HEAP_SIZE)) return 3;
  // A page of one frame and what comes with it, no more
  if (caseLargest(KERNEL_HEAP_SIZE) < (KERNEL_HEAP_SIZE >> 1) - 0x8000) return 4;
  if (!caseValid()) return 5;
  return 0;
};

/** The same, freed: the heap is what it was. */
export const allocate_and_free_double_usize = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const block: i32 = malloc(8);
  if (!caseGood(block, 8)) return 2;
  caseStamp(block, 8, 1);
  if (!caseStamped(block, 8, 1)) return 3;
  free(block);
  if (!caseValid()) return 4;
  if (!snapshotRestored(ledger, 0)) return 5;
  return 0;
};

/**
 * Three blocks, freed second, first, third when `order` is 0, and first, second, third when it is 1. In the size of
 * small blocks and of frames; the blocks that stay are untouched, and in the end all of it has merged.
 */
const kernelHeapThree = (start: i32, size: i32, order: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const largest: i32 = caseLargest(KERNEL_HEAP_SIZE);
  for (let bytes: i32 = 20; bytes <= 20 << 12; bytes = bytes << 2) {
    for (let index: i32 = 0; index < 3; index++) {
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 2;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFree(ledger, 1 - order)) return 3;
    if (!caseValid()) return 4;
    if (!ledgerFree(ledger, order)) return 5;
    if (!caseValid()) return 6;
    if (!ledgerFree(ledger, 2)) return 7;
    if (!caseValid()) return 8;
    if (!snapshotRestored(ledger, 0)) return 9;
    if (caseLargest(KERNEL_HEAP_SIZE) !== largest) return 10;
  }
  return 0;
};

/** A block is freed right before one that is free. */
export const deallocate_right_before = (start: i32, size: i32): i32 => kernelHeapThree(start, size, 0);

/** A block is freed right behind one that is free. */
export const deallocate_right_behind = (start: i32, size: i32): i32 => kernelHeapThree(start, size, 1);

/** A block is freed between two that are free, with a fourth in use behind. */
export const deallocate_middle = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let bytes: i32 = 20; bytes <= 20 << 12; bytes = bytes << 2) {
    for (let index: i32 = 0; index < 4; index++) {
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 2;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFree(ledger, 0) || !caseValid()) return 3;
    if (!ledgerFree(ledger, 2) || !caseValid()) return 4;
    if (!ledgerFree(ledger, 1) || !caseValid()) return 5;
    if (!ledgerFree(ledger, 3) || !caseValid()) return 6;
    if (!snapshotRestored(ledger, 0)) return 7;
  }
  return 0;
};

/** What was freed last is what comes next. */
export const reallocate_double_usize = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const first: i32 = malloc(8);
  if (!caseGood(first, 8)) return 2;
  free(first);
  const second: i32 = malloc(8);
  if (!caseGood(second, 8)) return 3;
  free(second);
  if (first !== second) return 4;
  return 0;
};

/** Sizes and alignments in many pairings, live together. */
export const allocate_many_size_aligns = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignmentShift: i32 = 0; alignmentShift <= 12; alignmentShift++) {
    for (let bytes: i32 = 1; bytes <= 512; bytes = bytes + (bytes >> 2) + 1) {
      const first: i32 = aligned_alloc(1 << alignmentShift, bytes);
      const second: i32 = aligned_alloc(1 << (12 - alignmentShift), bytes);
      const third: i32 = aligned_alloc(1 << alignmentShift, bytes * 3);
      if (!caseGood(first, bytes) || (first & ((1 << alignmentShift) - 1)) !== 0) return 2;
      if (!caseGood(second, bytes) || (second & ((1 << (12 - alignmentShift)) - 1)) !== 0) return 3;
      if (!caseGood(third, bytes * 3) || (third & ((1 << alignmentShift) - 1)) !== 0) return 4;
      ledgerEnter(ledger, 0, first, bytes);
      ledgerEnter(ledger, 1, second, bytes);
      ledgerEnter(ledger, 2, third, bytes * 3);
      // All six orders of freeing three blocks, in turn
      const turn: i32 = (bytes + alignmentShift) & 1;
      if (!ledgerFree(ledger, turn) || !ledgerFree(ledger, 2) || !ledgerFree(ledger, 1 - turn)) return 5;
    }
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** Four sizes, one of them aligned, freed and had again in between. */
export const allocate_multiple_sizes = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const first: i32 = malloc(8);
  const second: i32 = malloc(28);
  const third: i32 = aligned_alloc(16, 12);
  if (!caseGood(first, 8) || !caseGood(second, 28) || !caseGood(third, 12)) return 2;
  ledgerEnter(ledger, 0, first, 8);
  ledgerEnter(ledger, 1, second, 28);
  ledgerEnter(ledger, 2, third, 12);
  if (!ledgerFree(ledger, 0)) return 3;
  const fourth: i32 = malloc(16);
  const fifth: i32 = malloc(8);
  if (!caseGood(fourth, 16) || !caseGood(fifth, 8)) return 4;
  ledgerEnter(ledger, 3, fourth, 16);
  ledgerEnter(ledger, 4, fifth, 8);
  if (!ledgerFreeEvery(ledger, 1, 1, 5)) return 5;
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** 28 bytes aligned to 4, and then 8 bytes aligned to 8. */
export const align_from_small_to_big = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const first: i32 = aligned_alloc(4, 28);
  const second: i32 = aligned_alloc(8, 8);
  if (!caseGood(first, 28) || (first & 3) !== 0) return 2;
  if (!caseGood(second, 8) || (second & 7) !== 0) return 3;
  caseStamp(first, 28, 1);
  caseStamp(second, 8, 2);
  if (!caseStamped(first, 28, 1)) return 4;
  if (!caseValid()) return 5;
  return 0;
};

/** An unused heap is extended by as much again: it gives blocks larger than it was. */
export const extend_empty_heap = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const end: i32 = (kernelHeapStart(start) + KERNEL_HEAP_SIZE) | 0;
  if (heap_add_region(end, KERNEL_HEAP_SIZE) !== KERNEL_HEAP_SIZE >> 12) return 2;
  if (!caseValid()) return 3;
  const bytes: i32 = KERNEL_HEAP_SIZE + (KERNEL_HEAP_SIZE >> 3);
  const block: i32 = malloc(bytes);
  if (!caseGood(block, bytes)) return 4;
  if (!caseInside(block, bytes, kernelHeapStart(start), KERNEL_HEAP_SIZE * 2)) return 5;
  caseStamp(block, bytes, 1);
  if (!caseStamped(block, bytes, 1)) return 6;
  free(block);
  if (!caseValid()) return 7;
  return 0;
};

/** A heap whose memory is all in one block is extended by as much again: there is room for another. */
export const extend_full_heap = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const end: i32 = (kernelHeapStart(start) + KERNEL_HEAP_SIZE) | 0;
  const largest: i32 = caseLargest(KERNEL_HEAP_SIZE);
  const first: i32 = malloc(largest);
  if (!caseGood(first, largest)) return 2;
  caseStamp(first, largest, 1);
  if (malloc(largest) !== 0) return 3;
  if (heap_add_region(end, KERNEL_HEAP_SIZE) === 0) return 4;
  if (!caseValid()) return 5;
  // As much again, but for what describes more memory
  const again: i32 = (largest - (0x4000 << (2 * HARDENED))) | 0;
  const second: i32 = malloc(again);
  if (!caseGood(second, again)) return 6;
  caseStamp(second, again, 2);
  if (!caseStamped(first, largest, 1)) return 7;
  free(first);
  free(second);
  if (!caseValid()) return 8;
  return 0;
};

/** A heap with a hole at its beginning is extended: a block too large for the hole fits in the new memory. */
export const extend_fragmented_heap = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const end: i32 = (kernelHeapStart(start) + KERNEL_HEAP_SIZE) | 0;
  const count: i32 = ledgerExhaust(ledger, 0, 0x20000);
  if (count < 4) return 2;
  if (!ledgerFree(ledger, 0)) return 3;
  if (malloc(KERNEL_HEAP_SIZE >> 1) !== 0) return 4;
  if (heap_add_region(end, KERNEL_HEAP_SIZE) === 0) return 5;
  const block: i32 = malloc(KERNEL_HEAP_SIZE >> 1);
  if (!caseGood(block, KERNEL_HEAP_SIZE >> 1)) return 6;
  caseStamp(block, KERNEL_HEAP_SIZE >> 1, 99);
  if (!ledgerFreeEvery(ledger, 1, 1, count)) return 7;
  if (!caseStamped(block, KERNEL_HEAP_SIZE >> 1, 99)) return 8;
  free(block);
  if (!caseValid()) return 9;
  return 0;
};

/** A heap of a few frames is extended by single ones. */
export const small_heap_extension = (start: i32, size: i32): i32 => {
  const from: i32 = kernelHeapStart(start);
  const ledger: i32 = caseLedger(start, size);
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x4000) === 0) return 1;
  const before: i32 = ledgerExhaust(ledger, 0, 500);
  if (heap_add_region((from + 0x4000) | 0, 0x1000) !== 1) return 2;
  if (heap_add_region((from + 0x5000) | 0, 0x1000) !== 1) return 3;
  if (heap_add_region((from + 0x6000) | 0, 0x2000) !== 2) return 4;
  if (!caseValid()) return 5;
  const after: i32 = ledgerExhaust(ledger, before, 500);
  if (after <= before) return 6;
  if (!ledgerFreeEvery(ledger, 0, 1, after)) return 7;
  if (!caseValid()) return 8;
  return 0;
};

/** Extensions that are no multiple of a frame: the whole frames in each are taken, whatever lies at the ends is not. */
export const oddly_sized_heap_extension = (start: i32, size: i32): i32 => {
  if (kernelHeapBegin(start, size) !== 0) return 1;
  const end: i32 = (kernelHeapStart(start) + KERNEL_HEAP_SIZE) | 0;
  caseStamp((end + 0x3000) | 0, 4096, 1);
  if (heap_add_region(end, 0x3000 + 17) !== 3) return 2;
  // The frame that the first extension ended in has been the caller's since; only the frames behind it are new.
  if (heap_add_region((end + 0x3000 + 17) | 0, 0x5001) !== 4) return 3;
  if (!caseValid()) return 4;
  const ledger: i32 = caseLedger(start, size);
  const count: i32 = ledgerExhaust(ledger, 0, 4096);
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 5;
  if (!caseStamped((end + 0x3000) | 0, 4096, 1)) return 6;
  if (!caseValid()) return 7;
  return 0;
};

/** Odd sizes in a heap of an odd size, extended by odd sizes, filled and emptied. */
export const extend_odd_size = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = (kernelHeapStart(start) + 5) | 0;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x20000 + 3) === 0) return 1;
  let end: i32 = (from + 0x20000 + 3) | 0;
  let count: i32 = 0;
  for (let extension: i32 = 1; extension <= 12; extension++) {
    const bytes: i32 = Math.imul(extension, 4099) + 1234;
    count = ledgerExhaust(ledger, count, 33 + extension * 2);
    heap_add_region(end, bytes);
    if (!caseValid()) return 2;
    end = (end + bytes) | 0;
  }
  count = ledgerExhaust(ledger, count, 33);
  // 128 KiB and twelve extensions of 1 to 13 frames: two thirds of it are blocks.
  if (Math.imul(count, 33) < 0x30000) return 3;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 4;
  if (!caseValid()) return 5;
  return 0;
};

/** Linux's buddyinfo, in small: after everything is freed, the free spans of each order are as many as at the start. */
export const free_count_per_order_restored = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  for (let frames: i32 = 16; frames <= 600; frames += 73) {
    fill(ledger, 0, CASE_LEDGER_SIZE);
    if (heap_init(kernelHeapStart(start), frames << 12) === 0) return 1;
    snapshotTake(ledger, 0);
    for (let bytes: i32 = 24; bytes <= 0x20000; bytes = bytes * 3) {
      const count: i32 = ledgerExhaust(ledger, 0, bytes);
      if (!ledgerFreeEvery(ledger, 0, 3, count)) return 2;
      if (!ledgerFreeEvery(ledger, 1, 3, count)) return 3;
      if (!caseValid()) return 4;
      if (!ledgerFreeEvery(ledger, 2, 3, count)) return 5;
      if (!caseValid()) return 6;
      if (!snapshotRestored(ledger, 0)) return 7;
    }
    // A mixture, the sizes of which have nothing in common
    for (let index: i32 = 0; index < 400; index++) {
      const bytes: i32 = Math.imul(index, 2654435761) >>> 19;
      const block: i32 = malloc(bytes);
      if (block !== 0 && malloc_usable_size(block) < bytes) return 8;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFreeEvery(ledger, 0, 7, 400)) return 9;
    if (!ledgerFreeEvery(ledger, 0, 1, 400)) return 10;
    if (!caseValid()) return 11;
    if (!snapshotRestored(ledger, 0)) return 12;
    heap_forget();
  }
  return 0;
};
