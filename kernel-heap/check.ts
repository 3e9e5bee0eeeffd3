/**
 * Floor 9: heap_check, a read-only walk over everything that names the first broken invariant. O(memory).
 * The invariants themselves stand beside the data: layout.ts, bitmap.ts, page-queue.ts, retire.ts, lazy.ts.
 */

import { lessThan, load, remainder } from './memory.ts';
import { isPowerOfTwo, log2Ceil, log2Floor } from './bits.ts';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_IDLE, BIN_LARGE, BIN_LAZY, BLOCK_ALIGNMENT_SHIFT, DESCRIPTOR_SIZE, DIRECT_COUNT,
  FRAME_SHIFT, HEAP_DIRECT_OFFSET, IDLE_COUNT_MAX, LAZY_ORDER_MAX, PAGE_FRAMES_MAX, QUEUE_COUNT,
  RETIRED_COUNT, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET,
  STATE_END_FRAME_OFFSET, STATE_IDLE_COUNT_OFFSET, STATE_IDLE_OFFSET, STATE_LEVELS_OFFSET, STATE_MAGIC,
  STATE_MAGIC_OFFSET, STATE_RETIRED_OFFSET, STATE_USED_FRAMES_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { heapExists, stateAddress } from './state.ts';
import { bitmapLast, bitmapRow, bitmapTest } from './bitmap.ts';
import { buddyNode } from './buddy.ts';
import { frameMapGet, noPage } from './frame-table.ts';
import { guardIsIntact } from './guard.ts';
import { liveCount, liveTest } from './live-map.ts';
import { sizeClassBin, sizeClassSize } from './size-class.ts';
import {
  blockIsSealed, pageBin, pageBlockSize, pageCarved, pageFirstSlot, pageFrames, pageFree, pageHeap, pageIsFull,
  pageIsLarge, pageIsRetired, pageNext, pagePrev, pageQueue, pageStart, pageUsed,
} from './page.ts';
import { queueFrames, queueHead, queueOf, queueTail } from './page-queue.ts';
import { retiredSlot } from './retire.ts';
import { IDLE_NEXT_OFFSET } from './lazy.ts';
import { tableEnd, tableFrame, tableFrames } from './table.ts';
import { walkFirst, walkNext, walkSpanFrames } from './walk.ts';

/** The state record does not begin as it must. */
export const CHECK_STATE: i32 = 1;
/** A frame is neither free nor part of a span, or the map leads to a descriptor of another span. */
export const CHECK_MAP: i32 = 2;
/** Two buddies are both free and not merged, or a frame is marked free that no region has. */
export const CHECK_BUDDY: i32 = 3;
/** The bitmap's sums do not tell what is below them. */
export const CHECK_BITMAP_SUM: i32 = 4;
/** Free and used frames are not all frames. */
export const CHECK_FRAME_COUNT: i32 = 5;
/** A page's counts or size are impossible. */
export const CHECK_PAGE: i32 = 6;
/** A list of free blocks leaves its page, is misaligned, runs in a circle, or has another length than counted. */
export const CHECK_FREE_LIST: i32 = 7;
/** A page is not where its queue's links say. */
export const CHECK_QUEUE: i32 = 8;
/** The direct table does not name the first page of a bin. */
export const CHECK_DIRECT: i32 = 9;
/** The table of retired pages and the pages' marks differ. */
export const CHECK_RETIRED: i32 = 10;

/** The live map differs from the pages. Hardened only. */
export const CHECK_LIVE: i32 = 11;
/** Something was written before a frame table or a page of descriptors. Hardened only. */
export const CHECK_GUARD: i32 = 12;
/** Something was written beside a live block. Debug only; the report tells more. */
export const CHECK_RED_ZONE: i32 = 13;
/** Something was written into a freed block. Debug only; the report tells more. */
export const CHECK_FREED: i32 = 14;
/** A lazy block or an idle node is no node of the buddy, or the lists of idle nodes differ from those that are. */
export const CHECK_LAZY: i32 = 15;

/** Whether a span of `bin` is a page of blocks or of descriptors; otherwise it is one block, or none. */
const binHasBlocks = (bin: i32): boolean => bin < BIN_COUNT || bin == BIN_DESCRIPTOR;

