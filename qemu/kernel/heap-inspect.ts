/**
 * What the heap knows of an address, read from the heap's own tables (kernel-heap/layout.ts): the kernel is compiled
 * apart from the heap and looks at it from outside, as a debugger would. No block is written to, and a broken heap is
 * survived: no address is followed that does not lie where it must, no loop is longer than a page or the frame table.
 */
import {
  BIN_COUNT, BIN_LARGE, BLOCK_ALIGNMENT, FRAME_SHIFT, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET,
  STATE_EMPTY_PAGE_OFFSET, STATE_END_FRAME_OFFSET, STATE_LEVELS_OFFSET, STATE_MAGIC, STATE_MAGIC_OFFSET,
  STATE_OUTSIDE_PAGE_OFFSET, STATE_STATS_OFFSET, STATE_TABLE_OFFSET, WORD_SHIFT,
} from '../../kernel-heap/layout.ts';
import { heap_stats } from '../../kernel-heap/index.ts';
import { bitmapLast, bitmapTest } from '../../kernel-heap/bitmap.ts';
import { divide, lessThan, load, remainder } from '../../kernel-heap/memory.ts';
import { pageBin, pageBlockSize, pageCarved, pageFrames, pageFree, pageStart } from '../../kernel-heap/page.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { tableFrame, tableFrames, tableHolds, tableSpanFrames } from '../../kernel-heap/table.ts';
import { consolePrint, consolePrintCount, consolePrintHex } from './console.ts';
import { guardedFind, guardedIsFreed, guardedPrint, guardedSize, guardedStart } from './guarded-block.ts';

/** There is no heap yet. */
export const PLACE_NO_HEAP: i32 = 0;
/** Outside every region. */
export const PLACE_OUTSIDE: i32 = 1;
/** In a free frame. */
export const PLACE_FREE_FRAME: i32 = 2;
/** In the heap's own tables. */
export const PLACE_METADATA: i32 = 3;
/** In a large block, which is live. */
export const PLACE_LARGE: i32 = 4;
/** In a live block of a page. */
export const PLACE_LIVE: i32 = 5;
/** In a block of a page that was handed out before, or is ready to be, and is free. */
export const PLACE_FREE: i32 = 6;
/** In the part of a page that no block was carved from yet, or that is too small for one. */
export const PLACE_UNCARVED: i32 = 7;
/** The tables contradict each other here. */
export const PLACE_BROKEN: i32 = 8;

let heapState: i32 = 0;
let blockStart: i32 = 0;
let blockSize: i32 = 0;

/** Tells where the heap is: `regionStart` is the address that heap_init() was given. */
export const inspectInit = (regionStart: i32): void => {
  const address: i32 = (regionStart + BLOCK_ALIGNMENT - 1) & -BLOCK_ALIGNMENT;
  heapState = load(address + STATE_MAGIC_OFFSET) === STATE_MAGIC ? address : 0;
};

/** The figures of heap_stats(), as of now (kernel-heap/stats-layout.ts); the heap keeps room for them. */
export const inspectStats = (): i32 => {
  heap_stats(heapState + STATE_STATS_OFFSET);
  return heapState + STATE_STATS_OFFSET;
};

/** How many frames the table describes. */
const framesDescribed = (): i32 => tableFrames(load(heapState + STATE_CAPACITY_OFFSET));

/** The map's word of a frame that the table describes. */
const mapWord = (frame: i32): i32 =>
  load(load(heapState + STATE_TABLE_OFFSET) + ((frame - load(heapState + STATE_BASE_FRAME_OFFSET)) << WORD_SHIFT));

/** Whether a region has the frame, which may be any. The first page of descriptors is in the map, but in no region. */
const isInRegion = (frame: i32): boolean => {
  if (!lessThan(frame - load(heapState + STATE_BASE_FRAME_OFFSET), framesDescribed())) return false;
  return mapWord(frame) !== heapState + STATE_OUTSIDE_PAGE_OFFSET && frame !== load(heapState + STATE_END_FRAME_OFFSET) - 1;
};

