/**
 * Kernel threads. A thread is a kind and an argument, which thread-main.ts gives a meaning; a stack from the heap, with
 * a guard page below it that is not mapped, so that a stack that grows too large ends in an exception and not in
 * somebody else's block; and a heap of its own, which ends with the thread.
 *
 *   block from the heap    +-------------+------------------------+
 *                          | guard page  | stack, grows downwards |
 *                          +-------------+------------------------+
 */
import { load, store } from '../../kernel-heap/memory.ts';
import { lockedAlignedAlloc, lockedCalloc, lockedFree, lockedHeapDestroy, lockedHeapNew } from './heap-lock.ts';
import { interruptsHold, interruptsOn, interruptsRelease } from './interrupt-lock.ts';
import { PAGE_SIZE, pageMap, pageUnmap, pagingInit } from './page-table.ts';
import {
  schedulerAdd, schedulerEnd, schedulerInit, schedulerLeave, schedulerNext, schedulerRunning, THREAD_ARGUMENT_OFFSET, THREAD_CONTEXT_OFFSET,
  THREAD_ENDED, THREAD_HEAP_OFFSET, THREAD_KIND_OFFSET, THREAD_NEXT_OFFSET, THREAD_NUMBER_OFFSET, THREAD_RESULT_OFFSET,
  THREAD_SIZE, THREAD_STACK_OFFSET, THREAD_STATE_OFFSET,
} from './scheduler.ts';
import { timerInit } from './timer.ts';

/**
 * Writes a first context onto the stack that ends at `stackEnd`: switching to it calls threadMain(kind, argument) with
 * interrupts off. Returns the context.
 */
declare const contextCreate: (stackEnd: i32, kind: i32, argument: i32) => i32;

/** Bytes of a thread's stack. */
export const THREAD_STACK_SIZE: i32 = 16384;

let created: i32 = 0;

const stackCreate = (): i32 => {
  const block: i32 = lockedAlignedAlloc(PAGE_SIZE, PAGE_SIZE + THREAD_STACK_SIZE);
  if (block === 0) return 0;
  if (pageUnmap(block)) return block;
  lockedFree(block);
  return 0;
};

const stackDestroy = (block: i32): void => {
  pageMap(block, block); // needs no memory: the table is there
  lockedFree(block);
};

/** Starts threads: the running code becomes the first one. False if there is no memory for its record. */
export const threadsStart = (): boolean => {
  if (!schedulerInit()) return false;
  pagingInit();
  timerInit();
  interruptsOn();
  return true;
};

/** The end of threads, all of which but the first have been joined. Interrupts are off again. */
export const threadsStop = (): void => {
  interruptsHold();
  schedulerEnd();
};

/** Creates a thread, which runs as soon as its turn comes. Returns its record; 0 if there is no memory for all of it. */
export const threadCreate = (kind: i32, argument: i32): i32 => {
  const thread: i32 = lockedCalloc(1, THREAD_SIZE);
  if (thread === 0) return 0;
  const stack: i32 = stackCreate();
  if (stack === 0) {
    lockedFree(thread);
    return 0;
  }
  const heap: i32 = lockedHeapNew();
  if (heap === 0) {
    stackDestroy(stack);
    lockedFree(thread);
    return 0;
  }
  created++;
  store(thread + THREAD_CONTEXT_OFFSET, contextCreate(stack + PAGE_SIZE + THREAD_STACK_SIZE, kind, argument));
  store(thread + THREAD_STACK_OFFSET, stack);
  store(thread + THREAD_HEAP_OFFSET, heap);
  store(thread + THREAD_KIND_OFFSET, kind);
  store(thread + THREAD_ARGUMENT_OFFSET, argument);
  store(thread + THREAD_NUMBER_OFFSET, created);
  schedulerAdd(thread);
  return thread;
};

/** What a thread does first: from here on it can be preempted. */
export const threadBegin = (): void => {
  interruptsOn();
};

/** What a thread does last: destroys its heap with all blocks in it and leaves `result`. Does not return. */
export const threadEnd = (result: i32): void => {
  const thread: i32 = schedulerRunning();
  lockedHeapDestroy(load(thread + THREAD_HEAP_OFFSET));
  store(thread + THREAD_RESULT_OFFSET, result);
  schedulerLeave();
};

/** Gives the other threads their turns. */
export const threadYield = (): void => {
  const held: i32 = interruptsHold();
  schedulerNext();
  interruptsRelease(held);
};

/** Whether the thread has ended. */
export const threadHasEnded = (thread: i32): boolean => {
  const held: i32 = interruptsHold();
  const state: i32 = load(thread + THREAD_STATE_OFFSET);
  interruptsRelease(held);
  return state === THREAD_ENDED;
};

/** Waits until the thread has ended, frees its stack and its record, and returns what it left. */
export const threadJoin = (thread: i32): i32 => {
  while (!threadHasEnded(thread)) threadYield();
  const result: i32 = load(thread + THREAD_RESULT_OFFSET);
  stackDestroy(load(thread + THREAD_STACK_OFFSET));
  lockedFree(thread);
  return result;
};

/** The heap of the running thread. */
export const threadHeap = (): i32 => load(schedulerRunning() + THREAD_HEAP_OFFSET);

/** The first address of a thread's stack; the page below it is the guard page. */
export const threadStackStart = (thread: i32): i32 => load(thread + THREAD_STACK_OFFSET) + PAGE_SIZE;

/** The address behind a thread's stack; 0 for the first thread, whose stack is that of the boot code. */
export const threadStackEnd = (thread: i32): i32 => {
  const block: i32 = load(thread + THREAD_STACK_OFFSET);
  return block === 0 ? 0 : block + PAGE_SIZE + THREAD_STACK_SIZE;
};

/** The record of the thread in whose guard page `address` lies; 0 if it is no guard page. O(threads). */
export const threadGuardedAt = (address: i32): i32 => {
  const first: i32 = schedulerRunning();
  if (first === 0) return 0;
  let thread: i32 = first;
  let found: i32 = 0;
  while (found === 0) {
    if (load(thread + THREAD_STACK_OFFSET) === (address & -PAGE_SIZE)) found = thread;
    thread = load(thread + THREAD_NEXT_OFFSET);
    if (thread === first) return found;
  }
  return found;
};
