/**
 * A task as workload: passes blocks of the main heap on to other tasks through a shared table, so that most blocks are
 * verified and freed by another thread than the one that allocated them.
 *
 *   Block:  0 size    4 tag    8 the pattern that size and tag determine
 */
import { load, load8, store, store8 } from '../../kernel-heap/memory.ts';
import { EXIT_CONTENTS_CHANGED, EXIT_OUT_OF_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import { lockedAlignedAlloc, lockedCalloc, lockedFree, lockedHeapMalloc, lockedMalloc, lockedRealloc } from './heap-lock.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import { randomStreamBelow, randomStreamInit } from './random-stream.ts';

const PATTERN_OFFSET: i32 = 8;
const SLOT_COUNT: i32 = 256;
const TAG_LIMIT_EXCHANGE: i32 = 0x10000;
const FRAME_BYTES: i32 = 4096;

let slots: i32 = 0;

/** Allocates the shared table; false if there is no memory. */
export const exchangeInit = (): boolean => {
  slots = lockedCalloc(SLOT_COUNT, 4);
  return slots !== 0;
};

const blockSeal = (block: i32, from: i32, size: i32, tag: i32): void => {
  if (block === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for a block of a task, of size', size);
  store(block, size);
  store(block + 4, tag);
  for (let i: i32 = from; i < size; i++) store8(block + i, tag + i);
};

const blockVerify = (block: i32, size: i32): void => {
  const tag: i32 = load(block + 4);
  for (let i: i32 = PATTERN_OFFSET; i < size; i++) {
    if (load8(block + i) !== ((tag + i) & 255)) fail(EXIT_CONTENTS_CHANGED, 'a block of a task has changed at', block + i);
  }
};

/** Puts a block, or 0, into a slot and returns what was there. */
const exchange = (index: i32, block: i32): i32 => {
  const place: i32 = slots + (index << 2);
  const held: i32 = interruptsHold();
  const former: i32 = load(place);
  store(place, block);
  interruptsRelease(held);
  return former;
};

const blockDestroy = (block: i32): void => {
  if (block === 0) return;
  blockVerify(block, load(block));
  lockedFree(block);
};

/** Frees every block in the table, and the table. No task may use it any more. */
export const exchangeEnd = (): void => {
  for (let i: i32 = 0; i < SLOT_COUNT; i++) blockDestroy(exchange(i, 0));
  lockedFree(slots);
  slots = 0;
};

const blockCreate = (stream: i32): i32 => {
  const kind: i32 = randomStreamBelow(stream, 32);
  const tag: i32 = randomStreamBelow(stream, TAG_LIMIT_EXCHANGE);
  let size: i32 = PATTERN_OFFSET + randomStreamBelow(stream, 300);
  if (kind === 0) size = PATTERN_OFFSET + randomStreamBelow(stream, 40000);
  let block: i32 = 0;
  if (kind === 1) block = lockedAlignedAlloc(FRAME_BYTES, size);
  else block = lockedMalloc(size);
  blockSeal(block, PATTERN_OFFSET, size, tag);
  return block;
};

const blockResize = (stream: i32, block: i32): i32 => {
  const oldSize: i32 = load(block);
  const size: i32 = PATTERN_OFFSET + randomStreamBelow(stream, 600);
  const resized: i32 = lockedRealloc(block, size);
  if (resized === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory to resize a block of a task to size', size);
  const kept: i32 = size < oldSize ? size : oldSize;
  blockVerify(resized, kept);
  blockSeal(resized, kept, size, load(resized + 4));
  return resized;
};

/** Works `steps` steps with the shared table; the task's own state lies in `heap`. Ends the run when anything is wrong. */
export const exchangeTaskRun = (heap: i32, seed: i32, steps: i32): i32 => {
  const stream: i32 = lockedHeapMalloc(heap, 4);
  if (stream === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for task', seed);
  randomStreamInit(stream, seed);
  for (let i: i32 = 0; i < steps; i++) {
    const index: i32 = randomStreamBelow(stream, SLOT_COUNT);
    if (randomStreamBelow(stream, 4) === 0) {
      const taken: i32 = exchange(index, 0);
      if (taken !== 0) blockDestroy(exchange(index, blockResize(stream, taken)));
    } else {
      blockDestroy(exchange(index, blockCreate(stream)));
    }
  }
  return steps;
};
