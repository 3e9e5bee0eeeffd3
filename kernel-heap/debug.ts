/**
 * Floor 11: the debug profile: malloc and its relatives on guarded blocks (debug-layout.ts), each with a record.
 *
 * Blocks are filled with FRESH_BYTE when they are handed out and with FREED_BYTE when they are freed; freed blocks stay in
 * a quarantine, first in, first out, and are looked at when they leave it. Whatever is found is reported with the block's
 * number and the places where it was allocated and freed (debug-report.ts).
 *
 * Cost: O(size of the block) for each operation, O(live blocks) where the tag of a block is destroyed.
 */

import { copy, fill, lessThan, load, multiplyHigh, store } from './memory.ts';
import { isPowerOfTwo, maximum, minimum } from './bits.ts';
import { BLOCK_ALIGNMENT, SIZE_MAX } from './layout.ts';
import {
  DEBUG_MAGIC, DEBUG_MAGIC_OFFSET, DEBUG_NUMBER_OFFSET, DEBUG_PLACE_OFFSET, DEBUG_RECORDS_OFFSET, FRESH_BYTE,
  PLACE_SIZE, RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET, RECORD_FREED_OFFSET, RECORD_FREED_PLACE_OFFSET,
  RECORD_HEAP_OFFSET, RECORD_KIND_OFFSET, RECORD_NUMBER_OFFSET, RECORD_PLACE_OFFSET, RECORD_PTR_OFFSET, RECORD_SIZE,
  RED_ZONE_SIZE,
} from './debug-layout.ts';
import { KIND_ANY } from './audit-layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { recordFree, recordingCurrent } from './recorder.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, PANIC_OUT_OF_MEMORY, PANIC_SIZE_MISMATCH, PANIC_UNALIGNED_FREE, panic,
} from './panic.ts';
import { heapAllocAligned, heapFree, heapResize } from './heap.ts';
import { heapNew } from './heaps.ts';
import { bugFound } from './debug-report.ts';
import { zoneSettle, zoneWrite } from './debug-zone.ts';
import { liveList, quarantine, recordByTag, recordOf, recordPush, recordSearch } from './debug-records.ts';
import { countAdd, recordAlignment, recordCount, tellAlloc, tellFree } from './debug-count.ts';
import { quarantinePush, quarantineTrim } from './debug-quarantine.ts';
import { operationBegin, operationEnd } from './debug-operation.ts';

// Allocation

/** heapAllocAligned; when memory is short, the quarantine is given up first. */
const allocPatiently = (heap: i32, alignment: i32, size: i32): i32 => {
  const block: i32 = heapAllocAligned(heap, alignment, size);
  if (block != 0 || !heapExists()) return block;
  if (!quarantineTrim(0)) return 0;
  return heapAllocAligned(heap, alignment, size);
};

/** A record for `block`, all of whose fields are still to be written; 0 if there is no memory. */
const recordNew = (): i32 => {
  const records: i32 = stateAddress() + DEBUG_RECORDS_OFFSET;
  if (load(records) == 0) store(records, heapNew());
  if (load(records) == 0) return 0;
  store(stateAddress() + DEBUG_MAGIC_OFFSET, DEBUG_MAGIC);
  return allocPatiently(load(records), BLOCK_ALIGNMENT, RECORD_SIZE);
};

/** debugAlloc, as part of an operation. */
const blockNew = (heap: i32, alignment: i32, size: i32): i32 => {
  if (!isPowerOfTwo(alignment)) return 0;
  const before: i32 = maximum(alignment, RED_ZONE_SIZE);
  if (lessThan(SIZE_MAX - before - RED_ZONE_SIZE, size) || lessThan(SIZE_MAX >>> 1, before)) return 0;
  const block: i32 = allocPatiently(heap, before, before + size + RED_ZONE_SIZE);
  if (block == 0) return 0;
  const record: i32 = recordNew();
  if (record == 0) {
    heapFree(block);
    return 0;
  }
  const state: i32 = stateAddress();
  const ptr: i32 = (block + before) | 0; // to be compared with what load gives (debug-zone.ts)
  countAdd(DEBUG_NUMBER_OFFSET, 1);
  store(record + RECORD_PTR_OFFSET, ptr);
  store(record + RECORD_BYTES_OFFSET, size);
  store(record + RECORD_BLOCK_OFFSET, block);
  store(record + RECORD_HEAP_OFFSET, heap);
  store(record + RECORD_NUMBER_OFFSET, load(state + DEBUG_NUMBER_OFFSET));
  store(record + RECORD_FREED_OFFSET, 0);
  store(record + RECORD_KIND_OFFSET, KIND_ANY);
  copy(record + RECORD_PLACE_OFFSET, state + DEBUG_PLACE_OFFSET, PLACE_SIZE);
  fill(record + RECORD_FREED_PLACE_OFFSET, 0, PLACE_SIZE);
  recordPush(liveList(), record);
  recordCount(record, 1);
  tellAlloc(record);
  zoneWrite(record);
  fill(ptr, FRESH_BYTE, size);
  return ptr;
};

/** heapAllocAligned on guarded blocks. */
export const debugAlloc = (heap: i32, alignment: i32, size: i32): i32 => {
  operationBegin();
  const ptr: i32 = blockNew(heap, alignment, size);
  operationEnd();
  return ptr;
};

/** heapAllocZeroed on guarded blocks. */
export const debugAllocZeroed = (heap: i32, count: i32, size: i32): i32 => {
  if (multiplyHigh(count, size) != 0) return 0;
  const bytes: i32 = Math.imul(count, size);
  const ptr: i32 = debugAlloc(heap, 1, bytes);
  if (ptr != 0) fill(ptr, 0, bytes);
  return ptr;
};

