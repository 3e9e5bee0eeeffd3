/** calloc: zeroed, and careful with its product. */

import { calloc, free, malloc, malloc_usable_size, realloc } from '../../../kernel-heap/index.ts';
import { fill } from '../../../kernel-heap/memory.ts';
import {
  caseBegin, caseGood, caseLargest, caseLedger, caseReallocZeroed, caseStamp, caseStamped, caseValid, caseZeroed,
  caseZeroedAligned, ledgerEnter, ledgerExhaust, ledgerFreeEvery,
} from './support.ts';

/** A product that wraps is no size; a heap that ignored it would hand out a block far too small. */
export const calloc_overflow = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  if (calloc(0x10000, 0x10000) !== 0) return 2; // 2^32
  if (calloc(0x10001, 0x10000) !== 0) return 3; // 2^32 + 2^16
  if (calloc(0x80000000, 2) !== 0) return 4;
  if (calloc(2, 0x80000000) !== 0) return 5;
  if (calloc(0x55555556, 3) !== 0) return 6; // 2^32 + 2
  if (calloc(3, 0x55555556) !== 0) return 7;
  if (calloc(0xffffffff, 0xffffffff) !== 0) return 8; // 1 after wrapping
  if (calloc(0xffffffff, 2) !== 0) return 9;
  if (calloc(2, 0xffffffff) !== 0) return 10;
  if (calloc(0x40000001, 4) !== 0) return 11; // 4 after wrapping
  if (calloc(0xfffffff1, 0xfffffff1) !== 0) return 12; // 225 after wrapping
  // No overflow, but too much
  if (calloc(1, 0xffffffff) !== 0) return 13;
  if (calloc(0xffffffff, 1) !== 0) return 14;
  if (calloc(0xffff, 0x10001) !== 0) return 15; // 2^32 - 1
  if (!caseValid()) return 16;
  const block: i32 = calloc(3, 5);
  if (!caseGood(block, 15)) return 17;
  if (!caseZeroed(block, 15)) return 18;
  free(block);
  return 0;
};

/** Nothing of something, or something of nothing, is a zero-sized block of its own. */
export const calloc0 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const first: i32 = calloc(0, 1000);
  const second: i32 = calloc(1000, 0);
  const third: i32 = calloc(0, 0);
  const fourth: i32 = calloc(0, 0xffffffff);
  if (!caseGood(first, 0) || !caseGood(second, 0) || !caseGood(third, 0) || !caseGood(fourth, 0)) return 2;
  if (first === second || first === third || second === third || fourth === first || fourth === second) return 3;
  if (malloc_usable_size(first) > 16 || malloc_usable_size(second) > 16 || malloc_usable_size(third) > 16) return 4;
  free(first);
  free(second);
  free(third);
  free(fourth);
  if (!caseValid()) return 5;
  return 0;
};

/** Memory that was written and freed is zero again, in every size class and in large blocks. */
export const calloc_after_writing = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let bytes: i32 = 1; bytes <= 0x40000; bytes += (bytes >> 2) + 1) {
    const count: i32 = bytes < 4096 ? 40 : 4;
    for (let index: i32 = 0; index < count; index++) {
      const block: i32 = malloc(bytes);
      if (block === 0) return 2;
      fill(block, 255, malloc_usable_size(block));
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 3;
    for (let index: i32 = 0; index < count; index++) {
      const block: i32 = calloc(1, bytes);
      if (!caseGood(block, bytes)) return 4;
      if (!caseZeroed(block, bytes)) return 5;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 6;
  }
  if (!caseValid()) return 7;
  return 0;
};

/** All of count * size is zero, whichever way round, and the neighbours are untouched. */
export const calloc_product = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let count: i32 = 1; count <= 1000; count += 37) {
    for (let each: i32 = 1; each <= 200; each += 17) {
      const before: i32 = malloc(count * each);
      const block: i32 = calloc(count, each);
      const behind: i32 = malloc(count * each);
      if (before === 0 || !caseGood(block, count * each) || behind === 0) return 2;
      if (!caseZeroed(block, count * each)) return 3;
      caseStamp(before, count * each, 1);
      caseStamp(behind, count * each, 2);
      if (!caseZeroed(block, count * each)) return 4;
      free(block);
      const again: i32 = calloc(each, count);
      if (again === 0) return 5;
      if (!caseZeroed(again, count * each)) return 6;
      if (!caseStamped(before, count * each, 1) || !caseStamped(behind, count * each, 2)) return 7;
      free(before);
      free(again);
      free(behind);
    }
  }
  if (!caseValid()) return 8;
  return 0;
};

/** Where malloc has nothing left, calloc has nothing left. */
export const calloc_exhaustion = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const largest: i32 = caseLargest(size);
  if (calloc(1, (largest + 4097) | 0) !== 0) return 2;
  const count: i32 = ledgerExhaust(ledger, 0, 1000);
  if (calloc(10, 100) !== 0) return 3;
  if (!caseValid()) return 4;
  if (!ledgerFreeEvery(ledger, 0, 1, 1)) return 5;
  const block: i32 = calloc(10, 100);
  if (!caseGood(block, 1000)) return 6;
  if (!caseZeroed(block, 1000)) return 7;
  free(block);
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 8;
  if (!caseValid()) return 9;
  return 0;
};

