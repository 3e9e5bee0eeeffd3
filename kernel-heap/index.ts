/** Floor 11: the public names. Sizes are in bytes; addresses are unsigned 32-bit numbers, 0 is no block. */

import { stateAddress, stateForget } from './state.ts';
import { descriptorTrim, retiredFlush } from './retire.ts';
import { regionGive, regionInit } from './region.ts';
import {
  heapAlloc, heapAllocAligned, heapAllocZeroed, heapFree, heapFreeSized, heapResize, heapResizeCanonical, heapUsableSize,
} from './heap.ts';
import { heapAllocFrom, heapDelete, heapDestroy, heapNew } from './heaps.ts';
import { statsWrite } from './stats.ts';
import { checkHeap } from './check.ts';

/** A block of `size` bytes, aligned to 16; 0 if there is no memory. Size 0 gives a block of its own. */
export const malloc = (size: i32): i32 => heapAlloc(stateAddress(), size);

/** Frees the block at `ptr`, of whatever heap; 0 is nothing. */
export const free = (ptr: i32): void => {
  heapFree(ptr);
};

/**
 * free for a block of malloc, calloc or realloc that was asked for with `size` bytes. The hardened profile stops if it
 * was not.
 */
export const free_sized = (ptr: i32, size: i32): void => {
  heapFreeSized(ptr, 1, size);
};

/**
 * free for a block that was asked for with `size` bytes aligned to `alignment` bytes. The hardened profile stops if it
 * was not.
 */
export const free_aligned_sized = (ptr: i32, alignment: i32, size: i32): void => {
  heapFreeSized(ptr, alignment, size);
};

/** A block of `count` * `size` zero bytes; 0 if there is no memory or the product is 2^32 or more. */
export const calloc = (count: i32, size: i32): i32 => heapAllocZeroed(stateAddress(), count, size);

/**
 * The block at `ptr` with `size` bytes, moved if need be, the contents kept; 0 if there is no memory, and the block is
 * as it was. A `ptr` of 0 is an allocation, a size of 0 gives a block of its own.
 */
export const realloc = (ptr: i32, size: i32): i32 => heapResize(stateAddress(), ptr, 1, size);

/** A block of `size` bytes aligned to `alignment` bytes; 0 if that is no power of two or there is no memory. */
export const aligned_alloc = (alignment: i32, size: i32): i32 => heapAllocAligned(stateAddress(), alignment, size);

/** The same as aligned_alloc, by its older name. */
export const memalign = (alignment: i32, size: i32): i32 => heapAllocAligned(stateAddress(), alignment, size);

/** The bytes that may be used at `ptr`, at least what was asked for; 0 for 0. */
export const malloc_usable_size = (ptr: i32): i32 => heapUsableSize(ptr);

/**
 * The canonical ABI's realloc. A new size of 0 frees and gives `alignment`, an old size of 0 allocates; exhaustion stops
 * the machine.
 */
export const cabi_realloc = (ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 =>
  heapResizeCanonical(stateAddress(), ptr, oldSize, alignment, size);

/**
 * Begins the heap in `size` bytes from address `start` on; size 0 means all memory from there on, growing on demand.
 * Returns the frames of 4 KiB that can be handed out; 0, and nothing is changed, if there is a heap already, the range
 * wraps, or it is too small.
 */
export const heap_init = (start: i32, size: i32): i32 => regionInit(start, size);

/**
 * Gives the heap `size` more bytes from address `start` on, adjacent to what it has or not. Returns the frames taken;
 * 0, and nothing is changed, if there is no heap, the range wraps, overlaps a region, or is too small.
 */
export const heap_add_region = (start: i32, size: i32): i32 => regionGive(start, size);

/** 0 if every invariant holds, or else the code of the first that does not (check.ts). Reads only. */
export const heap_check = (): i32 => checkHeap();

/** Writes the figures of the heap to `out` (stats.ts), STATS_SIZE bytes. */
export const heap_stats = (out: i32): void => {
  statsWrite(out);
};

/** Gives the frames of all pages without live blocks back to the buddy. Returns how many. */
export const heap_trim = (): i32 => {
  if (stateAddress() == 0) return 0;
  return retiredFlush() + descriptorTrim();
};

/** Forgets the heap: its regions are the caller's again, and heap_init may be called anew. */
export const heap_forget = (): void => {
  stateForget();
};

/** A heap of one's own, whose blocks can be freed all at once; 0 if there is no memory. */
export const heap_new = (): i32 => heapNew();

/** malloc from `heap`. Its blocks are freed and resized like any other. */
export const heap_malloc = (heap: i32, size: i32): i32 => heapAllocFrom(heap, size);

/** Frees `heap` and all its blocks. The main heap and 0 are left alone. */
export const heap_destroy = (heap: i32): void => {
  heapDestroy(heap);
};

/** Frees `heap`; its blocks pass to the main heap. The main heap and 0 are left alone. */
export const heap_delete = (heap: i32): void => {
  heapDelete(heap);
};
