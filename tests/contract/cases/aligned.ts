/** aligned_alloc and memalign. */

import { aligned_alloc, free, heap_init, malloc, malloc_usable_size, memalign } from '../../../kernel-heap/index.ts';
import { divide, lessThan, remainder } from '../../../kernel-heap/memory.ts';
import {
  CASE_SEED, caseBegin, caseGood, caseHeapSize, caseInside, caseLedger, caseRandom, caseStamp, caseStamped, caseValid,
  ledgerAllIntact, ledgerEnter, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** Whether `block` is a good block of `size` bytes whose address is a multiple of `alignment`. */
const alignedGood = (block: i32, alignment: i32, size: i32): boolean => {
  if (!caseGood(block, size)) return false;
  return (block & (alignment - 1)) === 0;
};

/** Allocates one block, writes it, frees it; the number of the failed check. */
const alignedOne = (start: i32, size: i32, alignment: i32, bytes: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const block: i32 = aligned_alloc(alignment, bytes);
  if (!alignedGood(block, alignment, bytes)) return 2;
  if (!caseInside(block, malloc_usable_size(block), start, caseHeapSize(start, size))) return 3;
  caseStamp(block, bytes, 1);
  if (!caseValid()) return 4;
  if (!caseStamped(block, bytes, 1)) return 5;
  free(block);
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

export const malloc_aligned1 = (start: i32, size: i32): i32 => alignedOne(start, size, 32, 32);

/** A size that is no multiple of its alignment. */
export const malloc_aligned2 = (start: i32, size: i32): i32 => alignedOne(start, size, 32, 48);

/** Two of those at once. */
export const malloc_aligned3 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const first: i32 = aligned_alloc(32, 48);
  const second: i32 = aligned_alloc(32, 48);
  if (!alignedGood(first, 32, 48)) return 2;
  if (!alignedGood(second, 32, 48)) return 3;
  caseStamp(first, 48, 1);
  caseStamp(second, 48, 2);
  if (!caseStamped(first, 48, 1)) return 4;
  free(second);
  if (!caseStamped(first, 48, 1)) return 5;
  free(first);
  if (!caseValid()) return 6;
  return 0;
};

/** Again and again: the address that comes back is aligned like the first. */
export const malloc_aligned4 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let round: i32 = 0; round < 8; round++) {
    const block: i32 = aligned_alloc(16, 8);
    if (!alignedGood(block, 16, 8)) return 2;
    free(block);
  }
  if (!caseValid()) return 3;
  return 0;
};

/** One byte more than a frame, aligned to a frame, does not cost four. */
export const malloc_aligned5 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const block: i32 = aligned_alloc(4096, 4097);
  if (!alignedGood(block, 4096, 4097)) return 2;
  if (malloc_usable_size(block) >= 16000) return 3;
  free(block);
  if (!caseValid()) return 4;
  return 0;
};

/** For each alignment to 16 KiB, eight blocks of 13 times the alignment at once. */
export const malloc_aligned6 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 16384; alignment = alignment << 1) {
    for (let index: i32 = 0; index < 8; index++) {
      const block: i32 = aligned_alloc(alignment, alignment * 13);
      if (!alignedGood(block, alignment, alignment * 13)) return 2;
      ledgerEnter(ledger, index, block, alignment * 13);
    }
    if (!ledgerFreeEvery(ledger, 0, 1, 8)) return 3;
    if (!caseValid()) return 4;
  }
  if (!snapshotRestored(ledger, 0)) return 5;
  return 0;
};

/** A small block with an alignment of 64 KiB. */
export const malloc_aligned7 = (start: i32, size: i32): i32 => alignedOne(start, size, 0x10000, 1024);

/** A small block with each alignment from 64 KiB to 1 MiB. */
export const malloc_aligned8 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let alignment: i32 = 0x10000; alignment <= 0x100000; alignment = alignment << 1) {
    const block: i32 = aligned_alloc(alignment, 1024);
    if (!alignedGood(block, alignment, 1024)) return 2;
    caseStamp(block, 1024, alignment);
    if (!caseValid()) return 3;
    if (!caseStamped(block, 1024, alignment)) return 4;
    free(block);
  }
  if (!caseValid()) return 5;
  return 0;
};

const alignedSizeOf = (index: i32): i32 => {
  if (index === 0) return 8;
  if (index === 1) return 512;
  if (index === 2) return 0x40000;
  if (index === 3) return 0x4000;
  if (index === 4) return 0x4001;
  if (index === 5) return 0x8000;
  if (index === 6) return 0x20000;
  return 0;
};

/** Eight sizes from 0 to 256 KiB live at once, for each alignment to 128 KiB. */
export const malloc_aligned9 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x20000; alignment = alignment << 1) {
    for (let index: i32 = 0; index < 8; index++) {
      const bytes: i32 = alignedSizeOf(index);
      const block: i32 = aligned_alloc(alignment, bytes);
      if (!alignedGood(block, alignment, bytes)) return 2;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!caseValid()) return 3;
    if (!ledgerFreeEvery(ledger, 0, 1, 8)) return 4;
  }
  if (!caseValid()) return 5;
  if (!snapshotRestored(ledger, 0)) return 6;
  return 0;
};

