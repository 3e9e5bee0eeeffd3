/** Floor 7: spans for pages and large blocks, and their descriptors, with every means of finding frames. */

import { lessThan, load, remainder, store, store16 } from './memory.ts';
import { log2Ceil, maximum, minimum } from './bits.ts';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_LARGE, BIN_LAZY, DESCRIPTOR_SHIFT, DESCRIPTOR_SIZE, FRAME_COUNT_MAX, FRAME_MASK,
  FRAME_SHIFT, GROWS, GROWS_IN_VAIN, GUARD_FRAMES, LAZY_ORDER_MAX, LAZY_TRIM_MAX, PAGE_BLOCK_SIZE_OFFSET, PAGE_CARVED_OFFSET,
  PAGE_FRAMES_MAX, STATE_GROWS_OFFSET, STATE_USED_FRAMES_OFFSET,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { stateAddress } from './state.ts';
import { GUARD_SIZE, guardWrite } from './guard.ts';
import { buddyAlloc, buddyFree, buddyTake } from './buddy.ts';
import { sizeClassSize } from './size-class.ts';
import { pageBlockSize, pageCarved, pageExtend, pagePop, pageStart } from './page.ts';
import { queueAdd, queueFrames, queueHead, queueOf, queueRefill } from './page-queue.ts';
import { descriptorFree, pageShrink, retiredFlush } from './retire.ts';
import { idlePop, lazyFlush } from './lazy.ts';
import { regionGrowFind } from './region.ts';

/** Whether more memory is to be had by memory.grow, as far as is known. */
const memoryGrows = (): boolean => load(stateAddress() + STATE_GROWS_OFFSET) == GROWS;

/**
 * Gives back to the buddy what nobody uses: empty pages, idle nodes, and the room behind the first `blocks` lazy blocks.
 * O(log capacity) for each of them.
 */
const spansFlush = (blocks: i32): void => {
  lazyFlush(blocks);
  // The table last: a page of descriptors that idle nodes had may have become empty.
  retiredFlush();
};

/** How many nodes of an order are looked at where none of them suffices alone. */
const RUN_ATTEMPTS: i32 = 16;

/**
 * spanAllocPresent where no free node suffices: one that became free, or a run of several. As runs begin at their
 * beginning, that needs less memory than to ask for a single node first.
 */
