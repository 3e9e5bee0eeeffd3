/**
 * Floor 11: the debug profile: malloc and its relatives on guarded blocks (debug-layout.ts), each with a record.
 *
 * Blocks are filled with FRESH_BYTE when they are handed out and with FREED_BYTE when they are freed; freed blocks stay in
 * a quarantine, first in, first out, and are looked at when they leave it. Whatever is found is reported with the block's
 * number and the places where it was allocated and freed (debug-report.ts).
 *
 * Cost: O(size of the block) for each operation, O(live blocks) where the tag of a block is destroyed.
 */

import { copy, fill, lessThan, load, multiplyHigh, remainder, store } from './memory.ts';
import { isPowerOfTwo, maximum, minimum } from './bits.ts';
import { BLOCK_ALIGNMENT, SIZE_MAX, SMALL_SIZE_MAX } from './layout.ts';
import {
  DEBUG_HELD_OFFSET, DEBUG_LIVE_BYTES_OFFSET, DEBUG_LIVE_COUNT_OFFSET, DEBUG_LIVE_LARGE_OFFSET, DEBUG_MAGIC, DEBUG_MAGIC_OFFSET,
  DEBUG_NUMBER_OFFSET, DEBUG_OPERATION_OFFSET, DEBUG_PLACE_OFFSET, DEBUG_RECORDS_OFFSET,
  FREED_BYTE, FRESH_BYTE, PLACE_SIZE, QUARANTINE_BYTES, RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET,
  RECORD_FREED_OFFSET, RECORD_FREED_PLACE_OFFSET, RECORD_HEAP_OFFSET, RECORD_KIND_OFFSET, RECORD_NEXT_OFFSET, RECORD_NUMBER_OFFSET,
  RECORD_PLACE_OFFSET, RECORD_PTR_OFFSET, RECORD_SIZE, RED_ZONE_SIZE, SETTING_AUDIT_EVERY, SETTING_CHECK_EVERY,
  SETTING_QUARANTINE,
} from './debug-layout.ts';
import { KIND_ANY } from './audit-layout.ts';
import { STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_LARGE_BLOCKS_OFFSET } from './stats-layout.ts';
import { RECORDING_BUG_OFFSET, RECORDING_FIRST_OFFSET } from './recording-layout.ts';
import { stateAddress } from './state.ts';
import { recordAlloc, recordBegin, recordFree, recordingCurrent } from './recorder.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, PANIC_OUT_OF_MEMORY, PANIC_SIZE_MISMATCH, PANIC_UNALIGNED_FREE, panic,
} from './panic.ts';
import { heapAllocAligned, heapFree, heapResize, heapUsableSize } from './heap.ts';
import { heapDelete, heapDemand, heapDestroy, heapNew } from './heaps.ts';
import { bugCount, bugFound, settingOf, settingSet } from './debug-report.ts';
import { zoneCheck, zoneMend, zoneWrite } from './debug-zone.ts';
import { liveList, quarantine, recordByTag, recordOf, recordPush, recordRemove, recordSearch } from './debug-records.ts';
import { auditAll } from './audit.ts';

/** Adds `amount` to the debug state's word at `offset`. */
const countAdd = (offset: i32, amount: i32): void => {
  const word: i32 = stateAddress() + offset;
  store(word, load(word) + amount);
};

/** Counts the block of `record` as live (`sign` 1) or no longer so (-1). */
const recordCount = (record: i32, sign: i32): void => {
  countAdd(DEBUG_LIVE_COUNT_OFFSET, sign);
  countAdd(DEBUG_LIVE_BYTES_OFFSET, Math.imul(sign, load(record + RECORD_BYTES_OFFSET)));
  if (lessThan(SMALL_SIZE_MAX, load(record + RECORD_BYTES_OFFSET))) countAdd(DEBUG_LIVE_LARGE_OFFSET, sign);
};

/** The alignment of the block of `record`: what was asked for, RED_ZONE_SIZE at least. */
const recordAlignment = (record: i32): i32 => load(record + RECORD_PTR_OFFSET) - load(record + RECORD_BLOCK_OFFSET);

/** Tells the recording that is going on that the block of `record` was allocated. */
const tellAlloc = (record: i32): void => {
  recordAlloc(recordingCurrent(), load(record + RECORD_PTR_OFFSET), load(record + RECORD_BYTES_OFFSET), recordAlignment(record));
};

/** Tells it that the block of `record` was freed as what it is. */
const tellFree = (record: i32): void => {
  recordFree(recordingCurrent(), load(record + RECORD_PTR_OFFSET), load(record + RECORD_BYTES_OFFSET), recordAlignment(record));
};

// Operations