/** Each alignment to 1 KiB with 43 bytes more, all at once, freed last in first out. */
export const malloc_aligned10 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let order: i32 = 0; order <= 10; order++) {
    const bytes: i32 = 43 + (1 << order);
    const block: i32 = aligned_alloc(1 << order, bytes);
    if (!alignedGood(block, 1 << order, bytes)) return 2;
    ledgerEnter(ledger, order, block, bytes);
  }
  for (let order: i32 = 10; order >= 0; order--) {
    if (!ledgerFree(ledger, order)) return 3;
  }
  if (!caseValid()) return 4;
  return 0;
};

/** A block of a third of the heap, of an odd size, with an alignment of 8. */
export const malloc_aligned11 = (start: i32, size: i32): i32 =>
  alignedOne(start, size, 8, divide(caseHeapSize(start, size), 3) | 1);

/** A size that equals its alignment. */
export const malloc_aligned12 = (start: i32, size: i32): i32 => alignedOne(start, size, 0x100, 0x100);

/** Every size to 2 KiB with every alignment up to the size, ten blocks at once for some. */
export const malloc_aligned13 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  for (let bytes: i32 = 1; bytes <= 2048; bytes += 7) {
    for (let alignment: i32 = 1; alignment <= bytes; alignment = alignment << 1) {
      for (let index: i32 = 0; index < 10; index++) {
        const block: i32 = aligned_alloc(alignment, bytes);
        if (!alignedGood(block, alignment, bytes)) return 2;
        ledgerEnter(ledger, index, block, bytes);
      }
      if (!ledgerFreeEvery(ledger, 0, 1, 10)) return 3;
    }
  }
  if (!caseValid()) return 4;
  return 0;
};

/** Aligned at an offset of 0 into the block. */
export const malloc_aligned_at1 = (start: i32, size: i32): i32 => alignedOne(start, size, 32, 48);

/** An address whose offset 8 is aligned to 32: the caller takes 24 bytes more and starts there. */
export const malloc_aligned_at2 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const block: i32 = aligned_alloc(32, 50 + 24);
  if (!alignedGood(block, 32, 50 + 24)) return 2;
  const inner: i32 = (block + 24) | 0;
  if (((inner + 8) & 31) !== 0) return 3;
  caseStamp(inner, 50, 1);
  if (!caseStamped(inner, 50, 1)) return 4;
  free(block);
  if (!caseValid()) return 5;
  return 0;
};

/** memalign, again and again. */
export const memalign1 = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let round: i32 = 0; round < 8; round++) {
    const block: i32 = memalign(16, 8);
    if (!alignedGood(block, 16, 8)) return 2;
    free(block);
  }
  if (!caseValid()) return 3;
  return 0;
};

/** 0 is no alignment. */
export const aligned_alignment_zero = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  if (aligned_alloc(0, 16) !== 0) return 2;
  if (aligned_alloc(0, 0) !== 0) return 3;
  if (memalign(0, 16) !== 0) return 4;
  if (memalign(0, 0x20000) !== 0) return 5;
  if (!caseValid()) return 6;
  return 0;
};

/** What is no power of two is no alignment. */
export const aligned_alignment_not_power_of_two = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let alignment: i32 = 3; alignment < 5000; alignment++) {
    if ((alignment & (alignment - 1)) !== 0) {
      if (aligned_alloc(alignment, 16) !== 0) return 2;
      if (memalign(alignment, 5000) !== 0) return 3;
    }
  }
  if (aligned_alloc(0xffffffff, 16) !== 0) return 4;
  if (aligned_alloc(0xfffffff0, 16) !== 0) return 5;
  if (aligned_alloc(0x80000001, 16) !== 0) return 6;
  if (aligned_alloc(0xc0000000, 16) !== 0) return 7;
  if (!caseValid()) return 8;
  const block: i32 = aligned_alloc(64, 16);
  if (!alignedGood(block, 64, 16)) return 9;
  free(block);
  return 0;
};

/** No address of the region is a multiple of an alignment that its bounds lie strictly between two multiples of. */
export const aligned_alignment_larger_than_region = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const end: i32 = (start + caseHeapSize(start, size)) | 0;
  for (let shift: i32 = 20; shift < 32; shift++) {
    const alignment: i32 = 1 << shift;
    const last: i32 = (end - 1) & (0 - alignment);
    const block: i32 = aligned_alloc(alignment, 16);
    if (block !== 0 && !alignedGood(block, alignment, 16)) return 2;
    // `last` is the highest multiple below the region's end
    if (lessThan(last, start) && block !== 0) return 3;
    free(block);
    if (aligned_alloc(alignment, size) !== 0) return 4;
    if (aligned_alloc(alignment, 0xffffffff) !== 0) return 5;
    if (aligned_alloc(alignment, (0 - alignment) | 0) !== 0) return 6;
  }
  if (!caseValid()) return 7;
  return 0;
};

