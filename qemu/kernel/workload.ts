/** What the kernel does with the heap: the life of a machine in five steps. Every failure ends the run. */
import { free, heap_delete, heap_destroy, heap_malloc, heap_new, malloc, realloc } from '../../kernel-heap/index.ts';
import { divide, lessThan, load, store } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintCount, consolePrintHex } from './console.ts';
import { EXIT_OUT_OF_MEMORY, EXIT_WRONG_BLOCK } from './exit-code.ts';
import { fail } from './failure.ts';
import { heapReportCheck, heapReportCompare } from './heap-report.ts';
import {
  objectBlock, objectCreate, objectDestroy, objectResize, objectSize, objectTableCreate, objectTableDestroy, objectVerify,
} from './object.ts';
import { randomBelow } from './random.ts';

const OBJECT_SIZE_MEAN: i32 = 4096; // a little more than objects have on the average
const OBJECT_COUNT_MAX: i32 = 4000;
const CHECK_INTERVAL: i32 = 5000; // operations between two checks of the heap
const RESIZED_SIZE_MAX: i32 = 8192;
const TASK_COUNT: i32 = 8;
const TASK_BLOCK_COUNT: i32 = 200;
const TASK_BLOCK_SIZE_MAX: i32 = 1000;
const EXHAUST_SIZE_MAX: i32 = 0x1000000; // 16 MiB
const EXHAUST_SIZE_MIN: i32 = 16;

let objectCount: i32 = 0;

/** Creates `count` objects. */
export const workloadPopulate = (count: i32): void => {
  objectCount = count;
  objectTableCreate(count);
  let size: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    objectCreate(i);
    size += objectSize(i);
  }
  heapReportCheck();
  consolePrintCount('  populate  ', count, ' objects, ');
  consolePrintCount('', size >>> 10, ' KiB\n');
};

/** Destroys, creates and resizes objects in random order, checking the heap on the way. */
export const workloadChurn = (operations: i32): void => {
  let created: i32 = 0;
  let resized: i32 = 0;
  let untilCheck: i32 = CHECK_INTERVAL;
  for (let i: i32 = 0; i < operations; i++) {
    const index: i32 = randomBelow(objectCount);
    if (objectBlock(index) === 0) {
      objectCreate(index);
      created++;
    } else if (randomBelow(4) === 0) {
      objectResize(index, 1 + randomBelow(RESIZED_SIZE_MAX));
      resized++;
    } else {
      objectDestroy(index);
    }
    untilCheck--;
    if (untilCheck === 0) {
      heapReportCheck();
      untilCheck = CHECK_INTERVAL;
    }
  }
  heapReportCheck();
  consolePrintCount('  churn     ', operations, ' operations: ');
  consolePrintCount('', created, ' created, ');
  consolePrintCount('', resized, ' resized, ');
  consolePrintCount('', operations - created - resized, ' destroyed\n');
};

/*
 * A chain needs no table: each block's first word is the address of the block before it.
 */

const chainFree = (last: i32): void => {
  let block: i32 = last;
  while (block !== 0) {
    const before: i32 = load(block);
    free(block);
    block = before;
  }
};

const taskRun = (task: i32): void => {
  const heap: i32 = heap_new();
  if (heap === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for the heap of task', task);
  let last: i32 = 0;
  for (let i: i32 = 0; i < TASK_BLOCK_COUNT; i++) {
    const size: i32 = 4 + randomBelow(TASK_BLOCK_SIZE_MAX);
    const block: i32 = heap_malloc(heap, size);
    if (block === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for a block of a task, of size', size);
    store(block, last);
    last = block;
  }
  if ((task & 1) === 0) {
    heap_destroy(heap);
  } else {
    heap_delete(heap);
    chainFree(last);
  }
};

/** Runs tasks that have a heap of their own: of every second one it is destroyed at once, blocks and all. */
export const workloadTasks = (): void => {
  for (let task: i32 = 0; task < TASK_COUNT; task++) taskRun(task);
  heapReportCheck();
  consolePrintCount('  tasks     ', TASK_COUNT, ' heaps of ');
  consolePrintCount('', TASK_BLOCK_COUNT, ' blocks\n');
};

const verifyObjects = (): void => {
  for (let i: i32 = 0; i < objectCount; i++) {
    if (objectBlock(i) !== 0) objectVerify(i);
  }
};

let chainLast: i32 = 0;
let chainHighest: i32 = 0;

/** Takes all memory there is, in ever smaller blocks; the number of blocks. */
const takeAll = (): i32 => {
  let count: i32 = 0;
  for (let size: i32 = EXHAUST_SIZE_MAX; size >= EXHAUST_SIZE_MIN; size >>= 1) {
    let block: i32 = malloc(size);
    while (block !== 0) {
      store(block, chainLast);
      chainLast = block;
      if (lessThan(chainHighest, block)) chainHighest = block;
      count++;
      block = malloc(size);
    }
  }
  return count;
};

/** Frees every second block of the chain and leaves it linked without them; the number of blocks freed. */
const freeHalf = (): i32 => {
  let count: i32 = 0;
  let kept: i32 = chainLast;
  while (kept !== 0 && load(kept) !== 0) {
    const freed: i32 = load(kept);
    store(kept, load(freed));
    free(freed);
    count++;
    kept = load(kept);
  }
  return count;
};

/** Exhausts the memory and recovers: requests fail and harm nothing, and succeed again once something is freed. */
export const workloadExhaust = (): void => {
  chainLast = 0;
  chainHighest = 0;
  const taken: i32 = takeAll();
  heapReportCheck();
  const grown: i32 = realloc(chainLast, EXHAUST_SIZE_MAX);
  if (grown !== 0) fail(EXIT_WRONG_BLOCK, 'realloc() found memory where there is none:', grown);
  verifyObjects();
  const freed: i32 = freeHalf();
  heapReportCheck();
  const block: i32 = malloc(EXHAUST_SIZE_MIN);
  if (block === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory, although blocks were freed:', freed);
  free(block);
  chainFree(chainLast);
  verifyObjects();
  heapReportCheck();
  consolePrintCount('  exhaust   ', taken, ' blocks until nothing was left, ');
  consolePrint('the highest at ');
  consolePrintHex(chainHighest);
  consolePrint('; recovered\n');
};

/** Destroys every object and compares the heap with its state at boot. */
export const workloadRelease = (): void => {
  let count: i32 = 0;
  for (let i: i32 = 0; i < objectCount; i++) {
    if (objectBlock(i) === 0) continue;
    objectDestroy(i);
    count++;
  }
  objectTableDestroy();
  heapReportCheck();
  heapReportCompare();
  consolePrintCount('  release   ', count, ' objects; free spans of every order are as many as at boot\n');
};

/** A count of objects that fills less than half of `freeSize` bytes, and keeps the run short. */
export const workloadObjectCount = (freeSize: i32): i32 => {
  const count: i32 = divide(freeSize, 2 * OBJECT_SIZE_MEAN);
  return lessThan(count, OBJECT_COUNT_MAX) ? count + 1 : OBJECT_COUNT_MAX;
};
