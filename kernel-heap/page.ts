/**
 * Floor 4: a page, a span carved into equal blocks. Byte diagram and invariants: layout.ts, "Page descriptor".
 *
 * Sharded free lists: each page has its own (Leijen, Zorn and de Moura, "Mimalloc: Free List Sharding in Action",
 * 2019), so that blocks handed out one after the other lie beside each other. The list is extended by a frame's worth
 * of blocks at a time, so that a page costs memory only as far as it is used.
 */

import { lessThan, load, load16, store, store16 } from './memory.ts';
import { minimum } from './bits.ts';
import {
  BIN_DESCRIPTOR, BIN_LARGE, DESCRIPTOR_SHIFT, FRAME_MASK, FRAME_SHIFT, FRAME_SIZE, PAGE_BIN_MASK, PAGE_BLOCK_SIZE_OFFSET,
  PAGE_CARVED_OFFSET, PAGE_FRAMES_OFFSET, PAGE_FREE_OFFSET, PAGE_FULL, PAGE_LOOSE, PAGE_NEXT_OFFSET, PAGE_PREV_OFFSET,
  PAGE_QUEUE_OFFSET, PAGE_RETIRED, PAGE_START_OFFSET, PAGE_USED_OFFSET, QUEUE_SIZE,
} from './layout.ts';
import { HARDENED } from './profile.ts';
import { PANIC_FREE_LIST, panic } from './panic.ts';

/** The first free block, 0 = none. */
export const pageFree = (page: i32): i32 => load(page + PAGE_FREE_OFFSET);

/** Blocks in the hands of callers. */
export const pageUsed = (page: i32): i32 => load16(page + PAGE_USED_OFFSET) & (PAGE_RETIRED - 1);

/** Whether the page is in the retired table. */
export const pageIsRetired = (page: i32): boolean => (load16(page + PAGE_USED_OFFSET) & PAGE_RETIRED) != 0;

/** Sets or clears the mark that the page is in the retired table: `flag` is PAGE_RETIRED or 0. */
export const pageSetRetired = (page: i32, flag: i32): void => {
  store16(page + PAGE_USED_OFFSET, (load16(page + PAGE_USED_OFFSET) & (PAGE_RETIRED - 1)) | flag);
};

/** Blocks carved so far, the slots up to the descriptor in a page of descriptors included. */
export const pageCarved = (page: i32): i32 => load16(page + PAGE_CARVED_OFFSET);

/** The next page of the queue, 0 = none. */
export const pageNext = (page: i32): i32 => load(page + PAGE_NEXT_OFFSET);

/** The previous page of the queue, 0 = none. */
export const pagePrev = (page: i32): i32 => load(page + PAGE_PREV_OFFSET);

/** The address of the page's first frame. */
export const pageStart = (page: i32): i32 => load(page + PAGE_START_OFFSET) & ~FRAME_MASK;

/** The page's first frame. */
export const pageFirstFrame = (page: i32): i32 => load(page + PAGE_START_OFFSET) >>> FRAME_SHIFT;

/** The bin of the page's size class, or one of those from BIN_DESCRIPTOR on. */
export const pageBin = (page: i32): i32 => load(page + PAGE_START_OFFSET) & PAGE_BIN_MASK;

/** Whether the page stands among the full pages of its queue. */
export const pageIsFull = (page: i32): boolean => (load(page + PAGE_START_OFFSET) & PAGE_FULL) != 0;

/** Marks the page as full if it is not, or as not full if it is. */
export const pageTurnFull = (page: i32): void => {
  store(page + PAGE_START_OFFSET, load(page + PAGE_START_OFFSET) ^ PAGE_FULL);
};

/** Whether blocks of the page may be larger than their sizes call for (heap.ts, heapResize). */
export const pageIsLoose = (page: i32): boolean => (load(page + PAGE_START_OFFSET) & PAGE_LOOSE) != 0;

/** Marks the page as one whose blocks may be larger than their sizes call for. */
export const pageSetLoose = (page: i32): void => {
  store(page + PAGE_START_OFFSET, load(page + PAGE_START_OFFSET) | PAGE_LOOSE);
};

/** The page's length in frames. */
export const pageFrames = (page: i32): i32 => load(page + PAGE_FRAMES_OFFSET);

/** Whether the page is a single large block. */
export const pageIsLarge = (page: i32): boolean => lessThan(pageBin(page) - BIN_LARGE, BIN_DESCRIPTOR - BIN_LARGE);

/**
 * At how many of its `frames` frames the map names a page of `bin`: at all of them, or the first alone. A page of descriptors
 * has a single frame, but for the guard before it.
 */
export const binMappedFrames = (bin: i32, frames: i32): i32 => {
  if (bin < BIN_LARGE || (HARDENED && bin == BIN_DESCRIPTOR)) return frames;
  return 1;
};

