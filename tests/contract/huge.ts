/**
 * Cases for a heap of more than 3 GiB, most of which is never touched: addresses and sizes above 2 GiB in the hands of
 * a compiler whose comparisons are signed. They are run wherever there is such a region, so not in the kernel.
 */

import {
  aligned_alloc, calloc, free, heap_destroy, heap_init, heap_malloc, heap_new, malloc, malloc_usable_size, realloc,
} from '../../kernel-heap/index.ts';
import { fill, lessThan, load, remainder, store } from '../../kernel-heap/memory.ts';
import {
  CASE_LEDGER_SIZE, caseGood, caseInside, caseLedger, caseStamp, caseStamped, caseValid, caseZeroed, ledgerAllIntact,
  ledgerBlock, ledgerEnter, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './cases/support.ts';

const HUGE_MIDDLE: i32 = 0x80000000;
const HUGE_BLOCK: i32 = 0x4000000; // 64 MiB

/** A heap over all of the region but the ledger. 1 if it was refused, else 0. */
const hugeBegin = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  fill(ledger, 0, CASE_LEDGER_SIZE);
  return heap_init(start, (ledger - start) | 0) === 0 ? 1 : 0;
};

/** Writes to the beginning, the middle and the end of a block. */
const hugeMark = (block: i32, size: i32, seed: i32): void => {
  store(block, seed);
  store((block + (size >>> 3 << 2)) | 0, seed + 1);
  store((block + size - 4) | 0, seed + 2);
};

/** Whether hugeMark's words are still there. */
const hugeMarked = (block: i32, size: i32, seed: i32): boolean => {
  if (load(block) !== seed || load((block + (size >>> 3 << 2)) | 0) !== seed + 1) return false;
  return load((block + size - 4) | 0) === seed + 2;
};

/** All the memory in blocks of 64 MiB, some below and some above 2 GiB; freed and had again. */
export const huge_blocks = (start: i32, size: i32): i32 => {
  if (hugeBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  let firstCount: i32 = 0;
  for (let round: i32 = 0; round < 2; round++) {
    let count: i32 = 0;
    let above: i32 = 0;
    let block: i32 = malloc(HUGE_BLOCK);
    while (block !== 0) {
      if (!caseInside(block, malloc_usable_size(block), start, (ledger - start) | 0)) return 2;
      hugeMark(block, HUGE_BLOCK, count * 8);
      ledgerEnter(ledger, count, block, 0);
      if (!lessThan(block, HUGE_MIDDLE)) above++;
      count++;
      block = malloc(HUGE_BLOCK);
    }
    if (count < 44 || above < 15 || above === count) return 3;
    if (round === 1 && count !== firstCount) return 4;
    firstCount = count;
    for (let index: i32 = 0; index < count; index++) {
      if (!hugeMarked(ledgerBlock(ledger, index), HUGE_BLOCK, index * 8)) return 5;
    }
    if (!caseValid()) return 6;
    if (!ledgerFreeEvery(ledger, round, 2, count)) return 7;
    if (!caseValid()) return 8;
    if (!ledgerFreeEvery(ledger, 1 - round, 2, count)) return 9;
    if (!caseValid()) return 10;
    if (!snapshotRestored(ledger, 0)) return 11;
  }
  return 0;
};

/** Small, aligned and zeroed blocks, and a heap of one's own, all of them above 2 GiB. */
export const huge_small_blocks = (start: i32, size: i32): i32 => {
  if (hugeBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  // All the memory is used up, and then what lies above 2 GiB is free again.
  let low: i32 = 0;
  for (let bytes: i32 = HUGE_BLOCK; bytes >= 0x3000; bytes = bytes >> 3) {
    let block: i32 = malloc(bytes);
    while (block !== 0) {
      ledgerEnter(ledger, low, block, 0);
      low++;
      block = malloc(bytes);
    }
  }
  for (let index: i32 = 0; index < low; index++) {
    if (!lessThan(ledgerBlock(ledger, index), HUGE_MIDDLE) && !ledgerFree(ledger, index)) return 2;
  }
  if (!caseValid()) return 3;
  let above: i32 = 0;
  const first: i32 = low;
  for (let index: i32 = first; index < first + 2000; index++) {
    const bytes: i32 = remainder(Math.imul(index, 7919), 4000);
    let small: i32 = 0;
    if ((index & 3) === 0) small = calloc(1, bytes);
    else if ((index & 3) === 1) small = aligned_alloc(64 << (index & 7), bytes);
    else small = malloc(bytes);
    if (!caseGood(small, bytes)) return 4;
    if ((index & 3) === 0 && !caseZeroed(small, bytes)) return 5;
    if ((index & 3) === 1 && (small & ((64 << (index & 7)) - 1)) !== 0) return 6;
    if (!lessThan(small, HUGE_MIDDLE)) above++;
    ledgerEnter(ledger, index, small, bytes);
  }
  if (above < 1000) return 7;
  if (!ledgerAllIntact(ledger, first + 2000)) return 8;
  if (!caseValid()) return 9;
  // Every third one grows to where it does not fit.
  for (let index: i32 = first; index < first + 2000; index += 3) {
    const bytes: i32 = remainder(Math.imul(index, 7919), 4000);
    const grown: i32 = realloc(ledgerBlock(ledger, index), bytes * 3 + 1);
    if (!caseGood(grown, bytes * 3 + 1)) return 10;
    if (!caseStamped(grown, bytes, index)) return 11;
    ledgerEnter(ledger, index, grown, bytes * 3 + 1);
  }
  const heap: i32 = heap_new();
  if (heap === 0) return 12;
  for (let index: i32 = 0; index < 500; index++) {
    const small: i32 = heap_malloc(heap, index * 3);
    if (!caseGood(small, index * 3)) return 13;
    caseStamp(small, index * 3, index);
  }
  heap_destroy(heap);
  if (!ledgerAllIntact(ledger, first + 2000)) return 14;
  if (!caseValid()) return 15;
  if (!ledgerFreeEvery(ledger, 0, 1, first + 2000)) return 16;
  if (!caseValid()) return 17;
  if (!snapshotRestored(ledger, 0)) return 18;
  return 0;
};

/** One block of more than 2 GiB: had, grown and shrunk in place, freed. Its size is negative to a signed comparison. */
export const huge_one_block = (start: i32, size: i32): i32 => {
  if (hugeBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const bytes: i32 = 0x88000000;
  const block: i32 = malloc(bytes);
  if (!caseGood(block, bytes)) return 2;
  if (!caseInside(block, malloc_usable_size(block), start, (ledger - start) | 0)) return 3;
  hugeMark(block, bytes, 77);
  if (malloc(bytes) !== 0) return 4;
  if (!caseValid()) return 5;
  if (!hugeMarked(block, bytes, 77)) return 6;
  if (realloc(block, 0x90000000) !== block) return 7;
  if (lessThan(malloc_usable_size(block), 0x90000000)) return 8;
  if (realloc(block, 0xffffffff) !== 0) return 9;
  if (realloc(block, 0x84000000) !== block) return 10;
  if (load(block) !== 77) return 11;
  if (!caseValid()) return 12;
  if (realloc(block, 0x7ffff000) !== block) return 13;
  if (realloc(block, 0x10000) !== block) return 14;
  if (!caseValid()) return 15;
  free(block);
  if (!caseValid()) return 16;
  if (!snapshotRestored(ledger, 0)) return 17;
  return 0;
};
