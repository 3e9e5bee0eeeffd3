/** malloc, free and malloc_usable_size. */

import { free, heap_init, malloc, malloc_usable_size } from '../../../kernel-heap/index.ts';
import { fill, lessThan, remainder } from '../../../kernel-heap/memory.ts';
import {
  CASE_SEED, caseBegin, caseGood, caseHeapSize, caseInside, caseLedger, caseRandom, caseStamp, caseStamped, caseValid,
  ledgerAllIntact, ledgerBlock, ledgerEnter, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** malloc(0) is a block like any other: there, aligned, different from every other one, and to be freed. */
export const malloc_zero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const count: i32 = 200;
  for (let index: i32 = 0; index < count; index++) {
    const block: i32 = malloc(0);
    if (!caseGood(block, 0)) return 2;
    for (let other: i32 = 0; other < index; other++) {
      if (ledgerBlock(ledger, other) === block) return 3;
    }
    ledgerEnter(ledger, index, block, 0);
  }
  // The bytes that a zero-sized block does have are its own.
  for (let index: i32 = 0; index < count; index++) {
    const block: i32 = ledgerBlock(ledger, index);
    ledgerEnter(ledger, index, block, malloc_usable_size(block));
  }
  if (!ledgerAllIntact(ledger, count)) return 4;
  if (!caseValid()) return 5;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 6;
  if (!caseValid()) return 7;
  return 0;
};

/** free(0) is nothing: before the first block, between blocks, and after the last. */
export const malloc_null = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  free(0);
  if (!caseValid()) return 2;
  const block: i32 = malloc(100);
  if (!caseGood(block, 100)) return 3;
  snapshotTake(ledger, 0);
  caseStamp(block, 100, 1);
  free(0);
  free(0);
  if (!caseStamped(block, 100, 1)) return 4;
  if (!snapshotRestored(ledger, 0)) return 5;
  free(block);
  free(0);
  if (!caseValid()) return 6;
  return 0;
};

/** Half the address space is too much to ask for; the heap says 0 and goes on. */
export const malloc_nomem1 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  if (malloc(0x80000000) !== 0) return 2;
  if (!caseValid()) return 3;
  const block: i32 = malloc(100);
  if (!caseGood(block, 100)) return 4;
  if (malloc(0x80000000) !== 0) return 5;
  free(block);
  if (!caseValid()) return 6;
  return 0;
};

/** Sizes near 2^32 wrap when a heap rounds them up carelessly. None of them can be had. */
export const malloc_near_limit = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let below: i32 = 1; below <= 9000; below++) {
    if (malloc((0 - below) | 0) !== 0) return 2;
  }
  for (let shift: i32 = 23; shift < 32; shift++) {
    if (malloc(1 << shift) !== 0) return 3;
    if (malloc(((1 << shift) - 1) | 0) !== 0) return 4;
    if (malloc(((1 << shift) + 1) | 0) !== 0) return 5;
    if (malloc((0 - (1 << shift)) | 0) !== 0) return 6;
  }
  if (malloc(size) !== 0) return 7;
  if (!caseValid()) return 8;
  const block: i32 = malloc(100);
  if (!caseGood(block, 100)) return 9;
  free(block);
  return 0;
};

/** A block of half the heap, written from end to end, freed, and had again. */
export const malloc_large = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const large: i32 = (caseHeapSize(start, size) >>> 1) - 0x40000 + 8;
  for (let round: i32 = 0; round < 3; round++) {
    const block: i32 = malloc(large);
    if (!caseGood(block, large)) return 2;
    if (!caseInside(block, large, start, size)) return 3;
    caseStamp(block, large, round);
    if (!caseValid()) return 4;
    if (!caseStamped(block, large, round)) return 5;
    free(block);
    if (!caseValid()) return 6;
  }
  return 0;
};

/** Every size to 2 KiB: aligned to 16, usable to the last byte that malloc_usable_size promises, inside the region. */
export const malloc_every_small_size = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let bytes: i32 = 0; bytes <= 2048; bytes++) {
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 2;
    const usable: i32 = malloc_usable_size(block);
    if (!caseInside(block, usable, start, caseHeapSize(start, size))) return 3;
    ledgerEnter(ledger, bytes, block, usable);
  }
  if (!caseValid()) return 4;
  if (!ledgerFreeEvery(ledger, 0, 1, 2049)) return 5;
  if (!caseValid()) return 6;
  return 0;
};

/** Each power of two to 1 MiB, one less and one more. */
export const malloc_around_powers_of_two = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let shift: i32 = 0; shift <= 20; shift++) {
    const power: i32 = 1 << shift;
    for (let bytes: i32 = power - 1; bytes <= power + 1; bytes++) {
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 2;
      const usable: i32 = malloc_usable_size(block);
      if (!caseInside(block, usable, start, caseHeapSize(start, size))) return 3;
      ledgerEnter(ledger, bytes - power + 1, block, usable);
      // Larger ones alone, smaller ones together
      if (shift >= 19 && !ledgerFree(ledger, bytes - power + 1)) return 4;
    }
    if (!ledgerAllIntact(ledger, 3)) return 5;
    if (!ledgerFreeEvery(ledger, 0, 1, 3)) return 6;
    if (!caseValid()) return 7;
  }
  return 0;
};

