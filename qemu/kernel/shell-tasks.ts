/** The command tasks: a line for each thread. */
import { load } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintColumn, consolePrintHex } from './console.ts';
import {
  schedulerRunning, THREAD_HEAP_OFFSET, THREAD_KIND_OFFSET, THREAD_NEXT_OFFSET, THREAD_NUMBER_OFFSET, THREAD_STACK_OFFSET,
  THREAD_TURNS_OFFSET,
} from './scheduler.ts';
import { THREAD_STACK_SIZE, threadStackStart } from './thread.ts';

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
