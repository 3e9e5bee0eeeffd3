/** Floor 11: what the debug profile counts, and tells the recording that is going on. Debug profile only. */

import { lessThan, load, store } from './memory.ts';
import { SMALL_SIZE_MAX } from './layout.ts';
import {
  DEBUG_LIVE_BYTES_OFFSET, DEBUG_LIVE_COUNT_OFFSET, DEBUG_LIVE_LARGE_OFFSET, DEBUG_NUMBER_OFFSET, RECORD_BLOCK_OFFSET,
  RECORD_BYTES_OFFSET, RECORD_PTR_OFFSET,
} from './debug-layout.ts';
import { STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_LARGE_BLOCKS_OFFSET } from './stats-layout.ts';
import { RECORDING_BUG_OFFSET, RECORDING_FIRST_OFFSET } from './recording-layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { recordAlloc, recordBegin, recordFree, recordingCurrent } from './recorder.ts';
import { bugCount } from './debug-report.ts';

/** Adds `amount` to the debug state's word at `offset`. */
export const countAdd = (offset: i32, amount: i32): void => {
  const word: i32 = stateAddress() + offset;
  store(word, load(word) + amount);
};

/** Counts the block of `record` as live (`sign` 1) or no longer so (-1). */
export const recordCount = (record: i32, sign: i32): void => {
  countAdd(DEBUG_LIVE_COUNT_OFFSET, sign);
  countAdd(DEBUG_LIVE_BYTES_OFFSET, Math.imul(sign, load(record + RECORD_BYTES_OFFSET)));
  if (lessThan(SMALL_SIZE_MAX, load(record + RECORD_BYTES_OFFSET))) countAdd(DEBUG_LIVE_LARGE_OFFSET, sign);
};

/** The alignment of the block of `record`: what was asked for, RED_ZONE_SIZE at least. */
export const recordAlignment = (record: i32): i32 => load(record + RECORD_PTR_OFFSET) - load(record + RECORD_BLOCK_OFFSET);

/** Tells the recording that is going on that the block of `record` was allocated. */
export const tellAlloc = (record: i32): void => {
  recordAlloc(recordingCurrent(), load(record + RECORD_PTR_OFFSET), load(record + RECORD_BYTES_OFFSET), recordAlignment(record));
};

/** Tells it that the block of `record` was freed as what it is. */
export const tellFree = (record: i32): void => {
  recordFree(recordingCurrent(), load(record + RECORD_PTR_OFFSET), load(record + RECORD_BYTES_OFFSET), recordAlignment(record));
};

/** Corrects the figures in the record at `out` (stats-layout.ts): live blocks are those of the caller. */
export const debugStats = (out: i32): void => {
  if (!heapExists()) return;
  const state: i32 = stateAddress();
  store(out + STATS_BLOCKS_OFFSET, load(state + DEBUG_LIVE_COUNT_OFFSET));
  store(out + STATS_LARGE_BLOCKS_OFFSET, load(state + DEBUG_LIVE_LARGE_OFFSET));
  store(out + STATS_BLOCK_BYTES_OFFSET, load(state + DEBUG_LIVE_BYTES_OFFSET));
};

/** recordBegin, and remembers where the heap's own numbers stand. */
export const debugRecordBegin = (recording: i32): void => {
  recordBegin(recording);
  if (!heapExists()) return;
  store(recording + RECORDING_FIRST_OFFSET, load(stateAddress() + DEBUG_NUMBER_OFFSET));
  store(recording + RECORDING_BUG_OFFSET, bugCount());
};
