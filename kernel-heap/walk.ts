/**
 * Floor 8: a walk over all frames of all regions, span by span, for heap_check and heap_stats. Read-only.
 *
 *     let frame = walkFirst();
 *     while (frame != 0) { … frame = walkNext(frame); }
 */

import { load } from './memory.ts';
import { REGION_END_OFFSET } from './layout.ts';
import { frameMapGet, noPage } from './frame-table.ts';
import { buddySpanFrames } from './buddy.ts';
import { pageFrames } from './page.ts';
import { regionCount, regionEntry } from './table.ts';

/** The length in frames of the span that begins at `frame`, free or not; 0 if the frame table is broken there. */
export const walkSpanFrames = (frame: i32): i32 => {
  const page: i32 = frameMapGet(frame);
  if (page == noPage()) return buddySpanFrames(frame);
  return pageFrames(page);
};

/** The first frame of the first region. */
export const walkFirst = (): i32 => load(regionEntry(0));

/** The first frame of the span behind the one that begins at `frame`; 0 at the end, or where nothing leads on. */
export const walkNext = (frame: i32): i32 => {
  const length: i32 = walkSpanFrames(frame);
  if (length <= 0) return 0;
  const next: i32 = frame + length;
  const regions: i32 = regionCount();
  for (let index: i32 = 0; index < regions; index++) {
    const entry: i32 = regionEntry(index);
    if (load(entry + REGION_END_OFFSET) == next) {
      if (index + 1 == regions) return 0;
      return load(regionEntry(index + 1));
    }
  }
  return next;
};

/** The number of frames of all regions. */
export const walkFrameCount = (): i32 => {
  const regions: i32 = regionCount();
  let frames: i32 = 0;
  for (let index: i32 = 0; index < regions; index++) {
    const entry: i32 = regionEntry(index);
    frames += load(entry + REGION_END_OFFSET) - load(entry);
  }
  return frames;
};
