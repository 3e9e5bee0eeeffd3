/**
 * Memory for lists on their way in. The canonical ABI cannot be told that there is none, so that a component which
 * has filled its memory could not even be written to any more: one block is set aside for that.
 */

import { free, malloc } from '../../kernel-heap/index.ts';
import { PANIC_OUT_OF_MEMORY, panic } from '../../kernel-heap/panic.ts';
import { heapResize } from '../../kernel-heap/heap.ts';
import { stateAddress } from '../../kernel-heap/state.ts';

/** Bytes that are set aside: a list of that size can come in at any time. */
const RESERVE_SIZE: i32 = 0x10000;

let reserve: i32 = 0;

/** Sets the reserve aside unless it is there. False if there is no memory for it. */
export const transferReserve = (): boolean => {
  if (reserve == 0) reserve = malloc(RESERVE_SIZE);
  return reserve != 0;
};

/** Gives the reserve up; there is nothing left that a list could be for. */
export const transferRelease = (): void => {
  free(reserve);
  reserve = 0;
};

/**
 * What `cabi_realloc` is to this component: memory for a list, whose bytes end with transferEnd. Its callers have no
 * way to be told that there is none, which stops the machine.
 */
export const transferResize = (ptr: i32, alignment: i32, size: i32): i32 => {
  if (size == 0) {
    free(ptr);
    return alignment;
  }
  let block: i32 = heapResize(stateAddress(), ptr, alignment, size);
  if (block == 0 && reserve != 0) {
    transferRelease();
    block = heapResize(stateAddress(), ptr, alignment, size);
  }
  if (block == 0) panic(PANIC_OUT_OF_MEMORY, size);
  return block;
};

/** Frees the list of `length` bytes at `address`; an empty one has no memory. */
export const transferEnd = (address: i32, length: i32): void => {
  if (length != 0) free(address);
  transferReserve();
};
