/**
 * The heaps of the service: what heap.wit promises, on heaps of the core. Each is a record, the first block of a heap
 * of the core's, in which everything lies that belongs to it.
 *
 *   0         4        8          12         16         20        24        36
 *  +---------+--------+----------+----------+----------+---------+---------+
 *  | heap of | next   | previous | live     | live     | peak    | block   |
 *  |the core | record | record   | blocks   | bytes    | bytes   | map     |
 *  +---------+--------+----------+----------+----------+---------+---------+
 *
 * Functions whose result may be an error return its case (result.ts) or NO_ERROR; what they have to give is then in
 * `serviceValue`.
 */

import { lessThan, load, store } from '../../kernel-heap/memory.ts';
import { isPowerOfTwo } from '../../kernel-heap/bits.ts';
import { BLOCK_ALIGNMENT, FRAME_SHIFT, QUEUE_COUNT, QUEUE_FRAMES_OFFSET, SIZE_MAX } from '../../kernel-heap/layout.ts';
import { free, heap_destroy, heap_malloc, heap_new, malloc_usable_size, realloc } from '../../kernel-heap/index.ts';
import { debugAlloc } from '../../kernel-heap/debug.ts';
import { heapAllocAligned } from '../../kernel-heap/heap.ts';
import { queueOf } from '../../kernel-heap/page-queue.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import {
  BLOCK_MAP_SIZE, blockMapBegin, blockMapEnd, blockMapHasBegun, blockMapInit, blockMapIsLive, blockMapReserve,
} from './block-map.ts';
import {
  ERROR_ALREADY_FREED, ERROR_BAD_ALIGNMENT, ERROR_FOREIGN_BLOCK, ERROR_NOT_A_BLOCK, ERROR_OUT_OF_BOUNDS,
  ERROR_OUT_OF_MEMORY, ERROR_TOO_LARGE, NO_ERROR,
} from './result.ts';

const SERVICE_NEXT_OFFSET: i32 = 4;
const SERVICE_PREV_OFFSET: i32 = 8;
const SERVICE_LIVE_BLOCKS_OFFSET: i32 = 12;
const SERVICE_LIVE_BYTES_OFFSET: i32 = 16;
const SERVICE_PEAK_BYTES_OFFSET: i32 = 20;
const SERVICE_MAP_OFFSET: i32 = 24;
const SERVICE_SIZE: i32 = SERVICE_MAP_OFFSET + BLOCK_MAP_SIZE; // 36 bytes

let firstRecord: i32 = 0;
let recordCount: i32 = 0;
let value: i32 = 0;

/** What the last function that returned NO_ERROR gave: a block, or a size. */
export const serviceValue = (): i32 => value;

/** The number of heaps. */
export const serviceHeapCount = (): i32 => recordCount;

/** The record of a new heap; 0 if there is no memory. */
export const serviceHeapNew = (): i32 => {
  const heap: i32 = heap_new();
  if (heap == 0) return 0;
  const record: i32 = heap_malloc(heap, SERVICE_SIZE);
  if (record == 0) {
    heap_destroy(heap);
    return 0;
  }
  store(record, heap);
  store(record + SERVICE_NEXT_OFFSET, firstRecord);
  store(record + SERVICE_PREV_OFFSET, 0);
  store(record + SERVICE_LIVE_BLOCKS_OFFSET, 0);
  store(record + SERVICE_LIVE_BYTES_OFFSET, 0);
  store(record + SERVICE_PEAK_BYTES_OFFSET, 0);
  blockMapInit(record + SERVICE_MAP_OFFSET);
  if (firstRecord != 0) store(firstRecord + SERVICE_PREV_OFFSET, record);
  firstRecord = record;
  recordCount++;
  return record;
};

/** Ends the heap with all its blocks. */
export const serviceHeapDrop = (record: i32): void => {
  const next: i32 = load(record + SERVICE_NEXT_OFFSET);
  const previous: i32 = load(record + SERVICE_PREV_OFFSET);
  if (next != 0) store(next + SERVICE_PREV_OFFSET, previous);
  if (previous == 0) firstRecord = next;
  else store(previous + SERVICE_NEXT_OFFSET, next);
  recordCount--;
  heap_destroy(load(record));
};

export const serviceLiveBlocks = (record: i32): i32 => load(record + SERVICE_LIVE_BLOCKS_OFFSET);

export const serviceLiveBytes = (record: i32): i32 => load(record + SERVICE_LIVE_BYTES_OFFSET);

export const servicePeakBytes = (record: i32): i32 => load(record + SERVICE_PEAK_BYTES_OFFSET);

/** Bytes of all frames that the heap holds. */
export const serviceHeldBytes = (record: i32): i32 => {
  let frames: i32 = 0;
  for (let bin: i32 = 0; bin < QUEUE_COUNT; bin++) frames += load(queueOf(load(record), bin) + QUEUE_FRAMES_OFFSET);
  return frames << FRAME_SHIFT;
};

