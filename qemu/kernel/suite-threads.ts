/** The suite of threads: ticks, preemption, stacks, a heap for each, pools, and a key-value store as their work. */
import { heap_check } from '../../kernel-heap/index.ts';
import { load, store } from '../../kernel-heap/memory.ts';
import { commandLineHas } from './boot-info.ts';
import { exchangeEnd, exchangeInit } from './exchange-task.ts';
import { lockedCalloc, lockedFree, lockedHeapDestroy, lockedHeapMalloc, lockedHeapNew, lockedMalloc } from './heap-lock.ts';
import { keyValueBuckets, keyValueCount, keyValueCreate, keyValueDestroy, keyValueFind, keyValueOf, keyValuePut, keyValueRemove, keyValueSize } from './key-value-store.ts';
import { POOL_BATCH, POOL_FREE_MAX, poolActive, poolCreate, poolDestroy, poolGive, poolPeak, poolTake, poolTotal, poolTrim } from './object-pool.ts';
import { pageIsReadable } from './page-table.ts';
import { schedulerSwitchCount, schedulerThreadCount, THREAD_TURNS_OFFSET } from './scheduler.ts';
import { suiteAnnounce, suiteBegin, suiteEnd, suiteExhaust, suiteLiveBytes, suiteRecover, suiteRecoverOne, suiteReport } from './suite.ts';
import { storeTaskRun } from './store-task.ts';
import { alternateCount, alternateInit, computeRun, recurseExpect } from './test-task.ts';
import { THREAD_STACK_SIZE, threadCreate, threadHasEnded, threadJoin, threadStackStart, threadYield } from './thread.ts';
import { KIND_ALTERNATE, KIND_COMPUTE, KIND_EXCHANGE, KIND_FILL, KIND_RECURSE, KIND_STORE } from './thread-kind.ts';
import { timerTicks } from './timer.ts';

/** Turns interrupts on and returns after the next one. */
declare const interruptsWait: () => void;

const MANY: i32 = 100;
const OBJECT_SIZE: i32 = 48;
const FEW: i32 = 4;

/** The records of the threads that a case has created, by index. */
let threads: i32 = 0;

const threadAt = (index: i32): i32 => load(threads + (index << 2));

/** Creates `count` threads with the arguments from `argument` on; how many there was memory for. */
const createThreads = (kind: i32, argument: i32, count: i32): i32 => {
  for (let i: i32 = 0; i < count; i++) {
    const thread: i32 = threadCreate(kind, argument + i);
    if (thread === 0) return i;
    store(threads + (i << 2), thread);
  }
  return count;
};

const joinThreads = (count: i32): void => {
  for (let i: i32 = 0; i < count; i++) threadJoin(threadAt(i));
};

const ticksArrive = (): i32 => {
  const before: i32 = timerTicks();
  for (let i: i32 = 0; i < 10; i++) interruptsWait();
  const after: i32 = timerTicks();
  return after - before >= 10 ? 0 : 1;
};

const yieldSwitches = (): i32 => {
  while (commandLineHas('hang')) {} // a case that never ends, to see that it is known by name
  const before: i32 = schedulerSwitchCount();
  threadYield();
  if (schedulerThreadCount() !== 1) return 1;
  if (schedulerSwitchCount() !== before) return 2;
  const thread: i32 = threadCreate(KIND_RECURSE, 3);
  if (thread === 0) return 3;
  if (threadJoin(thread) !== recurseExpect(3)) return 4;
  if (schedulerSwitchCount() - before < 2) return 5;
  return schedulerThreadCount() === 1 ? 0 : 6;
};

const preemptionInterleaves = (): i32 => {
  alternateInit();
  if (createThreads(KIND_ALTERNATE, 1, 2) !== 2) return 1;
  const first: i32 = threadJoin(threadAt(0));
  const second: i32 = threadJoin(threadAt(1));
  if (alternateCount() !== 20) return 2;
  if (first !== 10) return 3;
  return second === 10 ? 0 : 4;
};

const registersSurvivePreemption = (): i32 => {
  if (createThreads(KIND_COMPUTE, 7, FEW) !== FEW) return 1;
  let turns: i32 = 0;
  let wrong: i32 = 0;
  for (let i: i32 = 0; i < FEW; i++) {
    while (!threadHasEnded(threadAt(i))) threadYield();
    turns += load(threadAt(i) + THREAD_TURNS_OFFSET);
    if (threadJoin(threadAt(i)) !== computeRun(7 + i)) wrong++;
  }
  if (wrong !== 0) return 2;
  return turns > FEW ? 0 : 3; // more turns than threads: they were preempted
};

