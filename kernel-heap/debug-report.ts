/** Floor 4: reports on bugs, a ring of the last REPORT_RING of them. Debug profile only. */

import { copy, fill, load, load8, remainder, store } from './memory.ts';
import {
  DEBUG_BUGS_OFFSET, DEBUG_OPERATION_OFFSET, DEBUG_PLACE_OFFSET, DEBUG_REPORTS_OFFSET, DEBUG_SETTINGS_OFFSET, PLACE_SIZE,
  RECORD_PTR_OFFSET, RECORD_SIZE, REPORT_ADDRESS_OFFSET, REPORT_CODE_OFFSET, REPORT_COUNT_OFFSET, REPORT_FIRST_OFFSET,
  REPORT_FOUND_OFFSET, REPORT_NOW_OFFSET, REPORT_NOW_PLACE_OFFSET, REPORT_RECORD_OFFSET, REPORT_RING, REPORT_SIZE, REPORT_TARGET_OFFSET,
  SETTING_COUNT, SETTING_GO_ON,
} from './debug-layout.ts';
import { WORD_SHIFT } from './layout.ts';
import { stateAddress } from './state.ts';
import { PANIC_STRAY_POINTER, panic } from './panic.ts';

/** The address of the setting `setting`, one of SETTING_. */
export const settingOf = (setting: i32): i32 => stateAddress() + DEBUG_SETTINGS_OFFSET + (setting << WORD_SHIFT);

/** Sets `setting` to `value`. Returns whether there is such a setting. */
export const settingSet = (setting: i32, value: i32): boolean => {
  if (setting < SETTING_GO_ON || SETTING_COUNT <= setting) return false;
  store(settingOf(setting), value);
  return true;
};

/** The number of bugs found so far. */
export const bugCount = (): i32 => load(stateAddress() + DEBUG_BUGS_OFFSET);

/** The address of the report on bug `number`, counted from 0; 0 if there is none, or it has left the ring. */
export const bugReport = (number: i32): i32 => {
  const bugs: i32 = bugCount();
  if (number < 0 || bugs <= number || number < bugs - REPORT_RING) return 0;
  return stateAddress() + DEBUG_REPORTS_OFFSET + Math.imul(remainder(number, REPORT_RING), REPORT_SIZE);
};

/**
 * Writes a report: `code` is one of PANIC_, `address` what it is about, `record` the block's record or 0, `count` the
 * number of wrong bytes from `address` on or the size that was told.
 */
export const bugWrite = (code: i32, address: i32, record: i32, count: i32): void => {
  const state: i32 = stateAddress();
  store(state + DEBUG_BUGS_OFFSET, bugCount() + 1);
  const report: i32 = bugReport(bugCount() - 1);
  fill(report, 0, REPORT_SIZE);
  store(report + REPORT_CODE_OFFSET, code);
  store(report + REPORT_ADDRESS_OFFSET, address);
  store(report + REPORT_COUNT_OFFSET, count);
  store(report + REPORT_NOW_OFFSET, load(state + DEBUG_OPERATION_OFFSET));
  copy(report + REPORT_NOW_PLACE_OFFSET, state + DEBUG_PLACE_OFFSET, PLACE_SIZE);
  if (record != 0) {
    store(report + REPORT_FIRST_OFFSET, address - load(record + RECORD_PTR_OFFSET));
    store(report + REPORT_FOUND_OFFSET, load8(address));
    copy(report + REPORT_RECORD_OFFSET, record, RECORD_SIZE);
  }
};

/** A report has been written: the build puts the host's function here, where there is one. */
const bugTell = (): void => {};

/** Tells the report that has just been written, and stops the machine, unless bugs are to be counted only. */
const bugStop = (code: i32, address: i32): void => {
  bugTell();
  if (load(settingOf(SETTING_GO_ON)) == 0) panic(code, address);
};

/** Writes a report and stops the machine, unless bugs are to be counted only. */
export const bugFound = (code: i32, address: i32, record: i32, count: i32): void => {
  bugWrite(code, address, record, count);
  bugStop(code, address);
};

/** Whether one of the reports that are kept says that the word at `slot` held `value`, with this `verdict`. */
const strayKnown = (slot: i32, verdict: i32, value: i32): boolean => {
  const bugs: i32 = bugCount();
  for (let number: i32 = bugs - 1; bugReport(number) != 0; number--) {
    const report: i32 = bugReport(number);
    if (load(report + REPORT_CODE_OFFSET) == PANIC_STRAY_POINTER && load(report + REPORT_ADDRESS_OFFSET) == slot) {
      if (load(report + REPORT_COUNT_OFFSET) == verdict && load(report + REPORT_FOUND_OFFSET) == value) return true;
    }
  }
  return false;
};

/**
 * bugFound for the word at `slot` of the block of `record` (0: of none), which holds `value` and is wrong by the AUDIT_
 * verdict `verdict`; `target` is the record of the block that it leads to, or 0. Told once for as long as it is kept.
 */
export const strayFound = (slot: i32, record: i32, verdict: i32, value: i32, target: i32): void => {
  if (strayKnown(slot, verdict, value)) return;
  bugWrite(PANIC_STRAY_POINTER, slot, record, verdict);
  const report: i32 = bugReport(bugCount() - 1);
  store(report + REPORT_FOUND_OFFSET, value);
  if (target != 0) copy(report + REPORT_TARGET_OFFSET, target, RECORD_SIZE);
  bugStop(PANIC_STRAY_POINTER, slot);
};
