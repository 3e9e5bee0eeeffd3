/** The timer tick: the machine's timer interrupts at a fixed frequency, and the interrupts are counted. */

/** Makes the timer interrupt `frequency` times a second, from 19 on. */
declare const timerStart: (frequency: i32) => void;

/** Tells the machine that the timer's interrupt was taken; the next one can come. */
declare const timerAcknowledge: () => void;

/** Ticks a second, and so the most a thread runs without another getting its turn. */
export const TIMER_FREQUENCY: i32 = 1000;

let ticks: i32 = 0;

/** Starts the tick. It arrives when interrupts are on. */
export const timerInit = (): void => {
  timerStart(TIMER_FREQUENCY);
};

/** Counts a tick; for the timer's interrupt. */
export const timerTick = (): void => {
  ticks++;
  timerAcknowledge();
};

/** Ticks since timerInit(); those that fell due while interrupts were off for longer are lost. */
export const timerTicks = (): i32 => ticks;
