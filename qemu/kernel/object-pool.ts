/**
 * Object pools: objects of one size that are created and given up all the time. The heap's size classes already pack
 * equal blocks into pages, so a pool does not carve anything: it takes blocks of its size in batches, hands them out
 * last in first out, and keeps what comes back, up to a limit, without asking the heap.
 *
 * A pool belongs to one thread, or its users exclude each other.
 *
 *   0 heap    4 object size    8 first free object    12 free objects    16 objects in use    20 most in use at once
 *
 * Free objects are linked by their first word.
 */
import { load, store } from '../../kernel-heap/memory.ts';
import { lockedFree, lockedHeapMalloc } from './heap-lock.ts';

const POOL_HEAP_OFFSET: i32 = 0;
const POOL_OBJECT_SIZE_OFFSET: i32 = 4;
const POOL_FIRST_OFFSET: i32 = 8;
const POOL_FREE_OFFSET: i32 = 12;
const POOL_ACTIVE_OFFSET: i32 = 16;
const POOL_PEAK_OFFSET: i32 = 20;
const POOL_SIZE: i32 = 24;

/** Objects that are taken from the heap at a time. */
export const POOL_BATCH: i32 = 16;

/** Free objects that a pool keeps at most. */
export const POOL_FREE_MAX: i32 = 64;

/** A pool of objects of `objectSize` bytes, at least 4, with blocks from `heap`; 0 if there is no memory. */
export const poolCreate = (heap: i32, objectSize: i32): i32 => {
  const pool: i32 = lockedHeapMalloc(heap, POOL_SIZE);
  if (pool === 0) return 0;
  store(pool + POOL_HEAP_OFFSET, heap);
  store(pool + POOL_OBJECT_SIZE_OFFSET, objectSize);
  store(pool + POOL_FIRST_OFFSET, 0);
  store(pool + POOL_FREE_OFFSET, 0);
  store(pool + POOL_ACTIVE_OFFSET, 0);
  store(pool + POOL_PEAK_OFFSET, 0);
  return pool;
};

/** Objects in use. */
export const poolActive = (pool: i32): i32 => load(pool + POOL_ACTIVE_OFFSET);

/** Objects that the pool holds, in use or free. */
export const poolTotal = (pool: i32): i32 => load(pool + POOL_ACTIVE_OFFSET) + load(pool + POOL_FREE_OFFSET);

/** The most objects that were in use at once. */
export const poolPeak = (pool: i32): i32 => load(pool + POOL_PEAK_OFFSET);

const poolPush = (pool: i32, object: i32): void => {
  store(object, load(pool + POOL_FIRST_OFFSET));
  store(pool + POOL_FIRST_OFFSET, object);
  store(pool + POOL_FREE_OFFSET, load(pool + POOL_FREE_OFFSET) + 1);
};

const poolPop = (pool: i32): i32 => {
  const object: i32 = load(pool + POOL_FIRST_OFFSET);
  store(pool + POOL_FIRST_OFFSET, load(object));
  store(pool + POOL_FREE_OFFSET, load(pool + POOL_FREE_OFFSET) - 1);
  return object;
};

const poolRefill = (pool: i32): void => {
  for (let i: i32 = 0; i < POOL_BATCH; i++) {
    const object: i32 = lockedHeapMalloc(load(pool + POOL_HEAP_OFFSET), load(pool + POOL_OBJECT_SIZE_OFFSET));
    if (object === 0) return;
    poolPush(pool, object);
  }
};

/** An object, with whatever contents; 0 if there is no memory. */
export const poolTake = (pool: i32): i32 => {
  if (load(pool + POOL_FREE_OFFSET) === 0) poolRefill(pool);
  if (load(pool + POOL_FREE_OFFSET) === 0) return 0;
  const active: i32 = load(pool + POOL_ACTIVE_OFFSET) + 1;
  store(pool + POOL_ACTIVE_OFFSET, active);
  if (active > load(pool + POOL_PEAK_OFFSET)) store(pool + POOL_PEAK_OFFSET, active);
  return poolPop(pool);
};

/** Takes an object of this pool back. */
export const poolGive = (pool: i32, object: i32): void => {
  store(pool + POOL_ACTIVE_OFFSET, load(pool + POOL_ACTIVE_OFFSET) - 1);
  if (load(pool + POOL_FREE_OFFSET) < POOL_FREE_MAX) poolPush(pool, object);
  else lockedFree(object);
};

/** Gives all free objects back to the heap. */
export const poolTrim = (pool: i32): void => {
  while (load(pool + POOL_FREE_OFFSET) !== 0) lockedFree(poolPop(pool));
};

/** Frees the pool. No object may be in use. */
export const poolDestroy = (pool: i32): void => {
  poolTrim(pool);
  lockedFree(pool);
};
