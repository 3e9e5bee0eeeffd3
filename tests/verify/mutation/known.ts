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
    original: 'const set: i32 = bitmapTest(levels, node);',
    replacement: 'const set: i32 = bitmapTest(levels, node ^ 1);',
    profile: 'release',
  },
  {
    name: 'a lone block is dropped when it has no buddy to merge with',
    file: 'bitmap.ts',
    original: 'let index: i32 = node ^ set ^ 1;',
    replacement: 'if (set == 0) return 0;\n  let index: i32 = node;',
    profile: 'release',
  },
  {
    name: 'blocks are kept apart within one order only: the rest of a split overlaps what is handed out',
    file: 'buddy.ts',
    original: 'void => buddyTurn(frame + count, frame);',
    replacement: 'void => buddyTurn(frame + maximum(count - 1, 1), frame);',
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
    original: 'return runEnd >= endFrame;',
    replacement: 'return runEnd != 0;',
    profile: 'release',
  },
  {
    name: 'a moving realloc loses the end of the contents',
    file: 'heap.ts',
    original: 'copy(block, ptr, minimum(size, usable));',
    replacement: 'copy(block, ptr, minimum(size, usable) & -64);',
    profile: 'release',
  },
  {
    name: 'an empty page is lost: it leaves the table without being given back',
    file: 'retire.ts',
    original: 'if (former != 0) retiredEvict(former);',
    replacement: 'if (former != 0) pageSetRetired(former, 0);',
    profile: 'release',
  },
  {
    name: 'a block that has no room behind it gives back the beginning of the next one',
    file: 'retire.ts',
    original: '  if (rest == 0) return;\n',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'frames that no block was carved from are kept back when there are no others',
    file: 'span.ts',
    original: '  pagesTrim();\n  return spanAllocPresent(count, alignmentOrder);',
    replacement: '  return spanAllocPresent(count, alignmentOrder);',
    profile: 'release',
  },
  {
    name: 'heap_trim leaves the frames that no block was carved from',
    file: 'span.ts',
    original: '  pagesTrim();\n  return before - load(used);',
    replacement: '  return before - load(used);',
    profile: 'release',
  },
  {
    name: 'a full page takes the place of the first that is not full',
    file: 'page-queue.ts',
    original: '    pageTurnFull(page);\n    queuePush(page);',
    replacement: '    pageTurnFull(page);\n    queuePushFull(page);',
    profile: 'release',
  },
  {
    name: 'the frames of a new region count as those of no region',
    file: 'region.ts',
    original: 'frameMapFill(firstFrame, frames, noPage());',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'a walk goes through the frames of no region',
    file: 'walk.ts',
    original: 'if (frameMapGet(frame) != outsidePage() && frame != descriptors) return frame;',
    replacement: 'if (frame != descriptors) return frame;',
    profile: 'release',
  },
  {
    name: 'a page that shrinks gives back a frame too many',
    file: 'retire.ts',
    original: 'buddyFree(first, rest);',
    replacement: 'buddyFree(first, rest + 1);',
    profile: 'release',
  },
  {
    name: 'an empty page of descriptors is never given back',
    file: 'retire.ts',
    original: ': void => blockFree(pageOf(descriptor), descriptor);',
    replacement: ': void => {\n  queueFree(pageOf(descriptor), descriptor);\n};',
    profile: 'release',
  },
  {
    name: 'a page of descriptors that is given back frees its own',
    file: 'retire.ts',
    original: 'if (pageBin(page) != BIN_DESCRIPTOR) descriptorFree(page);',
    replacement: 'descriptorFree(page);',
    profile: 'release',
  },
  {
    name: 'a run of free frames is taken without a look at its end',
    file: 'buddy.ts',
    original: 'if (buddyRunEdge(inside, 1, end) < end) return 0;',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'a run of free frames is not looked for around the shortest nodes that it may have',
    file: 'buddy.ts',
    original: 'buddyFind(log2Floor(count + 1) - 1, count',
    replacement: 'buddyFind(log2Floor(count + 1), count',
    profile: 'release',
  },
  {
    name: 'the search for a free node begins in the order below',
    file: 'buddy.ts',
    original: 'let node: i32 = bitmapRow(last, order);',
    replacement: 'let node: i32 = bitmapRow(last, maximum(order, 1) - 1);',
    profile: 'release',
  },
  {
    name: 'the frames of a large block are lost when there is no descriptor for it',
    file: 'span.ts',
    original: 'buddyFree(frame, span);',
    replacement: '',
    profile: 'release',
  },
  {
    name: 'blocks are carved behind the end of their page',
    file: 'page.ts',
    original: 'room = minimum(room, FRAME_SIZE) - size;',
    replacement: 'room = FRAME_SIZE - size;',
    profile: 'release',
  },
];
