/** heap_stats and heap_trim: figures that are exact. */

import {
  calloc, free, heap_add_region, heap_forget, heap_init, heap_malloc, heap_new, heap_stats, heap_trim, malloc,
  malloc_usable_size,
} from '../../../kernel-heap/index.ts';
import { fill, load, remainder } from '../../../kernel-heap/memory.ts';
import {
  STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_EMPTY_PAGES_OFFSET, STATS_FRAMES_OFFSET,
  STATS_FREE_FRAMES_OFFSET, STATS_FREE_SPANS_OFFSET, STATS_LARGE_BLOCKS_OFFSET, STATS_METADATA_FRAMES_OFFSET,
  STATS_ORDER_COUNT, STATS_PAGES_OFFSET, STATS_PEAK_FRAMES_OFFSET, STATS_REGIONS_OFFSET, STATS_SIZE, STATS_SIZE_OFFSET,
  STATS_VERSION, STATS_VERSION_OFFSET,
} from '../../../kernel-heap/stats-layout.ts';
import {
  caseBegin, caseLedger, caseSnapshot, caseStamp, caseStamped, caseValid, caseZeroed, ledgerEnter, ledgerExhaust,
  ledgerFreeEvery, snapshotTake,
} from './support.ts';

/** The figure at `offset` of the statistics as they are now. */
const statisticsNow = (ledger: i32, offset: i32): i32 => {
  heap_stats(caseSnapshot(ledger, 0));
  return load((caseSnapshot(ledger, 0) + offset) | 0);
};

/** Frames in all the free spans that the figures of snapshot 0 list, order by order. */
const statisticsSpanFrames = (ledger: i32): i32 => {
  let frames: i32 = 0;
  for (let order: i32 = 0; order < STATS_ORDER_COUNT; order++) {
    frames += load((caseSnapshot(ledger, 0) + STATS_FREE_SPANS_OFFSET + (order << 2)) | 0) << order;
  }
  return frames;
};

/** The struct names its version and its size, and nothing is written behind its end. */
export const stats_layout = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const out: i32 = caseSnapshot(ledger, 0);
  caseStamp((out + STATS_SIZE) | 0, 64, 1);
  caseStamp((out - 64) | 0, 64, 2);
  heap_stats(out);
  if (load((out + STATS_VERSION_OFFSET) | 0) !== STATS_VERSION) return 2;
  if (load((out + STATS_SIZE_OFFSET) | 0) !== STATS_SIZE) return 3;
  if (!caseStamped((out + STATS_SIZE) | 0, 64, 1)) return 4;
  if (!caseStamped((out - 64) | 0, 64, 2)) return 5;
  return 0;
};

/** Without a heap all figures are zero, and heap_trim has nothing to give. */
export const stats_without_heap = (start: i32, size: i32): i32 => {
  heap_forget();
  const out: i32 = caseSnapshot(caseLedger(start, size), 0);
  fill(out, 255, STATS_SIZE);
  heap_stats(out);
  if (load((out + STATS_VERSION_OFFSET) | 0) !== STATS_VERSION) return 1;
  if (!caseZeroed((out + STATS_REGIONS_OFFSET) | 0, STATS_SIZE - STATS_REGIONS_OFFSET)) return 2;
  if (heap_trim() !== 0) return 3;
  if (!caseValid()) return 4;
  return 0;
};

/** Live blocks and their bytes, as malloc_usable_size tells them, to the last one. */
export const stats_blocks_are_exact = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  if (statisticsNow(ledger, STATS_BLOCKS_OFFSET) !== 0) return 2;
  const heap: i32 = heap_new();
  const blocksBefore: i32 = statisticsNow(ledger, STATS_BLOCKS_OFFSET);
  const bytesBefore: i32 = statisticsNow(ledger, STATS_BLOCK_BYTES_OFFSET);
  let bytes: i32 = 0;
  let large: i32 = 0;
  for (let index: i32 = 0; index < 300; index++) {
    const asked: i32 = remainder(Math.imul(index, 7919), 9500);
    let block: i32 = 0;
    if (remainder(index, 3) === 0) block = heap_malloc(heap, asked);
    else block = malloc(asked);
    if (block === 0) return 3;
    ledgerEnter(ledger, index, block, asked);
    const usable: i32 = malloc_usable_size(block);
    bytes += usable;
    if (asked > 8192) large++;
    if (remainder(index, 25) === 0) {
      if (statisticsNow(ledger, STATS_BLOCKS_OFFSET) !== blocksBefore + index + 1) return 4;
      if (statisticsNow(ledger, STATS_BLOCK_BYTES_OFFSET) !== bytesBefore + bytes) return 5;
      if (statisticsNow(ledger, STATS_LARGE_BLOCKS_OFFSET) !== large) return 6;
    }
  }
  if (!ledgerFreeEvery(ledger, 0, 1, 300)) return 7;
  if (statisticsNow(ledger, STATS_BLOCKS_OFFSET) !== blocksBefore) return 8;
  if (statisticsNow(ledger, STATS_BLOCK_BYTES_OFFSET) !== bytesBefore) return 9;
  if (statisticsNow(ledger, STATS_LARGE_BLOCKS_OFFSET) !== 0) return 10;
  return 0;
};