const stacksAreApart = (): i32 => {
  if (createThreads(KIND_RECURSE, 60, FEW) !== FEW) return 1;
  for (let i: i32 = 0; i < FEW; i++) {
    const start: i32 = threadStackStart(threadAt(i));
    if (!pageIsReadable(start)) return 2;
    if (!pageIsReadable(start + THREAD_STACK_SIZE - 1)) return 3;
    if (pageIsReadable(start - 1)) return 4;
    if (pageIsReadable(start - 4096)) return 5;
  }
  for (let i: i32 = 0; i < FEW; i++) {
    if (threadJoin(threadAt(i)) !== recurseExpect(60 + i)) return 6;
  }
  return 0;
};

const manyThreads = (): i32 => {
  const count: i32 = createThreads(KIND_RECURSE, 0, MANY);
  if (count !== MANY) return 1;
  if (schedulerThreadCount() > MANY + 1) return 2;
  for (let i: i32 = 0; i < MANY; i++) {
    if (threadJoin(threadAt(i)) !== recurseExpect(i)) return 3;
  }
  return schedulerThreadCount() === 1 ? 0 : 4;
};

const taskHeapEndsWithTask = (): i32 => {
  const before: i32 = suiteLiveBytes();
  const thread: i32 = threadCreate(KIND_FILL, 500);
  if (thread === 0) return 1;
  if (suiteLiveBytes() <= before) return 2;
  if (threadJoin(thread) !== 500) return 3;
  return suiteLiveBytes() === before ? 0 : 4;
};

const threadWithoutMemory = (): i32 => {
  suiteExhaust();
  let thread: i32 = threadCreate(KIND_RECURSE, 5);
  let refused: i32 = 0;
  // The record, the stack, a page table and the heap fail one after the other as memory comes back.
  while (thread === 0 && suiteRecoverOne()) {
    refused++;
    if (heap_check() !== 0) return 1;
    thread = threadCreate(KIND_RECURSE, 5);
  }
  if (thread === 0) return 2;
  if (refused === 0) return 3;
  const result: i32 = threadJoin(thread);
  suiteRecover();
  return result === recurseExpect(5) ? 0 : 4;
};

const poolReuses = (): i32 => {
  const heap: i32 = lockedHeapNew();
  const pool: i32 = poolCreate(heap, OBJECT_SIZE);
  if (pool === 0) return 1;
  const object: i32 = poolTake(pool);
  if (object === 0) return 2;
  if (poolTotal(pool) !== POOL_BATCH) return 3;
  poolGive(pool, object);
  if (poolTake(pool) !== object) return 4;
  if (poolActive(pool) !== 1) return 5;
  poolGive(pool, object);
  poolDestroy(pool);
  lockedHeapDestroy(heap);
  return 0;
};

const poolKeepsLimit = (): i32 => {
  const heap: i32 = lockedHeapNew();
  const pool: i32 = poolCreate(heap, OBJECT_SIZE);
  let chain: i32 = 0;
  for (let i: i32 = 0; i < MANY; i++) {
    const object: i32 = poolTake(pool);
    if (object === 0) return 1;
    store(object, chain);
    store(object + OBJECT_SIZE - 4, i);
    chain = object;
  }
  if (poolActive(pool) !== MANY || poolPeak(pool) !== MANY) return 2;
  for (let i: i32 = MANY - 1; i >= 0; i--) {
    if (load(chain + OBJECT_SIZE - 4) !== i) return 3;
    const next: i32 = load(chain);
    poolGive(pool, chain);
    chain = next;
  }
  if (poolActive(pool) !== 0) return 4;
  if (poolTotal(pool) !== POOL_FREE_MAX) return 5;
  poolTrim(pool);
  if (poolTotal(pool) !== 0) return 6;
  poolDestroy(pool);
  lockedHeapDestroy(heap);
  return 0;
};

const poolWithoutMemory = (): i32 => {
  const heap: i32 = lockedHeapNew();
  const pool: i32 = poolCreate(heap, 8192);
  if (pool === 0) return 1;
  suiteExhaust();
  let chain: i32 = 0;
  let object: i32 = poolTake(pool);
  while (object !== 0) {
    store(object, chain);
    chain = object;
    object = poolTake(pool);
  }
  const active: i32 = poolActive(pool);
  suiteRecover();
  object = poolTake(pool);
  if (object === 0) return 2;
  if (poolActive(pool) !== active + 1) return 3;
  lockedHeapDestroy(heap);
  return 0;
};

const keyValueHolds = (): i32 => {
  const heap: i32 = lockedHeapNew();
  const table: i32 = keyValueCreate(heap);
  const text: i32 = lockedHeapMalloc(heap, 8);
  if (table === 0 || text === 0) return 1;
  for (let i: i32 = 0; i < MANY; i++) {
    store(text, i);
    store(text + 4, ~i);
    if (!keyValuePut(table, text, 4 + (i & 1), text, 8)) return 2;
  }
  if (keyValueCount(table) !== MANY) return 3;
  if (keyValueBuckets(table) * 2 < MANY) return 4;
  for (let i: i32 = 0; i < MANY; i++) {
    store(text, i);
    store(text + 4, ~i);
    const entry: i32 = keyValueFind(table, text, 4 + (i & 1));
    if (entry === 0) return 5;
    if (keyValueSize(entry) !== 8) return 6;
    if (load(keyValueOf(entry)) !== i || load(keyValueOf(entry) + 4) !== ~i) return 7;
    if (keyValueFind(table, text, 7) !== 0) return 8;
  }
  keyValueDestroy(table);
  lockedHeapDestroy(heap);
  return 0;
};

