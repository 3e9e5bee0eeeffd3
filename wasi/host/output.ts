/**
 * Standard output and standard error, through one buffer. Bytes leave when it is full, when the other stream is
 * chosen, and at the program's end. A program that cannot write ends with code 1.
 *
 *   The buffer, a block:  0 transfer record (preview1.ts)    12 bytes waiting    16 the bytes
 */
import { free, malloc } from '../../kernel-heap/index.ts';
import { divide, lessThan, load, load8, store, store8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from '../../qemu/kernel/literal.ts';
import {
  STANDARD_ERROR, STANDARD_OUTPUT, systemExit, systemTransferred, systemTransient, systemWrite,
} from './preview1.ts';

const BUFFER_USED_OFFSET: i32 = 12;
const BUFFER_BYTES_OFFSET: i32 = 16;
const BUFFER_CAPACITY: i32 = 8176; // with what stands before it, the largest size class

const DIGIT_ZERO: i32 = 48;

/** Where a transfer record may be when there is no heap to have it: in the null block, which is nobody's. */
const NULL_BLOCK: i32 = 0;

let buffer: i32 = 0;
let descriptor: i32 = STANDARD_OUTPUT;

/** Writes all bytes; false if that cannot be done. */
const writeAll = (transfer: i32, to: i32, address: i32, size: i32): boolean => {
  let next: i32 = address;
  let left: i32 = size;
  while (left !== 0) {
    const error: i32 = systemWrite(transfer, to, next, left);
    if (error !== 0 && !systemTransient(error)) return false;
    if (error === 0) {
      const count: i32 = systemTransferred(transfer);
      if (count === 0 || lessThan(left, count)) return false;
      next += count;
      left -= count;
    }
  }
  return true;
};

/** Writes a message to standard error without a buffer, as the last thing before the end. */
const complain = (message: string): void => {
  const literal: i32 = literalAddress(message);
  writeAll(NULL_BLOCK, STANDARD_ERROR, literal + 4, load(literal));
};

/** Sends what waits in the buffer. */
export const outputFlush = (): void => {
  if (buffer === 0) return;
  const size: i32 = load(buffer + BUFFER_USED_OFFSET);
  store(buffer + BUFFER_USED_OFFSET, 0);
  if (writeAll(buffer, descriptor, buffer + BUFFER_BYTES_OFFSET, size)) return;
  if (descriptor === STANDARD_OUTPUT) complain('cannot write to standard output\n');
  systemExit(1);
};

/** Sends what waits and gives the buffer back to the heap; the next byte makes a new one. */
export const outputClose = (): void => {
  outputFlush();
  free(buffer);
  buffer = 0;
};

/** Chooses the stream for what follows: STANDARD_OUTPUT, as at the start, or STANDARD_ERROR. */
export const outputTo = (stream: i32): void => {
  if (stream === descriptor) return;
  outputFlush();
  descriptor = stream;
};

/** Puts a byte out. */
export const outputByte = (byte: i32): void => {
  if (buffer === 0) {
    buffer = malloc(BUFFER_BYTES_OFFSET + BUFFER_CAPACITY);
    if (buffer === 0) {
      complain('out of memory\n');
      systemExit(1);
    }
    store(buffer + BUFFER_USED_OFFSET, 0);
  }
  if (load(buffer + BUFFER_USED_OFFSET) === BUFFER_CAPACITY) outputFlush();
  const used: i32 = load(buffer + BUFFER_USED_OFFSET);
  store8(buffer + BUFFER_BYTES_OFFSET + used, byte);
  store(buffer + BUFFER_USED_OFFSET, used + 1);
};

/** Puts `size` bytes from `address` on out. */
export const outputBytes = (address: i32, size: i32): void => {
  for (let i: i32 = 0; i !== size; i++) outputByte(load8(address + i));
};

/** Puts a string literal of ASCII characters out. */
export const outputText = (text: string): void => {
  const literal: i32 = literalAddress(text);
  outputBytes(literal + 4, load(literal));
};

/** Puts an unsigned number out in decimal. */
export const outputDecimal = (value: i32): void => {
  const quotient: i32 = divide(value, 10);
  if (quotient !== 0) outputDecimal(quotient);
  outputByte(DIGIT_ZERO + value - quotient * 10);
};
