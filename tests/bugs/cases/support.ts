/**
 * What the cases lean on: a heap whose debug profile counts bugs and goes on, damage that is sure to be one, and the
 * verdicts. What a case has seen is noted at the end of its region, where the runner reads it.
 */

import { heap_bug, heap_bugs, heap_check, heap_debug, heap_init, heap_record_end, heap_trim } from '../../../kernel-heap/index.ts';
import {
  FREED_BYTE, FRESH_BYTE, RECORD_NUMBER_OFFSET, RECORD_PTR_OFFSET, REPORT_ADDRESS_OFFSET, REPORT_CODE_OFFSET,
  REPORT_COUNT_OFFSET, REPORT_FIRST_OFFSET, REPORT_FOUND_OFFSET, REPORT_RECORD_OFFSET, SETTING_GO_ON,
} from '../../../kernel-heap/debug-layout.ts';
import { fill, load, load8, store } from '../../../kernel-heap/memory.ts';
import { PANIC_DOUBLE_FREE, PANIC_STRAY_POINTER } from '../../../kernel-heap/panic.ts';
import { DEBUG } from '../../../kernel-heap/profile.ts';

// Checks that fail in a verdict; those in a case itself are numbered from 1 on

/** The heap did not begin. */
export const FAILED_BEGIN: i32 = 101;
/** Another count of bugs was reported than the case has. */
export const FAILED_BUGS: i32 = 102;
/** The report has another code. */
export const FAILED_CODE: i32 = 103;
/** The report is on another block. */
export const FAILED_BLOCK: i32 = 104;
/** The report has another address, or another offset in the block. */
export const FAILED_ADDRESS: i32 = 105;
/** The report has another count of bytes. */
export const FAILED_COUNT: i32 = 106;
/** The report tells another byte than was written. */
export const FAILED_FOUND: i32 = 107;
/** heap_check found other damage than the case has done, or damage that was not mended. */
export const FAILED_CHECK: i32 = 108;
/** The core went on where it had to stop. */
export const FAILED_WENT_ON: i32 = 109;
/** The core stopped where it had to go on, or with another code. */
export const FAILED_STOP: i32 = 110;
/** The core stopped with another address. */
export const FAILED_STOP_ADDRESS: i32 = 111;

/*
 * Notes of a case, 32 bytes at the end of its region, outside of the heap.
 *
 *   0        4        8        12       16       20       24       28       32
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  | stop   |address | check  | kind   | code   | number | first  | count  |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *
 *  stop, address  what the core is expected to stop with from now on, 0 = it goes on
 *  check          what heap_check is expected to give in the end
 *  kind           what has been seen: one of SEEN_
 *  code           PANIC_ or CHECK_ code of it; number, first, count: of the block, as in the report
 */
const NOTES_SIZE: i32 = 32;
const NOTES_STOP_OFFSET: i32 = 0;
const NOTES_ADDRESS_OFFSET: i32 = 4;
const NOTES_CHECK_OFFSET: i32 = 8;
export const NOTES_KIND_OFFSET: i32 = 12;
export const NOTES_CODE_OFFSET: i32 = 16;
export const NOTES_NUMBER_OFFSET: i32 = 20;
export const NOTES_FIRST_OFFSET: i32 = 24;
export const NOTES_COUNT_OFFSET: i32 = 28;

/** Nothing was noticed. */
export const SEEN_NOTHING: i32 = 0;
/** The core stopped with a code. */
export const SEEN_STOP: i32 = 1;
/** The debug profile reported a bug. */
export const SEEN_REPORT: i32 = 2;
/** heap_check gave a code. */
export const SEEN_CHECK: i32 = 3;
/** The walk over live blocks found one that was left. */
export const SEEN_LEAK: i32 = 4;
/** A recording told errors; code is all of them, RECORDED_ flags. */
export const SEEN_RECORDED: i32 = 5;

/** A small block: all of a size class, so that the byte behind it is its neighbour's. */
export const SMALL: i32 = 64;
/** A large block: whole frames. */
export const LARGE: i32 = 98304;

