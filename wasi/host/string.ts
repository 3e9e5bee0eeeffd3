/**
 * Strings as the compiler's runtime has them: a block with the length in a word, then the characters.
 *
 *   Byte string:  0 length    4 characters of 8 bits, if there are none above 0xff
 *   String:       0 length    4 units of UTF-16, 16 bits each
 */
import { malloc } from '../../kernel-heap/index.ts';
import { copy, store, store16, store8 } from '../../kernel-heap/memory.ts';
import { fail } from './exit.ts';
import { outputByte } from './output.ts';
import { REPLACEMENT_CHARACTER, utf8Next, utf8Read } from './utf8.ts';

/** Types of values, as the compiler numbers them. */
const TYPE_BYTE_STRING: i32 = 0xc3;
const TYPE_STRING: i32 = 0x43;

const STRING_CHARACTERS_OFFSET: i32 = 4;
const STRING_END_SIZE: i32 = 2; // zeros that the runtime likes to find behind a string

const HIGH_SURROGATE: i32 = 0xd800;
const LOW_SURROGATE: i32 = 0xdc00;
const SURROGATE_COUNT: i32 = 0x400;

let typeMade: i32 = TYPE_BYTE_STRING;
let pendingHigh: i32 = 0; // a high surrogate that was put out and waits for its low one

const stringCreate = (length: i32, size: i32): i32 => {
  const block: i32 = malloc(STRING_CHARACTERS_OFFSET + size + STRING_END_SIZE);
  if (block === 0) fail('out of memory');
  store(block, length);
  store16(block + STRING_CHARACTERS_OFFSET + size, 0);
  return block;
};

/** The string of `size` bytes of UTF-8 at `address`; stringType() tells of what type it is. */
export const stringFromUtf8 = (address: i32, size: i32): i32 => {
  const end: i32 = address + size;
  let length: i32 = 0;
  let highest: i32 = 0;
  let at: i32 = address;
  while (at !== end) {
    const character: i32 = utf8Read(at, end);
    at = utf8Next();
    length += character > 0xffff ? 2 : 1;
    if (character > highest) highest = character;
  }
  if (highest > 0xff) {
    typeMade = TYPE_STRING;
    const wide: i32 = stringCreate(length, length << 1);
    let unit: i32 = wide + STRING_CHARACTERS_OFFSET;
    at = address;
    while (at !== end) {
      const character: i32 = utf8Read(at, end);
      at = utf8Next();
      if (character > 0xffff) {
        store16(unit, HIGH_SURROGATE + ((character - 0x10000) >> 10));
        store16(unit + 2, LOW_SURROGATE + (character & 0x3ff));
        unit += 4;
      } else {
        store16(unit, character);
        unit += 2;
      }
    }
    return wide;
  }
  typeMade = TYPE_BYTE_STRING;
  const narrow: i32 = stringCreate(length, length);
  if (length === size) {
    copy(narrow + STRING_CHARACTERS_OFFSET, address, size);
    return narrow;
  }
  let byte: i32 = narrow + STRING_CHARACTERS_OFFSET;
  at = address;
  while (at !== end) {
    store8(byte, utf8Read(at, end));
    at = utf8Next();
    byte++;
  }
  return narrow;
};

/** The type of the string that was made last. */
export const stringType = (): i32 => typeMade;

const outputCharacter = (character: i32): void => {
  if (character < 0x80) {
    outputByte(character);
    return;
  }
  if (character < 0x800) {
    outputByte(0xc0 | (character >> 6));
  } else {
    if (character < 0x10000) {
      outputByte(0xe0 | (character >> 12));
    } else {
      outputByte(0xf0 | (character >> 18));
      outputByte(0x80 | ((character >> 12) & 0x3f));
    }
    outputByte(0x80 | ((character >> 6) & 0x3f));
  }
  outputByte(0x80 | (character & 0x3f));
};

const isSurrogate = (unit: i32, first: i32): boolean => unit >= first && unit < first + SURROGATE_COUNT;

/** Puts one unit of UTF-16 out as UTF-8; one half of a pair waits for the other. */
export const outputUnit = (unit: i32): void => {
  if (pendingHigh !== 0) {
    const high: i32 = pendingHigh;
    pendingHigh = 0;
    if (isSurrogate(unit, LOW_SURROGATE)) {
      outputCharacter(0x10000 + ((high - HIGH_SURROGATE) << 10) + (unit - LOW_SURROGATE));
      return;
    }
    outputCharacter(REPLACEMENT_CHARACTER);
  }
  if (isSurrogate(unit, HIGH_SURROGATE)) pendingHigh = unit;
  else if (isSurrogate(unit, LOW_SURROGATE)) outputCharacter(REPLACEMENT_CHARACTER);
  else outputCharacter(unit);
};