/** Whether `block`, no live block of the heap of `record`, is one of another heap. Cost: O(heaps). */
const isForeign = (record: i32, block: i32): boolean => {
  for (let other: i32 = firstRecord; other != 0; other = load(other + SERVICE_NEXT_OFFSET)) {
    if (other != record && blockMapIsLive(other + SERVICE_MAP_OFFSET, block)) return true;
  }
  return false;
};

/** What is wrong with `block`, any number, as a live block of the heap. */
const blockCheck = (record: i32, block: i32): i32 => {
  const map: i32 = record + SERVICE_MAP_OFFSET;
  if (blockMapIsLive(map, block)) return NO_ERROR;
  if (isForeign(record, block)) return ERROR_FOREIGN_BLOCK;
  if (blockMapHasBegun(map, block)) return ERROR_ALREADY_FREED;
  return ERROR_NOT_A_BLOCK;
};

/** Counts the block in. False, and nothing is changed, if there is no memory to note it in. */
const blockBegin = (record: i32, block: i32): boolean => {
  if (!blockMapBegin(record + SERVICE_MAP_OFFSET, load(record), block)) return false;
  const bytes: i32 = load(record + SERVICE_LIVE_BYTES_OFFSET) + malloc_usable_size(block);
  store(record + SERVICE_LIVE_BLOCKS_OFFSET, load(record + SERVICE_LIVE_BLOCKS_OFFSET) + 1);
  store(record + SERVICE_LIVE_BYTES_OFFSET, bytes);
  if (lessThan(load(record + SERVICE_PEAK_BYTES_OFFSET), bytes)) store(record + SERVICE_PEAK_BYTES_OFFSET, bytes);
  return true;
};

/** Counts the live block out. */
const blockEnd = (record: i32, block: i32): void => {
  blockMapEnd(record + SERVICE_MAP_OFFSET, block);
  store(record + SERVICE_LIVE_BLOCKS_OFFSET, load(record + SERVICE_LIVE_BLOCKS_OFFSET) - 1);
  store(record + SERVICE_LIVE_BYTES_OFFSET, load(record + SERVICE_LIVE_BYTES_OFFSET) - malloc_usable_size(block));
};

/** aligned_alloc from `heap`, for which the core has no public name. */
const allocAligned = (heap: i32, alignment: i32, size: i32): i32 => {
  if (DEBUG != 0) return debugAlloc(heap, alignment, size);
  return heapAllocAligned(heap, alignment, size);
};

/** Gives a new block of `size` bytes, aligned to `alignment`. */
export const serviceAlloc = (record: i32, size: i32, alignment: i32): i32 => {
  if (!isPowerOfTwo(alignment)) return ERROR_BAD_ALIGNMENT;
  if (lessThan(SIZE_MAX, size)) return ERROR_TOO_LARGE;
  value = allocAligned(load(record), alignment, size);
  if (value == 0) return ERROR_OUT_OF_MEMORY;
  if (blockBegin(record, value)) return NO_ERROR;
  free(value);
  return ERROR_OUT_OF_MEMORY;
};

/** Gives the block with `size` bytes, at the same place or another. */
export const serviceRealloc = (record: i32, block: i32, size: i32): i32 => {
  const error: i32 = blockCheck(record, block);
  if (error != NO_ERROR) return error;
  if (lessThan(SIZE_MAX, size)) return ERROR_TOO_LARGE;
  // A block that has moved cannot be moved back, so there must be room to note it.
  if (!blockMapReserve(record + SERVICE_MAP_OFFSET, load(record))) return ERROR_OUT_OF_MEMORY;
  blockEnd(record, block);
  value = realloc(block, size);
  if (value == 0) {
    blockBegin(record, block);
    return ERROR_OUT_OF_MEMORY;
  }
  blockBegin(record, value);
  return NO_ERROR;
};

/** Frees the block. */
export const serviceFree = (record: i32, block: i32): i32 => {
  const error: i32 = blockCheck(record, block);
  if (error != NO_ERROR) return error;
  blockEnd(record, block);
  free(block);
  return NO_ERROR;
};

/** Gives the bytes that the block has. */
export const serviceUsableSize = (record: i32, block: i32): i32 => {
  const error: i32 = blockCheck(record, block);
  if (error == NO_ERROR) value = malloc_usable_size(block);
  return error;
};

/** Whether `length` bytes from `offset` on are in the block. After out-of-bounds `serviceValue` is the block's size. */
export const serviceRange = (record: i32, block: i32, offset: i32, length: i32): i32 => {
  const error: i32 = serviceUsableSize(record, block);
  if (error != NO_ERROR) return error;
  if (lessThan(value, offset) || lessThan(value - offset, length)) return ERROR_OUT_OF_BOUNDS;
  return NO_ERROR;
};

/** The alignment of `alloc`. */
export const SERVICE_ALIGNMENT: i32 = BLOCK_ALIGNMENT;
