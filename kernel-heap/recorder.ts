/**
 * Floor 2: the recorder. It is told of each allocation and each free of any allocator, ours or another, and says at the
 * end whether they match: leaks, double frees, frees of what was no block, of another size or another alignment.
 *
 * A recording has a constant size and needs no memory besides. Three sums of 128 bits decide, which do not depend on the
 * order (mockalloc by Diggory Blake has them); a small invertible Bloom look-up table (Goodrich and Mitzenmacher,
 * "Invertible Bloom Lookup Tables", 2011) names the blocks that are left over, as long as there are not many more than
 * 30. Everything in a recording is a sum, so that the recordings of several threads can be added up.
 *
 * Cost: O(recordings around it) for each allocation and free.
 */

import { copy, fill, lessThan, load, multiplyHigh, remainder, store } from './memory.ts';
import {
  CELL_ALIGNMENT_OFFSET, CELL_BYTES_OFFSET, CELL_CHECK_OFFSET, CELL_COLUMNS, CELL_COLUMN_SHIFT, CELL_NET_OFFSET,
  CELL_PTR_OFFSET, CELL_ROWS, CELL_SIZE, FOUND_ALIGNMENT_OFFSET, FOUND_BYTES_OFFSET, FOUND_MAX, FOUND_NET_OFFSET,
  FOUND_PTR_OFFSET, FOUND_SIZE, RECORDED_BAD_ALIGNMENT, RECORDED_BAD_PTR, RECORDED_BAD_SIZE, RECORDED_DOUBLE_FREE,
  RECORDED_EARLY_FREE, RECORDED_LEAK, RECORDED_NO_DATA, RECORDED_TOO_MANY, RECORDING_ALIGNMENT_SUM_OFFSET,
  RECORDING_ALLOCS_OFFSET, RECORDING_ALLOC_BYTES_OFFSET, RECORDING_CELLS_OFFSET, RECORDING_EARLY_OFFSET,
  RECORDING_EARLY_PTR_OFFSET, RECORDING_ERRORS_OFFSET, RECORDING_FOUND_OFFSET, RECORDING_FREES_OFFSET,
  RECORDING_FREE_BYTES_OFFSET, RECORDING_LIVE_BYTES_OFFSET, RECORDING_LIVE_OFFSET, RECORDING_PARENT_OFFSET,
  RECORDING_PEAK_BLOCKS_OFFSET, RECORDING_PEAK_BYTES_OFFSET, RECORDING_POINTER_SUM_OFFSET, RECORDING_SEEN_OFFSET,
  RECORDING_SIZE, RECORDING_SIZE_SUM_OFFSET, SEEN_BIT_SHIFT, SEEN_SIZE, SUM_SIZE,
} from './recording-layout.ts';

let recording: i32 = 0;

/** The recording that is going on; 0 = none. */
export const recordingCurrent = (): i32 => recording;

/** Goes on with `other`, 0 = none. Returns the recording that was going on. */
export const recordingSwitch = (other: i32): i32 => {
  const before: i32 = recording;
  recording = other;
  return before;
};

// Numbers of 64 and 128 bits, low word first

/** 1 if `a` is below `b`, unsigned: what is carried or borrowed. */
const below = (a: i32, b: i32): i32 => {
  if (lessThan(a, b)) return 1;
  return 0;
};

/** Adds the 64-bit number `high`:`low` to the number in [address, end), modulo its width. */
const numberAdd = (address: i32, end: i32, low: i32, high: i32): void => {
  store(address, load(address) + low);
  const carry: i32 = below(load(address), low);
  store(address + 4, load(address + 4) + high);
  let over: i32 = below(load(address + 4), high);
  store(address + 4, load(address + 4) + carry);
  over += below(load(address + 4), carry);
  for (let at: i32 = address + 8; at != end; at += 4) {
    store(at, load(at) + over);
    over = below(load(at), over);
  }
};

