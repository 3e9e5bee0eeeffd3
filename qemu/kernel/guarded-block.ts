/**
 * What the debug profile knows of an address: the record of the block that it is in, live or in quarantine
 * (kernel-heap/debug-layout.ts). A broken list of records is survived.
 *
 *   0x00012348: 8 bytes into block 12 of 64 bytes at 0x00012340, which is freed
 *     allocated at messageNew+0x1c (exchange-task.ts)
 *     freed at     messageEnd+0x20 (exchange-task.ts)
 */
import {
  PLACE_SIZE, RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET, RECORD_FREED_OFFSET, RECORD_FREED_PLACE_OFFSET, RECORD_NUMBER_OFFSET,
  RECORD_PLACE_OFFSET, RECORD_PTR_OFFSET, RED_ZONE_SIZE,
} from '../../kernel-heap/debug-layout.ts';
import { heap_freed, heap_live } from '../../kernel-heap/index.ts';
import { lessThan, load } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintCount, consolePrintHex } from './console.ts';
import { placePrint } from './symbols.ts';

/** More records than any memory has room for. */
const RECORDS_MAX: i32 = 0x4000000;

/** Whether the block of `record`, its red zones included, holds `address`. */
const guardedHolds = (record: i32, address: i32): boolean => {
  const block: i32 = load(record + RECORD_BLOCK_OFFSET);
  const end: i32 = load(record + RECORD_PTR_OFFSET) + load(record + RECORD_BYTES_OFFSET) + RED_ZONE_SIZE;
  return lessThan(address - block, end - block);
};

/** The record of the block that holds `address`, red zones included; 0 if none does. O(blocks). */
export const guardedFind = (address: i32): i32 => {
  let count: i32 = 0;
  let record: i32 = heap_live(0);
  while (record !== 0 && count < RECORDS_MAX && !guardedHolds(record, address)) {
    record = heap_live(record);
    count++;
  }
  if (record !== 0 && count < RECORDS_MAX) return record;
  record = heap_freed(0);
  while (record !== 0 && count < RECORDS_MAX && !guardedHolds(record, address)) {
    record = heap_freed(record);
    count++;
  }
  return count < RECORDS_MAX ? record : 0;
};

/** The address that the caller got for the block of `record`. */
export const guardedStart = (record: i32): i32 => load(record + RECORD_PTR_OFFSET);

/** The size that was asked for. */
export const guardedSize = (record: i32): i32 => load(record + RECORD_BYTES_OFFSET);

/** Whether the block of `record` is freed, and held back. */
export const guardedIsFreed = (record: i32): boolean => load(record + RECORD_FREED_OFFSET) !== 0;

/** Prints the places in the words from `place` on, a line each, the innermost behind `label`; nothing if there are none. */
const printPlaces = (label: string, place: i32): void => {
  if (load(place) === 0) return;
  consolePrint(label);
  placePrint(load(place));
  for (let offset: i32 = 4; offset < PLACE_SIZE && load(place + offset) !== 0; offset += 4) {
    consolePrint('\n          from ');
    placePrint(load(place + offset));
  }
  consolePrint('\n');
};

/** Prints where `address` lies, which guardedFind() found in the block of `record`, and where that came from. */
export const guardedPrint = (record: i32, address: i32): void => {
  const offset: i32 = address - guardedStart(record);
  if (offset < 0) consolePrintCount('', 0 - offset, ' bytes before ');
  else if (!lessThan(offset, guardedSize(record)) && offset !== 0) consolePrintCount('', offset - guardedSize(record), ' bytes behind ');
  else if (offset !== 0) consolePrintCount('', offset, ' bytes into ');
  consolePrintCount('block ', load(record + RECORD_NUMBER_OFFSET), ' of ');
  consolePrintCount('', guardedSize(record), ' bytes');
  if (offset !== 0) {
    consolePrint(' at ');
    consolePrintHex(guardedStart(record));
  }
  if (guardedIsFreed(record)) consolePrint(', which is freed\n');
  else consolePrint(', which is live\n');
  printPlaces('  allocated at ', record + RECORD_PLACE_OFFSET);
  printPlaces('  freed at     ', record + RECORD_FREED_PLACE_OFFSET);
};
