/**
 * The functions that the component exports, with the parameters of the canonical ABI. scripts/lib/heap-component.ts
 * makes canonical names of theirs: `method_x_y` becomes `[method]heap.x-y`.
 */

import { copy, load, memorySize } from '../../kernel-heap/memory.ts';
import { STATE_STATS_OFFSET } from '../../kernel-heap/layout.ts';
import { STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET } from '../../kernel-heap/stats-layout.ts';
import { heapExists, stateAddress } from '../../kernel-heap/state.ts';
import { heap_check, heap_stats } from '../../kernel-heap/index.ts';
import {
  ERROR_OUT_OF_MEMORY, NO_ERROR, resultError, resultList, resultOk, resultRecord,
} from './result.ts';
import {
  SERVICE_ALIGNMENT, serviceAlloc, serviceFree, serviceHeapCount, serviceHeapDrop, serviceHeapNew, serviceHeldBytes,
  serviceLiveBlocks, serviceLiveBytes, servicePeakBytes, serviceRange, serviceRealloc, serviceUsableSize, serviceValue,
} from './service.ts';
import { transferEnd, transferRelease, transferReserve, transferResize } from './transfer.ts';

/** Makes a handle of the record, for the host to hold: the component model's `resource.new`. */
declare const resource_new: (record: i32) => i32;

/** The result of a function of service.ts. */
const resultOf = (error: i32): i32 => {
  if (error == NO_ERROR) return resultOk(serviceValue());
  return resultError(error, serviceValue());
};

export const constructor_heap = (): i32 => {
  const record: i32 = transferReserve() ? serviceHeapNew() : 0;
  if (record == 0) {
    if (serviceHeapCount() == 0) transferRelease();
    return resultError(ERROR_OUT_OF_MEMORY, 0);
  }
  const handle: i32 = resource_new(record);
  return resultOk(handle);
};

export const dtor_heap = (record: i32): void => {
  serviceHeapDrop(record);
  if (serviceHeapCount() == 0) transferRelease();
};

export const method_alloc = (record: i32, size: i32): i32 => resultOf(serviceAlloc(record, size, SERVICE_ALIGNMENT));

export const method_alloc_aligned = (record: i32, size: i32, alignment: i32): i32 =>
  resultOf(serviceAlloc(record, size, alignment));

export const method_realloc = (record: i32, block: i32, size: i32): i32 =>
  resultOf(serviceRealloc(record, block, size));

export const method_free = (record: i32, block: i32): i32 => resultOf(serviceFree(record, block));

export const method_usable_size = (record: i32, block: i32): i32 => resultOf(serviceUsableSize(record, block));

/** The list is the block itself: the host copies it before it calls again. */
export const method_read = (record: i32, block: i32, offset: i32, length: i32): i32 => {
  const error: i32 = serviceRange(record, block, offset, length);
  if (error != NO_ERROR) return resultError(error, serviceValue());
  return resultList(block + offset, length);
};

export const method_write = (record: i32, block: i32, offset: i32, bytes: i32, length: i32): i32 => {
  const error: i32 = serviceRange(record, block, offset, length);
  if (error == NO_ERROR) copy(block + offset, bytes, length);
  transferEnd(bytes, length);
  return resultOf(error);
};

export const method_stats = (record: i32): i32 => resultRecord(
  serviceLiveBlocks(record), serviceLiveBytes(record), servicePeakBytes(record), serviceHeldBytes(record),
);

export const total_stats = (): i32 => {
  if (!heapExists()) return resultRecord(0, 0, 0, memorySize());
  const figures: i32 = stateAddress() + STATE_STATS_OFFSET;
  heap_stats(figures);
  return resultRecord(
    serviceHeapCount(), load(figures + STATS_BLOCKS_OFFSET), load(figures + STATS_BLOCK_BYTES_OFFSET), memorySize(),
  );
};

export const check = (): i32 => {
  const code: i32 = heap_check();
  if (code == 0) return resultOk(0);
  return resultError(code, 0);
};

export const component_realloc = (ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 =>
  transferResize(ptr, oldSize, alignment, size);
