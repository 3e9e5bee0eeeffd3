/** realloc and cabi_realloc. */

import { aligned_alloc, cabi_realloc, free, malloc, malloc_usable_size, realloc } from '../../../kernel-heap/index.ts';
import { fill, lessThan, remainder } from '../../../kernel-heap/memory.ts';
import {
  CASE_SEED, caseBegin, caseGood, caseLargest, caseLedger, caseRandom, caseStamp, caseStamped, caseValid,
  ledgerAllIntact, ledgerBlock, ledgerBlockSize, ledgerEnter, ledgerExhaust, ledgerFree, ledgerFreeEvery, ledgerIntact,
  snapshotRestored, snapshotTake,
} from './support.ts';

/** realloc(0, n) is malloc(n). */
export const realloc_null = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const block: i32 = realloc(0, 4);
  if (!caseGood(block, 4)) return 2;
  const large: i32 = realloc(0, 0x20000);
  if (!caseGood(large, 0x20000)) return 3;
  if (realloc(0, 0xffffffff) !== 0) return 4;
  free(block);
  free(large);
  if (!caseValid()) return 5;
  return 0;
};

/** realloc(0, 0) is malloc(0): a block. */
export const realloc_null_sizezero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const first: i32 = realloc(0, 0);
  const second: i32 = realloc(0, 0);
  if (!caseGood(first, 0) || !caseGood(second, 0)) return 2;
  if (first === second) return 3;
  free(first);
  free(second);
  if (!caseValid()) return 4;
  return 0;
};

/** realloc(p, 0) is a zero-sized block of its own, and p is gone; it does not answer 0, which would mean failure. */
export const realloc_sizezero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const small: i32 = malloc(4);
  const large: i32 = malloc(0x40000);
  if (small === 0 || large === 0) return 2;
  const first: i32 = realloc(small, 0);
  const second: i32 = realloc(large, 0);
  if (!caseGood(first, 0) || !caseGood(second, 0)) return 3;
  if (first === second) return 4;
  // The large block's memory is free again but for what a zero-sized block needs.
  if (malloc_usable_size(second) >= 0x40000) return 5;
  free(first);
  free(second);
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** An array of no elements of 16 bytes, made from nothing; the product is the caller's. */
export const reallocarray_null_sizezero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const block: i32 = realloc(0, Math.imul(0, 16));
  if (!caseGood(block, 0)) return 2;
  free(block);
  if (!caseValid()) return 3;
  return 0;
};

/** A block that grows by halves from 1 byte to 512 KiB keeps its contents, alone and with a neighbour in its way. */
export const realloc_grow = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let neighbours: i32 = 0; neighbours < 2; neighbours++) {
    let bytes: i32 = 1;
    let block: i32 = malloc(bytes);
    let neighbour: i32 = 0;
    if (!caseGood(block, bytes)) return 2;
    caseStamp(block, bytes, 5);
    while (bytes < 0x80000) {
      if (neighbours !== 0) {
        free(neighbour);
        neighbour = malloc(bytes >> 1);
        if (neighbour === 0) return 3;
        fill(neighbour, 255, bytes >> 1);
      }
      const next: i32 = bytes + (bytes >> 1) + 1;
      block = realloc(block, next);
      if (!caseGood(block, next)) return 4;
      if (!caseStamped(block, bytes, 5)) return 5;
      bytes = next;
      caseStamp(block, bytes, 5);
    }
    free(block);
    free(neighbour);
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** A block that shrinks from 1 MiB to nothing keeps what fits. */
export const realloc_shrink = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  let bytes: i32 = 0x100000;
  let block: i32 = malloc(bytes);
  if (!caseGood(block, bytes)) return 2;
  caseStamp(block, bytes, 7);
  while (bytes !== 0) {
    bytes = bytes - (bytes >> 2) - 1;
    block = realloc(block, bytes);
    if (!caseGood(block, bytes)) return 3;
    if (!caseStamped(block, bytes, 7)) return 4;
    if (!caseValid()) return 5;
  }
  free(block);
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** A size that the block can hold already does not move it. */
export const realloc_same_size = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let bytes: i32 = 1; bytes <= 0x80000; bytes = bytes * 2 + 1) {
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 2;
    caseStamp(block, bytes, bytes);
    if (realloc(block, bytes) !== block) return 3;
    if (realloc(block, malloc_usable_size(block)) !== block) return 4;
    if (!caseStamped(block, bytes, bytes)) return 5;
    free(block);
  }
  if (!caseValid()) return 6;
  return 0;
};