/** The free spans, order by order, add up to the free frames; large blocks take what their size says. */
export const stats_frames_add_up = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const before: i32 = statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET);
  if (before !== statisticsSpanFrames(ledger)) return 2;
  // What is not free in an empty heap describes it.
  const metadata: i32 = statisticsNow(ledger, STATS_METADATA_FRAMES_OFFSET);
  if (statisticsNow(ledger, STATS_FRAMES_OFFSET) !== before + metadata) return 3;
  for (let frames: i32 = 3; frames < 200; frames += 17) {
    const free0: i32 = statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET);
    const block: i32 = malloc(frames << 12);
    if (block === 0) return 4;
    const free1: i32 = statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET);
    // The block's own frames, and one at most for what describes it
    if (free0 - free1 < frames || free0 - free1 > frames + 1) return 5;
    if (free1 !== statisticsSpanFrames(ledger)) return 6;
    free(block);
  }
  ledgerExhaust(ledger, 0, 3333);
  if (statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET) !== statisticsSpanFrames(ledger)) return 7;
  return 0;
};

/** The peak is the most frames that were ever in use; freeing does not lower it. */
export const stats_peak = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const block: i32 = malloc(0x100000);
  if (block === 0) return 2;
  const peak: i32 = statisticsNow(ledger, STATS_PEAK_FRAMES_OFFSET);
  const used: i32 = statisticsNow(ledger, STATS_FRAMES_OFFSET) - statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET);
  if (peak !== used) return 3;
  if (peak < 0x100) return 4;
  free(block);
  heap_trim();
  if (statisticsNow(ledger, STATS_PEAK_FRAMES_OFFSET) !== peak) return 5;
  free(malloc(0x80000));
  if (statisticsNow(ledger, STATS_PEAK_FRAMES_OFFSET) !== peak) return 6;
  if (malloc(0x100000) === 0 || malloc(0x80000) === 0) return 7;
  if (statisticsNow(ledger, STATS_PEAK_FRAMES_OFFSET) < peak + 0x80) return 8;
  return 0;
};

/** Regions that touch are one, those that do not are several; their frames are counted. */
export const stats_regions = (start: i32, size: i32): i32 => {
  const ledger: i32 = caseLedger(start, size);
  const from: i32 = ((start + 4095) & -4096) | 0;
  fill(ledger, 0, 4096);
  const first: i32 = heap_init(from, 0x80000);
  if (first === 0) return 1;
  if (statisticsNow(ledger, STATS_REGIONS_OFFSET) !== 1) return 2;
  const frames: i32 = statisticsNow(ledger, STATS_FRAMES_OFFSET);
  if (frames < first || frames > 0x80) return 3;
  if (heap_add_region((from + 0x90000) | 0, 0x10000) !== 0x10) return 4;
  if (statisticsNow(ledger, STATS_REGIONS_OFFSET) !== 2) return 5;
  if (statisticsNow(ledger, STATS_FRAMES_OFFSET) !== frames + 0x10) return 6;
  if (heap_add_region((from + 0x80000) | 0, 0x10000) !== 0x10) return 7;
  if (statisticsNow(ledger, STATS_REGIONS_OFFSET) !== 1) return 8;
  if (statisticsNow(ledger, STATS_FRAMES_OFFSET) !== frames + 0x20) return 9;
  return 0;
};

/** heap_trim gives back every empty page, tells how many frames that made, and leaves live blocks alone. */
export const trim_gives_back_empty_pages = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const kept: i32 = calloc(1, 500);
  if (kept === 0) return 2;
  caseStamp(kept, 500, 1);
  for (let bytes: i32 = 16; bytes <= 4096; bytes = bytes << 1) {
    const count: i32 = 2000 >> (bytes >>> 9);
    for (let index: i32 = 0; index < count; index++) {
      const block: i32 = malloc(bytes);
      if (block === 0) return 3;
      ledgerEnter(ledger, index, block, bytes);
    }
    if (!ledgerFreeEvery(ledger, 0, 1, count)) return 4;
  }
  const before: i32 = statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET);
  const pages: i32 = statisticsNow(ledger, STATS_PAGES_OFFSET);
  const emptyPages: i32 = statisticsNow(ledger, STATS_EMPTY_PAGES_OFFSET);
  // One block is live, so one page is not empty.
  if (emptyPages === 0 || emptyPages !== pages - 1) return 5;
  const given: i32 = heap_trim();
  if (given < emptyPages) return 6;
  if (statisticsNow(ledger, STATS_FREE_FRAMES_OFFSET) !== before + given) return 7;
  if (statisticsNow(ledger, STATS_PAGES_OFFSET) !== 1) return 8;
  if (statisticsNow(ledger, STATS_EMPTY_PAGES_OFFSET) !== 0) return 9;
  if (heap_trim() !== 0) return 10;
  if (!caseStamped(kept, 500, 1)) return 11;
  if (!caseValid()) return 12;
  free(kept);
  snapshotTake(ledger, 0);
  if (statisticsNow(ledger, STATS_BLOCKS_OFFSET) !== 0) return 13;
  if (statisticsNow(ledger, STATS_PAGES_OFFSET) !== 0) return 14;
  if (!caseValid()) return 15;
  return 0;
};
