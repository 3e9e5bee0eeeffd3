/**
 * What the cases lean on: a pattern to write into blocks, a ledger of live blocks that lies outside the heap, and
 * a comparison of the buddy's state before and after. None of it knows how the heap works.
 */

import {
  aligned_alloc, free, heap_check, heap_init, heap_stats, heap_trim, malloc, malloc_usable_size, realloc,
} from '../../../kernel-heap/index.ts';
import { fill, lessThan, load, load8, store, store8 } from '../../../kernel-heap/memory.ts';
import { STATS_FREE_SPANS_OFFSET, STATS_ORDER_COUNT, STATS_SIZE } from '../../../kernel-heap/stats-layout.ts';

/** Bytes at the end of a case's region that stay out of the heap and hold the case's ledger and snapshots. */
export const CASE_LEDGER_SIZE: i32 = 0x40000;

/** Most bytes of a heap: blocks of 150 bytes and more fill it before the ledger is full. */
const CASE_HEAP_SIZE_MAX: i32 = 0x3c0000;

/** Most entries a ledger holds; the rest of its bytes is room for snapshots. */
export const CASE_LEDGER_ENTRIES: i32 = 0x7000;

/** The seed that every random case starts from; the cases are the same on every run and every target. */
export const CASE_SEED: i32 = 0x2545f491;

// Regions

/** Address of the ledger of the region; the heap ends before it. */
export const caseLedger = (start: i32, size: i32): i32 => ((start + size - CASE_LEDGER_SIZE) & -16) | 0;

/** Bytes of the heap that caseBegin makes: the region without the ledger, at most what the ledger has entries for. */
export const caseHeapSize = (start: i32, size: i32): i32 => {
  const available: i32 = (caseLedger(start, size) - start) | 0;
  return lessThan(CASE_HEAP_SIZE_MAX, available) ? CASE_HEAP_SIZE_MAX : available;
};

/** A heap in the region, before the ledger, which is cleared. 1 if the heap refused the memory, else 0. */
export const caseBegin = (start: i32, size: i32): i32 => {
  fill(caseLedger(start, size), 0, CASE_LEDGER_SIZE);
  return heap_init(start, caseHeapSize(start, size)) === 0 ? 1 : 0;
};

/** Whether [address, address + size) lies in the `regionSize` bytes from `start` on, which may end at 2^32. */
export const caseInside = (address: i32, size: i32, start: i32, regionSize: i32): boolean => {
  const offset: i32 = (address - start) | 0;
  if (lessThan(regionSize, offset)) return false;
  return !lessThan((regionSize - offset) | 0, size);
};

// Patterns

/** The word of the pattern `seed` at `offset`; neighbouring seeds and offsets share no bits to speak of. */
const casePattern = (seed: i32, offset: i32): i32 => {
  const mixed: i32 = Math.imul((seed + Math.imul(offset, 0x2c1b3c6d)) | 0, 0x297a2d39);
  return mixed ^ (mixed >>> 15);
};

/** The byte at `offset` of the pattern `seed`, as a little-endian store of its words leaves it. */
const casePatternByte = (seed: i32, offset: i32): i32 => (casePattern(seed, offset & -4) >>> ((offset & 3) << 3)) & 255;

/** Writes the pattern `seed` into all `size` bytes from `address` on. */
export const caseStamp = (address: i32, size: i32, seed: i32): void => {
  const words: i32 = size & -4;
  let offset: i32 = 0;
  while (offset !== words) {
    store((address + offset) | 0, casePattern(seed, offset));
    offset = (offset + 4) | 0;
  }
  while (offset !== size) {
    store8((address + offset) | 0, casePatternByte(seed, offset));
    offset = (offset + 1) | 0;
  }
};

/** Whether the first `size` bytes from `address` on still hold the pattern `seed`. */
export const caseStamped = (address: i32, size: i32, seed: i32): boolean => {
  const words: i32 = size & -4;
  let offset: i32 = 0;
  while (offset !== words) {
    if (load((address + offset) | 0) !== casePattern(seed, offset)) return false;
    offset = (offset + 4) | 0;
  }
  while (offset !== size) {
    if (load8((address + offset) | 0) !== casePatternByte(seed, offset)) return false;
    offset = (offset + 1) | 0;
  }
  return true;
};

/** Whether all `size` bytes from `address` on are zero. */
export const caseZeroed = (address: i32, size: i32): boolean => {
  const words: i32 = size & -4;
  let offset: i32 = 0;
  while (offset !== words) {
    if (load((address + offset) | 0) !== 0) return false;
    offset = (offset + 4) | 0;
  }
  while (offset !== size) {
    if (load8((address + offset) | 0) !== 0) return false;
    offset = (offset + 1) | 0;
  }
  return true;
};

// Random numbers

/** The number after `state` in a sequence of 2^32 - 1 of them (xorshift); never 0. */
export const caseRandom = (state: i32): i32 => {
  let next: i32 = state;
  next = (next ^ (next << 13)) | 0;
  next = (next ^ (next >>> 17)) | 0;
  next = (next ^ (next << 5)) | 0;
  return next;
};

// The ledger: 8 bytes an entry, the block's address (0 = none) and its size; the entry's index is the block's pattern

