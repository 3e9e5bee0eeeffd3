/** The suite of page tables: mapping, unmapping, guard pages, and tables that go back to the heap. */
import { load, store } from '../../kernel-heap/memory.ts';
import { commandLineHas } from './boot-info.ts';
import { lockedAlignedAlloc, lockedFree } from './heap-lock.ts';
import { PAGE_SIZE, pageFrameOf, pageIsReadable, pageMap, pageUnmap, pageWindowEnd, pageWindowStart } from './page-table.ts';
import { suiteAnnounce, suiteBegin, suiteEnd, suiteExhaust, suiteLiveBytes, suiteRecover, suiteReport } from './suite.ts';
import { threadCreate, threadJoin, threadStackStart } from './thread.ts';
import { KIND_ALTERNATE, KIND_READ, KIND_RECURSE } from './thread-kind.ts';

const PAGES: i32 = 64;

/**
 * The word at `address` in memory as it is now. Two pages may be one frame, which no compiler expects: without a call
 * in between, what was stored to a page is what it takes a load from that page to return.
 */
const loadNow = (address: i32): i32 => {
  if (!pageIsReadable(address)) return 0;
  return load(address);
};

const frameCreate = (): i32 => lockedAlignedAlloc(PAGE_SIZE, PAGE_SIZE);

const windowIsEmpty = (): i32 => {
  if (pageIsReadable(pageWindowStart())) return 1;
  if (pageIsReadable(pageWindowEnd() - 1)) return 2;
  if (pageFrameOf(pageWindowStart()) !== 0) return 3;
  return 0;
};

const mapReachesFrame = (): i32 => {
  const frame: i32 = frameCreate();
  const page: i32 = pageWindowStart() + 5 * PAGE_SIZE;
  if (!pageMap(page, frame)) return 1;
  if (pageFrameOf(page) !== frame) return 2;
  store(page + 8, 0x12345678);
  if (loadNow(frame + 8) !== 0x12345678) return 3;
  store(frame + PAGE_SIZE - 4, 0x600df00d);
  if (loadNow(page + PAGE_SIZE - 4) !== 0x600df00d) return 4;
  if (pageIsReadable(page - 1)) return 5;
  if (pageIsReadable(page + PAGE_SIZE)) return 6;
  pageUnmap(page);
  if (pageIsReadable(page)) return 7;
  if (loadNow(frame + 8) !== 0x12345678) return 8;
  lockedFree(frame);
  return 0;
};

const framesMapTwice = (): i32 => {
  const frame: i32 = frameCreate();
  const other: i32 = frameCreate();
  const page: i32 = pageWindowStart();
  if (!pageMap(page, frame) || !pageMap(page + PAGE_SIZE, frame)) return 1;
  store(page, 1);
  store(page + PAGE_SIZE, 2);
  if (loadNow(page) !== 2) return 2;
  store(other, 3);
  if (!pageMap(page, other)) return 3; // replaces a mapping that is in use
  if (loadNow(page) !== 3 || loadNow(page + PAGE_SIZE) !== 2) return 4;
  pageUnmap(page);
  pageUnmap(page + PAGE_SIZE);
  lockedFree(frame);
  lockedFree(other);
  return 0;
};

/** Scattered frames make one range, in reverse order. */
const framesMakeRange = (): i32 => {
  const page: i32 = pageWindowEnd() - PAGES * PAGE_SIZE;
  for (let i: i32 = PAGES - 1; i >= 0; i--) {
    const frame: i32 = frameCreate();
    if (frame === 0) return 1;
    if (!pageMap(page + i * PAGE_SIZE, frame)) return 2;
  }
  for (let offset: i32 = 0; offset < PAGES * PAGE_SIZE; offset += 4) store(page + offset, offset);
  for (let offset: i32 = 0; offset < PAGES * PAGE_SIZE; offset += 4) {
    if (loadNow(page + offset) !== offset) return 3;
  }
  for (let i: i32 = 0; i < PAGES; i++) {
    const frame: i32 = pageFrameOf(page + i * PAGE_SIZE);
    if (loadNow(frame) !== i * PAGE_SIZE) return 4;
    pageUnmap(page + i * PAGE_SIZE);
    lockedFree(frame);
  }
  return 0;
};

