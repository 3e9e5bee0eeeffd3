/**
 * Reports cases in the manner of TAP, for a test that reads along:
 *
 *   1..71
 *   # malloc_zero           before each case, so that a case that never ends is known by name
 *   ok malloc_zero          or: not ok malloc_zero: check 3
 *   70 passed, 1 failed
 */
import { load } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintCount, consolePrintText } from './console.ts';
import { EXIT_CASE_FAILED, EXIT_SUCCESS } from './exit-code.ts';
import { literalAddress } from './literal.ts';
import { powerOff } from './power.ts';

let passed: i32 = 0;
let failed: i32 = 0;

/** The address of the name of the case that was announced last. */
let announced: i32 = 0;

/** Says how many cases are to come. */
export const reportPlan = (cases: i32): void => {
  consolePrintCount('1..', cases, '\n');
};

/** Says which case comes next. */
export const reportAnnounce = (name: string): void => {
  announced = literalAddress(name);
  consolePrint('# ');
  consolePrint(name);
  consolePrint('\n');
};

/** Reports the case that was announced last: `check` is 0, or the number of the check that failed. */
export const reportAnnounced = (check: i32): void => {
  if (check === 0) passed++;
  else failed++;
  consolePrint(check === 0 ? 'ok ' : 'not ok ');
  consolePrintText(announced + 4, load(announced));
  if (check !== 0) consolePrintCount(': check ', check, '');
  consolePrint('\n');
};

/** Reports a case, which was announced: `check` is 0, or the number of the check that failed. */
export const reportVerdict = (name: string, check: i32): void => {
  announced = literalAddress(name);
  reportAnnounced(check);
};

/** Counts up and powers off. */
export const reportEnd = (): void => {
  consolePrintCount('', passed, ' passed, ');
  consolePrintCount('', failed, ' failed\n');
  powerOff(failed === 0 ? EXIT_SUCCESS : EXIT_CASE_FAILED);
};
