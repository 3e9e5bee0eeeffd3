/** What stops the kernel from outside its own code: called by ../host.c, prints what is known, ends the run. */
import { heap_bugs } from '../../kernel-heap/index.ts';
import { consolePrint, consolePrintCount, consolePrintDigits, consolePrintHex } from './console.ts';
import { exceptionReport } from './exception-report.ts';
import { EXIT_EXCEPTION, EXIT_PANIC } from './exit-code.ts';
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

/** Set while an exception is reported: one that the report itself raises gets the last line only. */
let reporting: boolean = false;

/**
 * The processor raised an exception. Words above the low 32 bits are 0 on i386; `registers` is the address of the
 * registers that the boot code saved. The last line printed sums it up.
 */
export const exceptionRaised = (
  exception: i32, instructionHigh: i32, instructionLow: i32, addressHigh: i32, addressLow: i32, registers: i32,
): void => {
  let exitCode: i32 = EXIT_EXCEPTION;
  if (reporting) {
    consolePrint('\n');
  } else {
    reporting = true;
    exitCode = exceptionReport(addressHigh, addressLow, registers);
  }
  consolePrintCount('EXCEPTION: number ', exception, ' by the instruction at 0x');
  consolePrintDigits(instructionHigh);
  consolePrintDigits(instructionLow);
  consolePrint(', page fault address 0x');
  consolePrintDigits(addressHigh);
  consolePrintDigits(addressLow);
  consolePrint('\n');
  powerOff(exitCode);
};