/** Checks the size of the blocks of `page`, and its list of free ones. */
const checkBlocks = (page: i32): i32 => {
  const bin: i32 = pageBin(page);
  const size: i32 = pageBlockSize(page);
  let expectedSize: i32 = DESCRIPTOR_SIZE;
  if (bin != BIN_DESCRIPTOR) expectedSize = sizeClassSize(bin);
  if (size != expectedSize) return CHECK_PAGE;
  const start: i32 = pageStart(page);
  const first: i32 = pageFirstSlot(page);
  const carved: i32 = pageCarved(page);
  const used: i32 = pageUsed(page);
  if (PAGE_FRAMES_MAX < pageFrames(page) || pageFrames(page) == 0) return CHECK_PAGE;
  if (lessThan(pageFrames(page) << FRAME_SHIFT, Math.imul(carved, size))) return CHECK_PAGE;
  if (carved < first + used) return CHECK_PAGE;
  let expected: i32 = carved - first - used;
  let block: i32 = pageFree(page);
  while (block != 0) {
    const offset: i32 = block - start;
    if (expected == 0) return CHECK_FREE_LIST;
    if (!lessThan(offset, Math.imul(carved, size)) || lessThan(offset, Math.imul(first, size))) return CHECK_FREE_LIST;
    if (remainder(offset, size) != 0) return CHECK_FREE_LIST;
    if (HARDENED && !blockIsSealed(block)) return CHECK_FREE_LIST;
    if (HARDENED && liveTest(block)) return CHECK_LIVE;
    expected--;
    block = load(block);
  }
  if (expected != 0) return CHECK_FREE_LIST;
  if (HARDENED && first == 0 && liveCount(start, pageFrames(page)) != used) return CHECK_LIVE;
  return 0;
};

/** Checks that the direct table of `heap` names the first page of the queue of `bin`, and none for size 0. */
const checkDirect = (heap: i32, bin: i32): i32 => {
  let page: i32 = queueHead(queueOf(heap, bin));
  if (page == 0) page = noPage();
  if (load(heap + HEAP_DIRECT_OFFSET) != noPage()) return CHECK_DIRECT;
  for (let index: i32 = 1; index < DIRECT_COUNT; index++) {
    if (sizeClassBin(index << BLOCK_ALIGNMENT_SHIFT) == bin) {
      if (load(heap + HEAP_DIRECT_OFFSET + (index << WORD_SHIFT)) != page) return CHECK_DIRECT;
    }
  }
  return 0;
};

/**
 * Checks the links of `page` in its queue, and that full pages stand before the others: of these each but the head has
 * another one before it.
 */
const checkQueue = (page: i32): i32 => {
  const bin: i32 = pageBin(page);
  const queue: i32 = pageQueue(page);
  const head: i32 = queueHead(queue);
  const next: i32 = pageNext(page);
  const prev: i32 = pagePrev(page);
  let before: i32 = page; // a first page has no link to it
  let behind: i32 = queueTail(queue);
  if (prev != 0) before = pageNext(prev);
  if (next != 0) behind = pagePrev(next);
  if (before != page || behind != page) return CHECK_QUEUE;
  if (pageIsFull(page)) {
    if (pageFree(page) != 0 || (next == 0 && head != 0)) return CHECK_QUEUE;
    return 0;
  }
  if (head == page) {
    if (BIN_COUNT <= bin) return 0;
    return checkDirect(pageHeap(page), bin);
  }
  if (prev == 0 || pageIsFull(prev)) return CHECK_QUEUE;
  if (binHasBlocks(bin) && pageFree(page) == 0) return CHECK_QUEUE;
  return 0;
};

/**
 * Checks that the queues of the main heap hold the `pages` pages that are its own. The links of each fit its neighbours';
 * but pages may be linked in a circle, or a queue without pages name some.
 */
const checkQueues = (pages: i32): i32 => {
  const state: i32 = stateAddress();
  let left: i32 = pages;
  for (let bin: i32 = 0; bin < QUEUE_COUNT; bin++) {
    const queue: i32 = queueOf(state, bin);
    let page: i32 = queueTail(queue);
    if (page == 0 && queueHead(queue) != 0) return CHECK_QUEUE;
    while (page != 0) {
      if (left == 0) return CHECK_QUEUE;
      left--;
      page = pagePrev(page);
    }
  }
  if (left != 0) return CHECK_QUEUE;
  return 0;
};

