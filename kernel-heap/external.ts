/**
 * Floor 12: external values: blocks outside of the heap, in a region of their own, so that one comparison tells them from
 * those of the heap (Enguerrand Decorne, "Naked pointers and external values", OCaml 2021, has the idea). Each belongs to
 * a batch, a task's for instance, and may be freed alone; a batch is released as a whole.
 *
 * A batch has whole slabs of one frame, from which values of up to SLAB_SIZE_MAX bytes are taken one behind the other.
 * What is larger, or finds the region full, comes from a heap that the batch has for it.
 * Cost: O(1) for a value, O(slabs) and clearing them for a batch.
 */

import { fill, lessThan, load, store } from './memory.ts';
import { alignDown, alignUp, maximum } from './bits.ts';
import { FRAME_MASK, FRAME_SHIFT, FRAME_SIZE } from './layout.ts';
import { KIND_EXTERNAL, KIND_SHARED, RANGE_BYTES_OFFSET, RANGE_KIND_OFFSET, RANGE_START_OFFSET } from './audit-layout.ts';
import {
  BATCH_END_OFFSET, BATCH_FREE_OFFSET, BATCH_FRESH_OFFSET, BATCH_HEAP_OFFSET, BATCH_SIZE, BATCH_SLABS_OFFSET,
  BATCH_SLAB_OFFSET, EXTERNAL_BATCH_OFFSET, EXTERNAL_BYTES_OFFSET, EXTERNAL_FREED, EXTERNAL_HEADER_SIZE, EXTERNAL_MARK,
  EXTERNAL_MARK_OFFSET, EXTERNAL_NEXT_OFFSET, SLABS_END_OFFSET, SLABS_FREE_OFFSET, SLABS_FRESH_OFFSET, SLAB_HEADER_SIZE,
  SLAB_SIZE_MAX,
} from './external-layout.ts';
import { DEBUG } from './profile.ts';
import { heapExists } from './state.ts';
import { PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, panic } from './panic.ts';
import { sizeClassBin, sizeClassSize } from './size-class.ts';
import { regionOverlaps } from './region.ts';
import { heapFree } from './heap.ts';
import { heapAllocFrom, heapDestroy, heapNew } from './heaps.ts';
import { debugFree, debugKind } from './debug.ts';
import { debugAllocFrom, debugDestroy } from './debug-heaps.ts';
import { rangeAdd, rangeRemove } from './audit.ts';

/**
 * Begins a slab region in the memory from address `start` on, `size` bytes, of which whole frames are used. Returns it;
 * 0, and nothing is changed, if there is no heap, the range wraps, overlaps the heap, or has less than two frames.
 */
export const externalBegin = (start: i32, size: i32): i32 => {
  if (!heapExists() || size == 0 || lessThan(start + size - 1, start)) return 0;
  const slabs: i32 = alignUp(maximum(start, 1), FRAME_SIZE);
  const end: i32 = alignDown(start + size, FRAME_SIZE);
  if (lessThan(end, slabs) || lessThan(end - slabs, FRAME_SIZE << 1)) return 0;
  if (regionOverlaps(slabs >>> FRAME_SHIFT, end >>> FRAME_SHIFT)) return 0;
  fill(slabs, 0, FRAME_SIZE);
  store(slabs + SLABS_FRESH_OFFSET, slabs + FRAME_SIZE);
  store(slabs + SLABS_END_OFFSET, end);
  store(slabs + RANGE_START_OFFSET, slabs);
  store(slabs + RANGE_BYTES_OFFSET, end - slabs);
  store(slabs + RANGE_KIND_OFFSET, KIND_EXTERNAL);
  if (DEBUG) rangeAdd(slabs);
  return slabs;
};

/** Gives up the slab region, whose memory is the caller's again. Its batches must have been released. */
export const externalEnd = (slabs: i32): void => {
  if (DEBUG && heapExists()) rangeRemove(slabs);
};

/** A frame of the region; 0 if it is full. */
const slabNew = (slabs: i32): i32 => {
  const free: i32 = load(slabs + SLABS_FREE_OFFSET);
  if (free != 0) {
    store(slabs + SLABS_FREE_OFFSET, load(free));
    return free;
  }
  const fresh: i32 = load(slabs + SLABS_FRESH_OFFSET);
  if (fresh == load(slabs + SLABS_END_OFFSET)) return 0;
  store(slabs + SLABS_FRESH_OFFSET, fresh + FRAME_SIZE);
  fill(fresh, 0, FRAME_SIZE);
  return fresh;
};

/** Gives the frame `slab` back. No value in it keeps its mark. */
const slabFree = (slabs: i32, slab: i32): void => {
  fill(slab, 0, FRAME_SIZE);
  store(slab, load(slabs + SLABS_FREE_OFFSET));
  store(slabs + SLABS_FREE_OFFSET, slab);
};

/** A new batch in the region `slabs`; 0 if that is full. */
export const batchNew = (slabs: i32): i32 => {
  const batch: i32 = slabNew(slabs);
  if (batch == 0) return 0;
  fill(batch, 0, BATCH_SIZE);
  store(batch + BATCH_SLABS_OFFSET, slabs);
  store(batch + BATCH_FRESH_OFFSET, batch + BATCH_SIZE);
  store(batch + BATCH_END_OFFSET, batch + FRAME_SIZE);
  return batch;
};

