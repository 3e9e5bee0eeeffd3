/** Floor 11: heaps of guarded blocks, of one's own and the main one. Debug profile only. */

import { load, store } from './memory.ts';
import {
  DEBUG_HELD_OFFSET, DEBUG_RECORDS_OFFSET, RECORD_BLOCK_OFFSET, RECORD_FREED_OFFSET, RECORD_HEAP_OFFSET,
  RECORD_NEXT_OFFSET,
} from './debug-layout.ts';
import { stateAddress } from './state.ts';
import { heapFree, heapUsableSize } from './heap.ts';
import { heapDelete, heapDemand, heapDestroy } from './heaps.ts';
import { zoneSettle } from './debug-zone.ts';
import { liveList, quarantine, recordRemove } from './debug-records.ts';
import { countAdd, recordCount, tellFree } from './debug-count.ts';
import { quarantineTrim } from './debug-quarantine.ts';
import { operationBegin, operationEnd } from './debug-operation.ts';
import { debugAlloc } from './debug.ts';

/** heap_malloc on guarded blocks. */
export const debugAllocFrom = (heap: i32, size: i32): i32 => {
  heapDemand(heap);
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

/** Gives up the quarantine, and the records' heap if no block has one. */
export const debugTrim = (): void => {
  quarantineTrim(0);
  const records: i32 = stateAddress() + DEBUG_RECORDS_OFFSET;
  if (load(liveList()) != 0 || load(records) == 0) return;
  heapDestroy(load(records));
  store(records, 0);
};