// Zeroed memory in the small and the large: 64 bytes and 256 KiB, on memory that is known to be dirty

const zeroinitDirty = (bytes: i32): void => {
  const first: i32 = malloc(bytes);
  const second: i32 = malloc(bytes);
  if (first !== 0) fill(first, 0xa5, bytes);
  if (second !== 0) fill(second, 0xa5, bytes);
  free(first);
  free(second);
};

const zeroinitCalloc = (bytes: i32): i32 => {
  zeroinitDirty(bytes);
  const block: i32 = calloc(bytes, 1);
  if (!caseGood(block, bytes)) return 2;
  if (!caseZeroed(block, bytes)) return 3;
  free(block);
  if (!caseValid()) return 4;
  return 0;
};

const zeroinitCallocAligned = (bytes: i32): i32 => {
  zeroinitDirty(bytes);
  const neighbour: i32 = malloc(bytes);
  if (neighbour === 0) return 2;
  caseStamp(neighbour, bytes, 1);
  const block: i32 = caseZeroedAligned(32, bytes);
  if (!caseGood(block, bytes)) return 3;
  if ((block & 31) !== 0) return 4;
  if (!caseZeroed(block, bytes)) return 5;
  if (!caseStamped(neighbour, bytes, 1)) return 6;
  free(block);
  free(neighbour);
  if (!caseValid()) return 7;
  return 0;
};

const zeroinitRecalloc = (bytes: i32): i32 => {
  zeroinitDirty(bytes);
  zeroinitDirty(bytes * 3);
  const block: i32 = calloc(bytes, 1);
  if (!caseGood(block, bytes)) return 2;
  if (!caseZeroed(block, bytes)) return 3;
  const grown: i32 = caseReallocZeroed(block, bytes, bytes * 3);
  if (!caseGood(grown, bytes * 3)) return 4;
  if (!caseZeroed(grown, bytes * 3)) return 5;
  free(grown);
  if (!caseValid()) return 6;
  return 0;
};

const zeroinitRecallocAligned = (bytes: i32): i32 => {
  zeroinitDirty(bytes);
  const block: i32 = caseZeroedAligned(32, bytes);
  if (!caseGood(block, bytes)) return 2;
  if (!caseZeroed(block, bytes)) return 3;
  caseStamp(block, bytes >> 1, 1);
  const grown: i32 = caseReallocZeroed(block, bytes, bytes * 3);
  if (!caseGood(grown, bytes * 3)) return 4;
  if (!caseStamped(grown, bytes >> 1, 1)) return 5;
  if (!caseZeroed((grown + (bytes >> 1)) | 0, bytes * 3 - (bytes >> 1))) return 6;
  free(grown);
  if (!caseValid()) return 7;
  return 0;
};

export const zeroinit_calloc_small = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitCalloc(64);
};

export const zeroinit_calloc_large = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitCalloc(0x40000);
};

export const zeroinit_calloc_small_aligned = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitCallocAligned(64);
};

export const zeroinit_calloc_large_aligned = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitCallocAligned(0x40000);
};

export const zeroinit_recalloc_small = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitRecalloc(64);
};

export const zeroinit_recalloc_large = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitRecalloc(0x40000);
};

export const zeroinit_recalloc_small_aligned = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitRecallocAligned(64);
};

export const zeroinit_recalloc_large_aligned = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  return zeroinitRecallocAligned(0x40000);
};

/** A zeroed block of twice the ordinary alignment. */
export const zalloc_aligned_small1 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  zeroinitDirty(512);
  const block: i32 = caseZeroedAligned(32, 512);
  if (!caseGood(block, 512) || (block & 31) !== 0) return 2;
  if (!caseZeroed(block, 512)) return 3;
  free(block);
  return 0;
};

/** The same block, grown to three times its size: what is added is zeroed, what was there stays. */
export const rezalloc_aligned_small1 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  zeroinitDirty(1536);
  const block: i32 = caseZeroedAligned(32, 512);
  if (!caseGood(block, 512) || (block & 31) !== 0) return 2;
  const grown: i32 = caseReallocZeroed(block, 512, 1536);
  if (!caseGood(grown, 1536)) return 3;
  if (!caseZeroed(grown, 1536)) return 4;
  // Shrunk and grown again, only the kept part survives.
  caseStamp(grown, 1536, 1);
  const shrunk: i32 = realloc(grown, 256);
  if (!caseGood(shrunk, 256)) return 5;
  const regrown: i32 = caseReallocZeroed(shrunk, 256, 1536);
  if (!caseGood(regrown, 1536)) return 6;
  if (!caseStamped(regrown, 256, 1)) return 7;
  if (!caseZeroed((regrown + 256) | 0, 1280)) return 8;
  free(regrown);
  if (!caseValid()) return 9;
  return 0;
};
