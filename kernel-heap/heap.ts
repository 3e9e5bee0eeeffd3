/**
 * Floor 9: the allocator. Reads from the fast paths down: a small malloc is four loads, two stores and two tests, a
 * free is three loads, three stores and three tests; everything else is in functions named …Slow, which the build does
 * not inline.
 */

import {
  copy, fill, lessThan, load, load16, multiplyHigh, store, store16,
} from './memory.ts';
import { alignUp, isPowerOfTwo, log2Floor, maximum, minimum } from './bits.ts';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_LARGE, BLOCK_ALIGNMENT, BLOCK_ALIGNMENT_SHIFT, DIRECT_SIZE_MAX, FRAME_MASK, FRAME_SHIFT,
  FRAME_SIZE, HEAP_DIRECT_OFFSET, PAGE_FREE_OFFSET, PAGE_USED_OFFSET, SIZE_MAX, SMALL_SIZE_MAX, WORD_SHIFT,
} from './layout.ts';
import { HARDENED, HEAP_START } from './profile.ts';
import { frameMapAddress, heapExists, stateAddress } from './state.ts';
import { PANIC_INVALID_FREE, PANIC_OUT_OF_MEMORY, PANIC_SIZE_MISMATCH, panic } from './panic.ts';
import { pageOf } from './frame-table.ts';
import { liveSet, liveTake, liveTest } from './live-map.ts';
import { sizeClassBin } from './size-class.ts';
import {
  blockLink, blockNext, pageBin, pageBlockSize, pageFrames, pageHeap, pageIsLarge, pageIsLoose, pagePop,
  pageSetLoose,
} from './page.ts';
import { queueOf, queueRefill } from './page-queue.ts';
import { blockFree, retiredPush } from './retire.ts';
import { regionInit } from './region.ts';
import { pageNew } from './span.ts';
import { framesFor, largeAlloc, largeFree, largeResize } from './large.ts';
import { misuseOf } from './misuse.ts';

/**
 * heapAlloc where the direct table has no free block: other pages, new ones, sizes above 1 KiB, the first call. An
 * `alignmentOrder` that is not 0 calls for a large block aligned to 2^alignmentOrder frames; `size` is not 0 then.
 */
const heapAllocSlow = (heap: i32, size: i32, alignmentOrder: i32): i32 => {
  // A module that owns its memory begins the heap on its first use.
  if (!heapExists() && (HEAP_START == 0 || regionInit(HEAP_START, 0) == 0)) return 0;
  // Of sizes that cannot be rounded to frames there are too many frames, too.
  if (lessThan(SMALL_SIZE_MAX, size) || alignmentOrder != 0) return largeAlloc(heap, framesFor(size), alignmentOrder);
  const bin: i32 = sizeClassBin(size);
  const queue: i32 = queueOf(heap, bin);
  let page: i32 = queueRefill(queue);
  if (page == 0) page = pageNew(queue, bin);
  if (page == 0) return 0;
  const block: i32 = pagePop(page);
  if (HARDENED) liveSet(block);
  return block;
};

/**
 * A block of at least `size` bytes from `heap`, aligned to 16 bytes; 0 if there is no memory.
 * Size 0 gives a block of its own. Cost: O(1), O(log memory) when a page is added.
 */
export const heapAlloc = (heap: i32, size: i32): i32 => {
  // Only in a memory of one's own is there nothing but zeros before the heap begins.
  if (HEAP_START == 0 && heap == 0) return 0;
  if (!lessThan(DIRECT_SIZE_MAX, size)) {
    const page: i32 = load(heap + ((size + BLOCK_ALIGNMENT - 1) >>> BLOCK_ALIGNMENT_SHIFT << WORD_SHIFT) + HEAP_DIRECT_OFFSET);
    const block: i32 = load(page + PAGE_FREE_OFFSET);
    if (block != 0) {
      // The count first, here and in free: with the link first a pair of calls takes 8 % more time on V8.
      store16(page + PAGE_USED_OFFSET, load16(page + PAGE_USED_OFFSET) + 1);
      store(page + PAGE_FREE_OFFSET, blockNext(block));
      if (HARDENED) liveSet(block);
      return block;
    }
  }
  return heapAllocSlow(heap, size, 0);
};