/** A large block grows where it is when the frames behind it are free, and keeps its contents. */
export const realloc_in_place_grow = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const large: i32 = 0x10000;
  const count: i32 = ledgerExhaust(ledger, 0, large);
  if (count < 16) return 2;
  // The heap is full of blocks of 64 KiB: any two that touch will do.
  let grown: i32 = 0;
  for (let index: i32 = 0; index < count && grown === 0; index++) {
    const block: i32 = ledgerBlock(ledger, index);
    const behind: i32 = (block + malloc_usable_size(block)) | 0;
    for (let other: i32 = 0; other < count; other++) {
      if (ledgerBlock(ledger, other) === behind) {
        if (!ledgerFree(ledger, other)) return 3;
        if (realloc(block, large + 0x8000) !== block) return 4;
        if (lessThan(malloc_usable_size(block), large + 0x8000)) return 5;
        if (!ledgerIntact(ledger, index)) return 6;
        ledgerEnter(ledger, index, block, large + 0x8000);
        grown++;
        break;
      }
    }
  }
  if (grown === 0) return 7;
  if (!caseValid()) return 8;
  if (!ledgerAllIntact(ledger, count)) return 9;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 10;
  if (!snapshotRestored(ledger, 0)) return 11;
  return 0;
};

/** A large block that shrinks gives its tail back at once: another block can have it. */
export const realloc_in_place_shrink = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const largest: i32 = caseLargest(size);
  const block: i32 = malloc(largest);
  if (!caseGood(block, largest)) return 2;
  caseStamp(block, 0x20000, 9);
  if (realloc(block, 0x20000) !== block) return 3;
  if (malloc_usable_size(block) >= 0x20000 + 4096) return 4;
  if (!caseStamped(block, 0x20000, 9)) return 5;
  if (!caseValid()) return 6;
  const other: i32 = malloc(largest >> 2);
  if (!caseGood(other, largest >> 2)) return 7;
  fill(other, 255, largest >> 2);
  if (!caseStamped(block, 0x20000, 9)) return 8;
  free(block);
  free(other);
  if (!caseValid()) return 9;
  if (!snapshotRestored(ledger, 0)) return 10;
  return 0;
};

/** When realloc fails, the block is what it was: its address, its contents, its size; and it can be freed. */
export const realloc_failed_keeps_block = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let bytes: i32 = 1; bytes <= 0x100000; bytes = bytes << 2) {
    const block: i32 = malloc(bytes);
    if (!caseGood(block, bytes)) return 2;
    const usable: i32 = malloc_usable_size(block);
    caseStamp(block, usable, bytes);
    if (realloc(block, size) !== 0) return 3;
    if (realloc(block, 0xffffffff) !== 0) return 4;
    if (realloc(block, 0xfffff000) !== 0) return 5;
    if (realloc(block, 0xffffefff) !== 0) return 6;
    if (realloc(block, 0x80000000) !== 0) return 7;
    if (realloc(block, 0x7fffffff) !== 0) return 8;
    if (malloc_usable_size(block) !== usable) return 9;
    if (!caseStamped(block, usable, bytes)) return 10;
    if (!caseValid()) return 11;
    free(block);
  }
  if (!snapshotRestored(ledger, 0)) return 12;
  return 0;
};

/** The same on a heap that has nothing left. */
export const realloc_failed_when_exhausted = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const large: i32 = malloc(0x20000);
  if (large === 0) return 2;
  caseStamp(large, 0x20000, 3);
  const count: i32 = ledgerExhaust(ledger, 0, 200);
  if (count < 1000) return 3;
  for (let index: i32 = 0; index < 100; index++) {
    if (realloc(ledgerBlock(ledger, index), 0x4000) !== 0) return 4;
  }
  if (realloc(large, 0x100000) !== 0) return 5;
  if (!caseStamped(large, 0x20000, 3)) return 6;
  if (!caseValid()) return 7;
  if (!ledgerAllIntact(ledger, count)) return 8;
  // Half of the large block is enough for one of the others.
  if (realloc(large, 0x10000) === 0) return 9;
  if (!caseStamped(large, 0x10000, 3)) return 10;
  const grown: i32 = realloc(ledgerBlock(ledger, 0), 0x4000);
  if (!caseGood(grown, 0x4000)) return 11;
  if (!caseStamped(grown, 200, 0)) return 12;
  free(grown);
  if (!ledgerFreeEvery(ledger, 1, 1, count)) return 13;
  free(large);
  if (!caseValid()) return 14;
  return 0;
};

