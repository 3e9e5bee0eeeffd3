/** Floor 10: red zones, tags and the fill of freed memory: written, and looked at. Debug profile only. */

import { fill, lessThan, load, load8, store } from './memory.ts';
import {
  FREED_BYTE, RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET, RECORD_FREED_OFFSET, RECORD_PTR_OFFSET, RED_ZONE_BYTE, TAG_OFFSET,
  TAG_SEAL, TAG_SIZE,
} from './debug-layout.ts';
import { PANIC_OVERFLOW, PANIC_UNDERFLOW, PANIC_WRITE_AFTER_FREE } from './panic.ts';
import { bugFound, bugWrite } from './debug-report.ts';
import { heapUsableSize } from './heap.ts';

/** Writes both red zones and the tag of the block of `record`. */
export const zoneWrite = (record: i32): void => {
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  const ptr: i32 = load(record + RECORD_PTR_OFFSET);
  const behind: i32 = ptr + load(record + RECORD_BYTES_OFFSET);
  fill(block, RED_ZONE_BYTE, ptr - block);
  fill(behind, RED_ZONE_BYTE, block + heapUsableSize(block) - behind);
  store(ptr - TAG_OFFSET, record);
  store(ptr - TAG_OFFSET + 4, record ^ ptr ^ TAG_SEAL);
};

/** The record that the tag before `ptr` names; 0 if it is no tag. The memory before `ptr` must be there. */
export const tagRecord = (ptr: i32): i32 => {
  const record: i32 = load(ptr - TAG_OFFSET);
  if (load(ptr - TAG_OFFSET + 4) != (record ^ ptr ^ TAG_SEAL)) return 0;
  return record;
};

/*
 * Addresses are compared here for being equal, and may come from a load or from a sum: `| 0` makes them the same number
 * where the sources run as JavaScript.
 */

/** The first byte in [start, end) that does not hold `value`; `end` if all do. */
const firstOther = (start: i32, end: i32, value: i32): i32 => {
  let address: i32 = start;
  while (address != end) {
    if (load8(address) != value) return address;
    address = (address + 1) | 0;
  }
  return end;
};

/** How many bytes in [start, end) do not hold `value`. */
const countOther = (start: i32, end: i32, value: i32): i32 => {
  let count: i32 = 0;
  for (let address: i32 = start; address != end; address = (address + 1) | 0) {
    if (load8(address) != value) count++;
  }
  return count;
};

/** Reports a bug as bugFound does if `stops`, otherwise only writes it down. */
const bugReported = (code: i32, address: i32, record: i32, count: i32, stops: boolean): void => {
  if (stops) bugFound(code, address, record, count);
  else bugWrite(code, address, record, count);
};

/** Reports what in [start, end) does not hold `value`, as `code`. Returns whether there is anything. */
const rangeCheck = (record: i32, start: i32, end: i32, value: i32, code: i32, stops: boolean): boolean => {
  const first: i32 = firstOther(start, end, value);
  if (first == end) return false;
  bugReported(code, first, record, countOther(first, end, value), stops);
  return true;
};

/**
 * Looks at the red zones of the block of `record`, and at its freed bytes if it is free. The first thing that is wrong
 * is reported; it stops the machine if `stops`, and unless bugs are only counted. Returns its PANIC_ code, 0 for none.
 */
export const zoneCheck = (record: i32, stops: boolean): i32 => {
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  const ptr: i32 = load(record + RECORD_PTR_OFFSET);
  const end: i32 = (ptr + load(record + RECORD_BYTES_OFFSET)) | 0;
  const tag: i32 = (ptr - TAG_OFFSET) | 0;
  if (rangeCheck(record, (tag + TAG_SIZE) | 0, ptr, RED_ZONE_BYTE, PANIC_UNDERFLOW, stops)) return PANIC_UNDERFLOW;
  if (tagRecord(ptr) != record) {
    bugReported(PANIC_UNDERFLOW, tag, record, TAG_SIZE, stops);
    return PANIC_UNDERFLOW;
  }
  if (rangeCheck(record, block, tag, RED_ZONE_BYTE, PANIC_UNDERFLOW, stops)) return PANIC_UNDERFLOW;
  const blockEnd: i32 = (block + heapUsableSize(block)) | 0;
  if (rangeCheck(record, end, blockEnd, RED_ZONE_BYTE, PANIC_OVERFLOW, stops)) return PANIC_OVERFLOW;
  if (load(record + RECORD_FREED_OFFSET) == 0) return 0;
  if (rangeCheck(record, ptr, end, FREED_BYTE, PANIC_WRITE_AFTER_FREE, stops)) return PANIC_WRITE_AFTER_FREE;
  return 0;
};

/** Makes what zoneCheck looks at as it must be, so that damage is reported once. */
export const zoneMend = (record: i32): void => {
  zoneWrite(record);
  if (load(record + RECORD_FREED_OFFSET) != 0) {
    fill(load(record + RECORD_PTR_OFFSET), FREED_BYTE, load(record + RECORD_BYTES_OFFSET));
  }
};

/** Whether `address` is within the block of `record` or its red zones. */
export const zoneHolds = (record: i32, address: i32): boolean => {
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  return lessThan(address - block, heapUsableSize(block));
};

/** zoneCheck at the end of what is known to be a block; damage is mended once it is reported. */
export const zoneSettle = (record: i32): void => {
  while (zoneCheck(record, true) != 0) zoneMend(record);
};
