/**
 * What a multiboot loader left: the Multiboot 1 information structure. A field counts only if its flag is set.
 *
 *    0 flags    16 command line    20 count of modules    24 modules    44 size of the memory map    48 memory map
 *   64 name of the boot loader
 *
 * An entry of the memory map:    0 size of the rest    4 start, low and high word    12 size, low and high word    20 kind
 * An entry of the modules:       0 start    4 end    8 command line    12 reserved
 */
import { lessThan, load } from '../../kernel-heap/memory.ts';
import { MAP_IN_USE, MAP_USABLE, memoryMapAdd, memoryMapAddOwn } from './memory-map.ts';
import { textSize } from './text.ts';

/** What the loader passes beside the structure. */
export const MULTIBOOT_MAGIC: i32 = 0x2badb002;

const INFORMATION_SIZE: i32 = 120;
const COMMAND_LINE_FLAG: i32 = 1 << 2;
const COMMAND_LINE_OFFSET: i32 = 16;
const MODULES_FLAG: i32 = 1 << 3;
const MODULE_COUNT_OFFSET: i32 = 20;
const MODULES_OFFSET: i32 = 24;
const MODULE_SIZE: i32 = 16;
const MEMORY_MAP_FLAG: i32 = 1 << 6;
const MEMORY_MAP_SIZE_OFFSET: i32 = 44;
const MEMORY_MAP_OFFSET: i32 = 48;
const LOADER_NAME_FLAG: i32 = 1 << 9;
const LOADER_NAME_OFFSET: i32 = 64;

const ENTRY_START_OFFSET: i32 = 4;
const ENTRY_SIZE_OFFSET: i32 = 12;
const ENTRY_KIND_OFFSET: i32 = 20;
const ENTRY_KIND_USABLE: i32 = 1;
const ENTRY_REST_MIN: i32 = 20;

const textAt = (information: i32, flag: i32, offset: i32): i32 => {
  if ((load(information) & flag) === 0) return 0;
  return load(information + offset);
};

const addText = (text: i32): void => {
  if (text !== 0) memoryMapAddOwn(text, textSize(text));
};

const addModules = (information: i32): void => {
  const count: i32 = load(information + MODULE_COUNT_OFFSET);
  const modules: i32 = load(information + MODULES_OFFSET);
  memoryMapAddOwn(modules, Math.imul(count, MODULE_SIZE));
  for (let i: i32 = 0; i < count; i++) {
    const entry: i32 = modules + Math.imul(i, MODULE_SIZE);
    memoryMapAddOwn(load(entry), load(entry + 4) - load(entry));
    addText(load(entry + 8));
  }
};

/** The address of the command line; 0 if there is none. */
export const multibootCommandLine = (information: i32): i32 => textAt(information, COMMAND_LINE_FLAG, COMMAND_LINE_OFFSET);

/** Whether the loader brought a memory map. */
export const multibootHasMap = (information: i32): boolean => (load(information) & MEMORY_MAP_FLAG) !== 0;

/** Enters the memory map and all that the loader left in memory; false if an entry of the map is cut off. */
export const multibootRead = (information: i32): boolean => {
  const map: i32 = load(information + MEMORY_MAP_OFFSET);
  const size: i32 = load(information + MEMORY_MAP_SIZE_OFFSET);
  memoryMapAddOwn(information, INFORMATION_SIZE);
  memoryMapAddOwn(map, size);
  addText(multibootCommandLine(information));
  addText(textAt(information, LOADER_NAME_FLAG, LOADER_NAME_OFFSET));
  if ((load(information) & MODULES_FLAG) !== 0) addModules(information);
  let offset: i32 = 0;
  while (lessThan(offset, size)) {
    const entry: i32 = map + offset;
    const left: i32 = size - offset;
    if (lessThan(left, ENTRY_REST_MIN + 4) || lessThan(load(entry), ENTRY_REST_MIN) || lessThan(left - 4, load(entry))) return false;
    memoryMapAdd(
      load(entry + ENTRY_KIND_OFFSET) === ENTRY_KIND_USABLE ? MAP_USABLE : MAP_IN_USE,
      load(entry + ENTRY_START_OFFSET), load(entry + ENTRY_START_OFFSET + 4),
      load(entry + ENTRY_SIZE_OFFSET), load(entry + ENTRY_SIZE_OFFSET + 4),
    );
    offset += load(entry) + 4;
  }
  return true;
};
