/** Cases that fail, each in its own way: every target must say so. They are no part of the contract. */

import { free, heap_init } from '../../kernel-heap/index.ts';
import { trap } from '../../kernel-heap/memory.ts';

/** Its third check fails. */
export const faulty_check = (start: i32, size: i32): i32 => {
  if (heap_init(start, size) === 0) return 1;
  if (heap_init(start, size) !== 0) return 2;
  return 3;
};

/** Frees what is no block: the core stops the machine with a code and the address. */
export const faulty_free = (start: i32, size: i32): i32 => {
  if (heap_init(start, size) === 0) return 1;
  free((start + (size >> 1)) | 0);
  return 0;
};

/** Stops the machine by itself, without a code. */
export const faulty_trap = (start: i32, size: i32): i32 => {
  if (heap_init(start, size) === 0) return 1;
  trap();
  return 0;
};