/** malloc: heapAlloc from the main heap. Others call it, too, and the build does not inline it there. */
export const mainAlloc = (size: i32): i32 => heapAlloc(stateAddress(), size);

/** Stops, if `page`, what the map says of `ptr`, is no page of blocks, and no large block at the start of a frame either. */
const demandBlock = (ptr: i32, page: i32): void => {
  let end: i32 = BIN_COUNT;
  if ((ptr & FRAME_MASK) == 0) end = BIN_DESCRIPTOR;
  if (pageFrames(page) != 0 && pageBin(page) < end) return;
  panic(PANIC_INVALID_FREE, ptr);
};

/** heapFree where the page has no free block: it is full, or no page of blocks at all. */
const heapFreeSlow = (ptr: i32, page: i32): void => {
  demandBlock(ptr, page);
  if (BIN_LARGE <= pageBin(page)) largeFree(page);
  else blockFree(page, ptr);
};

/** Stops with the reason why `ptr` is not the start of a live block. */
const refuseSlow = (ptr: i32): void => {
  panic(misuseOf(ptr), ptr);
};

/** Stops, if no live block begins at `ptr`. */
const demandLive = (ptr: i32): void => {
  if (!liveTest(ptr)) refuseSlow(ptr);
};

/**
 * Frees the block at `ptr`; 0 is nothing. In the hardened profile everything else that is not the start of a live block
 * stops the machine. Cost: O(1), O(log memory) when frames go back.
 */
export const heapFree = (ptr: i32): void => {
  if (ptr == 0) return;
  if (HARDENED && !liveTake(ptr)) refuseSlow(ptr);
  const page: i32 = load(frameMapAddress() + (ptr >>> FRAME_SHIFT << WORD_SHIFT));
  const first: i32 = load(page + PAGE_FREE_OFFSET);
  if (first == 0) {
    // It puts the block back itself: to come back here cost a native free 6 of 27 instructions, for 35 bytes.
    heapFreeSlow(ptr, page);
    return;
  }
  const used: i32 = load16(page + PAGE_USED_OFFSET) - 1;
  store16(page + PAGE_USED_OFFSET, used);
  blockLink(ptr, first);
  store(page + PAGE_FREE_OFFSET, ptr);
  if (used == 0) retiredPush(page);
};

/** The bytes that may be used at `ptr`, at least what was asked for; 0 for 0. */
export const heapUsableSize = (ptr: i32): i32 => {
  if (ptr == 0) return 0;
  if (HARDENED) demandLive(ptr);
  return pageBlockSize(pageOf(ptr));
};

/** A block of the main heap for `count` * `size` bytes, all zero; 0 if there is no memory or the product is 2^32 or more. */
export const mainAllocZeroed = (count: i32, size: i32): i32 => {
  if (multiplyHigh(count, size) != 0) return 0;
  const bytes: i32 = Math.imul(count, size);
  const block: i32 = mainAlloc(bytes);
  if (block != 0) fill(block, 0, bytes);
  return block;
};

/**
 * A block for `size` bytes aligned to `alignment` bytes; 0 if that is no power of two or there is no memory.
 * Blocks lie at multiples of their size from the start of a page, and every class that a multiple of a power of two
 * falls into is one of that power as well; so up to a frame it is enough to round the size up.
 */
export const heapAllocAligned = (heap: i32, alignment: i32, size: i32): i32 => {
  if (!isPowerOfTwo(alignment)) return 0;
  let bytes: i32 = size;
  if (lessThan(BLOCK_ALIGNMENT, alignment)) {
    bytes = maximum(size, 1);
    if (lessThan(FRAME_SIZE, alignment)) return heapAllocSlow(heap, bytes, log2Floor(alignment) - FRAME_SHIFT);
    // One byte less than the multiple: it leads to the same block, and no size is so large that it wraps.
    bytes = (bytes - 1) | (alignment - 1);
  }
  if (heap == stateAddress()) return mainAlloc(bytes);
  return heapAllocSlow(heap, bytes, 0);
};

/**
 * Whether the block of descriptor `page`, of `usable` bytes, can become `size` bytes long where it is: a small block if the
 * size stays within it and hardly falls below half of it (hardened: in its class, so that heapFreeSized can tell), a large
 * one if the frames behind it suffice.
 */
