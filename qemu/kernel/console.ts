/** The console: text over the first serial port (a 16550 UART). */
import { divide, load, load8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from './literal.ts';

/** Reads 8 bits from a port. */
declare const portRead: (port: i32) => i32;

/** Writes the low 8 bits of `value` to a port. */
declare const portWrite: (port: i32, value: i32) => void;

/** The first port of the serial line; the UART's registers follow each other from there on. */
declare const uartPort: () => i32;

const UART_DATA: i32 = 0; // while the divisor latch is open: low byte of the divisor
const UART_INTERRUPT: i32 = 1; // while the divisor latch is open: high byte of the divisor
const UART_FIFO: i32 = 2;
const UART_LINE: i32 = 3;
const UART_STATUS: i32 = 5;
const UART_DIVISOR_LATCH: i32 = 0x80;
const UART_8_BITS: i32 = 0x03; // no parity, one stop bit
const UART_FIFO_ON: i32 = 0x07; // and emptied
const UART_DATA_READY: i32 = 0x01;
const UART_TRANSMITTER_EMPTY: i32 = 0x20;

const CARRIAGE_RETURN: i32 = 13;
const LINE_FEED: i32 = 10;
const SPACE_CHARACTER: i32 = 32;
const DIGIT_ZERO: i32 = 48;
const LETTER_A: i32 = 97;

/** Sets the serial port to 115,200 bit/s; to be called once, before anything is printed. */
export const consoleInit = (): void => {
  portWrite(uartPort() + UART_INTERRUPT, 0);
  portWrite(uartPort() + UART_LINE, UART_DIVISOR_LATCH);
  portWrite(uartPort() + UART_DATA, 1);
  portWrite(uartPort() + UART_INTERRUPT, 0);
  portWrite(uartPort() + UART_LINE, UART_8_BITS);
  portWrite(uartPort() + UART_FIFO, UART_FIFO_ON);
};

const consoleSend = (byte: i32): void => {
  while ((portRead(uartPort() + UART_STATUS) & UART_TRANSMITTER_EMPTY) === 0) {}
  portWrite(uartPort() + UART_DATA, byte);
};

/** The next byte that was received, or -1 if there is none. Does not wait. */
export const consoleRead = (): i32 => {
  if ((portRead(uartPort() + UART_STATUS) & UART_DATA_READY) === 0) return -1;
  const byte: i32 = portRead(uartPort() + UART_DATA);
  return byte & 255;
};

/** Prints one character; a line feed becomes the pair that serial terminals expect. */
export const consolePutByte = (byte: i32): void => {
  if (byte === LINE_FEED) consoleSend(CARRIAGE_RETURN);
  consoleSend(byte);
};

/** Prints `size` ASCII characters at `address`. */
export const consolePrintText = (address: i32, size: i32): void => {
  for (let i: i32 = 0; i < size; i++) consolePutByte(load8(address + i));
};

/** Prints a string literal of ASCII characters. */
export const consolePrint = (text: string): void => {
  const address: i32 = literalAddress(text);
  consolePrintText(address + 4, load(address));
};

/** Prints an unsigned number in decimal. */
export const consolePrintDecimal = (value: i32): void => {
  const quotient: i32 = divide(value, 10);
  if (quotient !== 0) consolePrintDecimal(quotient);
  consolePutByte(DIGIT_ZERO + value - quotient * 10);
};

/** Prints an unsigned number in decimal, after as many spaces as make `width` characters of it. */
export const consolePrintColumn = (value: i32, width: i32): void => {
  let rest: i32 = divide(value, 10);
  let digits: i32 = 1;
  while (rest !== 0) {
    rest = divide(rest, 10);
    digits++;
  }
  for (let i: i32 = digits; i < width; i++) consolePutByte(SPACE_CHARACTER);
  consolePrintDecimal(value);
};

/** Prints the hexadecimal digits of a 32-bit word from the bit `top` down, a multiple of 4. */
const printDigitsFrom = (value: i32, top: i32): void => {
  for (let shift: i32 = top; shift >= 0; shift -= 4) {
    const digit: i32 = (value >>> shift) & 15;
    consolePutByte(digit < 10 ? DIGIT_ZERO + digit : LETTER_A + digit - 10);
  }
};

/** Prints the eight hexadecimal digits of a 32-bit word. */
export const consolePrintDigits = (value: i32): void => {
  printDigitsFrom(value, 28);
};

/** Prints a 32-bit word as 0x and eight hexadecimal digits. */
export const consolePrintHex = (value: i32): void => {
  consolePrint('0x');
  consolePrintDigits(value);
};

/** Prints a 32-bit word as 0x and as few hexadecimal digits as it takes. */
export const consolePrintHexShort = (value: i32): void => {
  let top: i32 = 28;
  while (top !== 0 && value >>> top === 0) top -= 4;
  consolePrint('0x');
  printDigitsFrom(value, top);
};

/** Prints a label, an unsigned number and what it counts. */
export const consolePrintCount = (label: string, value: i32, unit: string): void => {
  consolePrint(label);
  consolePrintDecimal(value);
  consolePrint(unit);
};
