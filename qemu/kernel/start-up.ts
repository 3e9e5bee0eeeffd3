/** From the boot loader to a heap: console, memory map, regions. */
import { heap_add_region, heap_init } from '../../kernel-heap/index.ts';
import { lessThan, load } from '../../kernel-heap/memory.ts';
import { bootInfoInit, bootMapAddress, bootMapSize } from './boot-info.ts';
import { consoleInit, consolePrint, consolePrintCount, consolePrintDigits, consolePrintHex } from './console.ts';
import { EXIT_NO_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import {
  MAP_ENTRY_KIND_OFFSET, MAP_ENTRY_SIZE_OFFSET, MAP_ENTRY_SIZE_SIZE, MAP_ENTRY_START_OFFSET, MAP_KIND_USABLE,
  memoryMapFindRegion, memoryMapRegionEnd, memoryMapRegionStart,
} from './memory-map.ts';

/** Bytes in a pointer of the machine: 4 on i386, 8 on x86_64. */
declare const pointerSize: () => i32;

const MEBIBYTE: i32 = 0x100000;

const printDoubleWord = (address: i32): void => {
  consolePrint('0x');
  consolePrintDigits(load(address + 4));
  consolePrintDigits(load(address));
};

const printMemoryMap = (): void => {
  consolePrint('memory map of the boot loader\n');
  const end: i32 = bootMapAddress() + bootMapSize();
  let entry: i32 = bootMapAddress();
  while (lessThan(entry, end)) {
    consolePrint('  at ');
    printDoubleWord(entry + MAP_ENTRY_START_OFFSET);
    consolePrint(' size ');
    printDoubleWord(entry + MAP_ENTRY_SIZE_OFFSET);
    if (load(entry + MAP_ENTRY_KIND_OFFSET) === MAP_KIND_USABLE) consolePrint(' usable\n');
    else consolePrint(' in use\n');
    entry += load(entry) + MAP_ENTRY_SIZE_SIZE;
  }
};

/** Sets up the console, prints the banner and reads what the boot loader left. */
export const startUp = (magic: i32, information: i32): void => {
  consoleInit();
  consolePrint('Tallow kernel on ');
  if (pointerSize() === 8) consolePrint('x86_64\n');
  else consolePrint('i386\n');
  if (!bootInfoInit(magic, information)) fail(EXIT_NO_MEMORY, 'no memory map from a multiboot loader; its magic number is', magic);
  printMemoryMap();
};

const printRegion = (frames: i32): void => {
  consolePrint('  from ');
  consolePrintHex(memoryMapRegionStart());
  consolePrint(' to ');
  consolePrintHex(memoryMapRegionEnd());
  if (frames === 0) consolePrint(': too small\n');
  else consolePrintCount(': ', frames, ' frames\n');
};

const regionSize = (): i32 => memoryMapRegionEnd() - memoryMapRegionStart();

/** Makes the heap from the first free region above 1 MiB that it takes, then adds every other one. */
export const giveMemory = (): void => {
  consolePrint('regions of the heap\n');
  let frames: i32 = 0;
  let address: i32 = MEBIBYTE;
  while (frames === 0) {
    if (!memoryMapFindRegion(address)) fail(EXIT_NO_MEMORY, 'no region makes a heap above', MEBIBYTE);
    frames = heap_init(memoryMapRegionStart(), regionSize());
    address = memoryMapRegionEnd();
  }
  printRegion(frames);
  const first: i32 = memoryMapRegionStart();
  address = 0;
  while (memoryMapFindRegion(address)) {
    if (memoryMapRegionStart() !== first) printRegion(heap_add_region(memoryMapRegionStart(), regionSize()));
    address = memoryMapRegionEnd();
  }
};
