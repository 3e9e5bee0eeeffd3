/** Failure: one line on the console, then the end of the run. Nothing here returns. */
import { consolePrint, consolePrintHex } from './console.ts';
import { interruptsHold } from './interrupt-lock.ts';
import { powerOff } from './power.ts';

/** Ends the run with an exit code, after a message and the value (an address, a code) it is about. */
export const fail = (exitCode: i32, message: string, value: i32): void => {
  interruptsHold(); // no other thread shall come between
  consolePrint('FAILED: ');
  consolePrint(message);
  consolePrint(' ');
  consolePrintHex(value);
  consolePrint('\n');
  powerOff(exitCode);
};
