/**
 * Floor 3: which span a frame belongs to. One word a frame, so that free() and merging need a single look-up.
 *
 * The map's address is kept with the table's base frame already subtracted:
 * word of frame f = frameMap + 4f, for base <= f < base + 7T/8.
 */

import { load } from './memory.ts';
import { wordsFill } from './words.ts';
import { FRAME_SHIFT, STATE_EMPTY_PAGE_OFFSET, STATE_OUTSIDE_PAGE_OFFSET, WORD_SHIFT } from './layout.ts';
import { frameMapAddress, stateAddress } from './state.ts';

/**
 * What the map says where no page is: the empty page. As it has no free block, free() of an address that is no block
 * takes the slow path, and is noticed there, without a test of its own.
 */
export const noPage = (): i32 => stateAddress() + STATE_EMPTY_PAGE_OFFSET;

/** What the map says of a frame that is none of the heap's: a page like the empty one. */
export const outsidePage = (): i32 => stateAddress() + STATE_OUTSIDE_PAGE_OFFSET;

/** The descriptor of the span that holds `address`, as far as the map tells (layout.ts); noPage() or outsidePage() if none. */
export const pageOf = (address: i32): i32 => load(frameMapAddress() + (address >>> FRAME_SHIFT << WORD_SHIFT));

/** The map's word of `frame`. */
export const frameMapGet = (frame: i32): i32 => load(frameMapAddress() + (frame << WORD_SHIFT));

/** Sets the map's words of `count` frames, at least one, from `frame` on to `page`. */
export const frameMapFill = (frame: i32, count: i32, page: i32): void => {
  const start: i32 = frameMapAddress() + (frame << WORD_SHIFT);
  wordsFill(start, start + (count << WORD_SHIFT), page);
};
