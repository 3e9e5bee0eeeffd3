/**
 * Floor 11: what every operation of the debug profile begins and ends with: looks at everything when their turn has come,
 * and the place that the call comes from. Debug profile only.
 */

import { fill, load, remainder, store } from './memory.ts';
import {
  DEBUG_OPERATION_OFFSET, DEBUG_PLACE_OFFSET, PLACE_SIZE, RECORD_NEXT_OFFSET, SETTING_AUDIT_EVERY,
  SETTING_CHECK_EVERY, SETTING_QUARANTINE,
} from './debug-layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { settingOf, settingSet } from './debug-report.ts';
import { zoneCheck, zoneSettle } from './debug-zone.ts';
import { liveList, quarantine } from './debug-records.ts';
import { auditAll } from './audit.ts';
import { countAdd } from './debug-count.ts';

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
  if (!heapExists()) return 0;
  const found: i32 = listCheck(liveList());
  if (found != 0) return found;
  return listCheck(quarantine());
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
  if (!heapExists()) return;
  listSettle(liveList());
  listSettle(quarantine());
};

/** Sets `setting`, one of SETTING_, to `value`. Returns whether there is a heap and such a setting. */
export const debugSet = (setting: i32, value: i32): boolean => {
  if (!heapExists()) return false;
  if (setting == SETTING_QUARANTINE) return settingSet(setting, value + 1);
  return settingSet(setting, value);
};

/** Whether the operation is one of those that `setting`, a number of operations, asks for; 0 asks for none. */
const isItsTurn = (setting: i32): boolean => {
  const every: i32 = load(settingOf(setting));
  return every != 0 && remainder(load(stateAddress() + DEBUG_OPERATION_OFFSET), every) == 0;
};

/** Counts an operation, and looks at everything if its turn has come. */
export const operationBegin = (): void => {
  if (!heapExists()) return;
  countAdd(DEBUG_OPERATION_OFFSET, 1);
  if (isItsTurn(SETTING_CHECK_EVERY)) debugSettle();
  if (isItsTurn(SETTING_AUDIT_EVERY)) auditAll();
};

/** The place was that of one call. */
export const operationEnd = (): void => {
  if (heapExists()) fill(stateAddress() + DEBUG_PLACE_OFFSET, 0, PLACE_SIZE);
};

/** Says where the next call comes from: four words, the innermost place first, 0 = none. */
export const debugPlace = (first: i32, second: i32, third: i32, fourth: i32): void => {
  const place: i32 = stateAddress() + DEBUG_PLACE_OFFSET;
  if (!heapExists()) return;
  store(place, first);
  store(place + 4, second);
  store(place + 8, third);
  store(place + 12, fourth);
};

/** Says which functions it is called by, the innermost first; a first place that debugPlace has told stays. */
export const debugStack = (first: i32, second: i32, third: i32, fourth: i32): void => {
  if (!heapExists()) return;
  const told: i32 = load(stateAddress() + DEBUG_PLACE_OFFSET);
  if (told == 0) debugPlace(first, second, third, fourth);
  else debugPlace(told, second, third, fourth);
};
