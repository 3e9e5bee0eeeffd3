/**
 * Floor 6: what becomes of an empty page.
 *
 * It stays usable where it is and enters a ring of RETIRED_COUNT pages; the page that it displaces there is given back
 * to the buddy if it is empty still. So a program that goes to and fro over the edge of a page does not pay for it,
 * memory is not kept from other sizes for long, and no step walks over more pages than the ring has. When frames run
 * short, the whole ring is emptied before the memory grows.
 */

import { load, load16, store, store16 } from './memory.ts';
import {
  BIN_DESCRIPTOR, PAGE_FRAMES_OFFSET, PAGE_RETIRED, PAGE_USED_OFFSET, RETIRED_COUNT, STATE_RETIRED_CURSOR_OFFSET,
  STATE_RETIRED_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { stateAddress } from './state.ts';
import { frameMapFill, noPage, pageOf } from './frame-table.ts';
import { buddyFree } from './buddy.ts';
import {
  binMappedFrames, pageBin, pageFirstFrame, pageFrames, pageQueue, pageSetRetired,
  pageUsed,
} from './page.ts';
import { queueAddFrames, queueFree, queueHead, queueOf, queueRemove } from './page-queue.ts';

/**
 * Gives the frames of `page` behind its first `frames`, if there are any, back to the buddy. O(log capacity), and the map's
 * words.
 */
export const pageShrink = (page: i32, frames: i32): void => {
  const first: i32 = pageFirstFrame(page) + frames;
  const rest: i32 = pageFrames(page) - frames;
  if (rest == 0) return;
  store(page + PAGE_FRAMES_OFFSET, frames);
  queueAddFrames(pageQueue(page), 0 - rest);
  frameMapFill(first, binMappedFrames(pageBin(page), rest), noPage());
  buddyFree(first, rest);
};

/** Takes `page` out of its queue and gives its frames back to the buddy. The descriptor is still the caller's. */
export const pageReleaseFrames = (page: i32): void => {
  pageShrink(page, 0);
  queueRemove(page);
};

/**
 * Frees a page descriptor. An emptied page of descriptors needs none of its own, hence no place in the ring: it is given
 * back at once, unless descriptors come from it just now.
 */
export const descriptorFree = (descriptor: i32): void => {
  const page: i32 = pageOf(descriptor);
  if (queueFree(page, descriptor) != 0) return;
  if (queueHead(queueOf(stateAddress(), BIN_DESCRIPTOR)) != page) pageReleaseFrames(page);
};

/**
 * Gives back an empty page, or the span of a large block: out of its queue, its frames to the buddy, its descriptor to
 * the pool. It must not be in the ring.
 */
export const pageRelease = (page: i32): void => {
  pageReleaseFrames(page);
  descriptorFree(page);
};

/** Takes `page` out of the ring: released if it is empty still. */
const retiredEvict = (page: i32): void => {
  const used: i32 = pageUsed(page);
  store16(page + PAGE_USED_OFFSET, used);
  if (used == 0) pageRelease(page);
};

/** Puts `page`, which has just become empty, into the ring. O(log capacity). */
export const retiredPush = (page: i32): void => {
  const state: i32 = stateAddress();
  const cursor: i32 = load(state + STATE_RETIRED_CURSOR_OFFSET);
  const slot: i32 = state + STATE_RETIRED_OFFSET + (cursor << WORD_SHIFT);
  const oldest: i32 = load(slot);
  store(slot, page);
  store16(page + PAGE_USED_OFFSET, PAGE_RETIRED); // none is used
  store(state + STATE_RETIRED_CURSOR_OFFSET, (cursor + 1) & (RETIRED_COUNT - 1));
  if (oldest != 0) retiredEvict(oldest);
};

/** Empties the ring. */
export const retiredFlush = (): void => {
  let slot: i32 = stateAddress() + STATE_RETIRED_OFFSET;
  const end: i32 = slot + (RETIRED_COUNT << WORD_SHIFT);
  while (slot != end) {
    const page: i32 = load(slot);
    store(slot, 0);
    if (page != 0) retiredEvict(page);
    slot += 4;
  }
};

/** Gives back the page that descriptors come from, if it is empty; no other one is. */
export const descriptorTrim = (): void => {
  const page: i32 = queueHead(queueOf(stateAddress(), BIN_DESCRIPTOR));
  if (page == 0) return;
  if (load16(page + PAGE_USED_OFFSET) == 0) pageReleaseFrames(page); // never in the ring, hence without a mark
};

/** Takes `page` out of the ring if it is there, whatever it holds. */
export const retiredForget = (page: i32): void => {
  let slot: i32 = stateAddress() + STATE_RETIRED_OFFSET;
  const end: i32 = slot + (RETIRED_COUNT << WORD_SHIFT);
  while (slot != end) {
    if (load(slot) == page) store(slot, 0);
    slot += 4;
  }
  pageSetRetired(page, 0);
};
