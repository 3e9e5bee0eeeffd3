/**
 * Page tables: which page of memory is which frame. At boot every address is its own frame, in large pages; a page
 * that is to be different needs a table of its own level, whose frame comes from the heap and goes back to it as soon
 * as the table says nothing that a large page could not say.
 *
 * The tables of i386 have 1,024 entries of 4 bytes in two levels; those of the 64-bit machines 512 entries of 8 bytes,
 * and the three levels below 512 GiB. How an entry is written is the machine's (pageEntry); bit 0 says on all of them
 * whether there is one. Entries of 8 bytes have nothing in their upper half, as frames lie below 4 GiB.
 */
import { fill, load, store } from '../../kernel-heap/memory.ts';
import { lockedAlignedAlloc, lockedFree } from './heap-lock.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import { PAGE_WINDOW_SIZE } from './memory-map.ts';

/** Bytes in a pointer of the machine, and in an entry: 4 or 8. */
declare const pointerSize: () => i32;

/** The table of the highest level that covers the first 4 GiB. */
declare const pageTableRoot: () => i32;

/** The low word of an entry for `frame`: one of the three kinds below. */
declare const pageEntry: (frame: i32, kind: i32) => i32;

/** The frame in an entry. */
declare const pageEntryFrame: (entry: i32) => i32;

/** 1 if the entry leads to a table, 0 if to a large page; for an entry that is there. */
declare const pageEntryIsTable: (entry: i32) => i32;

/** Makes the processor forget what it knew about the page at `address`. */
declare const pageFlush: (address: i32) => void;

/** 1 if the byte at `address` can be read, 0 if reading it raises a page fault. */
declare const probeByte: (address: i32) => i32;

/** The first address of pagingWindowSize() bytes that are no memory, for pages that are mapped at will. */
declare const pageWindow: () => i32;

const ENTRY_TABLE: i32 = 0;
const ENTRY_PAGE: i32 = 1;
const ENTRY_LARGE_PAGE: i32 = 2;

const ENTRY_PRESENT: i32 = 1;

export const PAGE_SIZE: i32 = 4096;
const PAGE_SHIFT: i32 = 12;

/** Bits of an address that one level consumes. */
const indexBits = (): i32 => (pointerSize() === 8 ? 9 : 10);

const entryCount = (): i32 => 1 << indexBits();

const entryAt = (table: i32, index: i32): i32 => table + Math.imul(index & (entryCount() - 1), pointerSize());

/** The place of the entry for the large page, or the table in its stead, that `address` lies in. */
const largeEntry = (address: i32): i32 => {
  const index: i32 = address >>> (PAGE_SHIFT + indexBits());
  if (pointerSize() === 4) return entryAt(pageTableRoot(), index);
  const table: i32 = pageEntryFrame(load(entryAt(pageTableRoot(), index >>> indexBits())));
  return entryAt(table, index);
};

const largeStart = (address: i32): i32 => address & -(PAGE_SIZE << indexBits());

const isPresent = (entry: i32): boolean => (entry & ENTRY_PRESENT) !== 0;

const hasTable = (entry: i32): boolean => isPresent(entry) && pageEntryIsTable(entry) === 1;

/** Replaces a large page, or nothing, by a table that says the same; its frame, or 0 if there is no memory. */
const tableCreate = (address: i32): i32 => {
  const table: i32 = lockedAlignedAlloc(PAGE_SIZE, PAGE_SIZE);
  if (table === 0) return 0;
  fill(table, 0, PAGE_SIZE);
  const place: i32 = largeEntry(address);
  if (isPresent(load(place))) {
    const frame: i32 = pageEntryFrame(load(place));
    for (let i: i32 = 0; i < entryCount(); i++) store(entryAt(table, i), pageEntry(frame + (i << PAGE_SHIFT), ENTRY_PAGE));
  }
  store(place, pageEntry(table, ENTRY_TABLE));
  pageFlush(address);
  return table;
};

/** Gives a table back that says no more than a large page or nothing would. */
const tableReduce = (address: i32): void => {
  const place: i32 = largeEntry(address);
  const table: i32 = pageEntryFrame(load(place));
  const start: i32 = largeStart(address);
  let present: i32 = 0;
  let identical: i32 = 0;
  for (let i: i32 = 0; i < entryCount(); i++) {
    const entry: i32 = load(entryAt(table, i));
    if (isPresent(entry)) {
      present++;
      if (pageEntryFrame(entry) === start + (i << PAGE_SHIFT)) identical++;
    }
  }
  if (present !== 0 && identical !== entryCount()) return;
  store(place, present === 0 ? 0 : pageEntry(start, ENTRY_LARGE_PAGE));
  pageFlush(address);
  lockedFree(table);
};

const entrySet = (address: i32, entry: i32): boolean => {
  const held: i32 = interruptsHold();
  const large: i32 = load(largeEntry(address));
  let table: i32 = 0;
  if (hasTable(large)) table = pageEntryFrame(large);
  else table = tableCreate(address);
  if (table !== 0) {
    store(entryAt(table, address >>> PAGE_SHIFT), entry);
    pageFlush(address);
    tableReduce(address);
  }
  interruptsRelease(held);
  return table !== 0;
};

/**
 * Makes the page at `address` the frame at `frame`, both multiples of PAGE_SIZE. False, and nothing is changed, if
 * there is no memory for a table. O(entries of a table).
 */
export const pageMap = (address: i32, frame: i32): boolean => entrySet(address, pageEntry(frame, ENTRY_PAGE));

/** Makes every access to the page at `address` a page fault. False if there is no memory for a table. */
export const pageUnmap = (address: i32): boolean => entrySet(address, 0);

/** The frame that the page at `address` is; 0 if it is not mapped. */
export const pageFrameOf = (address: i32): i32 => {
  const large: i32 = load(largeEntry(address));
  if (!isPresent(large)) return 0;
  if (pageEntryIsTable(large) === 0) return pageEntryFrame(large) + (address & -PAGE_SIZE) - largeStart(address);
  const entry: i32 = load(entryAt(pageEntryFrame(large), address >>> PAGE_SHIFT));
  return isPresent(entry) ? pageEntryFrame(entry) : 0;
};

/** Whether the byte at `address` can be read: asks the processor, not the tables. */
export const pageIsReadable = (address: i32): boolean => probeByte(address) === 1;

/** The first address of the window, in which nothing is mapped at first. */
export const pageWindowStart = (): i32 => pageWindow();

/** The first address behind the window. */
export const pageWindowEnd = (): i32 => pageWindow() + PAGE_WINDOW_SIZE;

/** Empties the window. To be called once, before anything is mapped. */
export const pagingInit = (): void => {
  const step: i32 = PAGE_SIZE << indexBits();
  let address: i32 = pageWindowStart();
  while (address !== pageWindowEnd()) {
    store(largeEntry(address), 0);
    pageFlush(address);
    address += step;
  }
};
