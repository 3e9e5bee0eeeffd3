/**
 * The memory map: a table of what the boot loader says of memory and of what the kernel and the boot loader still hold;
 * and the regions that follow from it, which are usable memory less everything else.
 *
 * The ranges come in no promised order, and what is held lies within what is usable, so an address is judged by every
 * range it lies in, and regions are found by going from one end of a range to the next.
 */
import { lessThan, load, store } from '../../kernel-heap/memory.ts';
import { EXIT_MAP_BELOW_BASE, EXIT_MAP_EMPTY_ENTRY, EXIT_MAP_OVERLAP } from './exit-code.ts';
import { machineMemoryStart } from './machine.ts';

/** The first address of the kernel's image. */
declare const imageStart: () => i32;

/** The first address behind the kernel's image, page tables, stack and static data included. */
declare const imageEnd: () => i32;

/** The first address of the window for pages that are mapped at will, see page-table.ts. */
declare const pageWindow: () => i32;

/** Room for the table: RANGE_COUNT_MAX times RANGE_SIZE bytes, aligned to words. */
declare const rangeTable: () => i32;

/*
 * A range. Its start is a physical address:
 *
 *    0 start, low and high word    8 size, low and high word    16 kind
 */
const RANGE_SIZE: i32 = 20;
export const MAP_SIZE_OFFSET: i32 = 8;
export const MAP_KIND_OFFSET: i32 = 16;

/** How many ranges the table holds; ../host.c knows the same. */
const RANGE_COUNT_MAX: i32 = 200;

/** What the boot loader calls usable memory. */
export const MAP_USABLE: i32 = 1;

/** What the boot loader lists as anything else, beside usable memory. */
export const MAP_IN_USE: i32 = 2;

/** What the boot loader excepts from usable memory. */
export const MAP_RESERVED: i32 = 3;

/** What the kernel itself or the boot loader's information occupies; no part of the boot loader's map. */
export const MAP_OWN: i32 = 4;

/** The first page: address 0 must stay unused, and the firmware keeps its data there. */
const FIRST_ADDRESS: i32 = 0x1000;

/** Addresses have 32 bits; the last page is left out so that the end of a region has 32 bits too. */
const END_ADDRESS: i32 = 0xfffff000;

/** Bytes of the window for pages that are mapped at will. */
export const PAGE_WINDOW_SIZE: i32 = 0x1000000; // 16 MiB

let rangeCount: i32 = 0;
let rangesLost: i32 = 0;

/** Empties the table. */
export const memoryMapClear = (): void => {
  rangeCount = 0;
  rangesLost = 0;
};

/** Enters a range by its kind, its physical start and its size in bytes, each a low and a high word. */
export const memoryMapAdd = (kind: i32, startLow: i32, startHigh: i32, sizeLow: i32, sizeHigh: i32): void => {
  if (rangeCount === RANGE_COUNT_MAX) {
    rangesLost++;
    return;
  }
  const range: i32 = rangeTable() + Math.imul(rangeCount, RANGE_SIZE);
  store(range, startLow);
  store(range + 4, startHigh);
  store(range + MAP_SIZE_OFFSET, sizeLow);
  store(range + MAP_SIZE_OFFSET + 4, sizeHigh);
  store(range + MAP_KIND_OFFSET, kind);
  rangeCount++;
};

/** Enters `size` bytes at an address of the kernel's as its own. */
export const memoryMapAddOwn = (address: i32, size: i32): void => {
  const start: i32 = address + machineMemoryStart();
  memoryMapAdd(MAP_OWN, start, lessThan(start, address) ? 1 : 0, size, 0);
};

/** Enters what the kernel occupies: its image, and the window, which may be memory where there is much of it. */
export const memoryMapAddKernel = (): void => {
  memoryMapAddOwn(imageStart(), imageEnd() - imageStart());
  memoryMapAddOwn(pageWindow(), PAGE_WINDOW_SIZE);
};

/** Whether there were more ranges than the table holds, so that some are missing. */
export const memoryMapIsFull = (): boolean => rangesLost !== 0;

/** The count of ranges in the table. */
export const memoryMapCount = (): i32 => rangeCount;

/** The address of a range in the table. */
export const memoryMapRange = (index: i32): i32 => rangeTable() + Math.imul(index, RANGE_SIZE);

const kindAt = (index: i32): i32 => load(memoryMapRange(index) + MAP_KIND_OFFSET);

/** The address of a physical one: 0 if it lies below all addresses, END_ADDRESS if above. */
const addressOf = (low: i32, high: i32): i32 => {
  const address: i32 = low - machineMemoryStart();
  const borrow: i32 = lessThan(low, machineMemoryStart()) ? 1 : 0;
  if (high === 0 && borrow === 1) return 0;
  if (high !== borrow || !lessThan(address, END_ADDRESS)) return END_ADDRESS;
  return address;
};

let rangeStart: i32 = 0;
let rangeEnd: i32 = 0;
let rangeIsUsable: boolean = false;