/** The block of entry `index`; 0 = none. */
export const ledgerBlock = (ledger: i32, index: i32): i32 => load((ledger + (index << 3)) | 0);

/** The size that the block of entry `index` was asked for. */
export const ledgerBlockSize = (ledger: i32, index: i32): i32 => load((ledger + (index << 3) + 4) | 0);

/** Enters a block of `size` bytes (0: no block) and stamps it. */
export const ledgerEnter = (ledger: i32, index: i32, block: i32, size: i32): void => {
  store((ledger + (index << 3)) | 0, block);
  store((ledger + (index << 3) + 4) | 0, size);
  if (block !== 0) caseStamp(block, size, index);
};

/** Whether entry `index` has no block, or one whose bytes are all as they were stamped. */
export const ledgerIntact = (ledger: i32, index: i32): boolean => {
  const block: i32 = ledgerBlock(ledger, index);
  if (block === 0) return true;
  return caseStamped(block, ledgerBlockSize(ledger, index), index);
};

/** Whether the blocks of entries [0, count) are intact. */
export const ledgerAllIntact = (ledger: i32, count: i32): boolean => {
  for (let index: i32 = 0; index < count; index++) {
    if (!ledgerIntact(ledger, index)) return false;
  }
  return true;
};

/** Frees the block of entry `index` and clears the entry. False if the block was damaged. */
export const ledgerFree = (ledger: i32, index: i32): boolean => {
  const intact: boolean = ledgerIntact(ledger, index);
  const block: i32 = ledgerBlock(ledger, index);
  store((ledger + (index << 3)) | 0, 0);
  free(block);
  return intact;
};

/** Frees the blocks of entries first, first + step, … below count. False if one was damaged. */
export const ledgerFreeEvery = (ledger: i32, first: i32, step: i32, count: i32): boolean => {
  let intact: boolean = true;
  for (let index: i32 = first; index < count; index += step) {
    if (!ledgerFree(ledger, index)) intact = false;
  }
  return intact;
};

/** Allocates blocks of `size` bytes into entries from `first` on until the heap is exhausted; the number of entries. */
export const ledgerExhaust = (ledger: i32, first: i32, size: i32): i32 => {
  let index: i32 = first;
  while (index < CASE_LEDGER_ENTRIES) {
    const block: i32 = malloc(size);
    if (block === 0) return index;
    ledgerEnter(ledger, index, block, size);
    index++;
  }
  return index;
};

// Snapshots

/** Address of the space for snapshot `index`, 0 to 3, behind the ledger's entries. */
export const caseSnapshot = (ledger: i32, index: i32): i32 =>
  (ledger + (CASE_LEDGER_ENTRIES << 3) + index * STATS_SIZE) | 0;

/** Gives back what the heap holds in reserve, and writes its statistics to snapshot `index`. */
export const snapshotTake = (ledger: i32, index: i32): void => {
  heap_trim();
  heap_stats(caseSnapshot(ledger, index));
};

/** Whether the free spans of every order, now that empty pages are given back, are as many as in snapshot `index`. */
export const snapshotRestored = (ledger: i32, index: i32): boolean => {
  const before: i32 = (caseSnapshot(ledger, index) + STATS_FREE_SPANS_OFFSET) | 0;
  const after: i32 = (caseSnapshot(ledger, 3) + STATS_FREE_SPANS_OFFSET) | 0;
  snapshotTake(ledger, 3);
  for (let order: i32 = 0; order < STATS_ORDER_COUNT; order++) {
    if (load((before + (order << 2)) | 0) !== load((after + (order << 2)) | 0)) return false;
  }
  return true;
};

// Calls that other allocators bring and this contract leaves to its callers, made of its own

/** The bytes of the largest block that the heap can give now, to the frame; found by trying, leaves nothing behind. */
export const caseLargest = (sizeMax: i32): i32 => {
  let low: i32 = 0;
  let high: i32 = sizeMax >>> 12;
  while (low < high) {
    const middle: i32 = (low + high + 1) >> 1;
    const block: i32 = malloc(middle << 12);
    if (block === 0) {
      high = middle - 1;
    } else {
      free(block);
      low = middle;
    }
  }
  return low << 12;
};

/** A zeroed block of `size` bytes aligned to `alignment`; 0 when there is no memory. */
export const caseZeroedAligned = (alignment: i32, size: i32): i32 => {
  const block: i32 = aligned_alloc(alignment, size);
  if (block !== 0) fill(block, 0, size);
  return block;
};

/** realloc() that zeroes what it adds to a block of `oldSize` bytes; 0 when there is no memory. */
export const caseReallocZeroed = (block: i32, oldSize: i32, size: i32): i32 => {
  const grown: i32 = realloc(block, size);
  if (grown !== 0 && lessThan(oldSize, size)) fill((grown + oldSize) | 0, 0, (size - oldSize) | 0);
  return grown;
};

/** Whether a block of `size` bytes is what malloc() promises: there, aligned, large enough. */
export const caseGood = (block: i32, size: i32): boolean => {
  if (block === 0) return false;
  if ((block & 15) !== 0) return false;
  return !lessThan(malloc_usable_size(block), size);
};

/** Whether the heap finds all its invariants intact. */
export const caseValid = (): boolean => heap_check() === 0;
