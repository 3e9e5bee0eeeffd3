/** Power: the end of a run. */

/** Ends the emulator's run where the machine has a device for it. */
declare const machinePowerOff: (exitCode: i32) => void;

/** Stops the processor with interrupts off. */
declare const halt: () => void;

/** Ends the run with one of the codes of exit-code.ts; halts where nothing listens to it. Does not return. */
export const powerOff = (exitCode: i32): void => {
  machinePowerOff(exitCode);
  while (true) halt();
};
