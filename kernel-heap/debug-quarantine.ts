/**
 * Floor 11: the quarantine, in which freed blocks wait, first in, first out, so that a write to them is found when they
 * leave it. Debug profile only.
 */

import { copy, fill, lessThan, load, store } from './memory.ts';
import {
  DEBUG_HELD_OFFSET, DEBUG_OPERATION_OFFSET, DEBUG_PLACE_OFFSET, FREED_BYTE, PLACE_SIZE, QUARANTINE_BYTES,
  RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET, RECORD_FREED_OFFSET, RECORD_FREED_PLACE_OFFSET, RECORD_PTR_OFFSET,
  SETTING_QUARANTINE,
} from './debug-layout.ts';
import { stateAddress } from './state.ts';
import { heapFree, heapUsableSize } from './heap.ts';
import { settingOf } from './debug-report.ts';
import { zoneSettle } from './debug-zone.ts';
import { liveList, quarantine, recordPush, recordRemove } from './debug-records.ts';
import { countAdd, recordCount } from './debug-count.ts';

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
export const quarantineTrim = (bytes: i32): boolean => {
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
export const quarantinePush = (record: i32): void => {
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
