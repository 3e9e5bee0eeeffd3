/** heap_init, heap_add_region and heap_forget: which memory the heap takes, and which it leaves alone. */

import {
  free, heap_add_region, heap_check, heap_forget, heap_init, malloc, malloc_usable_size,
} from '../../../kernel-heap/index.ts';
import { fill, lessThan } from '../../../kernel-heap/memory.ts';
import { HARDENED } from '../../../kernel-heap/profile.ts';
import {
  CASE_LEDGER_SIZE, caseBegin, caseGood, caseHeapSize, caseInside, caseLargest, caseLedger, caseStamp, caseStamped,
  caseValid, ledgerAllIntact, ledgerBlock, ledgerEnter, ledgerExhaust, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** A first frame boundary in the region, with room for a guard before it. */
const regionAligned = (start: i32): i32 => ((start + 4096 + 4095) & -4096) | 0;

/** Bytes that the ledger's blocks from `first` to `count` were asked for in all. */
const regionHandedOut = (ledger: i32, first: i32, count: i32, each: i32): i32 => {
  let bytes: i32 = 0;
  for (let index: i32 = first; index < count; index++) {
    if (ledgerBlock(ledger, index) !== 0) bytes += each;
  }
  return bytes;
};

/** A start that is a multiple of nothing: blocks are aligned, and the bytes before and behind the region stay. */
export const init_unaligned_start = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const bytes: i32 = 0x40000;
  for (let offset: i32 = 0; offset < 40; offset++) {
    const from: i32 = (regionAligned(start) + offset) | 0;
    const length: i32 = bytes - offset * 3;
    fill(ledger, 0, CASE_LEDGER_SIZE);
    caseStamp((from - 64) | 0, 64, 1);
    caseStamp((from + length) | 0, 64, 2);
    const frames: i32 = heap_init(from, length);
    if (frames === 0) return 1;
    if (frames * 4096 > length) return 2;
    const count: i32 = ledgerExhaust(ledger, 0, 3000);
    // No more than the frames at the two ends is lost, and what the heap needs for itself.
    if (count * 3000 < (length >> 1)) return 3;
    for (let index: i32 = 0; index < count; index++) {
      const block: i32 = ledgerBlock(ledger, index);
      if (!caseGood(block, 3000)) return 4;
      if (!caseInside(block, malloc_usable_size(block), from, length)) return 5;
    }
    if (!caseValid()) return 6;
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 7;
    if (!caseStamped((from - 64) | 0, 64, 1)) return 8;
    if (!caseStamped((from + length) | 0, 64, 2)) return 9;
    heap_forget();
  }
  return 0;
};

/** A region without room for a frame is refused and not touched; the heap can be made elsewhere afterwards. */
export const init_tiny = (start: i32, size: i32): i32 => {
  const from: i32 = regionAligned(start);
  caseStamp(from, 8192, 1);
  if (heap_init(from, 1) !== 0) return 1;
  if (heap_init(from, 15) !== 0) return 2;
  if (heap_init(from, 100) !== 0) return 3;
  if (heap_init(from, 4095) !== 0) return 4;
  // Two frames long, and yet without a whole one
  if (heap_init((from + 1) | 0, 4096) !== 0) return 5;
  if (!caseStamped(from, 8192, 1)) return 6;
  if (caseBegin(start, size) !== 0) return 7;
  const block: i32 = malloc(100);
  if (!caseGood(block, 100)) return 8;
  free(block);
  if (!caseValid()) return 9;
  return 0;
};

/** One frame: refused, or a heap that works as far as it goes. */
export const init_one_frame = (start: i32, size: i32): i32 => {
  const from: i32 = regionAligned(start);
  caseStamp((from - 64) | 0, 64, 1);
  caseStamp((from + 4096) | 0, 64, 2);
  const frames: i32 = heap_init(from, 4096);
  if (frames > 1) return 1;
  if (frames === 1) {
    if (!caseValid()) return 2;
    const block: i32 = malloc(16);
    if (block !== 0 && !caseInside(block, 16, from, 4096)) return 3;
    if (malloc(4096) !== 0) return 4;
    free(block);
    if (!caseValid()) return 5;
    heap_forget();
  }
  if (!caseStamped((from - 64) | 0, 64, 1)) return 6;
  if (!caseStamped((from + 4096) | 0, 64, 2)) return 7;
  if (caseBegin(start, size) !== 0) return 8;
  return 0;
};

