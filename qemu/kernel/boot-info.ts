/** What the boot loader left: the Multiboot 1 information structure and the command line in it. */
import { load, load8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from './literal.ts';

const BOOT_MAGIC: i32 = 0x2badb002;

/*
 * The information structure, as far as it is used; a field counts only if its flag is set.
 *
 *    0 flags    16 command line    44 size of the memory map    48 memory map    64 name of the boot loader
 */
export const BOOT_INFO_SIZE: i32 = 120;
const COMMAND_LINE_FLAG: i32 = 1 << 2;
const COMMAND_LINE_OFFSET: i32 = 16;
const MEMORY_MAP_FLAG: i32 = 1 << 6;
const MEMORY_MAP_SIZE_OFFSET: i32 = 44;
const MEMORY_MAP_OFFSET: i32 = 48;
const LOADER_NAME_FLAG: i32 = 1 << 9;
const LOADER_NAME_OFFSET: i32 = 64;

const SPACE: i32 = 32;
const DIGIT_ZERO_CODE: i32 = 48;

let bootInfo: i32 = 0;

/** Takes the two values the boot loader passed; false if it was no multiboot loader or brought no memory map. */
export const bootInfoInit = (magic: i32, information: i32): boolean => {
  bootInfo = information;
  return magic === BOOT_MAGIC && (load(information) & MEMORY_MAP_FLAG) !== 0;
};

/** The address of the information structure, BOOT_INFO_SIZE bytes long. */
export const bootInfoAddress = (): i32 => bootInfo;

/** The address of the memory map. */
export const bootMapAddress = (): i32 => load(bootInfo + MEMORY_MAP_OFFSET);

/** The size of the memory map in bytes. */
export const bootMapSize = (): i32 => load(bootInfo + MEMORY_MAP_SIZE_OFFSET);

const bootText = (flag: i32, offset: i32): i32 => {
  if ((load(bootInfo) & flag) === 0) return 0;
  return load(bootInfo + offset);
};

/** The address of the command line, a string that ends with 0; or 0 if there is none. */
export const bootCommandLine = (): i32 => bootText(COMMAND_LINE_FLAG, COMMAND_LINE_OFFSET);

/** The address of the boot loader's name, a string that ends with 0; or 0 if it gave none. */
export const bootLoaderName = (): i32 => bootText(LOADER_NAME_FLAG, LOADER_NAME_OFFSET);

/** Bytes of a string in memory, the 0 at its end included. */
export const bootTextSize = (text: i32): i32 => {
  let size: i32 = 1;
  while (load8(text + size - 1) !== 0) size++;
  return size;
};

const isWordEnd = (byte: i32): boolean => byte === SPACE || byte === 0;

/** The address behind the first word of the command line that begins with `prefix`, or 0. */
const commandLineFind = (prefix: string): i32 => {
  const literal: i32 = literalAddress(prefix);
  const size: i32 = load(literal);
  let at: i32 = bootCommandLine();
  if (at === 0) return 0;
  while (load8(at) !== 0) {
    let matched: i32 = 0;
    while (matched < size && load8(at + matched) === load8(literal + 4 + matched)) matched++;
    if (matched === size) return at + size;
    while (!isWordEnd(load8(at))) at++;
    while (load8(at) === SPACE) at++;
  }
  return 0;
};

/** Whether a word stands on the command line. */
export const commandLineHas = (word: string): boolean => {
  const end: i32 = commandLineFind(word);
  if (end === 0) return false;
  return isWordEnd(load8(end));
};

/** The decimal number behind a prefix such as 'seed=' on the command line, or `otherwise`. */
export const commandLineNumber = (prefix: string, otherwise: i32): i32 => {
  let at: i32 = commandLineFind(prefix);
  if (at === 0) return otherwise;
  let value: i32 = 0;
  while (load8(at) >= DIGIT_ZERO_CODE && load8(at) <= DIGIT_ZERO_CODE + 9) {
    value = value * 10 + load8(at) - DIGIT_ZERO_CODE;
    at++;
  }
  return value;
};