/** Subtracts the 64-bit number `high`:`low` from the number in [address, end), modulo its width. */
const numberSubtract = (address: i32, end: i32, low: i32, high: i32): void => {
  const borrow: i32 = below(load(address), low);
  store(address, load(address) - low);
  let under: i32 = below(load(address + 4), high);
  store(address + 4, load(address + 4) - high);
  under += below(load(address + 4), borrow);
  store(address + 4, load(address + 4) - borrow);
  for (let at: i32 = address + 8; at != end; at += 4) {
    const before: i32 = load(at);
    store(at, before - under);
    under = below(before, under);
  }
};

/** Adds a * b to the sum of 128 bits at `sum` if `sign` is 1, subtracts it if -1. */
const sumChange = (sum: i32, a: i32, b: i32, sign: i32): void => {
  if (sign == 1) numberAdd(sum, sum + SUM_SIZE, Math.imul(a, b), multiplyHigh(a, b));
  else numberSubtract(sum, sum + SUM_SIZE, Math.imul(a, b), multiplyHigh(a, b));
};

/** Adds the number of 64 bits, or 128 if `wide`, at `from` to that at `to`. */
const numberJoin = (to: i32, from: i32, wide: boolean): void => {
  if (!wide) {
    numberAdd(to, to + 8, load(from), load(from + 4));
    return;
  }
  numberAdd(to, to + SUM_SIZE, load(from), load(from + 4));
  numberAdd(to + 8, to + SUM_SIZE, load(from + 8), load(from + 12));
};

const isZero = (sum: i32): boolean =>
  (load(sum) | load(sum + 4) | load(sum + 8) | load(sum + 12)) == 0;

/** Adds `amount` to the word at `address`. */
const wordAdd = (address: i32, amount: i32): void => {
  store(address, load(address) + amount);
};

// Which block: the cells, and the filter

