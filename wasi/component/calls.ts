/**
 * What each call of a component leaves behind, in the debug profile: the blocks that came in through cabi_realloc while
 * a call was prepared and made, and are still live when its post-return has run. A callee that keeps an argument on
 * purpose is told as well; nobody else can know.
 *
 * Two tables take turns: one for the call that goes on, one for the last call that left something.
 *
 *   table: entries of 8 bytes, as `record block` of heap.wit:  0 address of the block | 4 bytes asked for
 *
 * The tables lie in the heap and belong to no call. Without memory for one, blocks go uncounted.
 * Cost: O(blocks that came in during the call) for each free().
 */

import { load, store } from '../../kernel-heap/memory.ts';
import { cabi_realloc, free, malloc, realloc } from '../../kernel-heap/index.ts';

const ENTRY_SIZE_OFFSET: i32 = 4;
const ENTRY_SHIFT: i32 = 3;
const CAPACITY_MIN: i32 = 16;

let entries: i32 = 0;
let capacity: i32 = 0;
let count: i32 = 0;

let leaks: i32 = 0;
let leaksCapacity: i32 = 0;
let leaksCount: i32 = 0;

let callName: i32 = 0;
let callNameLength: i32 = 0;

/** Makes room for one more entry. False if there is no memory. */
const reserve = (): boolean => {
  if (count < capacity) return true;
  const larger: i32 = capacity == 0 ? CAPACITY_MIN : capacity * 2;
  const moved: i32 = realloc(entries, larger << ENTRY_SHIFT);
  if (moved == 0) return false;
  entries = moved;
  capacity = larger;
  return true;
};

/** Notes a block of `size` bytes that comes in for a call; 0 is none. */
export const callsEnter = (block: i32, size: i32): void => {
  if (block == 0 || !reserve()) return;
  const entry: i32 = entries + (count << ENTRY_SHIFT);
  store(entry, block);
  store(entry + ENTRY_SIZE_OFFSET, size);
  count++;
};

/** Strikes the block off, if it came in for this call; the last entry takes its place. */
export const callsLeave = (block: i32): boolean => {
  for (let index: i32 = 0; index < count; index++) {
    const entry: i32 = entries + (index << ENTRY_SHIFT);
    if (load(entry) == block) {
      count--;
      const last: i32 = entries + (count << ENTRY_SHIFT);
      store(entry, load(last));
      store(entry + ENTRY_SIZE_OFFSET, load(last + ENTRY_SIZE_OFFSET));
      return true;
    }
  }
  return false;
};

/** free() that counts. */
export const calls_free = (ptr: i32): void => {
  if (ptr != 0) callsLeave(ptr);
  free(ptr);
};

/** realloc() that counts: a block that came in stays one that did. */
export const calls_realloc = (ptr: i32, size: i32): i32 => {
  const block: i32 = realloc(ptr, size);
  if (ptr != 0 && block != 0 && callsLeave(ptr)) callsEnter(block, size);
  return block;
};

/** cabi_realloc() that counts. */
export const calls_cabi_realloc = (ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 => {
  if (oldSize != 0) callsLeave(ptr);
  const block: i32 = cabi_realloc(ptr, oldSize, alignment, size);
  if (size != 0) callsEnter(block, size);
  return block;
};

/** Ends the call: its post-return has run. Returns how many blocks it left, which are told by tallow_take_leak. */
export const tallow_call_end = (): i32 => {
  if (count == 0) return 0;
  const table: i32 = leaks;
  const tableCapacity: i32 = leaksCapacity;
  leaks = entries;
  leaksCapacity = capacity;
  leaksCount = count;
  entries = table;
  capacity = tableCapacity;
  count = 0;
  return leaksCount;
};

/** Room for the name of the call that has left something, `length` bytes; 0 if there is no memory. */
export const tallow_call_name = (length: i32): i32 => {
  free(callName);
  callName = malloc(length);
  callNameLength = callName == 0 ? 0 : length;
  return callName;
};

/**
 * `take-leak` of heap.wit: the last call that left something, which is then forgotten, as an option<leak> in the
 * 20 bytes at `area`, which is returned. The two lists in it lie here, and stay until a call ends.
 *
 *   0         4          8        12         16
 *  +---------+----------+--------+----------+--------+
 *  | is one  | name of  | its    | blocks,  | their  |
 *  |there    | the call | length | as above | number |
 *  +---------+----------+--------+----------+--------+
 */
export const tallow_take_leak = (area: i32): i32 => {
  store(area, leaksCount == 0 ? 0 : 1);
  store(area + 4, callName);
  store(area + 8, callNameLength);
  store(area + 12, leaks);
  store(area + 16, leaksCount);
  leaksCount = 0;
  return area;
};
