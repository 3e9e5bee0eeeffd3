/** Cores that are wrong on purpose, each by one small change, and the suites that must notice. */

import { PLANS } from '../fuzz/operations.ts';
import type { Change } from './overrides.ts';

/** A change of memory.ts is one of the compiled core alone, as the TypeScript runs over a shim of it. */
export interface Mutant extends Change {
  /** Cases of the contract that must fail. */
  cases: string[];
  /** Shapes of random runs (tests/fuzz/operations.ts) that must fail. */
  plans: string[];
}

const EVERY_PLAN = Object.keys(PLANS);

export const MUTANTS: Mutant[] = [
  {
    name: 'a node in front of what becomes free is forgotten',
    file: 'buddy.ts',
    original: 'first += 1 - (bitmapMerge(levels, first - 1) << 1);',
    replacement: 'if (from < to) first++;\n      else first += 1 - (bitmapMerge(levels, first - 1) << 1);',
    cases: ['free_count_per_order_restored', 'malloc_free_orders', 'extend_empty_heap'],
    plans: EVERY_PLAN,
  },
  {
    name: 'the last frame of what is taken stays free',
    file: 'buddy.ts',
    original: 'void => buddyTurn(frame + count, frame);',
    replacement: 'void => {\n  if (count > 1) buddyTurn(frame + count - 1, frame);\n  else buddyTurn(frame + count, frame);\n};',
    cases: ['malloc_within_region', 'exhaustion_random_sizes'],
    plans: ['fixed region', 'small region'],
  },
  {
    name: 'a doubling counts as two size classes',
    file: 'size-class.ts',
    original: '(doubling << 2) + (last',
    replacement: '(doubling << 1) + (last',
    cases: ['malloc_every_small_size', 'malloc_around_powers_of_two'],
    plans: EVERY_PLAN,
  },
  {
    name: 'a full page never returns to its queue',
    file: 'page-queue.ts',
    original: 'if (pageIsFull(page)) {\n    queueRemove(page);',
    replacement: 'if (page == 0) {\n    queueRemove(page);',
    cases: ['exhaustion_16_bytes', 'malloc_random_replacement'],
    plans: EVERY_PLAN,
  },
  {
    name: 'realloc forgets the bytes behind the last multiple of 16',
    file: 'heap.ts',
    original: 'copy(block, ptr, minimum(size, usable));',
    replacement: 'copy(block, ptr, minimum(size, usable) & -16);',
    cases: ['realloc_random', 'realloc_shrink'],
    plans: EVERY_PLAN,
  },
  {
    name: 'calloc clears one element only',
    file: 'heap.ts',
    original: 'fill(block, 0, bytes)',
    replacement: 'fill(block, 0, size)',
    cases: ['zeroinit_calloc_small', 'zeroinit_calloc_large', 'calloc_product'],
    plans: EVERY_PLAN,
  },
  {
    name: 'a page that is in use again is released from the table',
    file: 'retire.ts',
    original: 'if (used == 0) pageRelease(page);',
    replacement: 'pageRelease(page);',
    cases: ['malloc_random_replacement', 'heap_new_and_destroy_repeatedly'],
    plans: EVERY_PLAN,
  },
  {
    name: 'a large block grows over what stands behind it',
    file: 'large.ts',
    original: 'return runEnd >= endFrame;',
    replacement: 'return runEnd != firstFrame;',
    cases: ['realloc_grow', 'realloc_random'],
    plans: ['growing', 'fixed region'],
  },
  {
    name: 'a larger frame table forgets what was free in the old one',
    file: 'table.ts',
    original: 'index != oldCapacity >>> 4',
    replacement: 'index != 1',
    cases: ['add_region_adjacent'],
    plans: ['growing'],
  },
  {
    name: 'the compiler takes addresses for signed numbers',
    file: 'memory.ts',
    original: 'i32.lt_u',
    replacement: 'i32.lt_s',
    cases: [],
    plans: EVERY_PLAN,
  },
];
