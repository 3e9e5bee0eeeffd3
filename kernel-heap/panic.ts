/** Floor 3: what stops the machine. Exhaustion is a value (0); corruption and misuse end here. */

import { store, trap } from './memory.ts';
import { STATE_PANIC_ADDRESS_OFFSET, STATE_PANIC_CODE_OFFSET } from './layout.ts';
import { heapExists, stateAddress } from './state.ts';

/** free() or realloc() of an address that is no block of this heap. */
export const PANIC_INVALID_FREE: i32 = 1;

/** cabi_realloc could not get the memory; its callers have no way to be told. */
export const PANIC_OUT_OF_MEMORY: i32 = 2;

/** Hardened: the block is free: it was freed before, or has not been handed out yet. */
export const PANIC_DOUBLE_FREE: i32 = 3;

/** Hardened: the address is inside of a block, not its start. */
export const PANIC_UNALIGNED_FREE: i32 = 4;

/** Hardened: the size told at free is not that of the block. */
export const PANIC_SIZE_MISMATCH: i32 = 5;

/** Hardened: a free block was written to, as its link shows. */
export const PANIC_FREE_LIST: i32 = 6;

/** Hardened: what was passed as a heap is none; in C also a recording that is out of reach. */
export const PANIC_INVALID_HEAP: i32 = 7;

/** Debug: something was written behind a block. */
export const PANIC_OVERFLOW: i32 = 8;

/** Debug: something was written before a block. */
export const PANIC_UNDERFLOW: i32 = 9;

/** Debug: something was written into a block after it was freed. */
export const PANIC_WRITE_AFTER_FREE: i32 = 10;

/** Debug: a word that the pointer audit looked at leads where it must not; the report tells the verdict. */
export const PANIC_STRAY_POINTER: i32 = 11;

/**
 * Stops the machine with a numeric `code` and the `address` it is about. Both are left in the state record, if there is
 * one, where a host finds them after the trap. Does not return.
 */
export const panic = (code: i32, address: i32): void => {
  const state: i32 = stateAddress();
  if (heapExists()) {
    store(state + STATE_PANIC_CODE_OFFSET, code);
    store(state + STATE_PANIC_ADDRESS_OFFSET, address);
  }
  trap();
};
