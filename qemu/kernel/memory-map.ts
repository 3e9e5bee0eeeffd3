/**
 * The regions of memory that nobody uses: what the boot loader's map calls usable, less what it calls anything else,
 * less what the kernel and the boot loader still hold.
 *
 * The map comes in no promised order and may overlap itself, so an address is judged by every range it lies in,
 * and regions are found by going from one end of a range to the next.
 */
import { lessThan, load } from '../../kernel-heap/memory.ts';
import {
  BOOT_INFO_SIZE, bootCommandLine, bootInfoAddress, bootLoaderName, bootMapAddress, bootMapSize, bootTextSize,
} from './boot-info.ts';

/** The first address of the kernel's image. */
declare const imageStart: () => i32;

/** The first address behind the kernel's image, page tables, stack and static data included. */
declare const imageEnd: () => i32;

/*
 * An entry of the map:
 *
 *    0 size of the rest    4 start, low and high word    12 size, low and high word    20 kind
 */
export const MAP_ENTRY_SIZE_SIZE: i32 = 4;
export const MAP_ENTRY_START_OFFSET: i32 = 4;
export const MAP_ENTRY_SIZE_OFFSET: i32 = 12;
export const MAP_ENTRY_KIND_OFFSET: i32 = 20;
export const MAP_KIND_USABLE: i32 = 1;

/** The first page: address 0 must stay unused, and the firmware keeps its data there. */
const FIRST_ADDRESS: i32 = 0x1000;

/** Addresses have 32 bits; the last page is left out so that the end of a region has 32 bits too. */
const END_ADDRESS: i32 = 0xfffff000;

const OWN_RANGES: i32 = 5;

let rangeStart: i32 = 0;
let rangeEnd: i32 = 0;
let rangeIsUsable: boolean = false;

const rangeSet = (start: i32, size: i32): void => {
  rangeStart = start;
  rangeEnd = start + size;
  rangeIsUsable = false;
};

const rangeSetText = (text: i32): void => {
  if (text === 0) rangeSet(0, 0);
  else rangeSet(text, bootTextSize(text));
};

/** Reads the part of a map entry that lies below END_ADDRESS. */
const rangeSetEntry = (entry: i32): void => {
  rangeSet(0, 0);
  if (load(entry + MAP_ENTRY_START_OFFSET + 4) !== 0) return;
  rangeStart = load(entry + MAP_ENTRY_START_OFFSET);
  rangeEnd = rangeStart + load(entry + MAP_ENTRY_SIZE_OFFSET);
  if (load(entry + MAP_ENTRY_SIZE_OFFSET + 4) !== 0 || lessThan(rangeEnd, rangeStart)) rangeEnd = END_ADDRESS;
  rangeIsUsable = load(entry + MAP_ENTRY_KIND_OFFSET) === MAP_KIND_USABLE;
};

/** Reads the range with an index into the three variables; false behind the last one. */
const rangeRead = (index: i32): boolean => {
  if (index === 0) rangeSet(imageStart(), imageEnd() - imageStart());
  if (index === 1) rangeSet(bootInfoAddress(), BOOT_INFO_SIZE);
  if (index === 2) rangeSet(bootMapAddress(), bootMapSize());
  if (index === 3) rangeSetText(bootCommandLine());
  if (index === 4) rangeSetText(bootLoaderName());
  if (index < OWN_RANGES) return true;
  let entry: i32 = bootMapAddress();
  const end: i32 = entry + bootMapSize();
  for (let i: i32 = OWN_RANGES; i < index && lessThan(entry, end); i++) entry += load(entry) + MAP_ENTRY_SIZE_SIZE;
  if (!lessThan(entry, end)) return false;
  rangeSetEntry(entry);
  return true;
};

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
