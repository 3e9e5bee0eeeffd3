/**
 * The kernel as its own test: threads, page tables, pools and stores at work, reported case by case (case-report.ts).
 * Every case leaves the heap valid and with as many live bytes as it found.
 */
import { heap_stats } from '../../kernel-heap/index.ts';
import { load, store } from '../../kernel-heap/memory.ts';
import { STATS_BLOCK_BYTES_OFFSET, STATS_SIZE } from '../../kernel-heap/stats-layout.ts';
import { reportAnnounce, reportPlan, reportEnd, reportVerdict } from './case-report.ts';
import { EXIT_OUT_OF_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import { lockedFree, lockedHeapCheck, lockedMalloc } from './heap-lock.ts';
import { heapReportCompare } from './heap-report.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import { threadsStart, threadsStop } from './thread.ts';

/** Reported in place of a check's number: the heap is broken after the case. */
const CHECK_HEAP: i32 = 1001;

/** Reported in place of a check's number: the case did not give back what it took. */
const CHECK_LIVE_BYTES: i32 = 1002;

let figures: i32 = 0;
let liveBytes: i32 = 0;

/** Bytes in live blocks, of all heaps. O(frames). */
export const suiteLiveBytes = (): i32 => {
  const held: i32 = interruptsHold();
  heap_stats(figures);
  interruptsRelease(held);
  return load(figures + STATS_BLOCK_BYTES_OFFSET);
};

/** Starts threads and paging and says how many cases are to come; from here on other threads can run. */
export const suiteBegin = (cases: i32): void => {
  figures = lockedMalloc(STATS_SIZE);
  if (figures === 0 || !threadsStart()) fail(EXIT_OUT_OF_MEMORY, 'no memory for the first thread, of size', STATS_SIZE);
  reportPlan(cases);
};

/** Says which case comes next. */
export const suiteAnnounce = (name: string): void => {
  reportAnnounce(name);
  liveBytes = suiteLiveBytes();
};

/** Reports a case: `check` is 0, or the number of the check that failed. */
export const suiteReport = (name: string, check: i32): void => {
  let verdict: i32 = check;
  if (verdict === 0 && lockedHeapCheck() !== 0) verdict = CHECK_HEAP;
  if (verdict === 0 && suiteLiveBytes() !== liveBytes) verdict = CHECK_LIVE_BYTES;
  reportVerdict(name, verdict);
};

/** Ends threads; compares the free memory with what it was at boot; counts up and powers off. */
export const suiteEnd = (): void => {
  threadsStop();
  lockedFree(figures);
  heapReportCompare();
  reportEnd();
};

let chain: i32 = 0;

/** Takes all memory, in ever smaller blocks. */
export const suiteExhaust = (): void => {
  for (let size: i32 = 0x1000000; size >= 16; size >>= 1) {
    let block: i32 = lockedMalloc(size);
    while (block !== 0) {
      store(block, chain);
      chain = block;
      block = lockedMalloc(size);
    }
  }
};

/** Frees what suiteExhaust() took last, until nothing of it is left; false when nothing was. */
export const suiteRecoverOne = (): boolean => {
  if (chain === 0) return false;
  const before: i32 = load(chain);
  lockedFree(chain);
  chain = before;
  return true;
};

/** Frees everything that suiteExhaust() took. */
export const suiteRecover = (): void => {
  while (suiteRecoverOne()) {}
};
