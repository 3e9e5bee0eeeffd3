/**
 * Stress in the manner of the multi-threaded suites, on one thread: sizes weighted by powers of two, data verified
 * when it is freed, blocks handed from one worker to another, and survivors across rounds.
 */

import { calloc, free } from '../../../kernel-heap/index.ts';
import { load, remainder, store } from '../../../kernel-heap/memory.ts';
import {
  CASE_SEED, caseBegin, caseGood, caseLedger, caseRandom, caseValid, caseZeroed, ledgerBlock, snapshotRestored,
  snapshotTake,
} from './support.ts';

const STRESS_COOKIE: i32 = 0x1ce4e5b9;
const STRESS_WORKERS: i32 = 8;
/** Blocks that a worker keeps; worker w has the ledger's entries from w * STRESS_OWN on. */
const STRESS_OWN: i32 = 400;
/** Entry of the first block that is between two owners. */
const STRESS_TRANSFER: i32 = 8000;
const STRESS_TRANSFERS: i32 = 300;

/** Items of 4 bytes: 1, 2, 4, 8 or 16 of them; a hundred times as many in 1 % of all cases, a thousand in 0.1 %. */
const stressItems = (random: i32): i32 => {
  const items: i32 = 1 << remainder(random >>> 3, 5);
  const lot: i32 = remainder(random >>> 8, 1000);
  if (lot === 0) return items * 1000;
  if (lot < 11) return items * 100;
  return items;
};

/** A zeroed block of `items` words, each of which then tells how many follow; 0 if it cannot be had or is not zero. */
const stressAlloc = (items: i32): i32 => {
  const block: i32 = calloc(items, 4);
  if (block === 0) return 0;
  if (!caseGood(block, items << 2) || !caseZeroed(block, items << 2)) return 0;
  for (let index: i32 = 0; index < items; index++) {
    store((block + (index << 2)) | 0, (items - index) ^ STRESS_COOKIE);
  }
  return block;
};

/** Frees a block if there is one. False if any of its words is not what stressAlloc wrote. */
const stressFree = (block: i32): boolean => {
  if (block === 0) return true;
  const items: i32 = load(block) ^ STRESS_COOKIE;
  if (items < 1 || items > 16000) return false;
  for (let index: i32 = 0; index < items; index++) {
    if ((load((block + (index << 2)) | 0) ^ STRESS_COOKIE) !== items - index) return false;
  }
  free(block);
  return true;
};

/** Puts `block` into the ledger without a stamp: the blocks of this file carry a pattern of their own. */
const stressEnter = (ledger: i32, index: i32, block: i32): void => {
  store((ledger + (index << 3)) | 0, block);
};

/** One worker's share of a round; the number of the failed check, which follow those of the case, 0 if all is well. */
const stressWork = (ledger: i32, worker: i32, round: i32): i32 => {
  const own: i32 = worker * STRESS_OWN;
  let random: i32 = caseRandom((CASE_SEED + Math.imul(worker + 1, 43) + Math.imul(round, 7919)) | 0);
  const steps: i32 = 150 * (worker + 1);
  for (let step: i32 = 0; step < steps; step++) {
    random = caseRandom(random);
    const mine: i32 = own + remainder(random >>> 4, STRESS_OWN);
    random = caseRandom(random);
    const kind: i32 = remainder(random >>> 4, 100);
    if (kind < 60) {
      if (!stressFree(ledgerBlock(ledger, mine))) return 11;
      random = caseRandom(random);
      const block: i32 = stressAlloc(stressItems(random));
      if (block === 0) return 12;
      stressEnter(ledger, mine, block);
    } else if (kind < 80) {
      if (!stressFree(ledgerBlock(ledger, mine))) return 13;
      stressEnter(ledger, mine, 0);
    } else {
      const between: i32 = STRESS_TRANSFER + remainder(random >>> 12, STRESS_TRANSFERS);
      const block: i32 = ledgerBlock(ledger, mine);
      stressEnter(ledger, mine, ledgerBlock(ledger, between));
      stressEnter(ledger, between, block);
    }
  }
  // What the worker still has is freed, but for one in four: those outlive it.
  for (let index: i32 = own; index < own + STRESS_OWN; index++) {
    random = caseRandom(random);
    if ((random & 3) !== 0) {
      if (!stressFree(ledgerBlock(ledger, index))) return 14;
      stressEnter(ledger, index, 0);
    }
  }
  return 0;
};

/** Eight workers a round, ten rounds; half of the blocks between owners survive each round. */
export const stress = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let round: i32 = 0; round < 10; round++) {
    for (let worker: i32 = 0; worker < STRESS_WORKERS; worker++) {
      const failed: i32 = stressWork(ledger, worker, round);
      if (failed !== 0) return failed;
    }
    if (!caseValid()) return 2;
    for (let index: i32 = round & 1; index < STRESS_TRANSFERS; index += 2) {
      if (!stressFree(ledgerBlock(ledger, STRESS_TRANSFER + index))) return 3;
      stressEnter(ledger, STRESS_TRANSFER + index, 0);
    }
    if (!caseValid()) return 4;
  }
  for (let index: i32 = 0; index < STRESS_TRANSFER + STRESS_TRANSFERS; index++) {
    if (!stressFree(ledgerBlock(ledger, index))) return 5;
    stressEnter(ledger, index, 0);
  }
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};
