/** The toy kernel: boots, gives its memory to the heap, works with it, accounts for it, and powers off. */
import { commandLineHas, commandLineNumber } from './boot-info.ts';
import { consolePrintCount } from './console.ts';
import { EXIT_SUCCESS } from './exit-code.ts';
import { heapReportBoot, heapReportCheck, heapReportChecks, heapReportFreeSize } from './heap-report.ts';
import { makeMistake } from './mistake.ts';
import { powerOff } from './power.ts';
import { randomInit } from './random.ts';
import { shellRun } from './shell.ts';
import { giveMemory, startUp } from './start-up.ts';
import { suitePaging } from './suite-paging.ts';
import { suiteSoak } from './suite-soak.ts';
import { suiteThreads } from './suite-threads.ts';
import { workloadChurn, workloadExhaust, workloadObjectCount, workloadPopulate, workloadRelease, workloadTasks } from './workload.ts';

export { callStackTell } from './call-stack.ts';
export { consolePrintText } from './console.ts';
export { interruptRaised } from './interrupts.ts';
export { panicked } from './panic-report.ts';
export { exceptionRaised } from './exception.ts';
export { placePrint } from './symbols.ts';
export { threadMain } from './thread-main.ts';

const SEED: i32 = 20260101;
const OPERATIONS: i32 = 50000;

/**
 * Entry: `magic` and `information` (an address) are what the boot loader passed. Does not return.
 *
 * Command line: shell (commands from the serial line instead of the workload), seed=N, objects=N (0: as many as fit
 * well), operations=N, and the mistakes of mistake.ts; or suite=threads, suite=paging
 * or suite=soak, which run those tests instead.
 */
export const kmain = (magic: i32, information: i32): void => {
  startUp(magic, information);
  giveMemory();
  heapReportCheck();
  heapReportBoot();
  if (commandLineHas('suite=threads')) suiteThreads();
  if (commandLineHas('suite=paging')) suitePaging();
  if (commandLineHas('suite=soak')) suiteSoak();
  if (commandLineHas('shell')) shellRun();
  const seed: i32 = commandLineNumber('seed=', SEED);
  randomInit(seed);
  consolePrintCount('workload, seed ', seed, '\n');
  const objects: i32 = commandLineNumber('objects=', 0);
  workloadPopulate(objects !== 0 ? objects : workloadObjectCount(heapReportFreeSize()));
  makeMistake();
  workloadChurn(commandLineNumber('operations=', OPERATIONS));
  workloadTasks();
  workloadExhaust();
  workloadRelease();
  consolePrintCount('done: heap checked ', heapReportChecks(), ' times, no error\n');
  powerOff(EXIT_SUCCESS);
};
