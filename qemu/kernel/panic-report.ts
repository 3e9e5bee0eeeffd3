/** The heap stops the kernel: called by ../host.c, prints what is known, ends the run. */
import { heap_bugs } from '../../kernel-heap/index.ts';
import { consolePrint, consolePrintCount, consolePrintHex } from './console.ts';
import { EXIT_PANIC } from './exit-code.ts';
import { inspectPrint } from './heap-inspect.ts';
import { powerOff } from './power.ts';

/**
 * The allocator found misuse or corruption: a code of kernel-heap/panic.ts and the address it is about. Where the debug
 * profile has told a bug, that has said it all.
 */
export const panicked = (code: i32, address: i32): void => {
  if (heap_bugs() === 0) inspectPrint(address);
  consolePrintCount('PANIC: allocator code ', code, ' at ');
  consolePrintHex(address);
  consolePrint('\n');
  powerOff(EXIT_PANIC);
};