/** Whether the `length` frames from `frame` on, which `page` describes, are a node that can be lazy, of the order that it must be. */
const isLazyNode = (frame: i32, length: i32, page: i32): boolean => {
  if (!isPowerOfTwo(length) || 1 << LAZY_ORDER_MAX < length || (frame & (length - 1)) != 0) return false;
  return pageBin(page) == BIN_IDLE || 1 << log2Ceil(pageBlockSize(page) >>> FRAME_SHIFT) == length;
};

/** Checks the span of `length` frames that begins at `frame` and has the descriptor `page`. */
const checkSpan = (frame: i32, length: i32, page: i32): i32 => {
  const bin: i32 = pageBin(page);
  if (pageStart(page) >>> FRAME_SHIFT != frame) return CHECK_MAP;
  if (BIN_IDLE < bin) return CHECK_PAGE;
  if ((bin == BIN_IDLE || bin == BIN_LAZY) && !isLazyNode(frame, length, page)) return CHECK_LAZY;
  let inside: i32 = page;
  if (!binHasBlocks(bin)) inside = noPage();
  for (let index: i32 = 1; index < length; index++) {
    if (frameMapGet(frame + index) != inside) return CHECK_MAP;
  }
  // The first page of descriptors, whose span is a single frame, has no guard.
  if (bin == BIN_DESCRIPTOR && length != 1 && !guardIsIntact(pageStart(page))) return CHECK_GUARD;
  if (bin == BIN_IDLE) return checkQueue(page);
  if (pageIsLarge(page)) {
    if (pageFree(page) != 0 || (bin == BIN_LARGE && pageBlockSize(page) != length << FRAME_SHIFT)) return CHECK_PAGE;
    if (HARDENED && (!liveTest(pageStart(page)) || liveCount(pageStart(page), 1) != 1)) return CHECK_LIVE;
    return checkQueue(page);
  }
  const wrong: i32 = checkBlocks(page);
  if (wrong != 0) return wrong;
  return checkQueue(page);
};

/** Checks that the map names no page for the `length` frames from `frame` on. */
const checkNoPage = (frame: i32, length: i32): i32 => {
  for (let index: i32 = 0; index < length; index++) {
    if (frameMapGet(frame + index) != noPage()) return CHECK_MAP;
  }
  return 0;
};

/** Checks the frame table, which has the `length` frames from `frame` on. */
const checkTable = (frame: i32, length: i32): i32 => {
  if (!guardIsIntact(frame << FRAME_SHIFT)) return CHECK_GUARD;
  return checkNoPage(frame, length);
};

/** Checks the free span of `length` frames that begins at `frame`. */
const checkFreeSpan = (frame: i32, length: i32): i32 => {
  const state: i32 = stateAddress();
  const order: i32 = log2Floor(length);
  const node: i32 = bitmapRow(bitmapLast(load(state + STATE_CAPACITY_OFFSET)), order) + (buddyNode(frame) >>> order);
  if (bitmapTest(state + STATE_LEVELS_OFFSET, node ^ 1) != 0) return CHECK_BUDDY;
  return checkNoPage(frame, length);
};

/** Checks the bitmap's sums, and that it has `freeSpans` bits set and the last one. */
const checkBitmap = (freeSpans: i32): i32 => {
  const state: i32 = stateAddress();
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  let words: i32 = capacity >>> 4;
  let level: i32 = state + STATE_LEVELS_OFFSET;
  let bits: i32 = 0;
  for (let index: i32 = 0; index < words; index++) {
    let word: i32 = load(load(level) + (index << WORD_SHIFT));
    while (word != 0) {
      bits++;
      word &= word - 1;
    }
  }
  if (bits != freeSpans + 1) return CHECK_BUDDY;
  if (bitmapTest(level, bitmapLast(capacity)) == 0) return CHECK_BUDDY;
  while (load(level + 4) != 0) {
    for (let index: i32 = 0; index < words; index++) {
      let expected: i32 = 0;
      if (load(load(level) + (index << WORD_SHIFT)) != 0) expected = 1;
      if (bitmapTest(level + 4, index) != expected) return CHECK_BITMAP_SUM;
    }
    level += 4;
    words = (words + 31) >>> 5;
  }
  return 0;
};

