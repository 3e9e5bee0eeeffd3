/**
 * Floor 10: heaps of one's own, for a task or a phase: blocks that can be freed one by one as always, or all at once.
 * A heap's record is itself a block of the main heap.
 */

import { load, store } from './memory.ts';
import {
  BIN_COUNT, HEAP_MAGIC, HEAP_MAGIC_OFFSET, HEAP_SIZE, PAGE_QUEUE_OFFSET, QUEUE_COUNT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { stateAddress } from './state.ts';
import { sizeClassBin } from './size-class.ts';
import { PANIC_INVALID_HEAP, panic } from './panic.ts';
import { pageOf } from './frame-table.ts';
import { liveClearFrames, liveTest } from './live-map.ts';
import { pageBin, pageFrames, pageIsFull, pageIsLarge, pageStart } from './page.ts';
import {
  heapRecordInit, queueAddFrames, queueFrames, queueOf, queuePush, queuePushFull, queueRefill, queueRemove, queueTail,
} from './page-queue.ts';
import { pageRelease, retiredForget } from './retire.ts';
import { heapAlloc, heapFree, mainAllocZeroed } from './heap.ts';

/** A new heap without pages; 0 if there is no memory for its record. */
export const heapNew = (): i32 => {
  const heap: i32 = mainAllocZeroed(1, HEAP_SIZE);
  if (heap != 0) heapRecordInit(heap, HEAP_MAGIC);
  return heap;
};

/** Stops, if `heap` is no heap: not the main one, and not a live one of its own. */
export const heapDemand = (heap: i32): void => {
  if (heap == stateAddress()) return;
  if (liveTest(heap) && pageBin(pageOf(heap)) == sizeClassBin(HEAP_SIZE) && load(heap + HEAP_MAGIC_OFFSET) == HEAP_MAGIC) return;
  panic(PANIC_INVALID_HEAP, heap);
};

/** heapAlloc for a heap that the caller names. */
export const heapAllocFrom = (heap: i32, size: i32): i32 => {
  if (HARDENED) heapDemand(heap);
  return heapAlloc(heap, size);
};

/** Notes that no block of `page` is live. */
const livePageClear = (page: i32): void => {
  let frames: i32 = pageFrames(page);
  if (pageIsLarge(page)) frames = 1; // its first block is its only one
  liveClearFrames(pageStart(page), frames);
};

/**
 * Frees all blocks of `heap` and the heap itself; no block may be used afterwards. The main heap and 0 are left alone.
 * Cost: O(pages of the heap).
 */
export const heapDestroy = (heap: i32): void => {
  if (heap == 0 || heap == stateAddress()) return;
  if (HARDENED) heapDemand(heap);
  for (let bin: i32 = 0; bin < QUEUE_COUNT; bin++) {
    const queue: i32 = queueOf(heap, bin);
    let page: i32 = queueTail(queue);
    while (page != 0) {
      retiredForget(page);
      if (HARDENED) livePageClear(page);
      pageRelease(page);
      page = queueTail(queue);
    }
  }
  heapFree(heap);
};

/**
 * Gives up `heap`, but not its blocks: they pass to the main heap, and are freed one by one. The main heap and 0 are
 * left alone. Cost: O(pages of the heap).
 */
export const heapDelete = (heap: i32): void => {
  const main: i32 = stateAddress();
  if (heap == 0 || heap == main) return;
  if (HARDENED) heapDemand(heap);
  for (let bin: i32 = 0; bin < QUEUE_COUNT; bin++) {
    // A first page that has run out must not come to stand behind others: it is found to be full here.
    const queue: i32 = queueOf(heap, bin);
    if (bin < BIN_COUNT) queueRefill(queue);
    const mainQueue: i32 = queueOf(main, bin);
    let page: i32 = queueTail(queue);
    while (page != 0) {
      queueRemove(page);
      store(page + PAGE_QUEUE_OFFSET, mainQueue);
      if (pageIsFull(page)) queuePushFull(page);
      else queuePush(page);
      page = queueTail(queue);
    }
    queueAddFrames(mainQueue, queueFrames(queue));
  }
  heapFree(heap);
};
