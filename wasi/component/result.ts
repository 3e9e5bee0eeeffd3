/**
 * Results of the component's functions, as the canonical ABI has them in memory: the function returns the address of
 * this area, below the heap, and its caller reads from there before it calls again.
 *
 *   result<t, error>, when it is ok         when it is an error
 *   0        4        8        12            0        4        8        12
 *  +--------+--------+--------+             +--------+--------+--------+
 *  | 0      | value  | length |             | 1      | case   |payload |
 *  +--------+--------+--------+             +--------+--------+--------+
 *
 *  length is there for a list, whose value is the address of its first byte. Tags and cases are single bytes.
 */

import { store } from '../../kernel-heap/memory.ts';

/** Where the area begins, behind the null block. */
export const RESULT: i32 = 16;

/** The first byte behind it, where the heap may begin. */
export const RESULT_END: i32 = 48;

// The cases of `variant error` in heap.wit, in its order.

export const ERROR_OUT_OF_MEMORY: i32 = 0;
export const ERROR_TOO_LARGE: i32 = 1;
export const ERROR_BAD_ALIGNMENT: i32 = 2;
export const ERROR_NOT_A_BLOCK: i32 = 3;
export const ERROR_ALREADY_FREED: i32 = 4;
export const ERROR_FOREIGN_BLOCK: i32 = 5;
export const ERROR_OUT_OF_BOUNDS: i32 = 6;

/** What functions in this folder return in place of a case of `error` when there is none. */
export const NO_ERROR: i32 = -1;

/** `ok(value)`; the value of a result without one is not looked at. */
export const resultOk = (value: i32): i32 => {
  store(RESULT, 0);
  store(RESULT + 4, value);
  return RESULT;
};

/** `ok` with the list of `length` bytes at `address`, which are copied before the next call. */
export const resultList = (address: i32, length: i32): i32 => {
  store(RESULT + 8, length);
  return resultOk(address);
};

/** `error` with the case of the given number; `payload` is looked at only for a case that has one. */
export const resultError = (errorCase: i32, payload: i32): i32 => {
  store(RESULT, 1);
  store(RESULT + 4, errorCase);
  store(RESULT + 8, payload);
  return RESULT;
};

/** A record of four numbers. */
export const resultRecord = (first: i32, second: i32, third: i32, fourth: i32): i32 => {
  store(RESULT, first);
  store(RESULT + 4, second);
  store(RESULT + 8, third);
  store(RESULT + 12, fourth);
  return RESULT;
};
