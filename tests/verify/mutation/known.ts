/** Bugs of published buddies that were called verified, and a few relatives, as changes of our sources. */

import type { Profile } from '../../../scripts/lib/profiles.ts';

export interface KnownBug {
  name: string;
  /** The file of kernel-heap/ that is changed, and the text in it that is replaced; it stands there exactly once. */
  file: string;
  original: string;
  replacement: string;
  profile: Profile;
}

export const KNOWN_BUGS: KnownBug[] = [
  {
    name: 'a free looks up the block instead of its buddy',
    file: 'bitmap.ts',
    original: 'const set: i32 = (word >>> node) & 1;',
    replacement: 'const set: i32 = (word >>> (node ^ 1)) & 1;',
    profile: 'release',
  },
  {
    name: 'a lone block is dropped when it has no buddy to merge with',
    file: 'bitmap.ts',
    original: 'const bit: i32 = 1 << (node ^ set ^ 1);',
    replacement: 'if (set == 0) return 0;\n  const bit: i32 = 1 << node;',
    profile: 'release',
  },
  {
    name: 'blocks are kept apart within one order only: the rest of a split overlaps what is handed out',
    file: 'buddy.ts',
    original: 'let rest: i32 = node + count;',
    replacement: 'let rest: i32 = node + count;\n  if (count > 1) rest--;',
    profile: 'release',
  },
  {
    name: 'a free accepts any address in range',
    file: 'live-map.ts',
    original: 'return rest != bits;',
    replacement: 'return true;',
    profile: 'hardened',
  },
  {
    name: 'the frame beyond the end looks free, and the last one merges with it',
    file: 'region.ts',
    original: 'buddyFree(freeFirst, freeEnd - freeFirst);',
    replacement: 'buddyFree(freeFirst, freeEnd - freeFirst + 1);',
    profile: 'release',
  },
  {
    name: 'what was in memory before counts: the state record is not cleared',
    file: 'region.ts',
    original: 'fill(state, 0, (first << FRAME_SHIFT) - state);',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'a block that grows in place takes frames without looking',
    file: 'large.ts',
    original: 'if (runEnd >= endFrame) return true;',
    replacement: 'if (runEnd != 0) return true;',
    profile: 'release',
  },
  {
    name: 'a moving realloc loses the end of the contents',
    file: 'heap.ts',
    original: 'copy(block, ptr, minimum(size, pageBlockSize(page)));',
    replacement: 'copy(block, ptr, minimum(size, pageBlockSize(page)) & -64);',
    profile: 'release',
  },
  {
    name: 'an empty page is lost: it leaves the ring without being given back',
    file: 'retire.ts',
    original: 'if (oldest != 0) retiredEvict(oldest);',
    replacement: 'if (oldest != 0) pageSetRetired(oldest, 0);',
    profile: 'release',
  },
  {
    name: 'frames that no block was carved from are kept back when there are no others',
    file: 'span.ts',
    original: '  pagesTrim();\n',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'a full page takes the place of the first that is not full',
    file: 'page-queue.ts',
    original: '  pageSetFull(page, 0);\n  queuePush(heap, bin, page);',
    replacement: '  pageSetFull(page, 0);\n  queuePushFull(heap, bin, page);',
    profile: 'release',
  },
];
