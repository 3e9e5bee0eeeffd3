/** Power: the end of a run. */

/** Writes the low 8 bits of `value` to an I/O port. */
declare const portWrite: (port: i32, value: i32) => void;

/** Stops the processor with interrupts off. */
declare const halt: () => void;

const DEBUG_EXIT_PORT: i32 = 0xf4;

/** Ends the run with one of the codes of exit-code.ts; halts where nothing listens to it. Does not return. */
export const powerOff = (exitCode: i32): void => {
  portWrite(DEBUG_EXIT_PORT, exitCode);
  while (true) halt();
};