const blockResize = (page: i32, usable: i32, size: i32): boolean => {
  if (BIN_LARGE <= pageBin(page)) {
    if (!lessThan(SMALL_SIZE_MAX, size)) return false;
    return largeResize(page, framesFor(size));
  }
  if (lessThan(usable, size)) return false;
  if (HARDENED) return sizeClassBin(size) == pageBin(page);
  return (usable >>> 1) - BLOCK_ALIGNMENT < size;
};

/**
 * The block at `ptr` with `size` bytes, at the same place or another, aligned to `alignment` bytes: the contents are
 * kept up to the smaller of the two sizes. 0 if there is no memory; the block is then as it was. Becoming smaller does
 * not fail. A `ptr` of 0 is an allocation. Blocks stay in their heap. Cost: copying, if the block moves.
 */
export const heapResize = (heap: i32, ptr: i32, alignment: i32, size: i32): i32 => {
  if (ptr == 0) return heapAllocAligned(heap, alignment, size);
  if (HARDENED) demandLive(ptr);
  const page: i32 = pageOf(ptr);
  demandBlock(ptr, page);
  const aligned: boolean = (ptr & (alignment - 1)) == 0;
  const usable: i32 = pageBlockSize(page);
  if (aligned && blockResize(page, usable, size)) return ptr;
  const block: i32 = heapAllocAligned(pageHeap(page), alignment, size);
  if (block == 0) {
    // Becoming smaller does not fail: the block stays, too large as it is.
    if (!aligned || lessThan(usable, size)) return 0;
    if (HARDENED) pageSetLoose(page);
    return ptr;
  }
  copy(block, ptr, minimum(size, usable));
  heapFree(ptr);
  return block;
};

/** Whether a request for `size` bytes aligned to `alignment` bytes leads to a block like that of descriptor `page`. */
const blockFits = (page: i32, alignment: i32, size: i32): boolean => {
  if (pageIsLoose(page)) return !lessThan(pageBlockSize(page), size);
  if (lessThan(SIZE_MAX, size)) return false;
  let rounded: i32 = maximum(size, 1);
  if (lessThan(BLOCK_ALIGNMENT, alignment) && !lessThan(FRAME_SIZE, alignment)) rounded = alignUp(rounded, alignment);
  const large: boolean = lessThan(FRAME_SIZE, alignment) || lessThan(SMALL_SIZE_MAX, rounded);
  if (pageIsLarge(page)) return large && framesFor(rounded) == pageBlockSize(page) >>> FRAME_SHIFT;
  return !large && sizeClassBin(rounded) == pageBin(page);
};

/** Stops, if no live block begins at `ptr`, or it is none for `size` bytes aligned to `alignment` bytes. */
const demandSize = (ptr: i32, alignment: i32, size: i32): void => {
  demandLive(ptr);
  if (!blockFits(pageOf(ptr), alignment, size)) panic(PANIC_SIZE_MISMATCH, ptr);
};

/**
 * Frees the block at `ptr`, which was asked for with `size` bytes and `alignment`; 0 is nothing. The hardened profile
 * stops if such a request does not lead to such a block. Cost: as heapFree.
 */
export const heapFreeSized = (ptr: i32, alignment: i32, size: i32): void => {
  if (HARDENED && ptr != 0) demandSize(ptr, alignment, size);
  heapFree(ptr);
};

/**
 * The allocator of the component model's canonical ABI: heapResize for an `alignment` that is a power of two. A new
 * size of 0 frees the block and gives the alignment, an address that is aligned and no block; an `oldSize` of 0 says
 * that `ptr` is such an address. As the ABI has no way to report failure, exhaustion stops the machine.
 */
export const heapResizeCanonical = (heap: i32, ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 => {
  let old: i32 = ptr;
  if (oldSize == 0) old = 0;
  if (HARDENED && old != 0 && lessThan(heapUsableSize(old), oldSize)) panic(PANIC_SIZE_MISMATCH, old);
  if (size == 0) {
    heapFree(old);
    return alignment;
  }
  const block: i32 = heapResize(heap, old, alignment, size);
  if (block == 0) panic(PANIC_OUT_OF_MEMORY, size);
  return block;
};
