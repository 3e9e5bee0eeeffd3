/**
 * Floor 8: a walk over all frames of all regions, span by span, for heap_check and heap_stats. Read-only.
 *
 *     let frame = walkFirst();
 *     while (frame != 0) { … frame = walkNext(frame); }
 */

import { load } from './memory.ts';
import { STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_END_FRAME_OFFSET } from './layout.ts';
import { stateAddress } from './state.ts';
import { frameMapGet, noPage, outsidePage } from './frame-table.ts';
import { buddySpanFrames } from './buddy.ts';
import { pageFrames } from './page.ts';
import { tableEnd, tableFrame, tableSpanFrames } from './table.ts';

/** The length in frames of the span that begins at `frame`, free or not; 0 if the frame table is broken there. */
export const walkSpanFrames = (frame: i32): i32 => {
  const page: i32 = frameMapGet(frame);
  if (page != noPage()) return pageFrames(page);
  const state: i32 = stateAddress();
  if (frame == tableFrame(state)) return tableSpanFrames(load(state + STATE_CAPACITY_OFFSET));
  return buddySpanFrames(frame);
};

/** The first frame of a region from `from` on; 0 if there is none. */
const walkFrom = (from: i32): i32 => {
  // The first page of descriptors stands before the first region.
  const descriptors: i32 = load(stateAddress() + STATE_END_FRAME_OFFSET) - 1;
  const end: i32 = tableEnd();
  for (let frame: i32 = from; frame < end; frame++) {
    if (frameMapGet(frame) != outsidePage() && frame != descriptors) return frame;
  }
  return 0;
};

/** The first frame of the first region. */
export const walkFirst = (): i32 => walkFrom(load(stateAddress() + STATE_BASE_FRAME_OFFSET));

/** The first frame of the span behind the one that begins at `frame`; 0 at the end, or where nothing leads on. */
export const walkNext = (frame: i32): i32 => {
  const length: i32 = walkSpanFrames(frame);
  if (length <= 0) return 0;
  return walkFrom(frame + length);
};
