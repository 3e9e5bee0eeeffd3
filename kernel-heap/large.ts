/** Floor 8: large blocks, a span each, of exactly as many frames as the size needs. */

import { store } from './memory.ts';
import { BIN_LAZY, FRAME_SHIFT, PAGE_BLOCK_SIZE_OFFSET, PAGE_FRAMES_OFFSET } from './layout.ts';
import { HARDENED } from './profile.ts';
import { liveSet } from './live-map.ts';
import { buddyFree, buddyRunEdge, buddyTake } from './buddy.ts';
import { pageBin, pageFirstFrame, pageFrames } from './page.ts';
import { pageRelease, pageShrink } from './retire.ts';
import { regionEndsAt, regionGrow } from './region.ts';
import { lazyFits, lazyFree, lazyTrim } from './lazy.ts';
import { largeNew, spanAllocPresent } from './span.ts';

/**
 * The frames for `size` bytes, which are not 0. Counts rounded up to three binary digits or to a power of two cut fewer
 * nodes: where they are not lazy, replacing large blocks then took 808 or 711 instructions instead of 972, 14 or 21 % less
 * time; but blocks of 257 KiB could fill 80 or 50 % of a memory instead of 98.
 */
export const framesFor = (size: i32): i32 => ((size - 1) >>> FRAME_SHIFT) + 1;

/** A large block of `frames` frames, aligned to 2^alignmentOrder frames; 0 if there is no memory. */
export const largeAlloc = (heap: i32, frames: i32, alignmentOrder: i32): i32 => {
  const block: i32 = largeNew(heap, frames, alignmentOrder);
  if (HARDENED && block != 0) liveSet(block);
  return block;
};

/** Frees the large block of descriptor `page`. */
export const largeFree = (page: i32): void => {
  if (pageBin(page) == BIN_LAZY) lazyFree(page);
  else pageRelease(page);
};

/**
 * Whether the frames [firstFrame, endFrame) behind a block of `endFrame` - `blockFrame` frames are free. At the end of a
 * memory that grows they are had by growing it; but only if the block has no other place either: growing is for ever.
 */
const largeReaches = (blockFrame: i32, firstFrame: i32, endFrame: i32): boolean => {
  let runEnd: i32 = buddyRunEdge(firstFrame, 1, endFrame);
  if (runEnd < endFrame && regionEndsAt(runEnd)) {
    const frames: i32 = endFrame - blockFrame;
    const place: i32 = spanAllocPresent(frames, 0);
    if (place != 0) {
      buddyFree(place, frames);
    } else {
      regionGrow(endFrame - runEnd);
      // Others may have grown the memory as well, and a new frame table may stand here.
      runEnd = buddyRunEdge(firstFrame, 1, endFrame);
    }
  }
  return runEnd >= endFrame;
};

/**
 * Makes the large block of descriptor `page` `frames` frames long without moving it: the tail goes back to the buddy,
 * or the frames behind it are taken if they are free or can be had. Returns whether that was possible.
 */
export const largeResize = (page: i32, frames: i32): boolean => {
  let fits: boolean = false; // into the node of a lazy block
  if (pageBin(page) == BIN_LAZY) {
    fits = lazyFits(page, frames);
    if (!fits) lazyTrim(page);
  }
  if (!fits) {
    const before: i32 = pageFrames(page);
    const first: i32 = pageFirstFrame(page);
    const end: i32 = first + frames;
    if (frames < before) {
      pageShrink(page, frames);
    } else if (before < frames) {
      if (!largeReaches(first, first + before, end)) return false;
      buddyTake(first + before, frames - before);
      store(page + PAGE_FRAMES_OFFSET, frames);
    }
  }
  store(page + PAGE_BLOCK_SIZE_OFFSET, frames << FRAME_SHIFT);
  return true;
};