/** Every size from one frame to 64: once a size is enough, all larger ones are, and a little memory makes a heap. */
export const init_small = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  let accepted: i32 = 0;
  for (let bytes: i32 = 4096; bytes <= 0x40000; bytes += 1024) {
    fill(ledger, 0, CASE_LEDGER_SIZE);
    caseStamp((from + bytes) | 0, 64, 3);
    const frames: i32 = heap_init(from, bytes);
    if (frames === 0 && accepted !== 0) return 1;
    if (frames !== 0) {
      if (accepted === 0) accepted = bytes;
      if (frames > bytes >> 12) return 2;
      if (!caseValid()) return 3;
      const count: i32 = ledgerExhaust(ledger, 0, 100);
      if (bytes >= 0x4000 && count === 0) return 4;
      if (!ledgerAllIntact(ledger, count)) return 5;
      for (let index: i32 = 0; index < count; index++) {
        if (!caseInside(ledgerBlock(ledger, index), 100, from, bytes)) return 6;
      }
      if (!caseValid()) return 7;
      if (!ledgerFreeEvery(ledger, 0, 1, count)) return 8;
      heap_forget();
    }
    if (!caseStamped((from + bytes) | 0, 64, 3)) return 9;
  }
  // A heap for a few objects takes a few frames.
  if (accepted === 0 || accepted > 0x4000) return 10;
  return 0;
};

/** A region whose end wraps is refused, and so is one that wraps around all of the memory. */
export const init_wraps = (start: i32, size: i32): i32 => {
  if (heap_init(0xfffff000, 0x2000) !== 0) return 1;
  if (heap_init(0xffffffff, 0x10000) !== 0) return 2;
  if (heap_init(0x80000000, 0x80001000) !== 0) return 3;
  if (heap_init(0xffff0000, 0xffff0000) !== 0) return 4;
  // The end comes out one frame behind the beginning of the address space.
  if (heap_init(start, (0 - start + 4096) | 0) !== 0) return 5;
  if (heap_init(start, 0xffffffff) !== 0) return 6;
  if (caseBegin(start, size) !== 0) return 7;
  if (!caseValid()) return 8;
  return 0;
};

/** There is one heap; a second heap_init is refused, whatever it offers, and changes nothing. */
export const init_second_call = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const half: i32 = 0x100000;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(start, half) === 0) return 1;
  const block: i32 = malloc(1000);
  if (block === 0) return 2;
  caseStamp(block, 1000, 1);
  snapshotTake(ledger, 0);
  if (heap_init(start, half) !== 0) return 3;
  if (heap_init((start + half) | 0, half) !== 0) return 4;
  if (heap_init(start, size) !== 0) return 5;
  if (heap_init(start, 100) !== 0) return 6;
  if (!caseStamped(block, 1000, 1)) return 7;
  if (!caseValid()) return 8;
  if (!snapshotRestored(ledger, 0)) return 9;
  const other: i32 = malloc(1000);
  if (!caseInside(other, 1000, start, half)) return 10;
  free(block);
  free(other);
  if (!caseValid()) return 11;
  return 0;
};

/** A forgotten heap is none: its memory is the caller's, and a new heap may be made of it, live blocks and all. */
export const init_after_forget = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  for (let round: i32 = 0; round < 10; round++) {
    if (caseBegin(start, size) !== 0) return 1;
    const count: i32 = ledgerExhaust(ledger, 0, 1000 + round * 500);
    if (count < 100) return 2;
    if (!caseValid()) return 3;
    heap_forget();
    fill(start, 255 - round, caseHeapSize(start, size));
  }
  if (heap_init(start, 0x80000) === 0) return 4;
  const block: i32 = malloc(1000);
  if (!caseInside(block, 1000, start, 0x80000)) return 5;
  if (!caseValid()) return 6;
  return 0;
};