// Freeing and resizing

/** The record of the live block at `ptr`; otherwise a bug is reported, and the result is 0. */
const recordDemand = (ptr: i32): i32 => {
  if (!heapExists()) panic(PANIC_INVALID_FREE, ptr);
  const record: i32 = recordOf(ptr);
  if (record == 0) {
    let around: i32 = recordSearch(liveList(), ptr, true);
    if (around == 0) around = recordSearch(quarantine(), ptr, true);
    if (around != 0) bugFound(PANIC_UNALIGNED_FREE, ptr, around, 0);
    else bugFound(PANIC_INVALID_FREE, ptr, 0, 0);
    return 0;
  }
  if (load(record + RECORD_FREED_OFFSET) != 0) {
    bugFound(PANIC_DOUBLE_FREE, ptr, record, 0);
    return 0;
  }
  return record;
};

/** Frees the block of `record`, which is live, after a look at its red zones. */
const blockEnd = (record: i32): void => {
  zoneSettle(record);
  quarantinePush(record);
};

/** recordDemand for a free of `ptr`; the recording that is going on is told of a wrong one, too. */
const freeDemand = (ptr: i32): i32 => {
  const record: i32 = recordDemand(ptr);
  if (record == 0) recordFree(recordingCurrent(), ptr, 0, 0);
  return record;
};

/** heapFree on guarded blocks. */
export const debugFree = (ptr: i32): void => {
  if (ptr == 0) return;
  operationBegin();
  const record: i32 = freeDemand(ptr);
  if (record != 0) {
    tellFree(record);
    blockEnd(record);
  }
  operationEnd();
};

/** heapFreeSized on guarded blocks: size and alignment must be exactly those that were asked for. */
export const debugFreeSized = (ptr: i32, alignment: i32, size: i32): void => {
  if (ptr == 0) return;
  operationBegin();
  const record: i32 = freeDemand(ptr);
  if (record != 0) {
    const before: i32 = maximum(alignment, RED_ZONE_SIZE);
    recordFree(recordingCurrent(), ptr, size, before);
    if (load(record + RECORD_BYTES_OFFSET) != size || recordAlignment(record) != before) {
      bugFound(PANIC_SIZE_MISMATCH, ptr, record, size);
    }
    blockEnd(record);
  }
  operationEnd();
};

/** heapUsableSize on guarded blocks: exactly the size that was asked for. */
export const debugUsableSize = (ptr: i32): i32 => {
  if (ptr == 0) return 0;
  const record: i32 = recordDemand(ptr);
  if (record == 0) return 0;
  return load(record + RECORD_BYTES_OFFSET);
};

/** Makes the block of `record` smaller without a second one: becoming smaller does not fail. Returns its address. */
const blockShrink = (record: i32, size: i32): i32 => {
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  const before: i32 = recordAlignment(record);
  const smaller: i32 = heapResize(load(record + RECORD_HEAP_OFFSET), block, before, before + size + RED_ZONE_SIZE);
  recordCount(record, -1);
  tellFree(record);
  store(record + RECORD_BLOCK_OFFSET, smaller);
  store(record + RECORD_PTR_OFFSET, (smaller + before) | 0);
  store(record + RECORD_BYTES_OFFSET, size);
  recordCount(record, 1);
  tellAlloc(record);
  zoneWrite(record);
  return load(record + RECORD_PTR_OFFSET);
};

/** Says what the words of the live block at `ptr` are, KIND_. Returns whether there is such a block. */
export const debugKind = (ptr: i32, kind: i32): boolean => {
  if (!heapExists()) return false;
  const record: i32 = recordByTag(ptr);
  if (record == 0 || load(record + RECORD_FREED_OFFSET) != 0) return false;
  store(record + RECORD_KIND_OFFSET, kind);
  return true;
};

/** heapResize on guarded blocks. A block always moves, so that who keeps its old address is found out. */
export const debugResize = (heap: i32, ptr: i32, alignment: i32, size: i32): i32 => {
  if (ptr == 0) return debugAlloc(heap, alignment, size);
  operationBegin();
  let moved: i32 = 0;
  const record: i32 = recordDemand(ptr);
  if (record != 0) {
    zoneSettle(record);
    const before: i32 = load(record + RECORD_BYTES_OFFSET);
    moved = blockNew(load(record + RECORD_HEAP_OFFSET), alignment, size);
    if (moved != 0) {
      copy(moved, ptr, minimum(before, size));
      debugKind(moved, load(record + RECORD_KIND_OFFSET));
      tellFree(record);
      quarantinePush(record);
    } else if (!lessThan(before, size) && (ptr & (alignment - 1)) == 0) {
      moved = blockShrink(record, size);
    }
  }
  operationEnd();
  return moved;
};

/**
 * heapResizeCanonical on guarded blocks: the old size must be exactly what was asked for. Who goes on after a bug with what
 * is no block gets one of its own, as there is no way to refuse.
 */
export const debugResizeCanonical = (heap: i32, ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 => {
  let old: i32 = ptr;
  if (oldSize == 0) old = 0;
  if (old != 0) {
    const record: i32 = recordDemand(old);
    if (record == 0) old = 0;
    else if (load(record + RECORD_BYTES_OFFSET) != oldSize) bugFound(PANIC_SIZE_MISMATCH, old, record, oldSize);
  }
  if (size == 0) {
    debugFree(old);
    return alignment;
  }
  const block: i32 = debugResize(heap, old, alignment, size);
  if (block == 0) panic(PANIC_OUT_OF_MEMORY, size);
  return block;
};