/** The first frame of the first region, or of the next one from the frame `from`, where one ends; 0 if there is none. */
export const inspectRegionFirst = (from: i32): i32 => {
  const base: i32 = load(heapState + STATE_BASE_FRAME_OFFSET);
  const end: i32 = base + framesDescribed();
  for (let frame: i32 = from < base ? base : from; frame < end; frame++) {
    if (isInRegion(frame)) return frame;
  }
  return 0;
};

/** The frame behind the region that begins at `first`. */
export const inspectRegionEnd = (first: i32): i32 => {
  let end: i32 = first;
  while (isInRegion(end)) end++;
  return end;
};

/** The descriptor of the span that a frame of a region belongs to, 0 if the table names none (layout.ts, "map"). */
export const inspectPage = (frame: i32): i32 => {
  const page: i32 = mapWord(frame);
  return page === heapState + STATE_EMPTY_PAGE_OFFSET ? 0 : page;
};

/** The order of the free span that holds a frame of a region; -1 if the frame is not free. */
export const inspectFreeOrder = (frame: i32): i32 => {
  const capacity: i32 = load(heapState + STATE_CAPACITY_OFFSET);
  let node: i32 = frame - load(heapState + STATE_BASE_FRAME_OFFSET);
  for (let order: i32 = 0; node < bitmapLast(capacity); order++) {
    if (bitmapTest(heapState + STATE_LEVELS_OFFSET, node) !== 0) return order;
    node = capacity + (node >>> 1);
  }
  return -1;
};

/** Whether a frame is one of the frame table. */
export const inspectIsTable = (frame: i32): boolean => tableHolds(heapState, frame);

/** The length in frames of the span, free or not, that begins at a frame of a region; 0 if the tables are broken there. */
export const inspectSpanFrames = (frame: i32): i32 => {
  if (frame === tableFrame(heapState)) return tableSpanFrames(load(heapState + STATE_CAPACITY_OFFSET));
  const page: i32 = inspectPage(frame);
  if (page !== 0) return pageStart(page) >>> FRAME_SHIFT === frame ? pageFrames(page) : 0;
  const order: i32 = inspectFreeOrder(frame);
  return order < 0 ? 0 : 1 << order;
};

/** Whether the frame lies in the metadata before the first region: state record, first table, first descriptors. */
const isFirstMetadata = (frame: i32): boolean =>
  heapState >>> FRAME_SHIFT <= frame && frame < load(heapState + STATE_END_FRAME_OFFSET);

/** The descriptor of the span that holds a frame in use; of a large block only the first frame names it. */
const spanPage = (frame: i32): i32 => {
  let first: i32 = frame;
  while (inspectPage(first) === 0) {
    first--;
    if (!isInRegion(first)) return 0;
  }
  const page: i32 = inspectPage(first);
  if (pageStart(page) >>> FRAME_SHIFT > first || frame >= (pageStart(page) >>> FRAME_SHIFT) + pageFrames(page)) return 0;
  return page;
};

/** Whether the block is on its page's list of free blocks: 1, 0, or -1 if the list leads out of the page or in a circle. */
const isListed = (page: i32, block: i32): i32 => {
  const size: i32 = pageBlockSize(page);
  const blocks: i32 = pageCarved(page);
  let listed: i32 = pageFree(page);
  for (let i: i32 = 0; i <= blocks; i++) {
    if (listed === 0) return 0;
    if (listed === block) return 1;
    const offset: i32 = listed - pageStart(page);
    if (!lessThan(offset, Math.imul(blocks, size)) || remainder(offset, size) !== 0) return -1;
    listed = load(listed);
  }
  return -1;
};