/** Forgetting a heap that is not there is nothing. */
export const forget_without_heap = (start: i32, size: i32): i32 => {
  heap_forget();
  heap_forget();
  if (caseBegin(start, size) !== 0) return 1;
  heap_forget();
  heap_forget();
  if (caseBegin(start, size) !== 0) return 2;
  if (!caseValid()) return 3;
  return 0;
};

/** heap_init counts the frames it can hand out: all but for the few that describe the others. */
export const init_counts_frames = (start: i32, _size: i32): i32 => {
  const from: i32 = regionAligned(start);
  for (let frames: i32 = 16; frames <= 512; frames += 31) {
    const taken: i32 = heap_init(from, frames << 12);
    if (taken > frames) return 1;
    if (taken < frames - 2 - (HARDENED << 2) - (frames >> 5)) return 2;
    heap_forget();
  }
  return 0;
};

/** Before heap_init there is nothing that a region could be added to. */
export const add_region_before_init = (start: i32, size: i32): i32 => {
  if (heap_add_region(start, 0x100000) !== 0) return 1;
  if (caseBegin(start, size) !== 0) return 2;
  if (!caseValid()) return 3;
  return 0;
};

/** A region that begins where another ends: a block may lie across the seam. */
export const add_region_adjacent = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  // Small free spans are at the beginning then, and what a small block and its records take is not at the seam.
  const from: i32 = ((regionAligned(start) + 0xffff) & -0x10000) | 0;
  const half: i32 = 0x100000;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, half) === 0) return 1;
  const small: i32 = malloc(16);
  if (!caseGood(small, 16)) return 2;
  const before: i32 = caseLargest(size);
  if (heap_add_region((from + half) | 0, half) !== half >> 12) return 3;
  if (!caseValid()) return 4;
  snapshotTake(ledger, 0);
  const after: i32 = caseLargest(size);
  // More than the added region alone: the seam is no border.
  if (after <= before || after <= half) return 5;
  const block: i32 = malloc(after);
  if (!caseGood(block, after)) return 6;
  if (!caseInside(block, malloc_usable_size(block), from, half * 2)) return 7;
  caseStamp(block, after, 1);
  if (!caseValid()) return 8;
  if (!caseStamped(block, after, 1)) return 9;
  free(block);
  if (!caseValid()) return 10;
  if (!snapshotRestored(ledger, 0)) return 11;
  free(small);
  if (!caseValid()) return 12;
  return 0;
};

/** Two regions with a hole between them: blocks come from both and never from the hole. */
export const add_region_with_hole = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  const part: i32 = 0x80000;
  const hole: i32 = (from + part) | 0;
  const holeSize: i32 = 0x23000;
  const second: i32 = (hole + holeSize) | 0;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  caseStamp(hole, holeSize, 1);
  if (heap_init(from, part) === 0) return 1;
  const alone: i32 = ledgerExhaust(ledger, 0, 2000);
  if (heap_add_region(second, part) !== part >> 12) return 2;
  if (!caseValid()) return 3;
  const both: i32 = ledgerExhaust(ledger, alone, 2000);
  // The second region gives about as much as the first.
  if (both - alone < alone - (alone >> 3)) return 4;
  for (let index: i32 = 0; index < both; index++) {
    const block: i32 = ledgerBlock(ledger, index);
    if (!caseInside(block, 2000, from, part) && !caseInside(block, 2000, second, part)) return 5;
  }
  if (!caseStamped(hole, holeSize, 1)) return 6;
  if (!caseValid()) return 7;
  if (!ledgerFreeEvery(ledger, 0, 1, both)) return 8;
  if (!caseValid()) return 9;
  // Nothing lies across the hole.
  if (malloc(part + 1) !== 0) return 10;
  const block: i32 = malloc(part >> 1);
  if (!caseGood(block, part >> 1)) return 11;
  free(block);
  if (!caseStamped(hole, holeSize, 1)) return 12;
  return 0;
};

