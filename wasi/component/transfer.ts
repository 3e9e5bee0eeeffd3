/**
 * Memory for lists on their way in. The canonical ABI cannot be told that there is none, so that a component which
 * has filled its memory could not even be written to any more: one block is set aside for that.
 */

import { minimum } from '../../kernel-heap/bits.ts';
import { aligned_alloc, free, malloc } from '../../kernel-heap/index.ts';
import { copy } from '../../kernel-heap/memory.ts';
import { PANIC_OUT_OF_MEMORY, panic } from '../../kernel-heap/panic.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { callsEnter, callsLeave } from './calls.ts';

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

/** A block, if need be from the reserve. If that is not enough the machine stops: nobody can be told. */
const allocOrStop = (alignment: i32, size: i32): i32 => {
  let block: i32 = aligned_alloc(alignment, size);
  if (block == 0 && reserve != 0) {
    transferRelease();
    block = aligned_alloc(alignment, size);
  }
  if (block == 0) panic(PANIC_OUT_OF_MEMORY, size);
  return block;
};

/**
 * What `cabi_realloc` is to this component: memory for a list, whose bytes end with transferEnd. A list of no bytes has
 * no block, but the alignment as its address.
 */
export const transferResize = (ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 => {
  let block: i32 = alignment;
  if (size != 0) {
    block = allocOrStop(alignment, size);
    copy(block, ptr, minimum(oldSize, size));
    if (DEBUG != 0) callsEnter(block, size);
  }
  if (oldSize != 0) {
    if (DEBUG != 0) callsLeave(ptr);
    free(ptr);
  }
  return block;
};

/** Frees the list of `length` bytes at `address`. */
export const transferEnd = (address: i32, length: i32): void => {
  if (length != 0) {
    if (DEBUG != 0) callsLeave(address);
    free(address);
  }
  transferReserve();
};
