/** The commands that use the heap: alloc, free, what, check. */
import {
  CHECK_BITMAP_SUM, CHECK_BUDDY, CHECK_DIRECT, CHECK_FRAME_COUNT, CHECK_FREE_LIST, CHECK_FREED, CHECK_GUARD, CHECK_LAZY, CHECK_LIVE,
  CHECK_MAP, CHECK_PAGE, CHECK_QUEUE, CHECK_RED_ZONE, CHECK_RETIRED, CHECK_STATE,
} from '../../kernel-heap/check.ts';
import { free, heap_check, malloc, realloc } from '../../kernel-heap/index.ts';
import { load, store } from '../../kernel-heap/memory.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { consolePrint, consolePrintCount } from './console.ts';
import {
  inspectBlock, inspectFind, inspectPrint, PLACE_BROKEN, PLACE_FREE, PLACE_FREE_FRAME, PLACE_LARGE, PLACE_LIVE,
  PLACE_METADATA, PLACE_NO_HEAP, PLACE_OUTSIDE, PLACE_UNCARVED,
} from './heap-inspect.ts';
import { shellLastBug } from './shell-bugs.ts';

/** The blocks that `alloc` gave and `free` may take: a table of addresses that doubles when it is full. */
let ownBlocks: i32 = 0;
let ownCount: i32 = 0;
let ownCapacity: i32 = 0;

const OWN_CAPACITY_MIN: i32 = 16;

const ownReserve = (): boolean => {
  if (ownCount < ownCapacity) return true;
  const capacity: i32 = ownCapacity === 0 ? OWN_CAPACITY_MIN : ownCapacity << 1;
  const table: i32 = realloc(ownBlocks, capacity << 2);
  if (table === 0) return false;
  ownBlocks = table;
  ownCapacity = capacity;
  return true;
};

const ownFind = (block: i32): i32 => {
  for (let i: i32 = 0; i < ownCount; i++) {
    if (load(ownBlocks + (i << 2)) === block) return i;
  }
  return -1;
};

/** alloc: a block of `size` bytes. */
export const shellAlloc = (size: i32): void => {
  const block: i32 = ownReserve() ? malloc(size) : 0;
  if (block === 0) {
    consolePrintCount('no memory for ', size, ' bytes; free something, or see mem\n');
    return;
  }
  store(ownBlocks + (ownCount << 2), block);
  ownCount++;
  inspectPrint(block);
};

const refuse = (address: i32, reason: string): void => {
  consolePrint('not freed: ');
  consolePrint(reason);
  consolePrint('. ');
  inspectPrint(address);
};

const freeLive = (address: i32): void => {
  const index: i32 = ownFind(address);
  if (index < 0) {
    refuse(address, 'a live block that the kernel holds, not one of alloc');
    return;
  }
  ownCount--;
  store(ownBlocks + (index << 2), load(ownBlocks + (ownCount << 2)));
  store(ownBlocks + (ownCount << 2), 0); // no stale pointer is left for the audit to find
  free(address);
  consolePrint('freed. ');
  inspectPrint(address);
};

/**
 * free: the block at `address`. As a wrong free() stops the machine or breaks the heap, the heap's tables are asked
 * first; what is no live block of alloc's is reported and left alone.
 */
export const shellFree = (address: i32): void => {
  const place: i32 = inspectFind(address);
  if ((place === PLACE_LIVE || place === PLACE_LARGE) && inspectBlock() === address) {
    freeLive(address);
    return;
  }
  switch (place) {
    case PLACE_LIVE: refuse(address, 'not the start of a block'); break;
    case PLACE_LARGE: refuse(address, 'not the start of a block'); break;
    case PLACE_FREE: refuse(address, 'double free'); break;
    case PLACE_FREE_FRAME: refuse(address, 'free memory, perhaps a double free'); break;
    case PLACE_UNCARVED: refuse(address, 'no block'); break;
    case PLACE_METADATA: refuse(address, 'no block'); break;
    case PLACE_OUTSIDE: refuse(address, 'not memory of the heap'); break;
    case PLACE_NO_HEAP: refuse(address, 'no heap'); break;
    case PLACE_BROKEN: refuse(address, 'the heap is broken'); break;
    default: break;
  }
};

/** what: where an address lies. */
export const shellWhat = (address: i32): void => {
  inspectPrint(address);
};

/** Prints a sentence for a code of heap_check(); kernel-heap/check.ts says more. */
const printInvariant = (code: i32): void => {
  switch (code) {
    case CHECK_STATE: consolePrint('the state record does not begin as it must'); break;
    case CHECK_MAP: consolePrint('the map of frames leads nowhere or elsewhere'); break;
    case CHECK_BUDDY: consolePrint('two buddies are both free and not merged, or what is free is not marked so'); break;
    case CHECK_BITMAP_SUM: consolePrint("the bitmap's sums are wrong"); break;
    case CHECK_FRAME_COUNT: consolePrint('free and used frames are not all frames'); break;
    case CHECK_PAGE: consolePrint("a page's counts or size are impossible"); break;
    case CHECK_FREE_LIST: consolePrint('a list of free blocks leaves its page, runs in a circle or has a wrong length'); break;
    case CHECK_QUEUE: consolePrint("a page is not where its queue's links say"); break;
    case CHECK_DIRECT: consolePrint('the direct table does not name the first page'); break;
    case CHECK_RETIRED: consolePrint('the retired pages are not those marked so'); break;
    case CHECK_LIVE: consolePrint('the map of live blocks is not what the pages say'); break;
    case CHECK_GUARD: consolePrint("something was written before the heap's own tables"); break;
    case CHECK_RED_ZONE: consolePrint('something was written beside a live block'); break;
    case CHECK_FREED: consolePrint('something was written into a freed block'); break;
    case CHECK_LAZY: consolePrint('a node that is not merged is not where it belongs'); break;
    default: consolePrint('a broken invariant without a name here');
  }
};

/** check: every invariant of the heap. */
export const shellCheck = (): void => {
  const code: i32 = heap_check();
  consolePrintCount('heap_check() = ', code, ': ');
  if (code === 0) consolePrint('valid');
  else printInvariant(code);
  consolePrint('\n');
  if (DEBUG && (code === CHECK_RED_ZONE || code === CHECK_FREED)) shellLastBug();
};