const spanAllocPresentSlow = (count: i32, alignmentOrder: i32): i32 => {
  spansFlush(LAZY_TRIM_MAX);
  return buddyAlloc(count, alignmentOrder, RUN_ATTEMPTS);
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames, of the memory that is there: free ones, or those of empty
 * pages. Returns the first frame, 0 if there are none.
 */
export const spanAllocPresent = (count: i32, alignmentOrder: i32): i32 => {
  const frame: i32 = buddyAlloc(count, alignmentOrder, 0);
  if (frame != 0) return frame;
  return spanAllocPresentSlow(count, alignmentOrder);
};

/**
 * Gives back the frames that no block was carved from yet: the first page of a bin, which blocks come from, has such. Those
 * of heaps of one's own keep them. A memory of 16 MiB hands out 91 % for 89 with it before a request of 1 to 1,024 bytes
 * fails.
 */
export const pagesTrim = (): void => {
  let bin: i32 = 0;
  do {
    const page: i32 = queueHead(queueOf(stateAddress(), bin));
    if (page != 0) pageShrink(page, (Math.imul(pageCarved(page), pageBlockSize(page)) + FRAME_MASK) >>> FRAME_SHIFT);
    bin++;
  } while (bin != BIN_COUNT);
};

/** Gives back all that can be. Returns the frames gained, those of pages of descriptors included. */
export const spansTrim = (): i32 => {
  const used: i32 = stateAddress() + STATE_USED_FRAMES_OFFSET;
  const before: i32 = load(used);
  spansFlush(FRAME_COUNT_MAX);
  pagesTrim();
  return before - load(used);
};

/**
 * Takes `count` frames, aligned to 2^alignmentOrder frames, at the end of a memory that grows; if it cannot, what pages
 * have never used. Returns the first frame, 0 if there are none.
 */
const spanAllocGrown = (count: i32, alignmentOrder: i32): i32 => {
  const grows: i32 = stateAddress() + STATE_GROWS_OFFSET;
  if (load(grows) != 0) {
    const frame: i32 = regionGrowFind(count, alignmentOrder);
    let outcome: i32 = GROWS;
    if (frame == 0) outcome = GROWS_IN_VAIN;
    store(grows, outcome);
    if (frame != 0) {
      buddyTake(frame, count);
      return frame;
    }
  }
  pagesTrim();
  return spanAllocPresent(count, alignmentOrder);
};

/**
 * spanAllocPresent, or else from new memory. A memory that does not grow is packed, and so is one that has met its end.
 * One node of each order is looked at: with two, and the lowest order first, a fragmented memory held 76 % instead
 * of 75, and a large malloc in a kernel took two thirds more instructions. Counts that are powers of two are packed as
 * well, which takes a tenth fewer.
 *
 * One that grows is packed at its end, where spanAllocGrown takes what is missing and no more. Packing all of it took
 * twice the instructions in replacement of large blocks (1,610 against 890 for one), as blocks with two ragged ends cut
 * and merge more nodes, and the memory's peak there was the same. Pages of blocks are not packed: it spreads them, and
 * the descriptors between them, and large blocks find less room when they are gone.
 */
export const spanAlloc = (count: i32, alignmentOrder: i32): i32 => {
  let frame: i32 = 0;
  if (!memoryGrows()) frame = buddyAlloc(count, alignmentOrder, 1);
  if (frame == 0) frame = spanAllocPresent(count, alignmentOrder);
  if (frame == 0) frame = spanAllocGrown(count, alignmentOrder);
  return frame;
};

/** Takes a descriptor; 0 if there is no memory for one. */
export const descriptorAlloc = (): i32 => {
  const queue: i32 = queueOf(stateAddress(), BIN_DESCRIPTOR);
  let page: i32 = queueRefill(queue);
  if (page == 0) {
    const frames: i32 = GUARD_FRAMES + 1;
    const frame: i32 = spanAlloc(frames, 0);
    if (frame == 0) {
      // An empty page that was given back has left its descriptor, and may have had too few frames for a guard as well.
      if (HARDENED && queueHead(queue) != 0) return descriptorAlloc();
      return 0;
    }
    const start: i32 = frame << FRAME_SHIFT;
    page = start + guardWrite(start); // the page's own descriptor is the first slot behind the guard
    queueAdd(queue, BIN_DESCRIPTOR, page, frame, frames, DESCRIPTOR_SIZE);
    store16(page + PAGE_CARVED_OFFSET, (GUARD_SIZE >>> DESCRIPTOR_SHIFT) + 1);
    pageExtend(page);
  }
  return pagePop(page);
};

/** The fewest frames for a page of blocks of `size` bytes that leave at most an eighth of it over at the end. */
export const pageFramesMin = (size: i32): i32 => {
  let frames: i32 = 1;
  while (lessThan(frames << (FRAME_SHIFT - 3), remainder(frames << FRAME_SHIFT, size))) {
    frames++;
  }
  return frames;
};

/**
 * Adds a page to `queue`, that of `bin`. Pages grow with the class: three eighths of its frames, at most PAGE_FRAMES_MAX,
 * so that a heap of a few objects takes a few frames. (Instructions of random replacement and memory over what is live, by shares
 * of the class: a quarter 105 and 1.51, three eighths 97 and 1.51, a half 95 and 1.54. Lengths that are powers of two
 * alone, at a quarter: more instructions, memory 1.52.) Returns the page, 0 if there is no memory.
 */
export const pageNew = (queue: i32, bin: i32): i32 => {
  const size: i32 = sizeClassSize(bin);
  const least: i32 = pageFramesMin(size);
  const most: i32 = minimum(maximum(Math.imul(queueFrames(queue), 3) >>> 3, least), PAGE_FRAMES_MAX);
  const page: i32 = descriptorAlloc();
  if (page == 0) return 0;
  // A smaller page rather than more memory, more memory rather than none.
  let frames: i32 = most;
  let frame: i32 = 0;
  for (;;) {
    frame = spanAllocPresent(frames, 0);
    if (frame != 0 || frames == least) break;
    frames = maximum(frames >>> 1, least);
  }
  if (frame == 0) {
    frames = most;
    frame = spanAllocGrown(frames, 0);
  }
  if (frame == 0) {
    frames = least;
    frame = spanAllocGrown(frames, 0);
  }
  if (frame == 0) {
    descriptorFree(page);
    return 0;
  }
  queueAdd(queue, bin, page, frame, frames, size);
  pageExtend(page);
  return page;
};

/**
 * Whether a block of `heap` in a node of `order`, aligned to 2^alignmentOrder frames, is to be lazy. Those of other heaps
 * than the main one are not: when frames run short, only its queue is known.
 */
const largeIsLazy = (heap: i32, order: i32, alignmentOrder: i32): boolean => {
  if (heap != stateAddress() || !memoryGrows()) return false;
  return alignmentOrder <= order && order <= LAZY_ORDER_MAX;
};

/** Takes `frames` frames, aligned to 2^alignmentOrder frames, as a large block of `heap`. Its address, or 0. */
export const largeNew = (heap: i32, frames: i32, alignmentOrder: i32): i32 => {
  const order: i32 = log2Ceil(frames);
  let bin: i32 = BIN_LAZY;
  let span: i32 = 1 << order;
  let frame: i32 = 0;
  if (largeIsLazy(heap, order, alignmentOrder)) {
    const idle: i32 = idlePop(order);
    if (idle != 0) {
      store(idle + PAGE_BLOCK_SIZE_OFFSET, frames << FRAME_SHIFT);
      return pageStart(idle);
    }
    frame = buddyAlloc(span, 0, 0);
  }
  if (frame == 0) {
    bin = BIN_LARGE;
    span = frames;
    frame = spanAlloc(frames, alignmentOrder);
    if (frame == 0) return 0;
  }
  const page: i32 = descriptorAlloc();
  if (page == 0) {
    buddyFree(frame, span);
    if (span == frames) return 0;
    // A frame of the room behind a lazy block may do for the descriptor. The memory has met its end: none is lazy now.
    return largeNew(heap, frames, alignmentOrder);
  }
  queueAdd(queueOf(heap, bin), bin, page, frame, span, frames << FRAME_SHIFT);
  return frame << FRAME_SHIFT;
};
