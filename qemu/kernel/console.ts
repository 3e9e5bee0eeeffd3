/** The console: text over the first serial port (a 16550 UART). */
import { divide, load, load8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from './literal.ts';

/** Reads 8 bits from an I/O port. */
declare const portRead: (port: i32) => i32;

/** Writes the low 8 bits of `value` to an I/O port. */
declare const portWrite: (port: i32, value: i32) => void;

const UART_DATA_PORT: i32 = 0x3f8; // while the divisor latch is open: low byte of the divisor
const UART_INTERRUPT_PORT: i32 = 0x3f9; // while the divisor latch is open: high byte of the divisor
const UART_FIFO_PORT: i32 = 0x3fa;
const UART_LINE_PORT: i32 = 0x3fb;
const UART_STATUS_PORT: i32 = 0x3fd;
const UART_DIVISOR_LATCH: i32 = 0x80;
const UART_8_BITS: i32 = 0x03; // no parity, one stop bit
const UART_FIFO_ON: i32 = 0x07; // and emptied
const UART_TRANSMITTER_EMPTY: i32 = 0x20;

const CARRIAGE_RETURN: i32 = 13;
const LINE_FEED: i32 = 10;
const DIGIT_ZERO: i32 = 48;
const LETTER_A: i32 = 97;

/** Sets the serial port to 115,200 bit/s; to be called once, before anything is printed. */
export const consoleInit = (): void => {
  portWrite(UART_INTERRUPT_PORT, 0);
  portWrite(UART_LINE_PORT, UART_DIVISOR_LATCH);
  portWrite(UART_DATA_PORT, 1);
  portWrite(UART_INTERRUPT_PORT, 0);
  portWrite(UART_LINE_PORT, UART_8_BITS);
  portWrite(UART_FIFO_PORT, UART_FIFO_ON);
};

const consoleSend = (byte: i32): void => {
  while ((portRead(UART_STATUS_PORT) & UART_TRANSMITTER_EMPTY) === 0) {}
  portWrite(UART_DATA_PORT, byte);
};

/** Prints one character; a line feed becomes the pair that serial terminals expect. */
export const consolePutByte = (byte: i32): void => {
  if (byte === LINE_FEED) consoleSend(CARRIAGE_RETURN);
  consoleSend(byte);
};

/** Prints a string literal of ASCII characters. */
export const consolePrint = (text: string): void => {
  const address: i32 = literalAddress(text);
  const size: i32 = load(address);
  for (let i: i32 = 0; i < size; i++) consolePutByte(load8(address + 4 + i));
};

/** Prints an unsigned number in decimal. */
export const consolePrintDecimal = (value: i32): void => {
  const quotient: i32 = divide(value, 10);
  if (quotient !== 0) consolePrintDecimal(quotient);
  consolePutByte(DIGIT_ZERO + value - quotient * 10);
};

/** Prints the eight hexadecimal digits of a 32-bit word. */
export const consolePrintDigits = (value: i32): void => {
  for (let shift: i32 = 28; shift >= 0; shift -= 4) {
    const digit: i32 = (value >>> shift) & 15;
    consolePutByte(digit < 10 ? DIGIT_ZERO + digit : LETTER_A + digit - 10);
  }
};

/** Prints a 32-bit word as 0x and eight hexadecimal digits. */
export const consolePrintHex = (value: i32): void => {
  consolePrint('0x');
  consolePrintDigits(value);
};

/** Prints a label, an unsigned number and what it counts. */
export const consolePrintCount = (label: string, value: i32, unit: string): void => {
  consolePrint(label);
  consolePrintDecimal(value);
  consolePrint(unit);
};
