/**
 * The soak: a million heap operations and more by threads that are preempted at any time. Some work on stores
 * in heaps of their own, some pass blocks of the main heap to each other; whenever one ends another begins, with a new
 * stack, guard page and heap. The heap is checked on the way, and everything freed at the end.
 */
import { lessThan, load, store } from '../../kernel-heap/memory.ts';
import { commandLineNumber } from './boot-info.ts';
import { consolePrint, consolePrintCount } from './console.ts';
import { exchangeEnd, exchangeInit } from './exchange-task.ts';
import { lockedCalloc, lockedFree, lockedHeapCheck, lockedOperationCount } from './heap-lock.ts';
import { schedulerSwitchCount } from './scheduler.ts';
import { suiteAnnounce, suiteBegin, suiteEnd, suiteReport } from './suite.ts';
import { threadCreate, threadHasEnded, threadJoin, threadYield } from './thread.ts';
import { KIND_EXCHANGE, KIND_STORE } from './thread-kind.ts';
import { timerTicks } from './timer.ts';

const THREAD_COUNT: i32 = 8;
const OPERATIONS_MIN: i32 = 1000000;
const CHECK_INTERVAL_SOAK: i32 = 20000; // operations between two checks of the heap
const SEED_SOAK: i32 = 20260102;

let started: i32 = 0;

const startThread = (place: i32, seed: i32): boolean => {
  const thread: i32 = threadCreate((started & 1) === 0 ? KIND_STORE : KIND_EXCHANGE, seed + started);
  store(place, thread);
  started++;
  return thread !== 0;
};

const soak = (places: i32, operations: i32, seed: i32): i32 => {
  let checked: i32 = lockedOperationCount();
  let checks: i32 = 0;
  const end: i32 = checked + operations;
  if (!exchangeInit()) return 1;
  for (let i: i32 = 0; i < THREAD_COUNT; i++) {
    if (!startThread(places + (i << 2), seed)) return 2;
  }
  while (lessThan(lockedOperationCount(), end)) {
    threadYield();
    for (let i: i32 = 0; i < THREAD_COUNT; i++) {
      const place: i32 = places + (i << 2);
      if (threadHasEnded(load(place))) {
        threadJoin(load(place));
        if (!startThread(place, seed)) return 3;
      }
    }
    if (lockedOperationCount() - checked >= CHECK_INTERVAL_SOAK) {
      if (lockedHeapCheck() !== 0) return 4;
      checks++;
      checked = lockedOperationCount();
    }
  }
  for (let i: i32 = 0; i < THREAD_COUNT; i++) threadJoin(load(places + (i << 2)));
  exchangeEnd();
  consolePrintCount('# seed ', seed, ': ');
  consolePrintCount('', lockedOperationCount(), ' heap operations by ');
  consolePrintCount('', started, ' threads, ');
  consolePrintCount('', schedulerSwitchCount(), ' switches, ');
  consolePrintCount('', timerTicks(), ' ticks, heap checked ');
  consolePrintCount('', checks, ' times');
  consolePrint('\n');
  return checks === 0 ? 5 : 0;
};

/** Runs the soak. Command line: operations=N (a million when there is none), seed=N. Does not return. */
export const suiteSoak = (): void => {
  suiteBegin(1);
  const places: i32 = lockedCalloc(THREAD_COUNT, 4);
  suiteAnnounce('soak');
  suiteReport('soak', soak(places, commandLineNumber('operations=', OPERATIONS_MIN), commandLineNumber('seed=', SEED_SOAK)));
  lockedFree(places);
  suiteEnd();
};
