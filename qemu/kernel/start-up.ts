/** From the boot loader to a heap: console, memory map, regions. */
import { heap_add_region, heap_init } from '../../kernel-heap/index.ts';
import { lessThan, load } from '../../kernel-heap/memory.ts';
import { DEBUG, HARDENED } from '../../kernel-heap/profile.ts';
import { bootInfoInit } from './boot-info.ts';
import { consoleInit, consolePrint, consolePrintCount, consolePrintDigits, consolePrintHex } from './console.ts';
import { EXIT_MAP_BELOW_BASE, EXIT_MAP_DAMAGED, EXIT_MAP_EMPTY_ENTRY, EXIT_NO_BOOT_INFO, EXIT_NO_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import { inspectInit } from './heap-inspect.ts';
import { MACHINE_I386, MACHINE_RISCV64, MACHINE_X86_64, machineMemoryStart, machineNumber } from './machine.ts';
import {
  MAP_OWN, MAP_USABLE, memoryMapBadRange, memoryMapCheck, memoryMapCount, memoryMapFindRegion, memoryMapRange,
  memoryMapRegionEnd, memoryMapRegionStart, MAP_KIND_OFFSET, MAP_SIZE_OFFSET,
} from './memory-map.ts';
import { powerOff } from './power.ts';

const printDoubleWord = (address: i32): void => {
  consolePrint('0x');
  consolePrintDigits(load(address + 4));
  consolePrintDigits(load(address));
};

const printRange = (range: i32): void => {
  consolePrint('at ');
  printDoubleWord(range);
  consolePrint(' size ');
  printDoubleWord(range + MAP_SIZE_OFFSET);
};

const printMemoryMap = (): void => {
  consolePrint('memory map of the boot loader\n');
  for (let i: i32 = 0; i < memoryMapCount(); i++) {
    const range: i32 = memoryMapRange(i);
    const kind: i32 = load(range + MAP_KIND_OFFSET);
    if (kind === MAP_OWN) continue;
    consolePrint('  ');
    printRange(range);
    if (kind === MAP_USABLE) consolePrint(' usable\n');
    else consolePrint(' in use\n');
  }
  if (machineMemoryStart() !== 0) {
    consolePrint('  address 0 is at ');
    consolePrintHex(machineMemoryStart());
    consolePrint('\n');
  }
};

const failAtRange = (exitCode: i32): void => {
  consolePrint('FAILED: the memory map has ');
  if (exitCode === EXIT_MAP_EMPTY_ENTRY) consolePrint('an entry of size 0: ');
  else if (exitCode === EXIT_MAP_BELOW_BASE) consolePrint('memory below that of the machine: ');
  else consolePrint('an entry that overlaps usable memory: ');
  printRange(memoryMapBadRange());
  consolePrint('\n');
  powerOff(exitCode);
};

const readBootInfo = (magic: i32, information: i32): void => {
  const exitCode: i32 = bootInfoInit(magic, information);
  if (exitCode === EXIT_NO_BOOT_INFO) fail(exitCode, 'started by neither a multiboot loader nor one with a device tree; the magic number is', magic);
  if (exitCode === EXIT_NO_MEMORY) fail(exitCode, 'the boot loader brought no memory map; its information is at', information);
  if (exitCode === EXIT_MAP_DAMAGED) fail(exitCode, 'the memory map is cut off, damaged, or too long; the information is at', information);
};

/** Sets up the console, prints the banner and reads what the boot loader left. */
export const startUp = (magic: i32, information: i32): void => {
  consoleInit();
  consolePrint('Tallow kernel on ');
  if (machineNumber() === MACHINE_I386) consolePrint('i386\n');
  if (machineNumber() === MACHINE_X86_64) consolePrint('x86_64\n');
  if (machineNumber() === MACHINE_RISCV64) consolePrint('riscv64\n');
  if (DEBUG) consolePrint('debug profile of the heap\n');
  else if (HARDENED) consolePrint('hardened profile of the heap\n');
  readBootInfo(magic, information);
  printMemoryMap();
  const exitCode: i32 = memoryMapCheck();
  if (exitCode !== 0) failAtRange(exitCode);
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

/** The start of the largest free region; 0 if there is none. */
const findLargestRegion = (): i32 => {
  let largest: i32 = 0;
  let size: i32 = 0;
  let address: i32 = 0;
  while (memoryMapFindRegion(address)) {
    if (lessThan(size, regionSize())) {
      largest = memoryMapRegionStart();
      size = regionSize();
    }
    address = memoryMapRegionEnd();
  }
  return largest;
};

/** Makes the heap from the largest free region, then adds every other one. */
export const giveMemory = (): void => {
  const largest: i32 = findLargestRegion();
  if (largest === 0) fail(EXIT_NO_MEMORY, 'the memory map has no usable region above', 0);
  consolePrint('regions of the heap\n');
  memoryMapFindRegion(largest);
  const frames: i32 = heap_init(largest, regionSize());
  if (frames === 0) fail(EXIT_NO_MEMORY, 'no usable region is large enough for a heap; the largest has size', regionSize());
  inspectInit(largest);
  printRegion(frames);
  let address: i32 = 0;
  while (memoryMapFindRegion(address)) {
    if (memoryMapRegionStart() !== largest) printRegion(heap_add_region(memoryMapRegionStart(), regionSize()));
    address = memoryMapRegionEnd();
  }
};