/** Bytes of a free block that the heap uses for its link and seal; in the debug profile they are those of the quarantine. */
export const LINK_SIZE: i32 = 8;

/** Bytes at the end of a region that are memory, but not the heap's. The notes are the last of them. */
export const OUTSIDE_SIZE: i32 = 0x10000;

/** The address of the notes in the region. */
export const bug_notes = (start: i32, size: i32): i32 => ((start + size - NOTES_SIZE) & -16) | 0;

/** The notes of the case that is running. */
let notes: i32 = 0;

/** The first address of the region that is not the heap's. */
export const bugOutside = (start: i32, size: i32): i32 => ((start + size - OUTSIDE_SIZE) & -16) | 0;

/** Begins a heap in the region; bugs are counted in the debug profile. Returns whether it did. */
export const bugBegin = (start: i32, size: i32): boolean => {
  notes = bug_notes(start, size);
  fill(notes, 0, NOTES_SIZE);
  if (heap_init(start, (bugOutside(start, size) - start) | 0) === 0) return false;
  return heap_debug(SETTING_GO_ON, 1) === DEBUG;
};

/** From here on the core is expected to stop with the PANIC_ code `code` and `address`. */
export const bugStops = (code: i32, address: i32): void => {
  store((notes + NOTES_STOP_OFFSET) | 0, code);
  store((notes + NOTES_ADDRESS_OFFSET) | 0, address);
};

/** bugStops in the hardened profile only, where the debug profile reports. */
export const bugStopsHardened = (code: i32, address: i32): void => {
  if (DEBUG === 0) bugStops(code, address);
};

/** In the end heap_check is expected to give `code`, as what it found stays as it is. */
export const bugStays = (code: i32): void => {
  store((notes + NOTES_CHECK_OFFSET) | 0, code);
};

/** What the cases write; neither a pattern of the debug profile nor a byte of a link. */
export const WRITTEN: i32 = 0x41;

/** Writes `count` bytes from `address` on. */
export const clobber = (address: i32, count: i32): void => {
  fill(address, WRITTEN, count);
};

/** Whether the `count` bytes from `address` on all hold `value`. */
export const holds = (address: i32, value: i32, count: i32): boolean => {
  for (let index: i32 = 0; index < count; index++) {
    if (load8((address + index) | 0) !== value) return false;
  }
  return true;
};

// Verdicts

/** Notes what has been seen. */
const note = (kind: i32, code: i32, number: i32, first: i32, count: i32): void => {
  store((notes + NOTES_KIND_OFFSET) | 0, kind);
  store((notes + NOTES_CODE_OFFSET) | 0, code);
  store((notes + NOTES_NUMBER_OFFSET) | 0, number);
  store((notes + NOTES_FIRST_OFFSET) | 0, first);
  store((notes + NOTES_COUNT_OFFSET) | 0, count);
};

/** The check that a stop with `code` and `address` comes to: 0 if just that was expected. For the runner. */
export const bug_stopped = (start: i32, size: i32, code: i32, address: i32): i32 => {
  notes = bug_notes(start, size);
  note(SEEN_STOP, code, 0, 0, 0);
  if (load((notes + NOTES_STOP_OFFSET) | 0) !== code) return FAILED_STOP;
  if (load((notes + NOTES_ADDRESS_OFFSET) | 0) !== (address | 0)) return FAILED_STOP_ADDRESS;
  return 0;
};

/** Whether the heap is in order, or as much out of order as the case said, and as many bugs are reported as `bugs`. */
const settled = (bugs: i32): i32 => {
  const expected: i32 = load((notes + NOTES_CHECK_OFFSET) | 0);
  if (load((notes + NOTES_STOP_OFFSET) | 0) !== 0) return FAILED_WENT_ON;
  if (heap_check() !== expected) return FAILED_CHECK;
  if (expected !== 0) {
    note(SEEN_CHECK, expected, 0, 0, 0);
    return heap_bugs() === bugs ? 0 : FAILED_BUGS;
  }
  // What is held back is looked at as well.
  heap_trim();
  if (heap_check() !== 0) return FAILED_CHECK;
  return heap_bugs() === bugs ? 0 : FAILED_BUGS;
};

