/**
 * The system under a program: functions of WASI preview 1, each with one buffer instead of a list of them. All give an
 * error number, 0 for success; how many bytes went is in the transfer record.
 *
 *   Transfer record:  0 address of the bytes    4 their size    8 bytes that were transferred
 */
import { load, store } from '../../kernel-heap/memory.ts';

declare const args_get: (pointers: i32, texts: i32) => i32;
declare const args_sizes_get: (count: i32, size: i32) => i32;
declare const clock_time_get: (clock: i32, precision: i64, time: i32) => i32;
declare const fd_read: (descriptor: i32, vectors: i32, count: i32, transferred: i32) => i32;
declare const fd_write: (descriptor: i32, vectors: i32, count: i32, transferred: i32) => i32;
declare const proc_exit: (code: i32) => void;

export const TRANSFER_SIZE: i32 = 12;
const TRANSFER_ADDRESS_OFFSET: i32 = 0;
const TRANSFER_SIZE_OFFSET: i32 = 4;
const TRANSFER_COUNT_OFFSET: i32 = 8;

export const STANDARD_INPUT: i32 = 0;
export const STANDARD_OUTPUT: i32 = 1;
export const STANDARD_ERROR: i32 = 2;

const ERROR_AGAIN: i32 = 6; // the descriptor does not block, and nothing can be transferred just now
const ERROR_INTERRUPTED: i32 = 27;

/** Whether a transfer that gave this error number may succeed when it is tried again. */
export const systemTransient = (error: i32): boolean => error === ERROR_AGAIN || error === ERROR_INTERRUPTED;

const transferSet = (transfer: i32, address: i32, size: i32): void => {
  store(transfer + TRANSFER_ADDRESS_OFFSET, address);
  store(transfer + TRANSFER_SIZE_OFFSET, size);
  store(transfer + TRANSFER_COUNT_OFFSET, 0);
};

/** How many bytes the last transfer with this record moved; 0 at the end of the input. */
export const systemTransferred = (transfer: i32): i32 => load(transfer + TRANSFER_COUNT_OFFSET);

/** Reads up to `size` bytes to `address`, with a transfer record at `transfer`. */
export const systemRead = (transfer: i32, descriptor: i32, address: i32, size: i32): i32 => {
  transferSet(transfer, address, size);
  return fd_read(descriptor, transfer, 1, transfer + TRANSFER_COUNT_OFFSET);
};

/** Writes up to `size` bytes from `address`, with a transfer record at `transfer`. */
export const systemWrite = (transfer: i32, descriptor: i32, address: i32, size: i32): i32 => {
  transferSet(transfer, address, size);
  return fd_write(descriptor, transfer, 1, transfer + TRANSFER_COUNT_OFFSET);
};

/** Writes the count of arguments, the program's name included, to `count`, and the bytes of their texts to `size`. */
export const systemArgumentSizes = (count: i32, size: i32): i32 => args_sizes_get(count, size);

/** Writes the texts to `texts`, each with a 0 at its end, and their addresses to the words at `pointers`. */
export const systemArguments = (pointers: i32, texts: i32): i32 => args_get(pointers, texts);

/** Writes the time of a clock in ns to the two words at `time`. Clock 0 counts from 1970, clock 1 from any moment. */
export const systemTime = (clock: i32, time: i32): i32 => clock_time_get(clock, 1000, time);

/** Ends the program at once. Does not return. */
export const systemExit = (code: i32): void => {
  proc_exit(code);
};