/** A region below the first one. */
export const add_region_below = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const below: i32 = regionAligned(start);
  const first: i32 = (below + 0x140000) | 0;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  caseStamp((below + 0x100000) | 0, 0x40000, 1);
  if (heap_init(first, 0x100000) === 0) return 1;
  const kept: i32 = malloc(5000);
  if (kept === 0) return 2;
  caseStamp(kept, 5000, 2);
  if (heap_add_region(below, 0x100000) !== 0x100) return 3;
  if (!caseValid()) return 4;
  snapshotTake(ledger, 0);
  const count: i32 = ledgerExhaust(ledger, 0, 10000);
  // 10,000 bytes are three frames; one region has room for 85 blocks at most.
  if (count < 100) return 5;
  let lower: i32 = 0;
  for (let index: i32 = 0; index < count; index++) {
    const block: i32 = ledgerBlock(ledger, index);
    if (caseInside(block, 10000, below, 0x100000)) lower++;
    else if (!caseInside(block, 10000, first, 0x100000)) return 6;
  }
  if (lower < 30) return 7;
  if (!caseStamped(kept, 5000, 2)) return 8;
  if (!caseStamped((below + 0x100000) | 0, 0x40000, 1)) return 9;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 10;
  if (!caseValid()) return 11;
  if (!snapshotRestored(ledger, 0)) return 12;
  free(kept);
  if (!caseValid()) return 13;
  return 0;
};

/** Memory that the heap has already, all of it or a part, is refused; the heap stays as it was. */
export const add_region_overlapping = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = (regionAligned(start) + 0x80000) | 0;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x80000) === 0) return 1;
  const block: i32 = malloc(1000);
  if (block === 0) return 2;
  caseStamp(block, 1000, 1);
  snapshotTake(ledger, 0);
  if (heap_add_region(from, 0x80000) !== 0) return 3; // the same
  if (heap_add_region((from + 0x1000) | 0, 0x1000) !== 0) return 4; // within
  if (heap_add_region((from - 0x10000) | 0, 0x11000) !== 0) return 5; // over the start
  if (heap_add_region((from + 0x7f000) | 0, 0x10000) !== 0) return 6; // over the end
  if (heap_add_region((from - 0x10000) | 0, 0xa0000) !== 0) return 7; // around
  if (!caseValid()) return 8;
  if (!snapshotRestored(ledger, 0)) return 9;
  if (heap_add_region((from + 0x80000) | 0, 0x10000) !== 0x10) return 10; // its neighbour is no overlap
  if (heap_add_region((from + 0x80000) | 0, 0x10000) !== 0) return 11; // but it is one now
  if (heap_add_region((from + 0x8f000) | 0, 0x10000) !== 0) return 12;
  if (heap_add_region((from - 0x10000) | 0, 0xb0000) !== 0) return 13; // around both
  if (!caseValid()) return 14;
  if (!caseStamped(block, 1000, 1)) return 15;
  free(block);
  return 0;
};

/** A region whose end wraps is refused. */
export const add_region_wraps = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(start, 0x80000) === 0) return 1;
  snapshotTake(ledger, 0);
  if (heap_add_region(0xfffff000, 0x2000) !== 0) return 2;
  if (heap_add_region((start + 0x80000) | 0, (0 - start) | 0) !== 0) return 3;
  if (heap_add_region((start + 0x80000) | 0, 0xffffffff) !== 0) return 4;
  if (heap_add_region((start + 0x80000) | 0, 0xfffff000) !== 0) return 5;
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** Less than a frame is nothing; one whole frame is one, wherever the region begins. */
export const add_region_tiny = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  const extra: i32 = (from + 0x82000) | 0;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x80000) === 0) return 1;
  caseStamp((extra - 64) | 0, 0x3000, 1);
  if (heap_add_region(extra, 0) !== 0) return 2;
  if (heap_add_region(extra, 1) !== 0) return 3;
  if (heap_add_region(extra, 100) !== 0) return 4;
  if (heap_add_region(extra, 4095) !== 0) return 5;
  if (heap_add_region((extra + 1) | 0, 4096) !== 0) return 6;
  if (heap_add_region((extra + 1) | 0, 8190) !== 0) return 7;
  if (!caseStamped((extra - 64) | 0, 0x3000, 1)) return 8;
  if (heap_add_region((extra + 1) | 0, 8191) !== 1) return 9; // [extra + 4096, extra + 8192)
  if (!caseStamped((extra - 64) | 0, 64 + 4096, 1)) return 10;
  if (!caseValid()) return 11;
  const count: i32 = ledgerExhaust(ledger, 0, 1000);
  for (let index: i32 = 0; index < count; index++) {
    const block: i32 = ledgerBlock(ledger, index);
    if (!caseInside(block, 1000, from, 0x80000) && !caseInside(block, 1000, (extra + 4096) | 0, 4096)) return 12;
  }
  if (!caseStamped((extra - 64) | 0, 64 + 4096, 1)) return 13;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 14;
  if (!caseValid()) return 15;
  return 0;
};