/** A heap that has nothing left can still make a block smaller: that needs no memory. */
export const realloc_shrink_when_exhausted = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let bytes: i32 = 0x20000; bytes >= 1000; bytes = bytes >> 2) {
    const block: i32 = malloc(bytes);
    if (block === 0) return 2;
    caseStamp(block, bytes, 1);
    const count: i32 = ledgerExhaust(ledger, 0, 200);
    if (malloc(90) !== 0) return 3;
    const shrunk: i32 = realloc(block, 90);
    if (!caseGood(shrunk, 90)) return 4;
    if (!caseStamped(shrunk, 90, 1)) return 5;
    if (!caseValid()) return 6;
    free(shrunk);
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 7;
  }
  if (!caseValid()) return 8;
  return 0;
};

/** 64 blocks that take random sizes in turn. */
export const realloc_random = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 5000; round++) {
    random = caseRandom(random);
    const index: i32 = random & 63;
    const bytes: i32 = remainder(random >>> 6, 16 << (round & 11));
    const oldSize: i32 = ledgerBlockSize(ledger, index);
    const block: i32 = realloc(ledgerBlock(ledger, index), bytes);
    if (!caseGood(block, bytes)) return 2;
    let kept: i32 = oldSize;
    if (bytes < kept) kept = bytes;
    if (!caseStamped(block, kept, index)) return 3;
    ledgerEnter(ledger, index, block, bytes);
    if (remainder(round, 500) === 0) {
      if (!ledgerAllIntact(ledger, 64)) return 4;
      if (!caseValid()) return 5;
    }
  }
  if (!ledgerFreeEvery(ledger, 0, 1, 64)) return 6;
  if (!caseValid()) return 7;
  if (!snapshotRestored(ledger, 0)) return 8;
  return 0;
};

/** One block takes every multiple of 64 bytes to 64 KiB, up and at once down to nothing, many times. */
export const realloc_guarded = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  let block: i32 = 0;
  for (let round: i32 = 0; round < 16; round++) {
    for (let index: i32 = 0; index < 1024; index++) {
      block = realloc(block, index * 64);
      if (!caseGood(block, index * 64)) return 2;
      if (index > 1 && !caseStamped(block, 64, round)) return 3;
      if (index > 0) caseStamp(block, 64, round);
    }
  }
  free(block);
  if (!caseValid()) return 4;
  return 0;
};

/** An aligned block may be reallocated like any other; its contents move with it, its alignment need not. */
export const realloc_of_aligned = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x40000; alignment = alignment << 1) {
    const block: i32 = aligned_alloc(alignment, 1000);
    if (!caseGood(block, 1000)) return 2;
    caseStamp(block, 1000, alignment);
    const grown: i32 = realloc(block, 100000);
    if (!caseGood(grown, 100000)) return 3;
    if (!caseStamped(grown, 1000, alignment)) return 4;
    const shrunk: i32 = realloc(grown, 10);
    if (!caseGood(shrunk, 10)) return 5;
    if (!caseStamped(shrunk, 10, alignment)) return 6;
    free(shrunk);
    if (!caseValid()) return 7;
  }
  if (!snapshotRestored(ledger, 0)) return 8;
  return 0;
};

/** realloc of the one block of a heap that has room for it nowhere but in place, or by using its own frames again. */
export const realloc_largest = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const largest: i32 = caseLargest(size);
  const block: i32 = malloc(largest);
  if (block === 0) return 2;
  caseStamp(block, largest, 11);
  if (realloc(block, (largest + 4096) | 0) !== 0) return 3;
  if (realloc(block, largest) !== block) return 4;
  if (!caseStamped(block, largest, 11)) return 5;
  free(block);
  if (!caseValid()) return 6;
  return 0;
};

// cabi_realloc(oldPtr, oldSize, alignment, newSize), as the component model calls it