/** From 65 bytes to the largest size class, a block is never more than a quarter larger than what was asked for. */
export const malloc_bounded_waste = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let bytes: i32 = 65; bytes <= 8192; bytes++) {
    const block: i32 = malloc(bytes);
    if (block === 0) return 2;
    const usable: i32 = malloc_usable_size(block);
    if (usable * 4 > bytes * 5) return 3;
    free(block);
  }
  // Above, what is left over is less than a frame.
  for (let bytes: i32 = 8193; bytes <= 0x100000; bytes += 4099) {
    const block: i32 = malloc(bytes);
    if (block === 0) return 4;
    const usable: i32 = malloc_usable_size(block);
    if (usable - bytes >= 4096) return 5;
    free(block);
  }
  return 0;
};

/** Thousands of live blocks of random sizes, each with a pattern of its own: none reaches into another. */
export const malloc_disjoint = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const count: i32 = 4000;
  let random: i32 = CASE_SEED;
  for (let index: i32 = 0; index < count; index++) {
    random = caseRandom(random);
    const bytes: i32 = remainder(random >>> 8, 1 << (random & 7) << 2);
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 2;
    if (!caseInside(block, bytes, start, caseHeapSize(start, size))) return 3;
    ledgerEnter(ledger, index, block, bytes);
  }
  if (!caseValid()) return 4;
  if (!ledgerAllIntact(ledger, count)) return 5;
  if (!ledgerFreeEvery(ledger, 0, 3, count)) return 6;
  if (!caseValid()) return 7;
  if (!ledgerAllIntact(ledger, count)) return 8;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 9;
  if (!caseValid()) return 10;
  return 0;
};

/** Replacing random blocks in a live set for a long time neither damages a block nor loses memory. */
export const malloc_random_replacement = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const count: i32 = 500;
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 20000; round++) {
    random = caseRandom(random);
    const index: i32 = remainder(random, count);
    if (!ledgerFree(ledger, index)) return 2;
    random = caseRandom(random);
    // Weighted by powers of two, from below 16 bytes to below 2 KiB.
    const bytes: i32 = remainder(random >>> 4, 16 << (random & 7));
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 3;
    ledgerEnter(ledger, index, block, bytes);
    if (remainder(round, 2000) === 0 && !caseValid()) return 4;
  }
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 5;
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** What is freed is handed out again: pairs of many sizes, together hundreds of times the memory of the heap. */
export const malloc_reuse = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let bytes: i32 = 16; bytes <= 0x100000; bytes += bytes >> 1) {
    for (let round: i32 = 0; round < 2000; round++) {
      const block: i32 = malloc(bytes);
      if (block === 0) return 2;
      fill(block, round, 16);
      free(block);
    }
    if (!caseValid()) return 3;
  }
  return 0;
};

/** Blocks are freed first in first out, last in first out, and from the middle outwards; all the memory comes back. */
export const malloc_free_orders = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const count: i32 = 300;
  for (let order: i32 = 0; order < 4; order++) {
    for (let index: i32 = 0; index < count; index++) {
      const bytes: i32 = remainder(Math.imul(index, 1237), 9001);
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 2;
      ledgerEnter(ledger, index, block, bytes);
    }
    for (let step: i32 = 0; step < count; step++) {
      let index: i32 = step;
      if (order === 1) index = count - 1 - step;
      // From the middle outwards: 150, 149, 151, 148, …
      if (order === 2) index = (step & 1) === 0 ? (count >> 1) + (step >> 1) : (count >> 1) - 1 - (step >> 1);
      // 7 and 300 have no common divisor: each index once.
      if (order === 3) index = remainder(step * 7, count);
      if (!ledgerFree(ledger, index)) return 3;
    }
    if (!caseValid()) return 4;
    if (!snapshotRestored(ledger, 0)) return 5;
  }
  return 0;
};

/** malloc_usable_size of one block stays what it is while others come and go. */
export const malloc_usable_size_is_stable = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let bytes: i32 = 1; bytes <= 0x40000; bytes = bytes * 3) {
    const block: i32 = malloc(bytes);
    if (block === 0) return 2;
    const usable: i32 = malloc_usable_size(block);
    for (let index: i32 = 0; index < 50; index++) {
      const other: i32 = malloc(bytes);
      if (other === 0) break;
      free(other);
      if (malloc_usable_size(block) !== usable) return 3;
    }
    free(block);
  }
  if (malloc_usable_size(0) !== 0) return 4;
  return 0;
};

/** Without the ledger: all of the region is the heap's, and no block reaches out of it. */
export const malloc_within_region = (start: i32, size: i32): i32 => {
  if (heap_init(start, size) === 0) return 1;
  let bytes: i32 = 1;
  while (lessThan(bytes, size)) {
    const block: i32 = malloc(bytes);
    if (block !== 0) {
      if (!caseGood(block, bytes)) return 2;
      if (!caseInside(block, malloc_usable_size(block), start, size)) return 3;
      fill(block, 255, malloc_usable_size(block));
    }
    bytes = (bytes << 1) - (bytes >> 2);
  }
  if (!caseValid()) return 4;
  return 0;
};