/** Many small regions with holes between them, given in the order that suits least: the highest first. */
export const add_region_many = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  const stride: i32 = 0x13000;
  const length: i32 = 0x10000;
  const count: i32 = 20;
  fill(ledger, 0, CASE_LEDGER_SIZE);
  const middle: i32 = (from + Math.imul(stride, 10)) | 0;
  if (heap_init(middle, length) === 0) return 1;
  for (let index: i32 = count; index >= 0; index--) {
    caseStamp((from + Math.imul(stride, index) + length) | 0, stride - length, 1);
    if (index !== 10 && heap_add_region((from + Math.imul(stride, index)) | 0, length) !== length >> 12) return 2;
    if (!caseValid()) return 3;
  }
  snapshotTake(ledger, 0);
  const blocks: i32 = ledgerExhaust(ledger, 0, 4000);
  if (blocks < Math.imul(count, 13)) return 4;
  for (let index: i32 = 0; index < blocks; index++) {
    const offset: i32 = (ledgerBlock(ledger, index) - from) | 0;
    // The block lies in one region, between its beginning and the hole behind it.
    let region: i32 = 0;
    while (!lessThan(offset, Math.imul(stride, region + 1))) region++;
    if (region > count) return 5;
    if (offset - Math.imul(stride, region) + 4000 > length) return 6;
  }
  for (let index: i32 = 0; index <= count; index++) {
    if (!caseStamped((from + Math.imul(stride, index) + length) | 0, stride - length, 1)) return 7;
  }
  if (!ledgerFreeEvery(ledger, 0, 1, blocks)) return 8;
  if (!caseValid()) return 9;
  if (!snapshotRestored(ledger, 0)) return 10;
  return 0;
};

/** Regions added one frame at a time grow together into one; what they give is what they hold. */
export const add_region_frame_by_frame = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x10000) === 0) return 1;
  for (let frame: i32 = 0; frame < 64; frame++) {
    if (heap_add_region((from + 0x10000 + (frame << 12)) | 0, 4096) !== 1) return 2;
  }
  if (!caseValid()) return 3;
  const block: i32 = malloc(0x30000);
  if (!caseGood(block, 0x30000)) return 4;
  ledgerEnter(ledger, 0, block, 0x30000);
  if (!ledgerAllIntact(ledger, 1)) return 5;
  if (!ledgerFreeEvery(ledger, 0, 1, 1)) return 6;
  if (!caseValid()) return 7;
  return 0;
};

/** Adding a region while the heap is full and its blocks are live: the blocks stay, and there is room again. */
export const add_region_when_exhausted = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = regionAligned(start);
  fill(ledger, 0, CASE_LEDGER_SIZE);
  if (heap_init(from, 0x40000) === 0) return 1;
  let count: i32 = ledgerExhaust(ledger, 0, 500);
  for (let round: i32 = 1; round <= 8; round++) {
    if (malloc(500) !== 0) return 2;
    if (heap_add_region((from + round * 0x42000) | 0, 0x40000) !== 0x40) return 3;
    const more: i32 = ledgerExhaust(ledger, count, 500);
    if (regionHandedOut(ledger, count, more, 500) < 0x30000) return 4;
    count = more;
    if (!caseValid()) return 5;
  }
  if (!ledgerAllIntact(ledger, count)) return 6;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 7;
  if (!caseValid()) return 8;
  if (heap_check() !== 0) return 9;
  return 0;
};