/** Checks that the table of retired pages holds `retired` of them, each marked and in its own slot. */
const checkRetired = (retired: i32): i32 => {
  const table: i32 = stateAddress() + STATE_RETIRED_OFFSET;
  let count: i32 = 0;
  for (let index: i32 = 0; index < RETIRED_COUNT; index++) {
    const slot: i32 = table + (index << WORD_SHIFT);
    const page: i32 = load(slot);
    if (page != 0) {
      count++;
      if (!pageIsRetired(page) || retiredSlot(page) != slot) return CHECK_RETIRED;
    }
  }
  if (count != retired) return CHECK_RETIRED;
  return 0;
};

/** Checks that the lists of idle nodes hold `idle` of them, each in that of its order, and that they are counted. */
const checkIdle = (idle: i32): i32 => {
  const state: i32 = stateAddress();
  let count: i32 = 0;
  for (let order: i32 = 0; order <= LAZY_ORDER_MAX; order++) {
    let page: i32 = load(state + STATE_IDLE_OFFSET + (order << WORD_SHIFT));
    while (page != 0) {
      count++;
      // More than there are: a list runs in a circle.
      if (count > idle || pageBin(page) != BIN_IDLE || pageFrames(page) != 1 << order) return CHECK_LAZY;
      page = load(page + IDLE_NEXT_OFFSET);
    }
  }
  if (count != idle || load(state + STATE_IDLE_COUNT_OFFSET) != idle || IDLE_COUNT_MAX < idle) return CHECK_LAZY;
  return 0;
};

/** 0 if every invariant of every heap holds, or else the CHECK_ code of the first that does not. */
export const checkHeap = (): i32 => {
  if (!heapExists()) return 0;
  const state: i32 = stateAddress();
  if (load(state + STATE_MAGIC_OFFSET) != STATE_MAGIC) return CHECK_STATE;
  const capacity: i32 = load(state + STATE_CAPACITY_OFFSET);
  if (!isPowerOfTwo(capacity)) return CHECK_STATE;
  if (tableEnd() != load(state + STATE_BASE_FRAME_OFFSET) + tableFrames(capacity)) return CHECK_STATE;
  let wrong: i32 = 0;
  let usedFrames: i32 = 0;
  let freeSpans: i32 = 0;
  let retired: i32 = 0;
  let idle: i32 = 0;
  // The first page of descriptors is in no region.
  let mainFrames: i32 = 1;
  let mainPages: i32 = 1;
  let frame: i32 = walkFirst();
  while (frame != 0) {
    const page: i32 = frameMapGet(frame);
    const length: i32 = walkSpanFrames(frame);
    if (length <= 0) return CHECK_MAP;
    if (frame == tableFrame(state)) {
      usedFrames += length;
      wrong = checkTable(frame, length);
    } else if (page == noPage()) {
      freeSpans++;
      wrong = checkFreeSpan(frame, length);
    } else {
      usedFrames += length;
      if (pageIsRetired(page)) retired++;
      if (pageBin(page) == BIN_IDLE) {
        idle++;
        mainPages++;
      } else if (pageHeap(page) == state) {
        if (binHasBlocks(pageBin(page))) mainFrames += length;
        mainPages++;
      }
      wrong = checkSpan(frame, length, page);
    }
    if (wrong != 0) return wrong;
    frame = walkNext(frame);
  }
  // The first page of descriptors lies before the regions.
  const descriptors: i32 = load(state + STATE_END_FRAME_OFFSET) - 1;
  wrong = checkSpan(descriptors, 1, frameMapGet(descriptors));
  if (wrong != 0) return wrong;
  if (usedFrames != load(state + STATE_USED_FRAMES_OFFSET)) return CHECK_FRAME_COUNT;
  for (let bin: i32 = 0; bin < QUEUE_COUNT; bin++) {
    if (binHasBlocks(bin)) mainFrames -= queueFrames(queueOf(state, bin));
  }
  if (mainFrames != 0) return CHECK_FRAME_COUNT;
  wrong = checkQueues(mainPages);
  if (wrong != 0) return wrong;
  wrong = checkBitmap(freeSpans);
  if (wrong != 0) return wrong;
  for (let bin: i32 = 0; bin < BIN_COUNT; bin++) {
    wrong = checkDirect(state, bin);
    if (wrong != 0) return wrong;
  }
  wrong = checkRetired(retired);
  if (wrong != 0) return wrong;
  return checkIdle(idle);
};
