/** Where every thread begins. The language has no pointers to functions, so what a thread runs goes by a number. */
import { exchangeTaskRun } from './exchange-task.ts';
import { storeTaskRun } from './store-task.ts';
import { alternateRun, computeRun, fillRun, readRun, recurseRun } from './test-task.ts';
import { threadBegin, threadEnd, threadHeap } from './thread.ts';
import {
  KIND_ALTERNATE, KIND_COMPUTE, KIND_EXCHANGE, KIND_FILL, KIND_READ, KIND_RECURSE, KIND_STORE,
} from './thread-kind.ts';

const TASK_STEPS: i32 = 2000;

const runKind = (kind: i32, argument: i32): i32 => {
  if (kind === KIND_STORE) return storeTaskRun(threadHeap(), argument, TASK_STEPS);
  if (kind === KIND_EXCHANGE) return exchangeTaskRun(threadHeap(), argument, TASK_STEPS);
  if (kind === KIND_ALTERNATE) return alternateRun(argument);
  if (kind === KIND_COMPUTE) return computeRun(argument);
  if (kind === KIND_RECURSE) return recurseRun(argument);
  if (kind === KIND_FILL) return fillRun(threadHeap(), argument);
  if (kind === KIND_READ) return readRun(argument);
  return 0;
};

/** Called on a new thread's stack with interrupts off. Does not return: there is nothing to return to. */
export const threadMain = (kind: i32, argument: i32): void => {
  threadBegin();
  threadEnd(runKind(kind, argument));
};
