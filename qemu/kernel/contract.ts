/**
 * The contract kernel: runs every contract case on a region of physical memory and reports each (case-report.ts); another
 * list of cases (scripts/lib/kernel-cases.ts) likewise. Its kmain is generated: one reportAnnounce() and one
 * contractReport() for each case.
 * Command line: region=N puts the region N MiB above address 0.
 */
import { heap_forget } from '../../kernel-heap/index.ts';
import { lessThan } from '../../kernel-heap/memory.ts';
import { commandLineNumber } from './boot-info.ts';
import { reportAnnounced, reportPlan, reportVerdict } from './case-report.ts';
import { EXIT_NO_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import { memoryMapFindRegion, memoryMapRegionEnd, memoryMapRegionStart } from './memory-map.ts';
import { startUp } from './start-up.ts';

const CASE_REGION_ALIGNMENT: i32 = 0x10000; // 64 KiB
const CASE_REGION_SIZE: i32 = 0x800000; // 8 MiB
const MEBIBYTE_SHIFT: i32 = 20;

let caseRegion: i32 = 0;

/** The address of the region that the cases run on. */
export const contractStart = (): i32 => caseRegion;

/** The size of that region in bytes. */
export const contractSize = (): i32 => CASE_REGION_SIZE;

const findRegion = (): boolean => {
  let address: i32 = commandLineNumber('region=', 1) << MEBIBYTE_SHIFT;
  while (memoryMapFindRegion(address)) {
    caseRegion = (memoryMapRegionStart() + CASE_REGION_ALIGNMENT - 1) & -CASE_REGION_ALIGNMENT;
    address = memoryMapRegionEnd();
    if (lessThan(caseRegion, address) && !lessThan(address - caseRegion, CASE_REGION_SIZE)) return true;
  }
  return false;
};

/** Boots and finds the region; `cases` is the number of cases to come. */
export const contractBegin = (magic: i32, information: i32, cases: i32): void => {
  startUp(magic, information);
  if (!findRegion()) fail(EXIT_NO_MEMORY, 'no region large enough for the cases, of size', CASE_REGION_SIZE);
  reportPlan(cases);
};

/** Reports a case: `check` is 0, or the number of the check that failed. Clears away the heap it left. */
export const contractReport = (name: string, check: i32): void => {
  heap_forget();
  reportVerdict(name, check);
};

/** contractReport for the case that runs, in which the heap has stopped. */
export const contractStopped = (check: i32): void => {
  heap_forget();
  reportAnnounced(check);
};
