/** The commands that show the heap: mem, buddyinfo, slabinfo, map. They read its tables and change nothing. */
import { BIN_COUNT, BIN_LARGE, FRAME_SHIFT } from '../../kernel-heap/layout.ts';
import { divide, load } from '../../kernel-heap/memory.ts';
import { pageBin, pageFrames, pageUsed } from '../../kernel-heap/page.ts';
import { sizeClassSize } from '../../kernel-heap/size-class.ts';
import {
  STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_EMPTY_PAGES_OFFSET, STATS_FRAMES_OFFSET, STATS_FREE_FRAMES_OFFSET,
  STATS_FREE_SPANS_OFFSET, STATS_LARGE_BLOCKS_OFFSET, STATS_METADATA_FRAMES_OFFSET, STATS_ORDER_COUNT, STATS_PAGES_OFFSET,
  STATS_PEAK_FRAMES_OFFSET,
} from '../../kernel-heap/stats-layout.ts';
import { consolePrint, consolePrintColumn, consolePrintCount, consolePrintHex } from './console.ts';
import {
  inspectIsTable, inspectPage, inspectRegionEnd, inspectRegionFirst, inspectSpanFrames, inspectStats,
} from './heap-inspect.ts';

const FRAME_KIBIBYTES_SHIFT: i32 = 2;

const printFrames = (label: string, frames: i32): void => {
  consolePrint(label);
  consolePrintColumn(frames, 8);
  consolePrint(' frames');
  consolePrintColumn(frames << FRAME_KIBIBYTES_SHIFT, 9);
  consolePrint(' KiB\n');
};

/** mem: regions and totals. */
export const shellMem = (): void => {
  let first: i32 = inspectRegionFirst(0);
  while (first !== 0) {
    const end: i32 = inspectRegionEnd(first);
    consolePrint('region ');
    consolePrintHex(first << FRAME_SHIFT);
    consolePrint(' to ');
    consolePrintHex((end << FRAME_SHIFT) - 1);
    printFrames(':', end - first);
    first = inspectRegionFirst(end);
  }
  const stats: i32 = inspectStats();
  const frames: i32 = load(stats + STATS_FRAMES_OFFSET);
  const free: i32 = load(stats + STATS_FREE_FRAMES_OFFSET);
  printFrames('total   ', frames);
  printFrames('free    ', free);
  printFrames('used    ', frames - free);
  printFrames('peak    ', load(stats + STATS_PEAK_FRAMES_OFFSET));
  printFrames('tables  ', load(stats + STATS_METADATA_FRAMES_OFFSET));
  consolePrintCount('pages of small blocks: ', load(stats + STATS_PAGES_OFFSET), '');
  consolePrintCount(', empty ones among them: ', load(stats + STATS_EMPTY_PAGES_OFFSET), '\n');
  consolePrintCount('live blocks: ', load(stats + STATS_BLOCKS_OFFSET), '');
  consolePrintCount(', large ones among them: ', load(stats + STATS_LARGE_BLOCKS_OFFSET), '');
  consolePrintCount(', bytes: ', load(stats + STATS_BLOCK_BYTES_OFFSET), '\n');
};

const LINUX_ORDERS: i32 = 11; // what a line of Linux's /proc/buddyinfo has

/** buddyinfo: the number of free spans of 2^0, 2^1, 2^2 … frames, eleven to a line. */
export const shellBuddyinfo = (): void => {
  const spans: i32 = inspectStats() + STATS_FREE_SPANS_OFFSET;
  consolePrint('Node 0, zone   Tallow');
  for (let order: i32 = 0; order < STATS_ORDER_COUNT; order++) {
    if (order === LINUX_ORDERS) consolePrint('\n        from order 11');
    consolePrintColumn(load(spans + (order << 2)), 7);
  }
  consolePrint('\n');
};

