/**
 * The contract kernel: runs every contract case on a region of physical memory and reports in the manner of TAP:
 *
 *   1..71
 *   # malloc_zero           before each case, so that a case that never ends is known by name
 *   ok malloc_zero          or: not ok malloc_zero: check 3
 *   70 passed, 1 failed
 *
 * Its kmain is generated: one contractAnnounce() and one contractReport() for each case.
 * Command line: region=N puts the region N MiB above address 0.
 */
import { heap_forget } from '../../kernel-heap/index.ts';
import { lessThan } from '../../kernel-heap/memory.ts';
import { commandLineNumber } from './boot-info.ts';
import { consolePrint, consolePrintCount } from './console.ts';
import { EXIT_CASE_FAILED, EXIT_NO_MEMORY, EXIT_SUCCESS } from './exit-code.ts';
import { fail } from './failure.ts';
import { memoryMapFindRegion, memoryMapRegionEnd, memoryMapRegionStart } from './memory-map.ts';
import { powerOff } from './power.ts';
import { startUp } from './start-up.ts';

const REGION_ALIGNMENT: i32 = 0x10000; // 64 KiB
const REGION_SIZE: i32 = 0x800000; // 8 MiB
const MEBIBYTE_SHIFT: i32 = 20;

let caseRegion: i32 = 0;
let passed: i32 = 0;
let failed: i32 = 0;

/** The address of the region that the cases run on. */
export const contractStart = (): i32 => caseRegion;

/** The size of that region in bytes. */
export const contractSize = (): i32 => REGION_SIZE;

const findRegion = (): boolean => {
  let address: i32 = commandLineNumber('region=', 1) << MEBIBYTE_SHIFT;
  while (memoryMapFindRegion(address)) {
    caseRegion = (memoryMapRegionStart() + REGION_ALIGNMENT - 1) & -REGION_ALIGNMENT;
    address = memoryMapRegionEnd();
    if (lessThan(caseRegion, address) && !lessThan(address - caseRegion, REGION_SIZE)) return true;
  }
  return false;
};

/** Boots and finds the region; `cases` is the number of cases to come. */
export const contractBegin = (magic: i32, information: i32, cases: i32): void => {
  startUp(magic, information);
  if (!findRegion()) fail(EXIT_NO_MEMORY, 'no region large enough for the cases, of size', REGION_SIZE);
  consolePrintCount('1..', cases, '\n');
};

/** Says which case comes next. */
export const contractAnnounce = (name: string): void => {
  consolePrint('# ');
  consolePrint(name);
  consolePrint('\n');
};

/** Reports a case: `check` is 0, or the number of the check that failed. Clears away the heap it left. */
export const contractReport = (name: string, check: i32): void => {
  heap_forget();
  if (check === 0) {
    passed++;
    consolePrint('ok ');
    consolePrint(name);
  } else {
    failed++;
    consolePrint('not ok ');
    consolePrint(name);
    consolePrintCount(': check ', check, '');
  }
  consolePrint('\n');
};

/** Counts up and powers off. */
export const contractEnd = (): void => {
  consolePrintCount('', passed, ' passed, ');
  consolePrintCount('', failed, ' failed\n');
  powerOff(failed === 0 ? EXIT_SUCCESS : EXIT_CASE_FAILED);
};