/** The memory for a header and value of `size` bytes, a size class, behind the batch's last one; 0 if there is none. */
const batchTake = (batch: i32, size: i32): i32 => {
  if (load(batch + BATCH_END_OFFSET) - load(batch + BATCH_FRESH_OFFSET) < size) {
    const slab: i32 = slabNew(load(batch + BATCH_SLABS_OFFSET));
    if (slab == 0) return 0;
    store(slab, load(batch + BATCH_SLAB_OFFSET));
    store(batch + BATCH_SLAB_OFFSET, slab);
    store(batch + BATCH_FRESH_OFFSET, slab + SLAB_HEADER_SIZE);
    store(batch + BATCH_END_OFFSET, slab + FRAME_SIZE);
  }
  const fresh: i32 = load(batch + BATCH_FRESH_OFFSET);
  store(batch + BATCH_FRESH_OFFSET, fresh + size);
  return fresh;
};

/** A value of the batch's own heap; 0 if there is no memory. */
const batchFallback = (batch: i32, size: i32): i32 => {
  if (load(batch + BATCH_HEAP_OFFSET) == 0) store(batch + BATCH_HEAP_OFFSET, heapNew());
  const heap: i32 = load(batch + BATCH_HEAP_OFFSET);
  if (heap == 0) return 0;
  if (!DEBUG) return heapAllocFrom(heap, size);
  const ptr: i32 = debugAllocFrom(heap, size);
  if (ptr != 0) debugKind(ptr, KIND_SHARED);
  return ptr;
};

/** A value of `size` bytes for `batch`, aligned to 16; 0 if neither the region nor the heap has memory. */
export const batchAlloc = (batch: i32, size: i32): i32 => {
  if (lessThan(SLAB_SIZE_MAX - EXTERNAL_HEADER_SIZE, size)) return batchFallback(batch, size);
  const bin: i32 = sizeClassBin(size + EXTERNAL_HEADER_SIZE);
  const list: i32 = batch + BATCH_FREE_OFFSET + (bin << 2);
  let header: i32 = load(list);
  if (header != 0) store(list, load(header + EXTERNAL_NEXT_OFFSET));
  else header = batchTake(batch, sizeClassSize(bin));
  if (header == 0) return batchFallback(batch, size);
  const ptr: i32 = header + EXTERNAL_HEADER_SIZE;
  store(header + EXTERNAL_MARK_OFFSET, EXTERNAL_MARK ^ ptr);
  store(header + EXTERNAL_BYTES_OFFSET, size);
  store(header + EXTERNAL_BATCH_OFFSET, batch);
  return ptr;
};

/** Whether `ptr` lies in the slabs of the region of `batch`. */
const isInSlabs = (batch: i32, ptr: i32): boolean => {
  const slabs: i32 = load(batch + BATCH_SLABS_OFFSET);
  return lessThan(ptr - slabs, load(slabs + SLABS_END_OFFSET) - slabs);
};

/** Frees the value at `ptr`, which is of `batch`; 0 is nothing. Whatever else stops the machine. */
export const batchFree = (batch: i32, ptr: i32): void => {
  if (ptr == 0) return;
  if (!isInSlabs(batch, ptr)) {
    if (DEBUG) debugFree(ptr);
    else heapFree(ptr);
    return;
  }
  const header: i32 = ptr - EXTERNAL_HEADER_SIZE;
  const offset: i32 = header & FRAME_MASK;
  if ((ptr & (EXTERNAL_HEADER_SIZE - 1)) != 0 || offset < SLAB_HEADER_SIZE) panic(PANIC_INVALID_FREE, ptr);
  const mark: i32 = load(header + EXTERNAL_MARK_OFFSET) ^ ptr;
  if (mark == EXTERNAL_FREED) panic(PANIC_DOUBLE_FREE, ptr);
  if (mark != EXTERNAL_MARK || load(header + EXTERNAL_BATCH_OFFSET) != batch) panic(PANIC_INVALID_FREE, ptr);
  const list: i32 = batch + BATCH_FREE_OFFSET + (sizeClassBin(load(header + EXTERNAL_BYTES_OFFSET) + EXTERNAL_HEADER_SIZE) << 2);
  store(header + EXTERNAL_MARK_OFFSET, EXTERNAL_FREED ^ ptr);
  store(header + EXTERNAL_NEXT_OFFSET, load(list));
  store(list, header);
};

/** Frees all values of `batch`, and the batch itself. */
export const batchRelease = (batch: i32): void => {
  const slabs: i32 = load(batch + BATCH_SLABS_OFFSET);
  const heap: i32 = load(batch + BATCH_HEAP_OFFSET);
  if (DEBUG) debugDestroy(heap);
  else heapDestroy(heap);
  let slab: i32 = load(batch + BATCH_SLAB_OFFSET);
  while (slab != 0) {
    const next: i32 = load(slab);
    slabFree(slabs, slab);
    slab = next;
  }
  slabFree(slabs, batch);
};

/** Writes the header of a value of `size` bytes at `ptr`, in a range of the caller's own; or takes its mark if `live` is 0. */
export const externalMark = (ptr: i32, size: i32, live: i32): void => {
  const header: i32 = ptr - EXTERNAL_HEADER_SIZE;
  store(header + EXTERNAL_BYTES_OFFSET, size);
  store(header + EXTERNAL_BATCH_OFFSET, 0);
  if (live == 0) store(header + EXTERNAL_MARK_OFFSET, EXTERNAL_FREED ^ ptr);
  else store(header + EXTERNAL_MARK_OFFSET, EXTERNAL_MARK ^ ptr);
};
