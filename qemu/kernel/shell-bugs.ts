/** The commands of the debug profile: bugs, leaks, record, audit; and its settings. */
import { REPORT_RING, SETTING_CHECK_EVERY, SETTING_GO_ON } from '../../kernel-heap/debug-layout.ts';
import {
  free, heap_audit, heap_bugs, heap_debug, heap_live, heap_record_begin, heap_record_end, malloc,
} from '../../kernel-heap/index.ts';
import { RECORDING_SIZE } from '../../kernel-heap/recording-layout.ts';
import { consolePrint, consolePrintCount } from './console.ts';

/** Prints the report on bug `number`, counted from 0, in plain words. */
declare const bugTell: (number: i32) => void;

/** Prints the live blocks by the places that they were allocated at. */
declare const leaksTell: () => void;

/** Prints a recording that has ended. */
declare const recordingTell: (recording: i32) => void;

/** The recording of the shell's thread; 0 = none. */
let recording: i32 = 0;

/** bugs: the reports on what was found so far. */
export const shellBugs = (): void => {
  const count: i32 = heap_bugs();
  if (count === 1) consolePrint('1 bug found\n');
  else consolePrintCount('', count, ' bugs found');
  if (count > REPORT_RING) consolePrintCount('; the last ', REPORT_RING, '');
  if (count !== 1) consolePrint('\n');
  for (let number: i32 = count > REPORT_RING ? count - REPORT_RING : 0; number < count; number++) bugTell(number);
};

/** bugs go-on: from now on bugs are told and counted, and nothing stops. */
export const shellBugsGoOn = (): void => {
  heap_debug(SETTING_GO_ON, 1);
  consolePrint('bugs are told and counted\n');
};

/** bugs stop: from now on the first bug stops the machine. */
export const shellBugsStop = (): void => {
  heap_debug(SETTING_GO_ON, 0);
  consolePrint('the first bug stops the machine\n');
};

/** check N: all blocks are looked at every `operations` operations; 0 is never. */
export const shellCheckEvery = (operations: i32): void => {
  heap_debug(SETTING_CHECK_EVERY, operations);
  if (operations === 0) consolePrint('blocks are looked at when they are freed\n');
  else consolePrintCount('all blocks are looked at every ', operations, ' operations\n');
};

/** leaks: the live blocks, put together by where they were allocated, and where others from there were freed. */
export const shellLeaks = (): void => {
  if (heap_live(0) === 0) consolePrint('no block is live\n');
  else leaksTell();
};

/** The report on what heap_check() has found last. */
export const shellLastBug = (): void => bugTell(heap_bugs() - 1);

/** record: from now on what the shell's commands allocate and free is recorded. */
export const shellRecord = (): void => {
  if (recording === 0) recording = malloc(RECORDING_SIZE);
  if (recording === 0) {
    consolePrint('no memory for a recording; free something\n');
    return;
  }
  heap_record_begin(recording);
  consolePrint('recording; record end tells whether everything was freed\n');
};

/** record end: what was allocated and freed since, and what is left over. */
export const shellRecordEnd = (): void => {
  if (recording === 0) {
    consolePrint('nothing is being recorded; record begins it\n');
    return;
  }
  heap_record_end(recording);
  recordingTell(recording);
  free(recording);
  recording = 0;
};

/** audit: the words that are declared to be pointers, and lead where they must not. */
export const shellAudit = (): void => {
  const count: i32 = heap_audit();
  if (count === 1) consolePrint('1 stray pointer\n');
  else consolePrintCount('', count, ' stray pointers\n');
};
