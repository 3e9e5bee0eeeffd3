/** What the boot loader left: the memory map and the command line, of a multiboot loader or of a device tree. */
import { load8 } from '../../kernel-heap/memory.ts';
import { DEVICE_TREE_MAGIC, deviceTreeCommandLine, deviceTreeRead } from './device-tree.ts';
import { EXIT_MAP_DAMAGED, EXIT_NO_BOOT_INFO, EXIT_NO_MEMORY } from './exit-code.ts';
import { memoryMapAddKernel, memoryMapClear, memoryMapIsFull } from './memory-map.ts';
import { MULTIBOOT_MAGIC, multibootCommandLine, multibootHasMap, multibootRead } from './multiboot.ts';
import { textBehind } from './text.ts';

const SPACE: i32 = 32;
const DIGIT_ZERO_CODE: i32 = 48;

let commandLineStart: i32 = 0;

/**
 * Takes the two values that the boot code passes, a magic number and the address of what it stands for, and fills the
 * memory map. Returns 0, or the exit code that says what is wrong.
 */
export const bootInfoInit = (magic: i32, information: i32): i32 => {
  memoryMapClear();
  memoryMapAddKernel();
  if (magic === MULTIBOOT_MAGIC) {
    if (!multibootHasMap(information)) return EXIT_NO_MEMORY;
    if (!multibootRead(information)) return EXIT_MAP_DAMAGED;
    commandLineStart = multibootCommandLine(information);
  } else if (magic === DEVICE_TREE_MAGIC) {
    if (!deviceTreeRead(information)) return EXIT_MAP_DAMAGED;
    commandLineStart = deviceTreeCommandLine();
  } else {
    return EXIT_NO_BOOT_INFO;
  }
  return memoryMapIsFull() ? EXIT_MAP_DAMAGED : 0;
};

const isWordEnd = (byte: i32): boolean => byte === SPACE || byte === 0;

/** The address behind the first word of the command line that begins with `prefix`, or 0. */
const commandLineFind = (prefix: string): i32 => {
  let at: i32 = commandLineStart;
  if (at === 0) return 0;
  while (load8(at) !== 0) {
    const end: i32 = textBehind(at, prefix);
    if (end !== 0) return end;
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