/** A hash of `ptr`, another one for each `row`; the finaliser of MurmurHash3 (Appleby, public domain). */
const hashOf = (ptr: i32, row: i32): i32 => {
  let hash: i32 = ptr ^ Math.imul(row + 1, 0x9e3779b9);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** The cell of `ptr` in `row`. */
const cellOf = (record: i32, ptr: i32, row: i32): i32 => {
  const column: i32 = hashOf(ptr, row) >>> (32 - CELL_COLUMN_SHIFT);
  return record + RECORDING_CELLS_OFFSET + Math.imul((row << CELL_COLUMN_SHIFT) + column, CELL_SIZE);
};

/** Counts the block in its cells, `sign` times. */
const cellsChange = (record: i32, ptr: i32, size: i32, alignment: i32, sign: i32): void => {
  for (let row: i32 = 0; row != CELL_ROWS; row++) {
    const cell: i32 = cellOf(record, ptr, row);
    wordAdd(cell + CELL_NET_OFFSET, sign);
    wordAdd(cell + CELL_PTR_OFFSET, Math.imul(sign, ptr));
    wordAdd(cell + CELL_CHECK_OFFSET, Math.imul(sign, hashOf(ptr, CELL_ROWS)));
    wordAdd(cell + CELL_BYTES_OFFSET, Math.imul(sign, size));
    wordAdd(cell + CELL_ALIGNMENT_OFFSET, Math.imul(sign, alignment));
  }
};

/** Whether a block at `ptr` may be live: no cell of its says that it holds no live block. */
const mayBeLive = (record: i32, ptr: i32): boolean => {
  for (let row: i32 = 0; row != CELL_ROWS; row++) {
    if (load(cellOf(record, ptr, row) + CELL_NET_OFFSET) <= 0) return false;
  }
  return true;
};

/** The word of the filter that has the bit of `hash`, and that bit. */
const seenWord = (record: i32, hash: i32): i32 =>
  record + RECORDING_SEEN_OFFSET + (hash >>> (32 - SEEN_BIT_SHIFT) >>> 5 << 2);
const seenBit = (hash: i32): i32 => 1 << (hash >>> (32 - SEEN_BIT_SHIFT) & 31);

/** Remembers that a block was allocated at `ptr`. */
const seenSet = (record: i32, ptr: i32): void => {
  for (let row: i32 = 0; row != CELL_ROWS; row++) {
    const hash: i32 = hashOf(ptr, CELL_ROWS + 1 + row);
    const word: i32 = seenWord(record, hash);
    store(word, load(word) | seenBit(hash));
  }
};

/** Whether a block was allocated at `ptr`; with hundreds of them, it may be said of others. */
const seenTest = (record: i32, ptr: i32): boolean => {
  for (let row: i32 = 0; row != CELL_ROWS; row++) {
    const hash: i32 = hashOf(ptr, CELL_ROWS + 1 + row);
    if ((load(seenWord(record, hash)) & seenBit(hash)) == 0) return false;
  }
  return true;
};

// Recording

/** Adds the block to all three sums and to the cells, `sign` times. */
const blockChange = (record: i32, ptr: i32, size: i32, alignment: i32, sign: i32): void => {
  sumChange(record + RECORDING_POINTER_SUM_OFFSET, ptr, 1, sign);
  sumChange(record + RECORDING_SIZE_SUM_OFFSET, ptr, size, sign);
  sumChange(record + RECORDING_ALIGNMENT_SUM_OFFSET, ptr, alignment, sign);
  cellsChange(record, ptr, size, alignment, sign);
};

/** Whether there are now more bytes live than ever before. */
const isPeak = (record: i32): boolean => {
  const high: i32 = load(record + RECORDING_LIVE_BYTES_OFFSET + 4);
  const peak: i32 = load(record + RECORDING_PEAK_BYTES_OFFSET + 4);
  if (high != peak) return peak < high; // signed: more may have been freed than allocated
  return lessThan(load(record + RECORDING_PEAK_BYTES_OFFSET), load(record + RECORDING_LIVE_BYTES_OFFSET));
};

/** Tells `record` and those around it that `ptr`, `size` bytes aligned to `alignment` bytes, was allocated; 0 was not. */
export const recordAlloc = (record: i32, ptr: i32, size: i32, alignment: i32): void => {
  if (ptr == 0) return;
  for (let each: i32 = record; each != 0; each = load(each + RECORDING_PARENT_OFFSET)) {
    blockChange(each, ptr, size, alignment, 1);
    seenSet(each, ptr);
    wordAdd(each + RECORDING_ALLOCS_OFFSET, 1);
    wordAdd(each + RECORDING_LIVE_OFFSET, 1);
    numberAdd(each + RECORDING_ALLOC_BYTES_OFFSET, each + RECORDING_ALLOC_BYTES_OFFSET + 8, size, 0);
    numberAdd(each + RECORDING_LIVE_BYTES_OFFSET, each + RECORDING_LIVE_BYTES_OFFSET + 8, size, 0);
    if (isPeak(each)) {
      copy(each + RECORDING_PEAK_BYTES_OFFSET, each + RECORDING_LIVE_BYTES_OFFSET, 8);
      store(each + RECORDING_PEAK_BLOCKS_OFFSET, load(each + RECORDING_LIVE_OFFSET));
    }
  }
};

/** Tells them that `ptr` was freed as a block of `size` bytes aligned to `alignment` bytes; 0 is nothing. */
export const recordFree = (record: i32, ptr: i32, size: i32, alignment: i32): void => {
  if (ptr == 0) return;
  for (let each: i32 = record; each != 0; each = load(each + RECORDING_PARENT_OFFSET)) {
    if (!mayBeLive(each, ptr)) {
      if (load(each + RECORDING_EARLY_OFFSET) == 0) store(each + RECORDING_EARLY_PTR_OFFSET, ptr);
      wordAdd(each + RECORDING_EARLY_OFFSET, 1);
    }
    blockChange(each, ptr, size, alignment, -1);
    wordAdd(each + RECORDING_FREES_OFFSET, 1);
    wordAdd(each + RECORDING_LIVE_OFFSET, -1);
    numberAdd(each + RECORDING_FREE_BYTES_OFFSET, each + RECORDING_FREE_BYTES_OFFSET + 8, size, 0);
    numberSubtract(each + RECORDING_LIVE_BYTES_OFFSET, each + RECORDING_LIVE_BYTES_OFFSET + 8, size, 0);
  }
};

/**
 * Begins a recording in the RECORDING_SIZE bytes at `record`, within the one that is going on. If `record` is one of those
 * already, it begins anew, and those within it are over.
 */
export const recordBegin = (record: i32): void => {
  let each: i32 = recording;
  while (each != 0 && each != record) each = load(each + RECORDING_PARENT_OFFSET);
  if (each == record) recordingSwitch(load(record + RECORDING_PARENT_OFFSET));
  fill(record, 0, RECORDING_SIZE);
  store(record + RECORDING_PARENT_OFFSET, recordingSwitch(record));
};

/** Adds up: `record` becomes that of what it and `other`, which has not ended, were told. Peaks are added as well. */
export const recordJoin = (record: i32, other: i32): void => {
  wordAdd(record + RECORDING_ALLOCS_OFFSET, load(other + RECORDING_ALLOCS_OFFSET));
  wordAdd(record + RECORDING_FREES_OFFSET, load(other + RECORDING_FREES_OFFSET));
  wordAdd(record + RECORDING_LIVE_OFFSET, load(other + RECORDING_LIVE_OFFSET));
  wordAdd(record + RECORDING_PEAK_BLOCKS_OFFSET, load(other + RECORDING_PEAK_BLOCKS_OFFSET));
  for (let offset: i32 = RECORDING_ALLOC_BYTES_OFFSET; offset != RECORDING_LIVE_OFFSET; offset += 8) {
    numberJoin(record + offset, other + offset, false);
  }
  for (let offset: i32 = RECORDING_POINTER_SUM_OFFSET; offset != RECORDING_ALIGNMENT_SUM_OFFSET + SUM_SIZE; offset += SUM_SIZE) {
    numberJoin(record + offset, other + offset, true);
  }
  for (let offset: i32 = RECORDING_CELLS_OFFSET; offset != RECORDING_SEEN_OFFSET; offset += 4) {
    wordAdd(record + offset, load(other + offset));
  }
  for (let offset: i32 = RECORDING_SEEN_OFFSET; offset != RECORDING_SEEN_OFFSET + SEEN_SIZE; offset += 4) {
    store(record + offset, load(record + offset) | load(other + offset));
  }
};

// The end

/** Writes the block of `cell`, which is the only one there, where found blocks stand, and takes it out of everything. */
const foundPush = (record: i32, cell: i32, count: i32): void => {
  const net: i32 = load(cell + CELL_NET_OFFSET);
  const ptr: i32 = Math.imul(net, load(cell + CELL_PTR_OFFSET));
  const size: i32 = Math.imul(net, load(cell + CELL_BYTES_OFFSET));
  const alignment: i32 = Math.imul(net, load(cell + CELL_ALIGNMENT_OFFSET));
  if (count < FOUND_MAX) {
    const found: i32 = record + RECORDING_FOUND_OFFSET + Math.imul(count, FOUND_SIZE);
    store(found + FOUND_PTR_OFFSET, ptr);
    store(found + FOUND_BYTES_OFFSET, size);
    store(found + FOUND_ALIGNMENT_OFFSET, alignment);
    store(found + FOUND_NET_OFFSET, net);
  }
  blockChange(record, ptr, size, alignment, 0 - net);
};

/** The RECORDED_ flag of a block that is left over with `net`. */
const leftOver = (record: i32, ptr: i32, net: i32): i32 => {
  if (net == 1) return RECORDED_LEAK;
  if (seenTest(record, ptr)) return RECORDED_DOUBLE_FREE;
  return RECORDED_BAD_PTR;
};

/** Whether `cell`, in `row`, holds one block and no other. */
const isSingle = (record: i32, cell: i32, row: i32): boolean => {
  const net: i32 = load(cell + CELL_NET_OFFSET);
  if (net != 1 && net != -1) return false;
  const ptr: i32 = Math.imul(net, load(cell + CELL_PTR_OFFSET));
  if (cellOf(record, ptr, row) != cell) return false;
  return load(cell + CELL_CHECK_OFFSET) == (Math.imul(net, hashOf(ptr, CELL_ROWS)) | 0);
};

/** Takes every block that is left over out of the recording, as far as they can be told apart. Returns their flags. */
const peel = (record: i32): i32 => {
  let errors: i32 = 0;
  let count: i32 = 0;
  let index: i32 = 0; // of the next cell
  let idle: i32 = 0; // cells in a row that held no single block
  const cells: i32 = Math.imul(CELL_ROWS, CELL_COLUMNS);
  while (idle < cells) {
    const cell: i32 = record + RECORDING_CELLS_OFFSET + Math.imul(index, CELL_SIZE);
    if (isSingle(record, cell, index >>> CELL_COLUMN_SHIFT)) {
      const net: i32 = load(cell + CELL_NET_OFFSET);
      errors = errors | leftOver(record, Math.imul(net, load(cell + CELL_PTR_OFFSET)), net);
      foundPush(record, cell, count);
      count++;
      idle = 0;
    } else {
      idle++;
    }
    index = remainder(index + 1, cells);
  }
  return errors;
};

/** What numbers alone tell, where the blocks that are left over cannot be told apart. */
const totals = (record: i32): i32 => {
  const live: i32 = load(record + RECORDING_LIVE_OFFSET);
  if (live > 0) return RECORDED_LEAK | RECORDED_TOO_MANY;
  if (live < 0) return RECORDED_DOUBLE_FREE | RECORDED_TOO_MANY;
  return RECORDED_BAD_PTR | RECORDED_TOO_MANY;
};

/** Whether all cells have 0 in their word at `offset`. */
const cellsZero = (record: i32, offset: i32): boolean => {
  let cell: i32 = record + RECORDING_CELLS_OFFSET;
  while (cell != record + RECORDING_SEEN_OFFSET) {
    if (load(cell + offset) != 0) return false;
    cell += CELL_SIZE;
  }
  return true;
};

/** Whether each block that is still in the recording was allocated as often as it was freed. */
const isBalanced = (record: i32): boolean =>
  isZero(record + RECORDING_POINTER_SUM_OFFSET) && cellsZero(record, CELL_NET_OFFSET) && cellsZero(record, CELL_CHECK_OFFSET);

/** What is wrong with the sizes and alignments of blocks that were freed as often as they were allocated. */
const layouts = (record: i32): i32 => {
  let errors: i32 = 0;
  if (!isZero(record + RECORDING_SIZE_SUM_OFFSET)) errors = errors | RECORDED_BAD_SIZE;
  if (!isZero(record + RECORDING_ALIGNMENT_SUM_OFFSET)) errors = errors | RECORDED_BAD_ALIGNMENT;
  return errors;
};

/**
 * Ends the recording `record`: the one around it goes on. Returns everything that is wrong, RECORDED_ flags; the same
 * again if it has ended already.
 */
export const recordEnd = (record: i32): i32 => {
  if (recording == record) recordingSwitch(load(record + RECORDING_PARENT_OFFSET));
  if (load(record + RECORDING_ERRORS_OFFSET) != 0) return load(record + RECORDING_ERRORS_OFFSET);
  let errors: i32 = 0;
  if ((load(record + RECORDING_ALLOCS_OFFSET) | load(record + RECORDING_FREES_OFFSET)) == 0) errors = RECORDED_NO_DATA;
  errors = errors | peel(record);
  if (isBalanced(record)) errors = errors | layouts(record);
  else errors = errors | totals(record);
  if (errors == 0 && load(record + RECORDING_EARLY_OFFSET) != 0) errors = RECORDED_EARLY_FREE;
  store(record + RECORDING_ERRORS_OFFSET, errors);
  return errors;
};
