/** The commands that put a load on the heap: stress and bench. Both free what they took, whatever happens. */
import { free, heap_check, malloc, realloc } from '../../kernel-heap/index.ts';
import { divide, fill, lessThan, load, remainder, store } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintColumn, consolePrintCount, consolePrintHex, consoleRead } from './console.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import { randomBelow, randomInit } from './random.ts';

/** A counter of the processor that runs freely, its low 32 bits. */
declare const cycleCount: () => i32;

/** A clock that runs freely; it begins again after 2^32 ticks. */
declare const clockTicks: () => i32;

/** Ticks of that clock in a second. */
declare const clockFrequency: () => i32;

const STRESS_SLOTS: i32 = 1024;
const STRESS_SLOT_SIZE: i32 = 8; // block, 0 = empty; size
const STRESS_ROUND: i32 = 256; // operations between two looks at the clock and the keyboard
const STRESS_CHECK_ROUNDS: i32 = 64; // rounds between two checks of the heap

let stressTable: i32 = 0;
let stressRefused: i32 = 0;
let stressChanged: i32 = 0;

const stressSlot = (index: i32): i32 => stressTable + index * STRESS_SLOT_SIZE;

/** Most blocks are small, a few are large: sizes from 4 bytes on, of every magnitude alike. */
const stressSize = (): i32 => 4 + randomBelow(16 << randomBelow(13));

/** The first and the last whole word of a block hold what its address and size determine. */
const stressMark = (block: i32, size: i32): void => {
  store(block, block ^ size);
  store(block + (size & -4) - 4, block ^ size);
};

const stressVerify = (block: i32, size: i32): void => {
  if (load(block) === (block ^ size) && load(block + (size & -4) - 4) === (block ^ size)) return;
  stressChanged++;
  consolePrint('a block lost its contents: ');
  consolePrintHex(block);
  consolePrint('\n');
};

const stressFill = (slot: i32, block: i32, size: i32): void => {
  if (block === 0) {
    stressRefused++;
    return;
  }
  store(slot, block);
  store(slot + 4, size);
  stressMark(block, size);
};

const stressStep = (): void => {
  const slot: i32 = stressSlot(randomBelow(STRESS_SLOTS));
  const block: i32 = load(slot);
  const size: i32 = stressSize();
  if (block === 0) {
    stressFill(slot, malloc(size), size);
    return;
  }
  stressVerify(block, load(slot + 4));
  if (randomBelow(4) === 0) {
    stressFill(slot, realloc(block, size), size);
    return;
  }
  free(block);
  store(slot, 0);
};

/** Operations during which no other thread runs. */
const stressRound = (): void => {
  const held: i32 = interruptsHold();
  for (let i: i32 = 0; i < STRESS_ROUND; i++) stressStep();
  interruptsRelease(held);
};

const stressBegin = (): boolean => {
  const held: i32 = interruptsHold();
  stressTable = malloc(STRESS_SLOTS * STRESS_SLOT_SIZE);
  interruptsRelease(held);
  if (stressTable === 0) return false;
  fill(stressTable, 0, STRESS_SLOTS * STRESS_SLOT_SIZE);
  stressRefused = 0;
  stressChanged = 0;
  return true;
};

/** Frees everything, and checks the heap for the last time. */
const stressEnd = (): i32 => {
  const held: i32 = interruptsHold();
  for (let index: i32 = 0; index < STRESS_SLOTS; index++) {
    const block: i32 = load(stressSlot(index));
    if (block === 0) continue;
    stressVerify(block, load(stressSlot(index) + 4));
    free(block);
  }
  free(stressTable);
  const code: i32 = heap_check();
  interruptsRelease(held);
  return code;
};

const stressCheck = (): i32 => {
  const held: i32 = interruptsHold();
  const code: i32 = heap_check();
  interruptsRelease(held);
  return code;
};

/**
 * stress: random requests for as many seconds, with a line for each; any key ends it. To be called with interrupts on:
 * other threads have their turns between the rounds.
 */
export const shellStress = (seconds: i32): void => {
  if (!stressBegin()) {
    consolePrint('no memory for the table of blocks; free something\n');
    return;
  }
  const frequency: i32 = clockFrequency();
  let start: i32 = clockTicks();
  randomInit(start);
  let second: i32 = 0;
  let rounds: i32 = 0;
  let checks: i32 = 0;
  let code: i32 = 0;
  let interrupted: boolean = false;
  while (second !== seconds && !interrupted && code === 0 && stressChanged === 0) {
    stressRound();
    rounds++;
    if (remainder(rounds, STRESS_CHECK_ROUNDS) === 0) {
      code = stressCheck();
      checks++;
    }
    interrupted = consoleRead() >= 0;
    if (!lessThan(clockTicks() - start, frequency)) {
      start += frequency;
      second++;
      consolePrintCount('', second, ' s: ');
      consolePrintCount('', Math.imul(rounds, STRESS_ROUND), ' operations, ');
      consolePrintCount('', checks, ' checks\n');
    }
  }
  const codeAtEnd: i32 = stressEnd();
  if (code === 0) code = codeAtEnd;
  if (interrupted) consolePrint('stopped by a key\n');
  consolePrintCount('', Math.imul(rounds, STRESS_ROUND), ' operations, ');
  consolePrintCount('', stressRefused, ' refused for want of memory; everything freed; heap_check() = ');
  consolePrintCount('', code, '\n');
};

const BENCH_BLOCKS: i32 = 1000;
const BENCH_ROUNDS: i32 = 5;

let benchAllocate: i32 = 0; // the fewest cycles of a round
let benchFree: i32 = 0;

const least = (a: i32, b: i32): i32 => (lessThan(b, a) ? b : a);

/** Allocates and frees once; the number of blocks. Each block's first word is the address of the one before. */
const benchRound = (size: i32): i32 => {
  let last: i32 = 0;
  let count: i32 = 0;
  const start: i32 = cycleCount();
  while (count < BENCH_BLOCKS) {
    const block: i32 = malloc(size);
    if (block === 0) break;
    store(block, last);
    last = block;
    count++;
  }
  const middle: i32 = cycleCount();
  while (last !== 0) {
    const before: i32 = load(last);
    free(last);
    last = before;
  }
  const end: i32 = cycleCount();
  benchAllocate = least(benchAllocate, middle - start);
  benchFree = least(benchFree, end - middle);
  return count;
};

const benchSize = (size: i32): void => {
  benchAllocate = -1;
  benchFree = -1;
  let count: i32 = BENCH_BLOCKS;
  for (let round: i32 = 0; round < BENCH_ROUNDS && count === BENCH_BLOCKS; round++) count = benchRound(size);
  consolePrintColumn(size, 6);
  if (count < BENCH_BLOCKS) {
    consolePrintCount('   not enough memory for ', BENCH_BLOCKS, ' blocks\n');
    return;
  }
  consolePrintColumn(divide(benchAllocate, BENCH_BLOCKS), 10);
  consolePrintColumn(divide(benchFree, BENCH_BLOCKS), 10);
  consolePrint('\n');
};

/** bench: cycles of malloc and free, for blocks allocated one after the other and freed in the opposite order. */
export const shellBench = (): void => {
  consolePrintCount('cycles a call, the best of ', BENCH_ROUNDS, ' rounds');
  consolePrintCount(' of ', BENCH_BLOCKS, ' blocks\n');
  consolePrint(' bytes    malloc      free\n');
  benchSize(16);
  benchSize(100);
  benchSize(1000);
  benchSize(8192);
  benchSize(20000);
};