/** The PANIC_ code of the first bug in the blocks of `list`, which is reported and stops nothing; 0 if there is none. */
const listCheck = (list: i32): i32 => {
  let record: i32 = load(list);
  while (record != 0) {
    const found: i32 = zoneCheck(record, false);
    if (found != 0) return found;
    record = load(record + RECORD_NEXT_OFFSET);
  }
  return 0;
};

/** listCheck for every live block and the quarantine. */
export const debugCheck = (): i32 => {
  if (stateAddress() == 0) return 0;
  const found: i32 = listCheck(liveList());
  if (found != 0) return found;
  return listCheck(quarantine());
};

/** zoneCheck at the end of what is known to be a block; damage is mended once it is reported. */
const zoneSettle = (record: i32): void => {
  while (zoneCheck(record, true) != 0) zoneMend(record);
};

/** zoneSettle for every block of `list`. */
const listSettle = (list: i32): void => {
  let record: i32 = load(list);
  while (record != 0) {
    zoneSettle(record);
    record = load(record + RECORD_NEXT_OFFSET);
  }
};

/** Looks at every block as its end does: whatever is wrong is reported and mended. */
export const debugSettle = (): void => {
  if (stateAddress() == 0) return;
  listSettle(liveList());
  listSettle(quarantine());
};

/** Sets `setting`, one of SETTING_, to `value`. Returns whether there is a heap and such a setting. */
export const debugSet = (setting: i32, value: i32): boolean => {
  if (stateAddress() == 0) return false;
  if (setting == SETTING_QUARANTINE) return settingSet(setting, value + 1);
  return settingSet(setting, value);
};

/** Whether the operation is one of those that `setting`, a number of operations, asks for; 0 asks for none. */
const isItsTurn = (setting: i32): boolean => {
  const every: i32 = load(settingOf(setting));
  return every != 0 && remainder(load(stateAddress() + DEBUG_OPERATION_OFFSET), every) == 0;
};

/** Counts an operation, and looks at everything if its turn has come. */
const operationBegin = (): void => {
  if (stateAddress() == 0) return;
  countAdd(DEBUG_OPERATION_OFFSET, 1);
  if (isItsTurn(SETTING_CHECK_EVERY)) debugSettle();
  if (isItsTurn(SETTING_AUDIT_EVERY)) auditAll();
};

/** The place was that of one call. */
const operationEnd = (): void => {
  if (stateAddress() != 0) fill(stateAddress() + DEBUG_PLACE_OFFSET, 0, PLACE_SIZE);
};

/** Says where the next call comes from: four words, the innermost place first, 0 = none. */
export const debugPlace = (first: i32, second: i32, third: i32, fourth: i32): void => {
  const place: i32 = stateAddress() + DEBUG_PLACE_OFFSET;
  if (stateAddress() == 0) return;
  store(place, first);
  store(place + 4, second);
  store(place + 8, third);
  store(place + 12, fourth);
};

/** Says which functions it is called by, the innermost first; a first place that debugPlace has told stays. */
export const debugStack = (first: i32, second: i32, third: i32, fourth: i32): void => {
  if (stateAddress() == 0) return;
  const told: i32 = load(stateAddress() + DEBUG_PLACE_OFFSET);
  if (told == 0) debugPlace(first, second, third, fourth);
  else debugPlace(told, second, third, fourth);
};

// Quarantine

/** Gives up the block of `record`, the first of the quarantine. */
const quarantinePop = (record: i32): void => {
  zoneSettle(record);
  recordRemove(quarantine(), record);
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  countAdd(DEBUG_HELD_OFFSET, 0 - heapUsableSize(block));
  heapFree(block);
  heapFree(record);
};

/** Empties the quarantine down to `bytes` bytes. Returns whether anything left it. */
const quarantineTrim = (bytes: i32): boolean => {
  const held: i32 = stateAddress() + DEBUG_HELD_OFFSET;
  let some: boolean = false;
  while (lessThan(bytes, load(held))) {
    quarantinePop(load(quarantine()));
    some = true;
  }
  return some;
};

/** The bytes that the quarantine may hold: what is set, or else QUARANTINE_BYTES. The setting is kept plus one. */
const quarantineLimit = (): i32 => {
  const setting: i32 = load(settingOf(SETTING_QUARANTINE));
  if (setting == 0) return QUARANTINE_BYTES;
  return setting - 1;
};

/** Puts the block of `record`, which was live, into the quarantine. */
const quarantinePush = (record: i32): void => {
  const state: i32 = stateAddress();
  recordCount(record, -1);
  recordRemove(liveList(), record);
  store(record + RECORD_FREED_OFFSET, load(state + DEBUG_OPERATION_OFFSET));
  copy(record + RECORD_FREED_PLACE_OFFSET, state + DEBUG_PLACE_OFFSET, PLACE_SIZE);
  fill(load(record + RECORD_PTR_OFFSET), FREED_BYTE, load(record + RECORD_BYTES_OFFSET));
  recordPush(quarantine(), record);
  countAdd(DEBUG_HELD_OFFSET, heapUsableSize(load(record + RECORD_BLOCK_OFFSET)));
  quarantineTrim(quarantineLimit());
};