const heapPageUnmaps = (): i32 => {
  const block: i32 = lockedAlignedAlloc(PAGE_SIZE, 3 * PAGE_SIZE);
  store(block, 1);
  store(block + PAGE_SIZE, 2);
  store(block + 2 * PAGE_SIZE, 3);
  if (!pageUnmap(block + PAGE_SIZE)) return 1;
  if (pageIsReadable(block + PAGE_SIZE) || pageIsReadable(block + 2 * PAGE_SIZE - 1)) return 2;
  if (loadNow(block) !== 1 || loadNow(block + 2 * PAGE_SIZE) !== 3) return 3;
  if (!pageMap(block + PAGE_SIZE, block + PAGE_SIZE)) return 4;
  if (loadNow(block + PAGE_SIZE) !== 2) return 5;
  lockedFree(block);
  return 0;
};

const tablesGoBack = (): i32 => {
  const block: i32 = lockedAlignedAlloc(PAGE_SIZE, PAGE_SIZE);
  const before: i32 = suiteLiveBytes();
  if (!pageUnmap(block)) return 1;
  if (suiteLiveBytes() !== before + PAGE_SIZE) return 2; // one table
  if (!pageMap(block, block)) return 3;
  if (suiteLiveBytes() !== before) return 4;
  if (!pageMap(pageWindowStart(), block)) return 5;
  if (suiteLiveBytes() !== before + PAGE_SIZE) return 6;
  pageUnmap(pageWindowStart());
  if (suiteLiveBytes() !== before) return 7;
  lockedFree(block);
  return 0;
};

const mapWithoutMemory = (): i32 => {
  const frame: i32 = frameCreate();
  suiteExhaust();
  if (pageMap(pageWindowStart(), frame)) return 1;
  if (pageUnmap(frame)) return 2;
  if (!pageIsReadable(frame)) return 3;
  suiteRecover();
  if (!pageMap(pageWindowStart(), frame)) return 4;
  pageUnmap(pageWindowStart());
  lockedFree(frame);
  return 0;
};

const guardPageEndsWithThread = (): i32 => {
  const thread: i32 = threadCreate(KIND_RECURSE, 1);
  if (thread === 0) return 1;
  const guard: i32 = threadStackStart(thread) - PAGE_SIZE;
  if (pageIsReadable(guard)) return 2;
  threadJoin(thread);
  if (!pageIsReadable(guard)) return 3;
  return pageFrameOf(guard) === guard ? 0 : 4;
};

/** A thread that never ends: there is nobody to take the turn from. */
const createVictim = (): i32 => threadCreate(KIND_ALTERNATE, 1);

/** Makes the fault that a word on the command line asks for, if any; each ends the machine in its own way. */
const makeFault = (): void => {
  let thread: i32 = 0;
  if (commandLineHas('stack-overflow')) thread = threadCreate(KIND_RECURSE, 1000000);
  if (commandLineHas('guard-page')) thread = threadCreate(KIND_READ, threadStackStart(createVictim()) - 8);
  if (commandLineHas('unmapped-page')) thread = threadCreate(KIND_READ, pageWindowStart() + 4);
  if (commandLineHas('unmapped-block')) {
    const block: i32 = lockedAlignedAlloc(PAGE_SIZE, 3 * PAGE_SIZE);
    pageUnmap(block + PAGE_SIZE);
    thread = threadCreate(KIND_READ, block + PAGE_SIZE + 4);
  }
  if (thread !== 0) threadJoin(thread);
};

/** Runs the suite, or makes the fault that the command line asks for. Does not return. */
export const suitePaging = (): void => {
  suiteBegin(8);
  makeFault();
  suiteAnnounce('window_is_empty');
  suiteReport('window_is_empty', windowIsEmpty());
  suiteAnnounce('map_reaches_frame');
  suiteReport('map_reaches_frame', mapReachesFrame());
  suiteAnnounce('frames_map_twice');
  suiteReport('frames_map_twice', framesMapTwice());
  suiteAnnounce('frames_make_range');
  suiteReport('frames_make_range', framesMakeRange());
  suiteAnnounce('heap_page_unmaps');
  suiteReport('heap_page_unmaps', heapPageUnmaps());
  suiteAnnounce('tables_go_back');
  suiteReport('tables_go_back', tablesGoBack());
  suiteAnnounce('map_without_memory');
  suiteReport('map_without_memory', mapWithoutMemory());
  suiteAnnounce('guard_page_ends_with_thread');
  suiteReport('guard_page_ends_with_thread', guardPageEndsWithThread());
  suiteEnd();
};
