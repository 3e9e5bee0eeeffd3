/** The end of a program. What was put out before is written first. */
import { outputDecimal, outputFlush, outputText, outputTo } from './output.ts';
import { STANDARD_ERROR, systemExit } from './preview1.ts';

/** Ends the program with an exit code. Does not return. */
export const exit = (code: i32): void => {
  outputFlush();
  systemExit(code);
};

/** Ends the program with a message on standard error and code 1. Does not return. */
export const fail = (message: string): void => {
  outputTo(STANDARD_ERROR);
  outputText(message);
  outputText('\n');
  exit(1);
};

/** The same for a call to the system that gave an error number. */
export const failWithError = (message: string, error: i32): void => {
  outputTo(STANDARD_ERROR);
  outputText(message);
  outputText(': error ');
  outputDecimal(error);
  outputText(' of WASI\n');
  exit(1);
};
