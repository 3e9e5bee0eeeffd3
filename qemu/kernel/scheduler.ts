/**
 * The scheduler: preemptive, round robin. All threads that can run form a ring, doubly linked; the timer's interrupt
 * moves on to the next one. A thread that is not running is a context: the address at which its registers lie on its
 * own stack.
 *
 * A thread record, 48 bytes:
 *
 *   0 next    4 previous    8 context    12 stack    16 state    20 heap    24 kind    28 argument
 *   32 number    36 turns    40 result    44 recording
 *
 * The first thread is the one that the kernel boots on; its stack is the image's.
 */
import { heap_record_switch } from '../../kernel-heap/index.ts';
import { load, store } from '../../kernel-heap/memory.ts';
import { lockedCalloc, lockedFree } from './heap-lock.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';

/**
 * Stores the context of the running thread at the address `savedAt` and goes on with `context`. Returns when something
 * switches back. To be called with interrupts off.
 */
declare const contextSwitch: (savedAt: i32, context: i32) => void;

export const THREAD_NEXT_OFFSET: i32 = 0;
export const THREAD_PREVIOUS_OFFSET: i32 = 4;
export const THREAD_CONTEXT_OFFSET: i32 = 8;
export const THREAD_STACK_OFFSET: i32 = 12; // the block that holds guard page and stack; 0 for the first thread
export const THREAD_STATE_OFFSET: i32 = 16;
export const THREAD_HEAP_OFFSET: i32 = 20;
export const THREAD_KIND_OFFSET: i32 = 24;
export const THREAD_ARGUMENT_OFFSET: i32 = 28;
export const THREAD_NUMBER_OFFSET: i32 = 32;
export const THREAD_TURNS_OFFSET: i32 = 36; // how often it was switched to
export const THREAD_RESULT_OFFSET: i32 = 40;
export const THREAD_RECORDING_OFFSET: i32 = 44; // of allocations and frees, while the thread does not run; 0 = none
export const THREAD_SIZE: i32 = 48;

export const THREAD_READY: i32 = 0;
export const THREAD_ENDED: i32 = 1;

let running: i32 = 0;
let threadCount: i32 = 0;
let switches: i32 = 0;

/** Makes the running code the first thread; false if there is no memory for its record. */
export const schedulerInit = (): boolean => {
  const thread: i32 = lockedCalloc(1, THREAD_SIZE);
  if (thread === 0) return false;
  store(thread + THREAD_NEXT_OFFSET, thread);
  store(thread + THREAD_PREVIOUS_OFFSET, thread);
  running = thread;
  threadCount = 1;
  return true;
};

/** The end of threads: the first thread, the last one left, is just the running code again. */
export const schedulerEnd = (): void => {
  lockedFree(running);
  running = 0;
  threadCount = 0;
};

/** The record of the running thread; 0 before schedulerInit(). */
export const schedulerRunning = (): i32 => running;

/** Threads in the ring. */
export const schedulerThreadCount = (): i32 => threadCount;

/** Switches from one thread to another since boot. */
export const schedulerSwitchCount = (): i32 => switches;

const switchTo = (thread: i32): void => {
  const from: i32 = running;
  running = thread;
  switches++;
  store(thread + THREAD_TURNS_OFFSET, load(thread + THREAD_TURNS_OFFSET) + 1);
  store(from + THREAD_RECORDING_OFFSET, heap_record_switch(load(thread + THREAD_RECORDING_OFFSET)));
  contextSwitch(from + THREAD_CONTEXT_OFFSET, load(thread + THREAD_CONTEXT_OFFSET));
};

/** Gives the next thread of the ring its turn; nothing happens if there is no other. With interrupts off. */
export const schedulerNext = (): void => {
  if (running === 0) return;
  const next: i32 = load(running + THREAD_NEXT_OFFSET);
  if (next !== running) switchTo(next);
};

/** Puts a thread with a context into the ring, where its turn comes last. */
export const schedulerAdd = (thread: i32): void => {
  const held: i32 = interruptsHold();
  const previous: i32 = load(running + THREAD_PREVIOUS_OFFSET);
  store(thread + THREAD_NEXT_OFFSET, running);
  store(thread + THREAD_PREVIOUS_OFFSET, previous);
  store(previous + THREAD_NEXT_OFFSET, thread);
  store(running + THREAD_PREVIOUS_OFFSET, thread);
  threadCount++;
  interruptsRelease(held);
};

/** Takes the running thread out of the ring for good, marks it as ended and goes on with the next. Does not return. */
export const schedulerLeave = (): void => {
  interruptsHold();
  const thread: i32 = running;
  const next: i32 = load(thread + THREAD_NEXT_OFFSET);
  const previous: i32 = load(thread + THREAD_PREVIOUS_OFFSET);
  store(previous + THREAD_NEXT_OFFSET, next);
  store(next + THREAD_PREVIOUS_OFFSET, previous);
  store(thread + THREAD_STATE_OFFSET, THREAD_ENDED);
  threadCount--;
  switchTo(next);
};
