/**
 * Floor 6: what becomes of an empty page.
 *
 * It stays usable where it is and enters a table of RETIRED_COUNT pages, in the slot that the address of its descriptor
 * tells; the page that it displaces there is given back to the buddy if it is empty still. So a program that goes to and fro
 * over the edge of a page does not pay for it, memory is not kept from other sizes for long, and no step walks over more
 * pages than the table has. When frames run short, the whole table is emptied before the memory grows.
 *
 * Descriptors of pages that were made one after the other lie side by side, so that they rarely meet in a slot. A ring that
 * displaces the oldest page, with pages of descriptors given back at once, took 45 bytes more, and 312 instructions for 275
 * in replacement of large blocks.
 */

import { load, store, store16 } from './memory.ts';
import {
  BIN_DESCRIPTOR, DESCRIPTOR_SHIFT, PAGE_FRAMES_OFFSET, PAGE_RETIRED, PAGE_USED_OFFSET, RETIRED_COUNT,
  STATE_RETIRED_OFFSET, WORD_SHIFT,
} from './layout.ts';
import { stateAddress } from './state.ts';
import { frameMapFill, noPage, pageOf } from './frame-table.ts';
import { buddyFree } from './buddy.ts';
import {
  binMappedFrames, pageBin, pageFirstFrame, pageFrames, pageQueue, pageSetRetired,
  pageUsed,
} from './page.ts';
import { queueAddFrames, queueFree, queueRemove } from './page-queue.ts';

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

/** Where in the table `page` stands while it is retired. */
export const retiredSlot = (page: i32): i32 => {
  const offset: i32 = (page >>> (DESCRIPTOR_SHIFT - WORD_SHIFT)) & ((RETIRED_COUNT - 1) << WORD_SHIFT);
  return stateAddress() + STATE_RETIRED_OFFSET + offset;
};

/**
 * Gives back an empty page, or the span of a large block: out of its queue, its frames to the buddy, its descriptor to
 * the pool. It must not be in the table.
 */
export const pageRelease = (page: i32): void => {
  pageShrink(page, 0);
  queueRemove(page);
  // That of a page of descriptors lies in itself.
  // eslint-disable-next-line no-use-before-define -- the page that it empties may have to be given back in turn
  if (pageBin(page) != BIN_DESCRIPTOR) descriptorFree(page);
};

/** Takes `page` out of the table: released if it is empty still. */
const retiredEvict = (page: i32): void => {
  const used: i32 = pageUsed(page);
  store16(page + PAGE_USED_OFFSET, used);
  if (used == 0) pageRelease(page);
};

/**
 * Puts `page`, which has just become empty, into the table. O(log capacity): the page that it displaces may have had the
 * last descriptor of a page of these, which then enters the table as well, but at most twice: all of them have the same
 * slot, and their own descriptors in themselves. (It may be `page` that is displaced.)
 */
export const retiredPush = (page: i32): void => {
  const slot: i32 = retiredSlot(page);
  const former: i32 = load(slot);
  store(slot, page);
  store16(page + PAGE_USED_OFFSET, PAGE_RETIRED); // none is used
  if (former != 0) retiredEvict(former);
};

/** Frees `block`, a block or a descriptor of `page`, which is retired if it is empty now. */
export const blockFree = (page: i32, block: i32): void => {
  if (queueFree(page, block) == 0) retiredPush(page);
};

/** Frees a page descriptor. */
export const descriptorFree = (descriptor: i32): void => blockFree(pageOf(descriptor), descriptor);

/**
 * Empties the table. From its end on, as the pages of descriptors that become empty meanwhile enter the first slot: their
 * descriptors stand at the start of a frame.
 */
export const retiredFlush = (): void => {
  const before: i32 = stateAddress() + STATE_RETIRED_OFFSET - 4;
  let slot: i32 = before + (RETIRED_COUNT << WORD_SHIFT);
  do {
    const page: i32 = load(slot);
    if (page == 0) {
      slot -= 4;
    } else {
      store(slot, 0);
      retiredEvict(page);
    }
  } while (slot != before);
};

/** Takes `page` out of the table if it is there, whatever it holds. */
export const retiredForget = (page: i32): void => {
  const slot: i32 = retiredSlot(page);
  if (load(slot) == page) store(slot, 0);
  pageSetRetired(page, 0);
};
