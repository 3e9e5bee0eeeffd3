/** The words of a command line, and what they say: names and numbers. */
import { divide, lessThan, load, load8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from './literal.ts';

const SPACE_BETWEEN: i32 = 32;

let lineAt: i32 = 0; // what was not read yet
let lineEnd: i32 = 0;
let wordAt: i32 = 0;
let wordSize: i32 = 0;
let numberRead: i32 = 0;

/** Begins with a line of `size` characters at `address`. */
export const wordsBegin = (address: i32, size: i32): void => {
  lineAt = address;
  lineEnd = address + size;
  wordSize = 0;
};

/** Goes on to the next word; false if there is none. */
export const wordNext = (): boolean => {
  while (lineAt !== lineEnd && load8(lineAt) === SPACE_BETWEEN) lineAt++;
  wordAt = lineAt;
  while (lineAt !== lineEnd && load8(lineAt) !== SPACE_BETWEEN) lineAt++;
  wordSize = lineAt - wordAt;
  return wordSize !== 0;
};

/** The address of the word's first character. */
export const wordText = (): i32 => wordAt;

/** The number of the word's characters. */
export const wordLength = (): i32 => wordSize;

/** Whether the word is `name`. */
export const wordIs = (name: string): boolean => {
  const literal: i32 = literalAddress(name);
  if (load(literal) !== wordSize) return false;
  for (let i: i32 = 0; i < wordSize; i++) {
    if (load8(literal + 4 + i) !== load8(wordAt + i)) return false;
  }
  return true;
};

/** The value of a digit, hexadecimal ones in either case; 16 for any other character. */
const digitValue = (character: i32): i32 => {
  if (character >= 48 && character <= 57) return character - 48;
  const letter: i32 = character | 32;
  if (letter >= 97 && letter <= 102) return letter - 87;
  return 16;
};

/** Reads the word as an unsigned number, decimal or 0x and hexadecimal, below 2^32; false if it is none. */
export const wordNumber = (): boolean => {
  let base: i32 = 10;
  let index: i32 = 0;
  if (wordSize > 2 && load8(wordAt) === 48 && (load8(wordAt + 1) | 32) === 120) {
    base = 16;
    index = 2;
  }
  const quotientMax: i32 = divide(-1, base);
  let value: i32 = 0;
  while (index < wordSize) {
    const digit: i32 = digitValue(load8(wordAt + index));
    if (digit >= base || lessThan(quotientMax, value)) return false;
    const next: i32 = Math.imul(value, base) + digit;
    if (lessThan(next, digit)) return false;
    value = next;
    index++;
  }
  numberRead = value;
  return wordSize !== 0;
};

/** The number that wordNumber() read. */
export const wordValue = (): i32 => numberRead;
