/** Floor 8: what is wrong with an address that is not the start of a live block. Hardened profile only. */

import { lessThan, remainder } from './memory.ts';
import { BIN_COUNT, BIN_IDLE, FRAME_SHIFT } from './layout.ts';
import { frameMapGet, noPage } from './frame-table.ts';
import { liveCovers } from './live-map.ts';
import {
  PANIC_DOUBLE_FREE, PANIC_INVALID_FREE, PANIC_UNALIGNED_FREE,
} from './panic.ts';
import { pageBin, pageBlockSize, pageCarved, pageFrames, pageIsLarge, pageStart } from './page.ts';

/** The descriptor of the span that holds `address`; noPage() if none does. O(frames of the span). */
export const spanOf = (address: i32): i32 => {
  const last: i32 = address >>> FRAME_SHIFT;
  let frame: i32 = last;
  let page: i32 = frameMapGet(frame);
  // The map names a large block at its first frame only.
  while (page == noPage() && frame != 0) {
    frame--;
    if (!liveCovers(frame << FRAME_SHIFT)) return noPage();
    page = frameMapGet(frame);
  }
  if (page == noPage() || pageBin(page) == BIN_IDLE || !lessThan(last - frame, pageFrames(page))) return noPage();
  return page;
};

/** The PANIC_ code for freeing `address`, which is not the start of a live block. */
export const misuseOf = (address: i32): i32 => {
  if (!liveCovers(address)) return PANIC_INVALID_FREE;
  const page: i32 = spanOf(address);
  if (page == noPage()) return PANIC_INVALID_FREE;
  const bin: i32 = pageBin(page);
  if (pageIsLarge(page)) return PANIC_UNALIGNED_FREE;
  if (BIN_COUNT <= bin) return PANIC_INVALID_FREE;
  const size: i32 = pageBlockSize(page);
  const offset: i32 = address - pageStart(page);
  if (!lessThan(offset, Math.imul(pageCarved(page), size))) return PANIC_INVALID_FREE;
  if (remainder(offset, size) != 0) return PANIC_UNALIGNED_FREE;
  return PANIC_DOUBLE_FREE;
};
