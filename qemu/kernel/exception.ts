/** An exception stops the kernel: called by ../host.c, prints what is known, ends the run. */
import { consolePrint, consolePrintCount, consolePrintDigits } from './console.ts';
import { exceptionReport } from './exception-report.ts';
import { EXIT_EXCEPTION } from './exit-code.ts';
import { powerOff } from './power.ts';

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
