/**
 * Which blocks a heap of the service has: the core's blocks have no headers, and an address from a host may be
 * anything. Two bits for each 16 bytes say whether a live block begins there and whether one ever did, so that every
 * look-up is one probe and one test, exact however often the memory changed hands.
 *
 * A map is a hash table with open addressing: one entry for each frame of 4 KiB in which a block ever began. Entries
 * stay, so that nothing needs to be taken out and a freed block is remembered until its heap ends; the map's share is
 * therefore at most 1/30 of what the heap held at its peak.
 *
 *   0           4                       36                      68
 *  +-----------+-----------------------+-----------------------+
 *  | frame + 1 | live: 256 bits        | begun: 256 bits       |
 *  +-----------+-----------------------+-----------------------+
 *
 *  frame + 1 = 0: the entry is empty.  live is a subset of begun.
 *
 * The map's place is three words, wherever the owner keeps them:  0 address of the entries | 4 capacity | 8 count
 */

import { fill, load, store } from '../../kernel-heap/memory.ts';
import { FRAME_SHIFT } from '../../kernel-heap/layout.ts';
import { free, heap_malloc } from '../../kernel-heap/index.ts';

export const BLOCK_MAP_SIZE: i32 = 12;

const MAP_CAPACITY_OFFSET: i32 = 4;
const MAP_COUNT_OFFSET: i32 = 8;

const ENTRY_LIVE_OFFSET: i32 = 4;
const ENTRY_BEGUN_OFFSET: i32 = 36;
const ENTRY_SIZE: i32 = 68;

const CAPACITY_MIN: i32 = 4;

const HASH_FACTOR: i32 = 0x9e3779b1; // 2^32 by the golden ratio, Knuth's multiplicative hashing

/** The entry of the frame whose number plus 1 is `key`, or the empty one where it belongs; 0 in a map without entries. */
const entryFind = (entries: i32, capacity: i32, key: i32): i32 => {
  if (capacity == 0) return 0;
  let index: i32 = (Math.imul(key, HASH_FACTOR) >>> 12) & (capacity - 1);
  for (;;) {
    const entry: i32 = entries + Math.imul(index, ENTRY_SIZE);
    const found: i32 = load(entry);
    if (found == key || found == 0) return entry;
    index = (index + 1) & (capacity - 1);
  }
};

const keyOf = (address: i32): i32 => (address >>> FRAME_SHIFT) + 1;

/** The address of the word in which the bit for `address` stands, counted from the first word of its kind. */
const wordOffset = (address: i32): i32 => (address >>> 9 & 7) << 2;

const bitOf = (address: i32): i32 => 1 << (address >>> 4 & 31);

/** An empty map; it takes its memory when the first block begins. */
export const blockMapInit = (map: i32): void => {
  store(map, 0);
  store(map + MAP_CAPACITY_OFFSET, 0);
  store(map + MAP_COUNT_OFFSET, 0);
};

/** Copies the entry to its place among those of a larger map. */
const entryMove = (entry: i32, entries: i32, capacity: i32): void => {
  const target: i32 = entryFind(entries, capacity, load(entry));
  for (let offset: i32 = 0; offset < ENTRY_SIZE; offset += 4) store(target + offset, load(entry + offset));
};

/** Doubles the entries, with memory from `heap`; everything stays as it is if there is none. */
const grow = (map: i32, heap: i32): void => {
  const capacity: i32 = load(map + MAP_CAPACITY_OFFSET);
  const larger: i32 = capacity == 0 ? CAPACITY_MIN : capacity * 2;
  const entries: i32 = heap_malloc(heap, larger * ENTRY_SIZE);
  if (entries == 0) return;
  fill(entries, 0, larger * ENTRY_SIZE);
  const before: i32 = load(map);
  for (let index: i32 = 0; index < capacity; index++) {
    const entry: i32 = before + Math.imul(index, ENTRY_SIZE);
    if (load(entry) != 0) entryMove(entry, entries, larger);
  }
  free(before);
  store(map, entries);
  store(map + MAP_CAPACITY_OFFSET, larger);
};

/**
 * Makes room for one more frame, with memory from `heap`. Whether there is any: a map that cannot grow is filled up to
 * the last entry but one, which the search for others ends at.
 */
export const blockMapReserve = (map: i32, heap: i32): boolean => {
  if ((load(map + MAP_COUNT_OFFSET) + 1) * 4 > load(map + MAP_CAPACITY_OFFSET) * 3) grow(map, heap);
  return load(map + MAP_COUNT_OFFSET) + 1 < load(map + MAP_CAPACITY_OFFSET);
};

/** Notes that a block begins at `address`. False, and nothing is changed, if there is no room for its frame. */
export const blockMapBegin = (map: i32, heap: i32, address: i32): boolean => {
  let entry: i32 = entryFind(load(map), load(map + MAP_CAPACITY_OFFSET), keyOf(address));
  if (entry == 0 || load(entry) == 0) {
    if (!blockMapReserve(map, heap)) return false;
    entry = entryFind(load(map), load(map + MAP_CAPACITY_OFFSET), keyOf(address));
    store(entry, keyOf(address));
    store(map + MAP_COUNT_OFFSET, load(map + MAP_COUNT_OFFSET) + 1);
  }
  const word: i32 = entry + wordOffset(address);
  store(word + ENTRY_LIVE_OFFSET, load(word + ENTRY_LIVE_OFFSET) | bitOf(address));
  store(word + ENTRY_BEGUN_OFFSET, load(word + ENTRY_BEGUN_OFFSET) | bitOf(address));
  return true;
};

/** Notes that the live block at `address` ends. */
export const blockMapEnd = (map: i32, address: i32): void => {
  const entry: i32 = entryFind(load(map), load(map + MAP_CAPACITY_OFFSET), keyOf(address));
  const word: i32 = entry + wordOffset(address) + ENTRY_LIVE_OFFSET;
  store(word, load(word) & ~bitOf(address));
};

const testBit = (map: i32, address: i32, kind: i32): boolean => {
  if ((address & 15) != 0) return false;
  const entry: i32 = entryFind(load(map), load(map + MAP_CAPACITY_OFFSET), keyOf(address));
  if (entry == 0 || load(entry) == 0) return false;
  return (load(entry + wordOffset(address) + kind) & bitOf(address)) != 0;
};

/** Whether a live block begins at `address`, which may be any number. */
export const blockMapIsLive = (map: i32, address: i32): boolean => testBit(map, address, ENTRY_LIVE_OFFSET);

/** Whether a block ever began at `address`, which may be any number. */
export const blockMapHasBegun = (map: i32, address: i32): boolean => testBit(map, address, ENTRY_BEGUN_OFFSET);