/** Prints the line of a size class, if it has pages. Cost: O(spans). */
const printClass = (bin: i32): void => {
  const size: i32 = sizeClassSize(bin);
  let active: i32 = 0;
  let total: i32 = 0;
  let pages: i32 = 0;
  let frames: i32 = 0;
  let frame: i32 = inspectRegionFirst(0);
  while (frame !== 0) {
    const end: i32 = inspectRegionEnd(frame);
    while (frame < end) {
      const page: i32 = inspectPage(frame);
      if (page !== 0 && pageBin(page) === bin) {
        active += pageUsed(page);
        total += divide(pageFrames(page) << FRAME_SHIFT, size);
        pages++;
        frames += pageFrames(page);
      }
      const length: i32 = inspectSpanFrames(frame);
      if (length <= 0) return;
      frame += length;
    }
    frame = inspectRegionFirst(end);
  }
  if (pages === 0) return;
  consolePrint('size-');
  consolePrintColumn(size, 4);
  consolePrintColumn(active, 12);
  consolePrintColumn(total, 12);
  consolePrintColumn(size, 10);
  consolePrintColumn(pages, 9);
  consolePrintColumn(frames, 9);
  consolePrint('\n');
};

/** slabinfo: the size classes that have pages, with the blocks in use, the blocks there is room for, and the pages. */
export const shellSlabinfo = (): void => {
  consolePrint('name         active_objs    num_objs   objsize    pages   frames\n');
  for (let bin: i32 = 0; bin < BIN_COUNT; bin++) printClass(bin);
};

const MAP_COLUMNS: i32 = 64;
const MAP_CELLS_MAX: i32 = 768;

/** What a character of the map stands for, as a set. */
const CELL_FREE: i32 = 1;
const CELL_SMALL: i32 = 2;
const CELL_LARGE: i32 = 4;
const CELL_TABLE: i32 = 8;

const spanKind = (frame: i32): i32 => {
  if (inspectIsTable(frame)) return CELL_TABLE;
  const page: i32 = inspectPage(frame);
  if (page === 0) return CELL_FREE;
  const bin: i32 = pageBin(page);
  if (bin < BIN_COUNT) return CELL_SMALL;
  return bin === BIN_LARGE ? CELL_LARGE : CELL_TABLE;
};

const printCell = (kinds: i32): void => {
  switch (kinds) {
    case CELL_FREE: consolePrint('.'); break;
    case CELL_SMALL: consolePrint('S'); break;
    case CELL_SMALL + CELL_FREE: consolePrint('s'); break;
    case CELL_LARGE: consolePrint('L'); break;
    case CELL_LARGE + CELL_FREE: consolePrint('l'); break;
    case CELL_TABLE: consolePrint('T'); break;
    case CELL_TABLE + CELL_FREE: consolePrint('t'); break;
    default: consolePrint('+');
  }
};

/** Prints the rows of the region [first, end), 2^shift frames to a character. */
const printRegionMap = (first: i32, end: i32, shift: i32): void => {
  let frame: i32 = first;
  let spanEnd: i32 = frame;
  let spanKinds: i32 = 0;
  let cells: i32 = 0;
  while (frame < end) {
    if ((cells & (MAP_COLUMNS - 1)) === 0) {
      if (cells !== 0) consolePrint('\n');
      consolePrintHex(frame << FRAME_SHIFT);
      consolePrint(' ');
    }
    // A cell is an aligned run of frames, the first and the last one of a region may be shorter.
    let cellEnd: i32 = ((frame >>> shift) + 1) << shift;
    if (cellEnd > end) cellEnd = end;
    let kinds: i32 = 0;
    while (frame < cellEnd) {
      if (frame === spanEnd) {
        const length: i32 = inspectSpanFrames(frame);
        if (length <= 0) {
          consolePrint(' (the tables are broken here)\n');
          return;
        }
        spanEnd += length;
        spanKinds = spanKind(frame);
      }
      kinds |= spanKinds;
      frame = spanEnd < cellEnd ? spanEnd : cellEnd;
    }
    printCell(kinds);
    cells++;
  }
  consolePrint('\n');
};

/** map: a picture of the memory, a character for a run of frames. */
export const shellMap = (): void => {
  const frames: i32 = load(inspectStats() + STATS_FRAMES_OFFSET);
  let shift: i32 = 0;
  while (frames >>> shift > MAP_CELLS_MAX) shift++;
  let first: i32 = inspectRegionFirst(0);
  while (first !== 0) {
    const end: i32 = inspectRegionEnd(first);
    printRegionMap(first, end, shift);
    first = inspectRegionFirst(end);
  }
  consolePrintCount('a character is ', 4 << shift, ' KiB: . free  S small blocks  L large blocks  T tables\n');
  consolePrint('small letter: a part of it is free  +: of several kinds\n');
};