/** The place within a page of blocks. */
const placeInPage = (page: i32, address: i32): i32 => {
  blockSize = pageBlockSize(page);
  const index: i32 = divide(address - pageStart(page), blockSize);
  blockStart = pageStart(page) + Math.imul(index, blockSize);
  if (index >= pageCarved(page)) return PLACE_UNCARVED;
  const listed: i32 = isListed(page, blockStart);
  if (listed < 0) return PLACE_BROKEN;
  return listed === 0 ? PLACE_LIVE : PLACE_FREE;
};

/** The place within the block of `record`. */
const placeInGuarded = (record: i32): i32 => {
  blockStart = guardedStart(record);
  blockSize = guardedSize(record);
  return guardedIsFreed(record) ? PLACE_FREE : PLACE_LIVE;
};

/**
 * Where an address lies: a PLACE_ constant. inspectBlock() and inspectBlockSize() tell of the block there; in the debug
 * profile, blocks are those that the callers know, and their red zones are part of them.
 * Cost: O(blocks of a page), and O(frames) within a large block; O(blocks) in the debug profile.
 */
export const inspectFind = (address: i32): i32 => {
  blockStart = address;
  blockSize = 0;
  if (heapState === 0) return PLACE_NO_HEAP;
  if (DEBUG) {
    const record: i32 = guardedFind(address);
    if (record !== 0) return placeInGuarded(record);
  }
  const frame: i32 = address >>> FRAME_SHIFT;
  if (!isInRegion(frame)) return isFirstMetadata(frame) ? PLACE_METADATA : PLACE_OUTSIDE;
  const order: i32 = inspectFreeOrder(frame);
  if (order >= 0) {
    blockStart = (frame & -(1 << order)) << FRAME_SHIFT;
    blockSize = 1 << order << FRAME_SHIFT;
    return PLACE_FREE_FRAME;
  }
  if (inspectIsTable(frame)) return PLACE_METADATA;
  const page: i32 = spanPage(frame);
  if (page === 0) return PLACE_BROKEN;
  const bin: i32 = pageBin(page);
  if (bin < BIN_COUNT) return placeInPage(page, address);
  if (bin !== BIN_LARGE) return PLACE_METADATA;
  blockStart = pageStart(page);
  blockSize = pageBlockSize(page);
  return PLACE_LARGE;
};

/** The first address of the block, or of the free span, that inspectFind() found; the address itself if there is none. */
export const inspectBlock = (): i32 => blockStart;

/** The size of that block or free span in bytes, 0 if there is none. */
export const inspectBlockSize = (): i32 => blockSize;

const printBlock = (address: i32, kind: string): void => {
  if (address !== blockStart) consolePrintCount('', address - blockStart, ' bytes into the ');
  consolePrint(kind);
  if (address !== blockStart) {
    consolePrint(' ');
    consolePrintHex(blockStart);
  }
  consolePrintCount(' of ', blockSize, ' bytes\n');
};

const printPlace = (address: i32, place: i32): void => {
  switch (place) {
    case PLACE_NO_HEAP: consolePrint('there is no heap yet\n'); break;
    case PLACE_OUTSIDE: consolePrint('outside every region of the heap\n'); break;
    case PLACE_FREE_FRAME: printBlock(address, 'free span'); break;
    case PLACE_METADATA: consolePrint("in the heap's own tables\n"); break;
    case PLACE_LARGE: printBlock(address, 'live large block'); break;
    case PLACE_LIVE: printBlock(address, 'live block'); break;
    case PLACE_FREE: printBlock(address, 'free block'); break;
    case PLACE_UNCARVED: consolePrint('in a part of a page that was never handed out\n'); break;
    default: consolePrint('the tables of the heap are broken here\n');
  }
};

/** Prints one line: the address, and what the heap knows of it; in the debug profile also where its block came from. */
export const inspectPrint = (address: i32): void => {
  consolePrintHex(address);
  consolePrint(': ');
  if (DEBUG && heapState !== 0) {
    const record: i32 = guardedFind(address);
    if (record !== 0) {
      guardedPrint(record, address);
      return;
    }
  }
  printPlace(address, inspectFind(address));
};
