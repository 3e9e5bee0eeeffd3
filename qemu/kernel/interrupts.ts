/** The interrupt table: what is done for each interrupt line. Called by the host with interrupts off. */
import { schedulerNext } from './scheduler.ts';
import { timerTick } from './timer.ts';

/** The timer's line; every machine's boot code calls it by this number. */
export const INTERRUPT_TIMER: i32 = 0;

/**
 * Handles the interrupt of `line`; one that nobody asked for, as controllers raise now and then, is ignored. Returns in
 * the interrupted thread, which may be many turns later.
 */
export const interruptRaised = (line: i32): void => {
  if (line !== INTERRUPT_TIMER) return;
  timerTick();
  schedulerNext();
};
