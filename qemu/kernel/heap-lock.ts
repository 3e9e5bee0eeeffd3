/**
 * The heap for threads. The heap itself has no locks: a thread that is preempted in the midst of malloc() leaves it
 * half changed. On one processor it is enough that interrupts are off during each call, so every thread calls the
 * heap through here. Arguments and results are those of kernel-heap/index.ts.
 */
import {
  aligned_alloc, calloc, free, heap_check, heap_destroy, heap_malloc, heap_new, malloc, realloc,
} from '../../kernel-heap/index.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';

let lockedOperations: i32 = 0;

/** Requests to the heap that came through here since boot: blocks asked for, resized, freed. */
export const lockedOperationCount = (): i32 => lockedOperations;

/** malloc() with interrupts off. */
export const lockedMalloc = (size: i32): i32 => {
  const held: i32 = interruptsHold();
  const block: i32 = malloc(size);
  lockedOperations++;
  interruptsRelease(held);
  return block;
};

/** calloc() with interrupts off. */
export const lockedCalloc = (count: i32, size: i32): i32 => {
  const held: i32 = interruptsHold();
  const block: i32 = calloc(count, size);
  lockedOperations++;
  interruptsRelease(held);
  return block;
};

/** realloc() with interrupts off. */
export const lockedRealloc = (block: i32, size: i32): i32 => {
  const held: i32 = interruptsHold();
  const resized: i32 = realloc(block, size);
  lockedOperations++;
  interruptsRelease(held);
  return resized;
};

/** aligned_alloc() with interrupts off. */
export const lockedAlignedAlloc = (alignment: i32, size: i32): i32 => {
  const held: i32 = interruptsHold();
  const block: i32 = aligned_alloc(alignment, size);
  lockedOperations++;
  interruptsRelease(held);
  return block;
};

/** free() with interrupts off. */
export const lockedFree = (block: i32): void => {
  const held: i32 = interruptsHold();
  free(block);
  lockedOperations++;
  interruptsRelease(held);
};

/** heap_new() with interrupts off. */
export const lockedHeapNew = (): i32 => {
  const held: i32 = interruptsHold();
  const heap: i32 = heap_new();
  lockedOperations++;
  interruptsRelease(held);
  return heap;
};

/** heap_malloc() with interrupts off. */
export const lockedHeapMalloc = (heap: i32, size: i32): i32 => {
  const held: i32 = interruptsHold();
  const block: i32 = heap_malloc(heap, size);
  lockedOperations++;
  interruptsRelease(held);
  return block;
};

/** heap_destroy() with interrupts off; O(pages of the heap). */
export const lockedHeapDestroy = (heap: i32): void => {
  const held: i32 = interruptsHold();
  heap_destroy(heap);
  lockedOperations++;
  interruptsRelease(held);
};

/** heap_check() with interrupts off; O(memory), so that ticks are lost. */
export const lockedHeapCheck = (): i32 => {
  const held: i32 = interruptsHold();
  const code: i32 = heap_check();
  interruptsRelease(held);
  return code;
};
