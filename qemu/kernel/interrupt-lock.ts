/**
 * The lock of a kernel with one processor: while interrupts are off, no other thread runs. It nests.
 *
 *     const held = interruptsHold();
 *     … what no other thread may see half done …
 *     interruptsRelease(held);
 */

/** Turns interrupts off; 1 if they were on, 0 if they were off already. */
declare const interruptsDisable: () => i32;

/** Turns interrupts on if `wereOn` is 1, and leaves them off if it is 0. */
declare const interruptsRestore: (wereOn: i32) => void;

/** Turns interrupts off; what it returns is for interruptsRelease(). */
export const interruptsHold = (): i32 => interruptsDisable();

/** Back to the state before the interruptsHold() that returned `held`. */
export const interruptsRelease = (held: i32): void => {
  interruptsRestore(held);
};

/** Turns interrupts on, whatever they were. */
export const interruptsOn = (): void => {
  interruptsRestore(1);
};
