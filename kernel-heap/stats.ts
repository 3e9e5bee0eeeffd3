/** Floor 9: exact figures of the heap, counted when asked, so that malloc and free need not keep them. */

import { load, store } from './memory.ts';
import { log2Floor } from './bits.ts';
import {
  BIN_DESCRIPTOR, BIN_IDLE, STATE_USED_FRAMES_OFFSET, STATE_USED_FRAMES_PEAK_OFFSET,
  WORD_SHIFT,
} from './layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { frameMapGet, noPage } from './frame-table.ts';
import { pageBin, pageBlockSize, pageIsLarge, pageUsed } from './page.ts';
import { tableFrame } from './table.ts';
import { walkFirst, walkNext, walkSpanFrames } from './walk.ts';
import {
  STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_EMPTY_PAGES_OFFSET, STATS_FRAMES_OFFSET,
  STATS_FREE_FRAMES_OFFSET, STATS_FREE_SPANS_OFFSET, STATS_LARGE_BLOCKS_OFFSET, STATS_METADATA_FRAMES_OFFSET,
  STATS_PAGES_OFFSET, STATS_PEAK_FRAMES_OFFSET, STATS_REGIONS_OFFSET, STATS_SIZE, STATS_SIZE_OFFSET, STATS_VERSION,
  STATS_VERSION_OFFSET,
} from './stats-layout.ts';

/** Adds `amount` to the word at `address`. */
const wordAdd = (address: i32, amount: i32): void => {
  store(address, load(address) + amount);
};

/** Writes the figures of all heaps together into the STATS_SIZE bytes at `out`. Zeros if there is no heap. O(frames). */
export const statsWrite = (out: i32): void => {
  const state: i32 = stateAddress();
  for (let offset: i32 = 0; offset < STATS_SIZE; offset += 4) store(out + offset, 0);
  store(out + STATS_VERSION_OFFSET, STATS_VERSION);
  store(out + STATS_SIZE_OFFSET, STATS_SIZE);
  if (!heapExists()) return;
  store(out + STATS_PEAK_FRAMES_OFFSET, load(state + STATE_USED_FRAMES_PEAK_OFFSET));
  let before: i32 = 0;
  let frame: i32 = walkFirst();
  while (frame != 0) {
    if (frame != before) wordAdd(out + STATS_REGIONS_OFFSET, 1);
    const page: i32 = frameMapGet(frame);
    const length: i32 = walkSpanFrames(frame);
    wordAdd(out + STATS_FRAMES_OFFSET, length);
    if (frame == tableFrame(state)) {
      wordAdd(out + STATS_METADATA_FRAMES_OFFSET, length);
    } else if (page == noPage()) {
      wordAdd(out + STATS_FREE_SPANS_OFFSET + (log2Floor(length) << WORD_SHIFT), 1);
    } else {
      const bin: i32 = pageBin(page);
      if (bin == BIN_DESCRIPTOR) {
        wordAdd(out + STATS_METADATA_FRAMES_OFFSET, length);
      } else if (bin == BIN_IDLE) {
        // Not merged yet, but free to whoever asks.
        wordAdd(out + STATS_FREE_FRAMES_OFFSET, length);
        wordAdd(out + STATS_FREE_SPANS_OFFSET + (log2Floor(length) << WORD_SHIFT), 1);
      } else if (pageIsLarge(page)) {
        wordAdd(out + STATS_BLOCKS_OFFSET, 1);
        wordAdd(out + STATS_LARGE_BLOCKS_OFFSET, 1);
        wordAdd(out + STATS_BLOCK_BYTES_OFFSET, pageBlockSize(page));
      } else {
        const used: i32 = pageUsed(page);
        wordAdd(out + STATS_PAGES_OFFSET, 1);
        if (used == 0) wordAdd(out + STATS_EMPTY_PAGES_OFFSET, 1);
        wordAdd(out + STATS_BLOCKS_OFFSET, used);
        wordAdd(out + STATS_BLOCK_BYTES_OFFSET, Math.imul(used, pageBlockSize(page)));
      }
    }
    before = frame + length;
    frame = walkNext(frame);
  }
  wordAdd(out + STATS_FREE_FRAMES_OFFSET, load(out + STATS_FRAMES_OFFSET) - load(state + STATE_USED_FRAMES_OFFSET));
};