const keyValueReplacesAndRemoves = (): i32 => {
  const heap: i32 = lockedHeapNew();
  const table: i32 = keyValueCreate(heap);
  const text: i32 = lockedHeapMalloc(heap, 1000);
  store(text, 0x61626364);
  if (!keyValuePut(table, text, 4, text, 0)) return 1;
  if (keyValueSize(keyValueFind(table, text, 4)) !== 0) return 2;
  if (!keyValuePut(table, text, 4, text, 1000)) return 3;
  if (keyValueSize(keyValueFind(table, text, 4)) !== 1000) return 4;
  if (keyValueCount(table) !== 1) return 5;
  if (keyValueRemove(table, text, 3)) return 6;
  if (!keyValueRemove(table, text, 4)) return 7;
  if (keyValueRemove(table, text, 4)) return 8;
  if (keyValueFind(table, text, 4) !== 0) return 9;
  if (keyValueCount(table) !== 0) return 10;
  lockedHeapDestroy(heap);
  return 0;
};

const keyValueUnderLoad = (): i32 => {
  const heap: i32 = lockedHeapNew();
  if (storeTaskRun(heap, 11, 3000) === 0) return 1;
  lockedHeapDestroy(heap);
  return 0;
};

const keyValueInThreads = (): i32 => {
  if (createThreads(KIND_STORE, 20, FEW) !== FEW) return 1;
  for (let i: i32 = 0; i < FEW; i++) {
    if (threadJoin(threadAt(i)) === 0) return 2;
  }
  return 0;
};

const blocksCrossThreads = (): i32 => {
  if (!exchangeInit()) return 1;
  const count: i32 = createThreads(KIND_EXCHANGE, 30, FEW);
  joinThreads(count);
  exchangeEnd();
  return count === FEW ? 0 : 2;
};

const heapLocksNest = (): i32 => {
  const block: i32 = lockedMalloc(100);
  if (block === 0) return 1;
  const before: i32 = timerTicks();
  interruptsWait(); // still on after all the calls before
  lockedFree(block);
  return timerTicks() !== before ? 0 : 2;
};

/** Runs the suite. Does not return. */
export const suiteThreads = (): void => {
  suiteBegin(17);
  threads = lockedCalloc(MANY, 4);
  suiteAnnounce('ticks_arrive');
  suiteReport('ticks_arrive', ticksArrive());
  suiteAnnounce('yield_switches');
  suiteReport('yield_switches', yieldSwitches());
  suiteAnnounce('preemption_interleaves');
  suiteReport('preemption_interleaves', preemptionInterleaves());
  suiteAnnounce('registers_survive_preemption');
  suiteReport('registers_survive_preemption', registersSurvivePreemption());
  suiteAnnounce('stacks_are_apart');
  suiteReport('stacks_are_apart', stacksAreApart());
  suiteAnnounce('many_threads');
  suiteReport('many_threads', manyThreads());
  suiteAnnounce('task_heap_ends_with_task');
  suiteReport('task_heap_ends_with_task', taskHeapEndsWithTask());
  suiteAnnounce('thread_without_memory');
  suiteReport('thread_without_memory', threadWithoutMemory());
  suiteAnnounce('heap_locks_nest');
  suiteReport('heap_locks_nest', heapLocksNest());
  suiteAnnounce('pool_reuses');
  suiteReport('pool_reuses', poolReuses());
  suiteAnnounce('pool_keeps_limit');
  suiteReport('pool_keeps_limit', poolKeepsLimit());
  suiteAnnounce('pool_without_memory');
  suiteReport('pool_without_memory', poolWithoutMemory());
  suiteAnnounce('key_value_holds');
  suiteReport('key_value_holds', keyValueHolds());
  suiteAnnounce('key_value_replaces_and_removes');
  suiteReport('key_value_replaces_and_removes', keyValueReplacesAndRemoves());
  suiteAnnounce('key_value_under_load');
  suiteReport('key_value_under_load', keyValueUnderLoad());
  suiteAnnounce('key_value_in_threads');
  suiteReport('key_value_in_threads', keyValueInThreads());
  suiteAnnounce('blocks_cross_threads');
  suiteReport('blocks_cross_threads', blocksCrossThreads());
  lockedFree(threads);
  suiteEnd();
};