/** Reads the part of a range that has addresses into the three variables; false behind the last one. */
const rangeRead = (index: i32): boolean => {
  if (index >= rangeCount) return false;
  const range: i32 = memoryMapRange(index);
  const low: i32 = load(range);
  const high: i32 = load(range + 4);
  const endLow: i32 = low + load(range + MAP_SIZE_OFFSET);
  const carry: i32 = lessThan(endLow, low) ? 1 : 0;
  const endHigh: i32 = high + load(range + MAP_SIZE_OFFSET + 4) + carry;
  rangeStart = addressOf(low, high);
  const wraps: boolean = lessThan(endHigh, high) || (endHigh === high && lessThan(endLow, low));
  rangeEnd = wraps ? END_ADDRESS : addressOf(endLow, endHigh);
  rangeIsUsable = kindAt(index) === MAP_USABLE;
  return true;
};

/** Whether range `b` begins within range `a`. */
const beginsWithin = (a: i32, b: i32): boolean => {
  const low: i32 = load(b) - load(a);
  const borrow: i32 = lessThan(load(b), load(a)) ? 1 : 0;
  const high: i32 = load(b + 4) - load(a + 4) - borrow;
  const sizeHigh: i32 = load(a + MAP_SIZE_OFFSET + 4);
  if (high === sizeHigh) return lessThan(low, load(a + MAP_SIZE_OFFSET));
  return lessThan(high, sizeHigh);
};

const overlap = (a: i32, b: i32): boolean => beginsWithin(a, b) || beginsWithin(b, a);

let badRange: i32 = 0;

const findEmpty = (): boolean => {
  for (let i: i32 = 0; i < rangeCount; i++) {
    badRange = memoryMapRange(i);
    if (kindAt(i) !== MAP_OWN && (load(badRange + MAP_SIZE_OFFSET) | load(badRange + MAP_SIZE_OFFSET + 4)) === 0) return true;
  }
  return false;
};

const findBelowBase = (): boolean => {
  for (let i: i32 = 0; i < rangeCount; i++) {
    badRange = memoryMapRange(i);
    if (kindAt(i) === MAP_USABLE && load(badRange + 4) === 0 && lessThan(load(badRange), machineMemoryStart())) return true;
  }
  return false;
};

/**
 * Finds an entry that overlaps usable memory. Reserved ranges do by their nature; and it does no harm if two overlap
 * that are both in use.
 */
const findOverlap = (): boolean => {
  for (let i: i32 = 0; i < rangeCount; i++) {
    if (kindAt(i) !== MAP_USABLE) continue;
    for (let j: i32 = 0; j < rangeCount; j++) {
      badRange = memoryMapRange(j);
      if (i !== j && kindAt(j) <= MAP_IN_USE && overlap(memoryMapRange(i), badRange)) return true;
    }
  }
  return false;
};

/** Judges the boot loader's map. Returns 0, or an exit code; memoryMapBadRange() is then the range it is about. */
export const memoryMapCheck = (): i32 => {
  if (findEmpty()) return EXIT_MAP_EMPTY_ENTRY;
  if (findBelowBase()) return EXIT_MAP_BELOW_BASE;
  if (findOverlap()) return EXIT_MAP_OVERLAP;
  return 0;
};

/** The range that memoryMapCheck() found fault with, as its address in the table. */
export const memoryMapBadRange = (): i32 => badRange;

const isFree = (address: i32): boolean => {
  let usable: boolean = false;
  for (let i: i32 = 0; rangeRead(i); i++) {
    if (!lessThan(address, rangeStart) && lessThan(address, rangeEnd)) {
      if (!rangeIsUsable) return false;
      usable = true;
    }
  }
  return usable;
};

const nextBoundary = (address: i32): i32 => {
  let next: i32 = END_ADDRESS;
  for (let i: i32 = 0; rangeRead(i); i++) {
    if (lessThan(address, rangeStart) && lessThan(rangeStart, next)) next = rangeStart;
    if (lessThan(address, rangeEnd) && lessThan(rangeEnd, next)) next = rangeEnd;
  }
  return next;
};

let regionStart: i32 = 0;
let regionEnd: i32 = 0;

/**
 * Finds the first free region at or above an address, which may lie in the midst of it; its place is then
 * memoryMapRegionStart() and memoryMapRegionEnd(). False if there is none.
 */
export const memoryMapFindRegion = (address: i32): boolean => {
  let start: i32 = lessThan(address, FIRST_ADDRESS) ? FIRST_ADDRESS : address;
  while (lessThan(start, END_ADDRESS) && !isFree(start)) start = nextBoundary(start);
  if (!lessThan(start, END_ADDRESS)) return false;
  let end: i32 = start;
  while (lessThan(end, END_ADDRESS) && isFree(end)) end = nextBoundary(end);
  regionStart = start;
  regionEnd = end;
  return true;
};

/** The first address of the region found last. */
export const memoryMapRegionStart = (): i32 => regionStart;

/** The first address behind the region found last. */
export const memoryMapRegionEnd = (): i32 => regionEnd;