// Allocation

/** heapAllocAligned; when memory is short, the quarantine is given up first. */
const allocPatiently = (heap: i32, alignment: i32, size: i32): i32 => {
  const block: i32 = heapAllocAligned(heap, alignment, size);
  if (block != 0 || stateAddress() == 0) return block;
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
  let owner: i32 = heap;
  if (owner == 0) owner = state;
  countAdd(DEBUG_NUMBER_OFFSET, 1);
  store(record + RECORD_PTR_OFFSET, ptr);
  store(record + RECORD_BYTES_OFFSET, size);
  store(record + RECORD_BLOCK_OFFSET, block);
  store(record + RECORD_HEAP_OFFSET, owner);
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
  if (stateAddress() == 0) panic(PANIC_INVALID_FREE, ptr);
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
  if (stateAddress() == 0) return false;
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

// Heaps

/** heap_malloc on guarded blocks. */
export const debugAllocFrom = (heap: i32, size: i32): i32 => {
  if (heap != 0) heapDemand(heap);
  return debugAlloc(heap, 1, size);
};

/** Takes the blocks of `heap` out of all lists, after a look at them. */
const heapForget = (heap: i32, list: i32): void => {
  let record: i32 = load(list);
  while (record != 0) {
    const next: i32 = load(record + RECORD_NEXT_OFFSET);
    if (load(record + RECORD_HEAP_OFFSET) == heap) {
      zoneSettle(record);
      if (load(record + RECORD_FREED_OFFSET) == 0) {
        recordCount(record, -1);
        tellFree(record);
      } else {
        countAdd(DEBUG_HELD_OFFSET, 0 - heapUsableSize(load(record + RECORD_BLOCK_OFFSET)));
      }
      recordRemove(list, record);
      heapFree(record);
    }
    record = next;
  }
};

/** heapDestroy for heaps of guarded blocks. O(live blocks). */
export const debugDestroy = (heap: i32): void => {
  if (heap == 0 || heap == stateAddress()) return;
  operationBegin();
  heapForget(heap, liveList());
  heapForget(heap, quarantine());
  heapDestroy(heap);
  operationEnd();
};

/** Makes the main heap the owner of the blocks of `heap` in `list`. */
const heapInherit = (heap: i32, list: i32): void => {
  let record: i32 = load(list);
  while (record != 0) {
    if (load(record + RECORD_HEAP_OFFSET) == heap) store(record + RECORD_HEAP_OFFSET, stateAddress());
    record = load(record + RECORD_NEXT_OFFSET);
  }
};

/** heapDelete for heaps of guarded blocks. O(live blocks). */
export const debugDelete = (heap: i32): void => {
  if (heap == 0 || heap == stateAddress()) return;
  heapInherit(heap, liveList());
  heapInherit(heap, quarantine());
  heapDelete(heap);
};

/** Corrects the figures in the record at `out` (stats-layout.ts): live blocks are those of the caller. */
export const debugStats = (out: i32): void => {
  const state: i32 = stateAddress();
  if (state == 0) return;
  store(out + STATS_BLOCKS_OFFSET, load(state + DEBUG_LIVE_COUNT_OFFSET));
  store(out + STATS_LARGE_BLOCKS_OFFSET, load(state + DEBUG_LIVE_LARGE_OFFSET));
  store(out + STATS_BLOCK_BYTES_OFFSET, load(state + DEBUG_LIVE_BYTES_OFFSET));
};

/** Gives up the quarantine, and the records' heap if no block has one. */
export const debugTrim = (): void => {
  quarantineTrim(0);
  const records: i32 = stateAddress() + DEBUG_RECORDS_OFFSET;
  if (load(liveList()) != 0 || load(records) == 0) return;
  heapDestroy(load(records));
  store(records, 0);
};

/** The record behind `record` in `list`, its first for 0; 0 if there is none. */
export const debugNext = (list: i32, record: i32): i32 => {
  if (stateAddress() == 0) return 0;
  if (record == 0) return load(list);
  return load(record + RECORD_NEXT_OFFSET);
};

// Recordings

/** recordBegin, and remembers where the heap's own numbers stand. */
export const debugRecordBegin = (recording: i32): void => {
  recordBegin(recording);
  if (stateAddress() == 0) return;
  store(recording + RECORDING_FIRST_OFFSET, load(stateAddress() + DEBUG_NUMBER_OFFSET));
  store(recording + RECORDING_BUG_OFFSET, bugCount());
};