/** The queue that the page is in, as queueOf tells it. */
export const pageQueue = (page: i32): i32 => load(page + PAGE_QUEUE_OFFSET);

/** The heap record that owns the page, which is no idle node. */
export const pageHeap = (page: i32): i32 => pageQueue(page) - Math.imul(pageBin(page), QUEUE_SIZE);

/** The size of the page's blocks in bytes; of a large block, what it may use of its span. */
export const pageBlockSize = (page: i32): i32 => load(page + PAGE_BLOCK_SIZE_OFFSET);

/** The slots of the page that are never handed out: those up to and with its descriptor, if that lies in the page. */
export const pageFirstSlot = (page: i32): i32 => {
  if (pageBin(page) != BIN_DESCRIPTOR) return 0;
  return ((page - pageStart(page)) >>> DESCRIPTOR_SHIFT) + 1;
};

/*
 * Free block, at least 16 bytes
 *
 *   0        4        8
 *  +--------+--------+---- - -
 *  | next   | seal*  |
 *  +--------+--------+---- - -
 *
 *  next  the next free block of the page, 0 = none
 *  seal  hardened only: next ^ the block's own address ^ LINK_SEAL, so that a write into the free block is noticed
 *        before the link is used. It finds accidents; it is no secret to an attacker who knows the addresses.
 */
const LINK_SEAL_OFFSET: i32 = 4;
const LINK_SEAL: i32 = 0x5ea15ea1;

/** Makes `next` the block behind the free block `block`. */
export const blockLink = (block: i32, next: i32): void => {
  store(block, next);
  if (HARDENED) store(block + LINK_SEAL_OFFSET, next ^ block ^ LINK_SEAL);
};

/** Whether the link of the free block `block` is as blockLink left it. */
export const blockIsSealed = (block: i32): boolean =>
  (load(block) ^ load(block + LINK_SEAL_OFFSET) ^ block) == LINK_SEAL;

/** Stops: the free block `block` was written to. */
const blockRefuseSlow = (block: i32): void => {
  panic(PANIC_FREE_LIST, block);
};

/** The block behind the free block `block`, 0 = none. */
export const blockNext = (block: i32): i32 => {
  if (HARDENED && !blockIsSealed(block)) blockRefuseSlow(block);
  return load(block);
};

/**
 * Writes the descriptor of a span for blocks of `size` bytes: none carved, none free. Its place in a queue, if it has one, is
 * queuePush's to write.
 */
export const pageInit = (page: i32, queue: i32, bin: i32, start: i32, frames: i32, size: i32): void => {
  store(page + PAGE_FREE_OFFSET, 0);
  store(page + PAGE_USED_OFFSET, 0);
  store(page + PAGE_START_OFFSET, start | bin);
  store(page + PAGE_FRAMES_OFFSET, frames);
  store(page + PAGE_QUEUE_OFFSET, queue);
  store(page + PAGE_BLOCK_SIZE_OFFSET, size);
};

/**
 * Puts the next blocks never used before, a frame's worth at most, on the empty list of free blocks.
 * Returns whether there were any.
 */
export const pageExtend = (page: i32): boolean => {
  const size: i32 = pageBlockSize(page);
  let carved: i32 = pageCarved(page);
  const offset: i32 = Math.imul(carved, size);
  let block: i32 = pageStart(page) + offset;
  let room: i32 = (pageFrames(page) << FRAME_SHIFT) - offset;
  // Unsigned, so that there is none for a size of 0, which a broken page may have.
  if (!lessThan(size - 1, room)) return false;
  store(page + PAGE_FREE_OFFSET, block);
  room = minimum(room, FRAME_SIZE) - size;
  while (room >= size) {
    blockLink(block, block + size);
    block += size;
    room -= size;
    carved++;
  }
  blockLink(block, 0);
  store16(page + PAGE_CARVED_OFFSET, carved + 1);
  return true;
};

/** Takes the first free block of a page that has one. */
export const pagePop = (page: i32): i32 => {
  const block: i32 = pageFree(page);
  store(page + PAGE_FREE_OFFSET, blockNext(block));
  store16(page + PAGE_USED_OFFSET, load16(page + PAGE_USED_OFFSET) + 1);
  return block;
};

/**
 * Puts `block` back. Returns the count of used blocks with the retired mark in it: 0 means that the page has become
 * empty and is not yet in the retired table.
 */
export const pagePush = (page: i32, block: i32): i32 => {
  blockLink(block, pageFree(page));
  store(page + PAGE_FREE_OFFSET, block);
  const used: i32 = load16(page + PAGE_USED_OFFSET) - 1;
  store16(page + PAGE_USED_OFFSET, used);
  return used;
};