/** cabi_realloc(0, 0, alignment, size) allocates, for every alignment that a type may have and far beyond. */
export const cabi_realloc_allocates = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x10000; alignment = alignment << 1) {
    for (let bytes: i32 = 1; bytes <= 0x10000; bytes = bytes * 5 + 3) {
      const block: i32 = cabi_realloc(0, 0, alignment, bytes);
      if (!caseGood(block, bytes)) return 2;
      if ((block & (alignment - 1)) !== 0) return 3;
      caseStamp(block, bytes, bytes);
      if (!caseStamped(block, bytes, bytes)) return 4;
      free(block);
    }
  }
  if (!caseValid()) return 5;
  if (!snapshotRestored(ledger, 0)) return 6;
  return 0;
};

/** It grows a block, contents and alignment kept. */
export const cabi_realloc_grows = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x4000; alignment = alignment << 1) {
    let bytes: i32 = 3;
    let block: i32 = cabi_realloc(0, 0, alignment, bytes);
    if (!caseGood(block, bytes)) return 2;
    caseStamp(block, bytes, 13);
    while (bytes < 0x20000) {
      const next: i32 = bytes * 2 + 1;
      block = cabi_realloc(block, bytes, alignment, next);
      if (!caseGood(block, next)) return 3;
      if ((block & (alignment - 1)) !== 0) return 4;
      if (!caseStamped(block, bytes, 13)) return 5;
      bytes = next;
      caseStamp(block, bytes, 13);
    }
    free(block);
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** It shrinks a block, what fits and the alignment kept. */
export const cabi_realloc_shrinks = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x4000; alignment = alignment << 1) {
    let bytes: i32 = 0x20000;
    let block: i32 = cabi_realloc(0, 0, alignment, bytes);
    if (!caseGood(block, bytes)) return 2;
    caseStamp(block, bytes, 17);
    while (bytes > 1) {
      const next: i32 = bytes >> 1;
      block = cabi_realloc(block, bytes, alignment, next);
      if (!caseGood(block, next)) return 3;
      if ((block & (alignment - 1)) !== 0) return 4;
      if (!caseStamped(block, next, 17)) return 5;
      bytes = next;
    }
    free(block);
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** It moves a block that is not aligned as it is asked to be, however large or small the block. */
export const cabi_realloc_realigns = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let bytes: i32 = 48; bytes <= 0x8000; bytes = bytes * 3) {
    // Neighbours of one size: at most one of the first few can lie at a multiple of so much.
    const alignment: i32 = 0x10000;
    let count: i32 = 0;
    for (let index: i32 = 0; index < 3; index++) {
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 2;
      ledgerEnter(ledger, index, block, bytes);
    }
    for (let index: i32 = 0; index < 3; index++) {
      const block: i32 = ledgerBlock(ledger, index);
      if ((block & (alignment - 1)) !== 0) count++;
      const moved: i32 = cabi_realloc(block, bytes, alignment, bytes);
      if (!caseGood(moved, bytes)) return 3;
      if ((moved & (alignment - 1)) !== 0) return 4;
      if (!caseStamped(moved, bytes, index)) return 5;
      ledgerEnter(ledger, index, moved, bytes);
    }
    if (count < 2) return 6;
    if (!caseValid()) return 7;
    if (!ledgerFreeEvery(ledger, 0, 1, 3)) return 8;
  }
  if (!caseValid()) return 9;
  if (!snapshotRestored(ledger, 0)) return 10;
  return 0;
};

/** A list of no elements is an address all the same, with its alignment; a block that becomes one is freed. */
export const cabi_realloc_zero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 4096; alignment = alignment << 1) {
    const nothing: i32 = cabi_realloc(0, 0, alignment, 0);
    if (nothing === 0) return 2;
    if ((nothing & (alignment - 1)) !== 0) return 3;
    const block: i32 = cabi_realloc(0, 0, alignment, 1000);
    if (!caseGood(block, 1000)) return 4;
    const emptied: i32 = cabi_realloc(block, 1000, alignment, 0);
    if (emptied === 0) return 5;
    if ((emptied & (alignment - 1)) !== 0) return 6;
  }
  if (!caseValid()) return 7;
  if (!snapshotRestored(ledger, 0)) return 8;
  return 0;
};
