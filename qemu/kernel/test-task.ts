/** Small tasks for the tests of threads. */
import { load, store } from '../../kernel-heap/memory.ts';
import { lockedHeapMalloc } from './heap-lock.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';

const ALTERNATION_COUNT: i32 = 20;
const COMPUTE_STEPS: i32 = 2000000;

let lastName: i32 = 0;
let alternations: i32 = 0;

/** Begins a new game of alternateRun(). */
export const alternateInit = (): void => {
  lastName = 0;
  alternations = 0;
};

/** How often the turn has changed hands. */
export const alternateCount = (): i32 => alternations;

/** Waits, without yielding, until another thread has had its turn, 20 times in all. Returns the turns it took itself. */
export const alternateRun = (name: i32): i32 => {
  let turns: i32 = 0;
  let goesOn: boolean = true;
  while (goesOn) {
    const held: i32 = interruptsHold();
    if (alternations >= ALTERNATION_COUNT) {
      goesOn = false;
    } else if (lastName !== name) {
      lastName = name;
      alternations++;
      turns++;
    }
    interruptsRelease(held);
  }
  return turns;
};

/** A computation of many steps, whose result depends on every value that is alive in registers on the way. */
export const computeRun = (seed: i32): i32 => {
  let a: i32 = seed;
  let b: i32 = seed ^ 0x55555555;
  let c: i32 = seed + 0x1234567;
  let d: i32 = Math.imul(seed, 77);
  for (let i: i32 = 0; i < COMPUTE_STEPS; i++) {
    a = Math.imul(a, 1664525) + b;
    b = (b << 5) ^ (b >>> 3) ^ c;
    c = c + d + i;
    d = (d << 7) | (d >>> 25);
    d ^= a;
  }
  return a ^ b ^ c ^ d;
};

/** Calls itself `depth` times; no compiler makes a loop of it. */
export const recurseRun = (depth: i32): i32 => {
  if (depth === 0) return 1;
  return Math.imul(recurseRun(depth - 1), 3) ^ depth;
};

/** What recurseRun() returns, without a deep stack. */
export const recurseExpect = (depth: i32): i32 => {
  let value: i32 = 1;
  for (let i: i32 = 1; i <= depth; i++) value = Math.imul(value, 3) ^ i;
  return value;
};

/** Allocates `count` blocks of 1 to 20,000 bytes from `heap` and leaves them there; how many there was memory for. */
export const fillRun = (heap: i32, count: i32): i32 => {
  let size: i32 = 1;
  let given: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const block: i32 = lockedHeapMalloc(heap, size + 3);
    if (block !== 0) {
      store(block, i);
      given++;
    }
    size = Math.imul(size, 3);
    if (size > 20000) size = 1 + (i & 15);
  }
  return given;
};

/** The word at `address`. */
export const readRun = (address: i32): i32 => load(address);
