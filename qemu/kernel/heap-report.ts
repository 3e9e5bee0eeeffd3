/** What the heap says of itself: validity and counters. */
import { heap_check, heap_stats, heap_trim } from '../../kernel-heap/index.ts';
import { load } from '../../kernel-heap/memory.ts';
import {
  STATS_FREE_FRAMES_OFFSET, STATS_FREE_SPANS_OFFSET, STATS_FRAMES_OFFSET, STATS_ORDER_COUNT, STATS_REGIONS_OFFSET, STATS_SIZE,
} from '../../kernel-heap/stats-layout.ts';
import { consolePrint, consolePrintCount, consolePrintDecimal } from './console.ts';
import { EXIT_CHECK_FAILED, EXIT_MEMORY_LOST } from './exit-code.ts';
import { fail } from './failure.ts';

/** 4 KiB of zeroed static data, aligned to words: room for two sets of counters. */
declare const staticArea: () => i32;

const statsAtBoot = (): i32 => staticArea();

const statsNow = (): i32 => staticArea() + STATS_SIZE;

let checks: i32 = 0;

/** Checks the whole heap; ends the run if an invariant is broken. */
export const heapReportCheck = (): void => {
  const code: i32 = heap_check();
  if (code !== 0) fail(EXIT_CHECK_FAILED, 'heap_check() found broken invariant', code);
  checks++;
};

/** How often heapReportCheck() found the heap valid. */
export const heapReportChecks = (): i32 => checks;

/** Bytes in free frames. */
export const heapReportFreeSize = (): i32 => {
  heap_stats(statsNow());
  return load(statsNow() + STATS_FREE_FRAMES_OFFSET) << 12;
};

/** Takes the counters that heapReportCompare() will compare with, and prints the totals. */
export const heapReportBoot = (): void => {
  heap_stats(statsAtBoot());
  consolePrintCount('  ', load(statsAtBoot() + STATS_FREE_FRAMES_OFFSET), ' frames free of ');
  consolePrintDecimal(load(statsAtBoot() + STATS_FRAMES_OFFSET));
  consolePrintCount(' in ', load(statsAtBoot() + STATS_REGIONS_OFFSET), ' regions; free spans by order:');
  for (let order: i32 = 0; order < STATS_ORDER_COUNT; order++) {
    consolePrintCount(' ', load(statsAtBoot() + STATS_FREE_SPANS_OFFSET + (order << 2)), '');
  }
  consolePrint('\n');
};

/** After everything was freed: ends the run unless the free spans of every order are as many as at boot. */
export const heapReportCompare = (): void => {
  heap_trim();
  heap_stats(statsNow());
  for (let order: i32 = 0; order < STATS_ORDER_COUNT; order++) {
    const place: i32 = STATS_FREE_SPANS_OFFSET + (order << 2);
    if (load(statsNow() + place) !== load(statsAtBoot() + place)) {
      fail(EXIT_MEMORY_LOST, 'everything is freed, and the count of free spans differs from that at boot for order', order);
    }
  }
};
