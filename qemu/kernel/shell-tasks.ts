/** The command tasks: a line for each thread, and threads to look at. */
import { lessThan, load, store } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintColumn, consolePrintCount, consolePrintHex } from './console.ts';
import { heapReportFreeSize } from './heap-report.ts';
import { lockedCalloc, lockedFree } from './heap-lock.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import {
  schedulerRunning, THREAD_HEAP_OFFSET, THREAD_KIND_OFFSET, THREAD_NEXT_OFFSET, THREAD_NUMBER_OFFSET, THREAD_STACK_OFFSET,
  THREAD_TURNS_OFFSET,
} from './scheduler.ts';
import { THREAD_STACK_SIZE, threadCreate, threadJoin, threadStackStart, threadYield } from './thread.ts';
import { KIND_STORE } from './thread-kind.ts';
import { timerTicks } from './timer.ts';

/** The most threads that the command starts. */
export const SHELL_TASKS_MAX: i32 = 16;

/** Bytes that a thread's stack and key-value store may take, with room to spare. */
const TASK_SIZE_MAX: i32 = 0x100000;

/** How long the threads work before they are shown. */
const TICKS_BEFORE_SHOWN: i32 = 5;

const printTask = (thread: i32): void => {
  consolePrintColumn(load(thread + THREAD_NUMBER_OFFSET), 6);
  consolePrintColumn(load(thread + THREAD_KIND_OFFSET), 6);
  consolePrintColumn(load(thread + THREAD_TURNS_OFFSET), 10);
  if (load(thread + THREAD_STACK_OFFSET) === 0) {
    consolePrint("  the shell, on the stack of the boot code, with the main heap\n");
    return;
  }
  consolePrint('  ');
  consolePrintHex(threadStackStart(thread));
  consolePrint(' to ');
  consolePrintHex(threadStackStart(thread) + THREAD_STACK_SIZE - 1);
  consolePrint('  ');
  consolePrintHex(load(thread + THREAD_HEAP_OFFSET));
  consolePrint('\n');
};

/** tasks: the threads that can run, the shell first, each with its number, its kind, how often it had its turn, its stack and heap. */
export const shellTasks = (): void => {
  consolePrint('number  kind     turns  stack                     heap\n');
  const first: i32 = schedulerRunning();
  let thread: i32 = first;
  do {
    printTask(thread);
    thread = load(thread + THREAD_NEXT_OFFSET);
  } while (thread !== first);
};

/**
 * tasks N: starts N threads, each at work on a key-value store in a heap of its own, shows them at work, and waits for
 * their ends. What they hold is verified by themselves, and gone with their heaps.
 */
export const shellTasksStart = (count: i32): void => {
  if (lessThan(heapReportFreeSize(), Math.imul(count, TASK_SIZE_MAX))) {
    consolePrintCount('no memory for ', count, ' tasks; free something, or see mem\n');
    return;
  }
  const threads: i32 = lockedCalloc(count, 4);
  for (let index: i32 = 0; index < count; index++) store(threads + (index << 2), threadCreate(KIND_STORE, index + 1));
  const shown: i32 = timerTicks() + TICKS_BEFORE_SHOWN;
  while (timerTicks() - shown < 0) threadYield();
  const held: i32 = interruptsHold();
  shellTasks();
  interruptsRelease(held);
  let ended: i32 = 0;
  for (let index: i32 = 0; index < count; index++) {
    const thread: i32 = load(threads + (index << 2));
    if (thread !== 0) {
      threadJoin(thread);
      ended++;
    }
  }
  lockedFree(threads);
  consolePrintCount('', ended, ' tasks have ended, and their heaps with them\n');
};
