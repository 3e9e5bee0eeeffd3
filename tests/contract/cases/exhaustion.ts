/** Exhaustion is a value: 0 comes back, the heap stays valid, and works again once something is freed. */

import { aligned_alloc, calloc, free, heap_check, heap_init, malloc, realloc } from '../../../kernel-heap/index.ts';
import { minimum } from '../../../kernel-heap/bits.ts';
import { divide, fill, lessThan, remainder } from '../../../kernel-heap/memory.ts';
import {
  CASE_LEDGER_ENTRIES, CASE_LEDGER_SIZE, CASE_SEED, caseBegin, caseGood, caseHeapSize, caseInside, caseLargest,
  caseLedger, caseRandom, caseStamp, caseStamped, caseValid, ledgerAllIntact, ledgerBlock, ledgerBlockSize, ledgerEnter,
  ledgerExhaust, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** The fewest blocks of `bytes` bytes that fill a heap of `size` bytes: half of it at least is for blocks. */
const exhaustionCountMin = (bytes: i32, size: i32): i32 => divide(size >>> 1, bytes);

/** Fills the heap with blocks of one size, empties it, and does so again; the number of the failed check. */
const exhaustionOf = (start: i32, size: i32, bytes: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  // No more memory than the ledger has entries for
  const heapSize: i32 = minimum(caseHeapSize(start, size), Math.imul(CASE_LEDGER_ENTRIES - 1, bytes));
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(start, heapSize) === 0) return 1;
  snapshotTake(ledger, 0);
  let firstCount: i32 = 0;
  for (let round: i32 = 0; round < 3; round++) {
    const count: i32 = ledgerExhaust(ledger, 0, bytes);
    if (count < exhaustionCountMin(bytes, heapSize)) return 2;
    if (round === 0) firstCount = count;
    // Nothing was lost: what went in once goes in again.
    if (count !== firstCount) return 3;
    if (!caseValid()) return 4;
    // It stays exhausted, however often it is asked.
    for (let again: i32 = 0; again < 10; again++) {
      if (malloc(bytes) !== 0) return 5;
    }
    for (let index: i32 = 0; index < count; index++) {
      if (!caseInside(ledgerBlock(ledger, index), bytes, start, heapSize)) return 6;
    }
    if (!ledgerAllIntact(ledger, count)) return 7;
    // One block back, one block more
    if (!ledgerFree(ledger, count >> 1)) return 8;
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 9;
    ledgerEnter(ledger, count >> 1, block, bytes);
    if (!caseValid()) return 10;
    if (!ledgerFreeEvery(ledger, round, 3, count)) return 11;
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 12;
    if (!caseValid()) return 13;
    if (!snapshotRestored(ledger, 0)) return 14;
  }
  return 0;
};

export const exhaustion_16_bytes = (start: i32, size: i32): i32 => exhaustionOf(start, size, 16);
export const exhaustion_200_bytes = (start: i32, size: i32): i32 => exhaustionOf(start, size, 200);
export const exhaustion_1_kib = (start: i32, size: i32): i32 => exhaustionOf(start, size, 1024);
export const exhaustion_5000_bytes = (start: i32, size: i32): i32 => exhaustionOf(start, size, 5000);
export const exhaustion_16_kib = (start: i32, size: i32): i32 => exhaustionOf(start, size, 16384);
export const exhaustion_64_kib = (start: i32, size: i32): i32 => exhaustionOf(start, size, 65536);
export const exhaustion_512_kib = (start: i32, size: i32): i32 => exhaustionOf(start, size, 0x80000);

