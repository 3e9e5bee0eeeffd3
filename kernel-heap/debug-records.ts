/** Floor 10: the records of guarded blocks: the lists that they are in, and which one a pointer has. Debug profile only. */

import { load, store } from './memory.ts';
import { BLOCK_ALIGNMENT } from './layout.ts';
import {
  DEBUG_LIVE_OFFSET, DEBUG_QUARANTINE_OFFSET, DEBUG_RECORDS_OFFSET, RECORD_NEXT_OFFSET, RECORD_PREV_OFFSET, RECORD_PTR_OFFSET,
  TAG_OFFSET,
} from './debug-layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { noPage, pageOf } from './frame-table.ts';
import { liveCovers, liveTest } from './live-map.ts';
import { pageHeap } from './page.ts';
import { spanOf } from './misuse.ts';
import { tagRecord, zoneHolds } from './debug-zone.ts';

// Lists of records: two words, the first and the last

/** Puts `record` at the end of `list`. */
export const recordPush = (list: i32, record: i32): void => {
  const last: i32 = load(list + 4);
  store(record + RECORD_NEXT_OFFSET, 0);
  store(record + RECORD_PREV_OFFSET, last);
  if (last != 0) store(last + RECORD_NEXT_OFFSET, record);
  else store(list, record);
  store(list + 4, record);
};

/** Takes `record` out of `list`. */
export const recordRemove = (list: i32, record: i32): void => {
  const next: i32 = load(record + RECORD_NEXT_OFFSET);
  const prev: i32 = load(record + RECORD_PREV_OFFSET);
  if (next != 0) store(next + RECORD_PREV_OFFSET, prev);
  else store(list + 4, prev);
  if (prev != 0) store(prev + RECORD_NEXT_OFFSET, next);
  else store(list, next);
};

/** The list of the records of live blocks, in the order in which they were allocated. */
export const liveList = (): i32 => stateAddress() + DEBUG_LIVE_OFFSET;

/** The list of the records of blocks in quarantine, in the order in which they were freed. */
export const quarantine = (): i32 => stateAddress() + DEBUG_QUARANTINE_OFFSET;

// Finding the record of a pointer

/** The record in `list` whose block begins at `ptr`, or whose block or red zones hold it if `inside`; 0 if none does. */
export const recordSearch = (list: i32, ptr: i32, inside: boolean): i32 => {
  let record: i32 = load(list);
  while (record != 0) {
    if (load(record + RECORD_PTR_OFFSET) == ptr) return record;
    if (inside && zoneHolds(record, ptr)) return record;
    record = load(record + RECORD_NEXT_OFFSET);
  }
  return 0;
};

/**
 * The record that the tag before `ptr` leads to, if it is that of the block at `ptr`; else 0. Any number may be asked about.
 * O(frames before `ptr` in its span), which are none unless a large block is aligned to more than a frame.
 */
export const recordByTag = (ptr: i32): i32 => {
  if ((ptr & (BLOCK_ALIGNMENT - 1)) == 0 && liveCovers(ptr - TAG_OFFSET) && spanOf(ptr - TAG_OFFSET) != noPage()) {
    const record: i32 = tagRecord(ptr);
    const records: i32 = load(stateAddress() + DEBUG_RECORDS_OFFSET);
    if (record != 0 && liveTest(record)) {
      if (pageHeap(pageOf(record)) == records && load(record + RECORD_PTR_OFFSET) == ptr) return record;
    }
  }
  return 0;
};

/** The record of the block at `ptr`, live or in quarantine; 0 if there is none. */
export const recordOf = (ptr: i32): i32 => {
  const tagged: i32 = recordByTag(ptr);
  if (tagged != 0) return tagged;
  // There is no such block, or what is before it was destroyed.
  const live: i32 = recordSearch(liveList(), ptr, false);
  if (live != 0) return live;
  return recordSearch(quarantine(), ptr, false);
};

/** The record behind `record` in `list`, its first for 0; 0 if there is none. */
export const debugNext = (list: i32, record: i32): i32 => {
  if (!heapExists()) return 0;
  if (record == 0) return load(list);
  return load(record + RECORD_NEXT_OFFSET);
};