/** The verdict where nothing is to be noticed, by any profile, unless bugStops or bugStays said so. */
export const bugNone = (): i32 => settled(0);

/** The verdict on damage that heap_check has found and named `code`, and that the case has mended. */
export const bugFoundByCheck = (code: i32): i32 => {
  const wrong: i32 = settled(0);
  note(SEEN_CHECK, code, 0, 0, 0);
  return wrong;
};

/** The verdict on the only report: its code, block, number, first offset, count and the byte that was found. */
const reported = (code: i32, block: i32, number: i32, first: i32, count: i32, found: i32): i32 => {
  if (heap_bugs() !== 1) return FAILED_BUGS;
  const report: i32 = heap_bug(0);
  const record: i32 = (report + REPORT_RECORD_OFFSET) | 0;
  note(SEEN_REPORT, load((report + REPORT_CODE_OFFSET) | 0), load((record + RECORD_NUMBER_OFFSET) | 0),
    load((report + REPORT_FIRST_OFFSET) | 0), load((report + REPORT_COUNT_OFFSET) | 0));
  if (load((report + REPORT_CODE_OFFSET) | 0) !== code) return FAILED_CODE;
  if (load((record + RECORD_NUMBER_OFFSET) | 0) !== number) return FAILED_BLOCK;
  if (number !== 0 && load((record + RECORD_PTR_OFFSET) | 0) !== (block | 0)) return FAILED_BLOCK;
  if (load((report + REPORT_ADDRESS_OFFSET) | 0) !== ((block + first) | 0)) return FAILED_ADDRESS;
  if (number !== 0 && load((report + REPORT_FIRST_OFFSET) | 0) !== first) return FAILED_ADDRESS;
  if (load((report + REPORT_COUNT_OFFSET) | 0) !== count) return FAILED_COUNT;
  if (load((report + REPORT_FOUND_OFFSET) | 0) !== found) return FAILED_FOUND;
  return settled(1);
};

/**
 * The verdict on `count` bytes written from offset `first` of `block`, the allocation `number`, on; the first holds
 * `found`. Debug: just that is reported, as `code`. Hardened: nothing is noticed unless bugStops or bugStays said so.
 */
export const bugBytes = (code: i32, block: i32, number: i32, first: i32, count: i32, found: i32): i32 => {
  if (DEBUG === 0) return settled(0);
  return reported(code, block, number, first, count, found);
};

/**
 * The verdict on a misuse of the address at offset `first` of `block`, the allocation `number` (0: it is no block).
 * `count` is the size that was told, else 0.
 */
export const bugMisuse = (code: i32, block: i32, number: i32, first: i32, count: i32): i32 => {
  if (DEBUG === 0) return settled(0);
  if (number === 0) return reported(code, block, 0, first, count, 0);
  return reported(code, block, number, first, count, code === PANIC_DOUBLE_FREE ? FREED_BYTE : FRESH_BYTE);
};

/** The verdict on the block `number` that the walk over live blocks has found. Hardened: nothing is noticed. */
export const bugLeak = (number: i32): i32 => {
  const wrong: i32 = settled(0);
  if (DEBUG !== 0) note(SEEN_LEAK, 0, number, 0, 0);
  return wrong;
};

/** The verdict on `recording`, which ends here with `errors`, RECORDED_ flags. Hardened: nothing is recorded. */
export const bugRecorded = (recording: i32, errors: i32): i32 => {
  const found: i32 = heap_record_end(recording);
  const wrong: i32 = settled(0);
  if (DEBUG === 0) return wrong;
  if (errors !== 0) note(SEEN_RECORDED, found, 0, 0, 0);
  return found === errors ? wrong : FAILED_CODE;
};

/**
 * The verdict on the word at offset `first` of `block`, the allocation `number`, which holds `value` and which the audit
 * calls `verdict`. Hardened: there is no audit.
 */
export const bugStray = (block: i32, number: i32, first: i32, verdict: i32, value: i32): i32 => {
  if (DEBUG === 0) return settled(0);
  return reported(PANIC_STRAY_POINTER, block, number, first, verdict, value);
};
