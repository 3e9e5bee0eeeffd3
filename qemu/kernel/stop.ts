/** What stops the kernel from outside its own code: called by ../host.c, prints one line, ends the run. */
import { consolePrint, consolePrintCount, consolePrintDigits, consolePrintHex } from './console.ts';
import { EXIT_EXCEPTION, EXIT_PANIC } from './exit-code.ts';
import { powerOff } from './power.ts';

/** The allocator found misuse or corruption: a code of kernel-heap/panic.ts and the address it is about. */
export const panicked = (code: i32, address: i32): void => {
  consolePrintCount('PANIC: allocator code ', code, ' at ');
  consolePrintHex(address);
  consolePrint('\n');
  powerOff(EXIT_PANIC);
};

/** The processor raised an exception. Words above the low 32 bits are 0 on i386. */
export const exceptionRaised = (
  exception: i32, instructionHigh: i32, instructionLow: i32, addressHigh: i32, addressLow: i32,
): void => {
  consolePrintCount('EXCEPTION: number ', exception, ' by the instruction at 0x');
  consolePrintDigits(instructionHigh);
  consolePrintDigits(instructionLow);
  consolePrint(', page fault address 0x');
  consolePrintDigits(addressHigh);
  consolePrintDigits(addressLow);
  consolePrint('\n');
  powerOff(EXIT_EXCEPTION);
};