/** A size and an alignment whose sum wraps. */
export const aligned_overflow = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  for (let shift: i32 = 1; shift < 32; shift++) {
    const alignment: i32 = 1 << shift;
    if (aligned_alloc(alignment, 0xffffffff) !== 0) return 2;
    if (aligned_alloc(alignment, (0 - alignment) | 0) !== 0) return 3;
    if (aligned_alloc(alignment, (0 - alignment + 1) | 0) !== 0) return 4;
    if (aligned_alloc(alignment, 0xfffff001) !== 0) return 5;
    if (memalign(alignment, 0xffffffff) !== 0) return 6;
  }
  if (aligned_alloc(0x80000000, 0x80000000) !== 0) return 7;
  if (!caseValid()) return 8;
  return 0;
};

/** Every power of two to a quarter of the region, with sizes below, at and above the alignment. */
export const aligned_every_alignment = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 1; alignment <= 0x100000; alignment = alignment << 1) {
    for (let kind: i32 = 0; kind < 6; kind++) {
      let bytes: i32 = 0;
      if (kind === 1) bytes = 1;
      if (kind === 2) bytes = alignment - 1;
      if (kind === 3) bytes = alignment;
      if (kind === 4) bytes = alignment + 1;
      if (kind === 5) bytes = alignment + (alignment >> 1);
      const block: i32 = aligned_alloc(alignment, bytes);
      if (!alignedGood(block, alignment, bytes)) return 2;
      if (!caseInside(block, malloc_usable_size(block), start, caseHeapSize(start, size))) return 3;
      ledgerEnter(ledger, kind, block, bytes);
      // Larger ones alone, smaller ones together
      if (alignment >= 0x20000 && !ledgerFree(ledger, kind)) return 4;
    }
    if (!ledgerFreeEvery(ledger, 0, 1, 6)) return 5;
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** As many aligned blocks as there is room for: all aligned, none in another, and the memory comes back. */
export const aligned_exhaustion = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let alignment: i32 = 64; alignment <= 0x40000; alignment = alignment << 2) {
    let count: i32 = 0;
    let block: i32 = aligned_alloc(alignment, 1000);
    while (block !== 0) {
      if (!alignedGood(block, alignment, 1000)) return 2;
      ledgerEnter(ledger, count, block, 1000);
      count++;
      block = aligned_alloc(alignment, 1000);
    }
    // The heap holds at least half of the multiples that lie in it.
    if (alignment >= 4096 && count < divide(caseHeapSize(start, size) >>> 1, alignment)) return 3;
    if (alignment < 4096 && count < 1000) return 4;
    if (!ledgerAllIntact(ledger, count)) return 5;
    if (!caseValid()) return 6;
    if (!ledgerFreeEvery(ledger, 0, 2, count)) return 7;
    if (!ledgerFreeEvery(ledger, 1, 2, count)) return 8;
    if (!caseValid()) return 9;
  }
  if (!snapshotRestored(ledger, 0)) return 10;
  return 0;
};

/** Random alignments and sizes among ordinary blocks. */
export const aligned_random = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 6000; round++) {
    random = caseRandom(random);
    const index: i32 = random & 127;
    if (!ledgerFree(ledger, index)) return 2;
    const bytes: i32 = remainder(random >>> 12, 3000);
    if ((random & 0x80) === 0) {
      const block: i32 = malloc(bytes);
      if (!caseGood(block, bytes)) return 3;
      ledgerEnter(ledger, index, block, bytes);
    } else {
      const alignment: i32 = 1 << remainder(random >>> 8, 15);
      const block: i32 = aligned_alloc(alignment, bytes);
      if (!alignedGood(block, alignment, bytes)) return 4;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (remainder(round, 1000) === 0 && !caseValid()) return 5;
  }
  if (!ledgerFreeEvery(ledger, 0, 1, 128)) return 6;
  if (!caseValid()) return 7;
  if (!snapshotRestored(ledger, 0)) return 8;
  return 0;
};

/** Every alignment but 1 and 2 that a type has, and every size: the ordinary 16 bytes hold for all. */
export const aligned_small_is_sixteen = (start: i32, size: i32): i32 => {
  if (heap_init(start, size) === 0) return 1;
  for (let alignment: i32 = 1; alignment <= 16; alignment = alignment << 1) {
    for (let bytes: i32 = 0; bytes < 300; bytes++) {
      const block: i32 = aligned_alloc(alignment, bytes);
      if (!alignedGood(block, 16, bytes)) return 2;
      free(block);
    }
  }
  if (!caseValid()) return 3;
  return 0;
};