/** Random sizes to the last byte: when 1 KiB is no longer to be had, nearly all of the memory is in blocks. */
export const exhaustion_random_sizes = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 4; round++) {
    let count: i32 = 0;
    let handedOut: i32 = 0;
    let failures: i32 = 0;
    while (failures < 50 && count < CASE_LEDGER_ENTRIES) {
      random = caseRandom(random);
      const bytes: i32 = remainder(random >>> 4, 64 << (random & 7));
      const block: i32 = malloc(bytes);
      if (block === 0) {
        failures++;
      } else {
        if (!caseGood(block, bytes)) return 2;
        ledgerEnter(ledger, count, block, bytes);
        handedOut += bytes;
        count++;
      }
    }
    if (lessThan(handedOut, (caseHeapSize(start, size) >>> 2) * 3)) return 3;
    if (!caseValid()) return 4;
    if (!ledgerAllIntact(ledger, count)) return 5;
    if (!ledgerFreeEvery(ledger, 0, 2, count)) return 6;
    if (!caseValid()) return 7;
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 8;
    if (!caseValid()) return 9;
    if (!snapshotRestored(ledger, 0)) return 10;
  }
  return 0;
};

/** Once all small blocks are freed, their frames make a large block again, without anybody asking for a trim. */
export const exhaustion_small_then_large = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let bytes: i32 = 150; bytes <= 12800; bytes = bytes << 1) {
    const largest: i32 = caseLargest(size);
    const count: i32 = ledgerExhaust(ledger, 0, bytes);
    if (malloc(largest >> 1) !== 0) return 2;
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 3;
    // What the small blocks' bookkeeping keeps is little.
    const block: i32 = malloc(largest - (largest >> 3));
    if (block === 0) return 4;
    caseStamp(block, 0x10000, bytes);
    if (!caseValid()) return 5;
    if (!caseStamped(block, 0x10000, bytes)) return 6;
    free(block);
  }
  if (!caseValid()) return 7;
  return 0;
};

/** After large blocks have been freed, the memory serves small ones: no size keeps frames for itself. */
export const exhaustion_moves_between_sizes = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let round: i32 = 0; round < 2; round++) {
    for (let bytes: i32 = 0x20000; bytes >= 150; bytes = bytes >> 1) {
      const count: i32 = ledgerExhaust(ledger, 0, bytes);
      if (count < exhaustionCountMin(bytes, caseHeapSize(start, size))) return 2;
      if (!ledgerFreeEvery(ledger, 1, 2, count)) return 3;
      if (!ledgerFreeEvery(ledger, 0, 2, count)) return 4;
      if (!caseValid()) return 5;
    }
  }
  return 0;
};

/** An exhausted heap has nothing for any of its callers, and is none the worse for being asked. */
export const exhaustion_of_every_function = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const count: i32 = ledgerExhaust(ledger, 0, 200);
  if (malloc(4096) !== 0) return 2;
  if (calloc(1, 4096) !== 0) return 3;
  if (aligned_alloc(4096, 16) !== 0) return 4;
  if (aligned_alloc(0x10000, 1) !== 0) return 5;
  if (realloc(0, 4096) !== 0) return 6;
  if (realloc(ledgerBlock(ledger, 7), 4096) !== 0) return 7;
  if (!caseValid()) return 8;
  if (!ledgerAllIntact(ledger, count)) return 9;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 10;
  const block: i32 = aligned_alloc(0x10000, 1);
  if (!caseGood(block, 1)) return 11;
  free(block);
  if (heap_check() !== 0) return 12;
  return 0;
};

/** At the edge: one block is freed and taken, thousands of times, while there is nothing else. */
export const exhaustion_at_the_edge = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const count: i32 = ledgerExhaust(ledger, 0, 700);
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 5000; round++) {
    random = caseRandom(random);
    const index: i32 = remainder(random, count);
    if (!ledgerFree(ledger, index)) return 2;
    if (malloc(0x20000) !== 0) return 3;
    const block: i32 = malloc(700);
    if (!caseGood(block, 700)) return 4;
    ledgerEnter(ledger, index, block, 700);
    if (malloc(700) !== 0) return 5;
  }
  if (!caseValid()) return 6;
  if (ledgerBlockSize(ledger, 0) !== 700) return 7;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 8;
  if (!caseValid()) return 9;
  return 0;
};
