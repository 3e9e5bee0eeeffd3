/** UTF-8, from bytes to characters and back. */
import { load8 } from '../../kernel-heap/memory.ts';

/** Stands for bytes that are no UTF-8, as many as the longest beginning of a character, as the web has it. */
export const REPLACEMENT_CHARACTER: i32 = 0xfffd;

let nextAt: i32 = 0;

/** The address behind the character that utf8Read() gave last. */
export const utf8Next = (): i32 => nextAt;

/** The character at `address`, before `end`, whose first byte is no ASCII. */
const readLong = (address: i32, end: i32): i32 => {
  const first: i32 = load8(address);
  nextAt = address + 1;
  let following: i32 = 0; // bytes of the character that must follow, the next one from `low` to `high`
  let low: i32 = 0x80;
  let high: i32 = 0xbf;
  let character: i32 = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    following = 1;
    character = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    following = 2;
    character = first & 0x0f;
    if (first === 0xe0) low = 0xa0; // shorter forms have precedence
    if (first === 0xed) high = 0x9f; // halves of pairs are no characters
  } else if (first >= 0xf0 && first <= 0xf4) {
    following = 3;
    character = first & 0x07;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f; // the last character is 0x10ffff
  } else {
    return REPLACEMENT_CHARACTER;
  }
  while (following !== 0) {
    if (nextAt === end) return REPLACEMENT_CHARACTER;
    const byte: i32 = load8(nextAt);
    if (byte < low || byte > high) return REPLACEMENT_CHARACTER;
    character = (character << 6) | (byte & 0x3f);
    nextAt++;
    following--;
    low = 0x80;
    high = 0xbf;
  }
  return character;
};

/** The character that begins at `address`, which is before `end`. */
export const utf8Read = (address: i32, end: i32): i32 => {
  const first: i32 = load8(address);
  if (first > 0x7f) return readLong(address, end);
  nextAt = address + 1;
  return first;
};
