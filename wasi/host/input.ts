/**
 * Standard input: byte by byte, line by line or as a whole. A program that cannot read ends with code 1; the end of
 * the input is none.
 *
 *   The buffer, a block:  0 transfer record (preview1.ts)    16 the bytes
 */
import { free, malloc, realloc } from '../../kernel-heap/index.ts';
import { load8, store8 } from '../../kernel-heap/memory.ts';
import { fail, failWithError } from './exit.ts';
import { STANDARD_INPUT, systemRead, systemTransferred, systemTransient } from './preview1.ts';

const BUFFER_BYTES_OFFSET: i32 = 16;
const BUFFER_CAPACITY: i32 = 65520;

/** Bytes that a line or the whole input has room for at first; doubled as needed. */
const RESULT_CAPACITY_MIN: i32 = 128;

const LINE_FEED: i32 = 10;

let buffer: i32 = 0;
let next: i32 = 0; // the next byte, and the end of the bytes that were read
let end: i32 = 0;
let ended: boolean = false;
let resultSize: i32 = 0;

/** Reads more bytes into the empty buffer; false at the end of the input. */
const refill = (): boolean => {
  if (ended) return false;
  if (buffer === 0) buffer = malloc(BUFFER_BYTES_OFFSET + BUFFER_CAPACITY);
  if (buffer === 0) fail('out of memory');
  next = buffer + BUFFER_BYTES_OFFSET;
  let error: i32 = systemRead(buffer, STANDARD_INPUT, next, BUFFER_CAPACITY);
  while (systemTransient(error)) error = systemRead(buffer, STANDARD_INPUT, next, BUFFER_CAPACITY);
  if (error !== 0) failWithError('cannot read standard input', error);
  end = next + systemTransferred(buffer);
  ended = next === end;
  return !ended;
};

/** Whether all was read. */
export const inputEnded = (): boolean => next === end && !refill();

/** The next byte, or -1 at the end. */
export const inputByte = (): i32 => {
  if (inputEnded()) return -1;
  next++;
  return load8(next - 1);
};

/** Bytes up to `last` or the end of the input, as a block; its size without `last` is kept in resultSize. */
const readUntil = (last: i32): i32 => {
  let capacity: i32 = RESULT_CAPACITY_MIN;
  let block: i32 = malloc(capacity);
  let size: i32 = 0;
  let byte: i32 = inputByte();
  while (byte !== -1 && byte !== last) {
    if (size === capacity) {
      capacity = capacity << 1;
      block = capacity === 0 ? 0 : realloc(block, capacity); // 2^32 bytes and more
    }
    if (block === 0) fail('out of memory');
    store8(block + size, byte);
    size++;
    byte = inputByte();
  }
  if (block === 0) fail('out of memory');
  resultSize = size;
  return realloc(block, size);
};

/** The bytes of the next line, without its line feed, in a block that is the caller's to free; 0 at the end. */
export const inputLine = (): i32 => (inputEnded() ? 0 : readUntil(LINE_FEED));

/** All bytes that are left, in a block that is the caller's to free. */
export const inputAll = (): i32 => readUntil(-1);

/** How many bytes the block has that inputLine() or inputAll() gave last. */
export const inputSize = (): i32 => resultSize;

/** Gives the buffer back to the heap, with what was read and not taken. */
export const inputClose = (): void => {
  free(buffer);
  buffer = 0;
  next = 0;
  end = 0;
};
