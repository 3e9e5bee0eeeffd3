/** heap_check: silent on a healthy heap, and for every kind of damage exactly its code. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_DESCRIPTOR, BIN_IDLE, BIN_LARGE, BIN_LAZY, FRAME_MASK, FRAME_SHIFT, FRAME_SIZE, HEAP_DIRECT_OFFSET,
  LAZY_ORDER_MAX, PAGE_BIN_MASK, PAGE_CARVED_OFFSET, PAGE_FRAMES_OFFSET, PAGE_FREE_OFFSET,
  PAGE_BLOCK_SIZE_OFFSET, PAGE_NEXT_OFFSET, PAGE_PREV_OFFSET, PAGE_RETIRED, PAGE_START_OFFSET, PAGE_USED_OFFSET,
  QUEUE_HEAD_OFFSET, QUEUE_TAIL_OFFSET, RETIRED_COUNT, STATE_CAPACITY_OFFSET, STATE_EMPTY_PAGE_OFFSET,
  STATE_END_FRAME_OFFSET, STATE_GROWS_OFFSET, STATE_IDLE_COUNT_OFFSET, STATE_IDLE_OFFSET,
  STATE_LEVELS_OFFSET, STATE_BASE_FRAME_OFFSET, STATE_MAGIC_OFFSET, STATE_RETIRED_OFFSET, STATE_TABLE_END_OFFSET, STATE_USED_FRAMES_OFFSET,
} from '../../kernel-heap/layout.ts';
import { bitmapToggle, image, instantiate, regionsOf, stateWord, tableOf, unchanged, type Core } from './core.ts';

/** What the clobbers need to find. */
interface Scene {
  core: Core;
  /** The state record, and the main heap. */
  state: number;
  /** A page in the middle of its queue with several free blocks. */
  page: number;
  /** The page behind it. */
  next: number;
  /** A page of more than one frame. */
  longPage: number;
  /** Two full pages, one after the other, before the first page of that queue that is not full. */
  fullPage: number;
  lastFullPage: number;
  /** A bin of the main heap all pages of which are full, and the last of them. */
  fullBin: number;
  fullBinPage: number;
  /** A heap of one's own that has pages. */
  heap: number;
  retiredPage: number;
  /** A page of descriptors within the regions, and that of a large block of several frames. */
  descriptorPage: number;
  largePage: number;
  lazyPage: number;
  idlePage: number;
}

const SMALL = 48;

/** A heap of two regions with everything in it. */
const makeScene = (): Scene => {
  const core = instantiate({ initial: 128 });
  assert.ok(core.heap_init(FRAME_SIZE, 1_000 * FRAME_SIZE) > 0);
  assert.is(core.heap_add_region(1_700 * FRAME_SIZE, 300 * FRAME_SIZE), 300);
  const state = core.stateAddress();
  const small = Array.from({ length: 6_000 }, () => core.malloc(SMALL));
  const large = Array.from({ length: 150 }, () => core.malloc(9_000));
  const heap = core.heap_new();
  for (let size = 10; size < 30_000; size *= 2) core.heap_malloc(heap, size);
  const emptied = Array.from({ length: 80 }, () => core.malloc(1_000));
  for (const block of emptied) core.free(block);
  // Every third block of the second half: its pages are in their queue again, those of the first half stay full.
  for (let index = 3_000; index < small.length; index += 3) core.free(small[index]!);
  // In a memory that grows, large blocks would be lazy.
  core.store(state + STATE_GROWS_OFFSET, 1);
  const lazy = Array.from({ length: 4 }, () => core.malloc(5 * FRAME_SIZE));
  for (const block of lazy.slice(2)) core.free(block);
  const fullBin = core.sizeClassBin(8_000);
  for (let count = 0; count < 3; count++) core.malloc(8_000);
  assert.is(core.queueRefill(core.queueOf(state, fullBin)), 0);
  const bin = core.sizeClassBin(SMALL);
  const lastFullPage = core.pagePrev(core.queueHead(core.queueOf(state, bin)));
  const page = core.pageNext(core.queueHead(core.queueOf(state, bin)));
  const next = core.pageNext(page);
  const retired = Array.from({ length: RETIRED_COUNT }, (_, index) => stateWord(core, STATE_RETIRED_OFFSET + 4 * index));
  const scene: Scene = {
    core,
    state,
    page,
    next,
    longPage: next,
    fullPage: core.pagePrev(lastFullPage),
    lastFullPage,
    fullBin,
    fullBinPage: core.queueTail(core.queueOf(state, fullBin)),
    retiredPage: retired.findLast((slot) => slot !== 0) ?? 0,
    heap,
    descriptorPage: core.queueHead(core.queueOf(state, BIN_DESCRIPTOR)),
    largePage: core.pageOf(large[0]!),
    lazyPage: core.pageOf(lazy[0]!),
    idlePage: core.pageOf(lazy[3]!),
  };
  for (const [name, value] of Object.entries(scene)) assert.is.not(value, 0, `the scene has no ${name}`);
  assert.ok(core.pageFrames(scene.longPage) > 1, 'the long page is a single frame');
  assert.ok(core.pageFrames(scene.largePage) > 1);
  assert.equal([core.pageBin(scene.lazyPage), core.pageBin(scene.idlePage)], [BIN_LAZY, BIN_IDLE]);
  assert.ok(core.load(core.load(core.pageFree(page))) !== 0, 'three free blocks');
  const { first } = regionsOf(core)[0]!;
  assert.ok(scene.descriptorPage >>> FRAME_SHIFT >= first && core.pageFree(scene.descriptorPage) !== 0);
  assert.is.not(core.tableFrame(state), 0, 'the frame table lies in frames of the heap');
  for (const full of [scene.fullPage, scene.lastFullPage, scene.fullBinPage]) assert.ok(core.pageIsFull(full));
  assert.is(core.heap_check(), 0);
  return scene;
};

const add = (core: Core, address: number, amount: number): void => core.store(address, core.load(address) + amount);

const add16 = (core: Core, address: number, amount: number): void => core.store16(address, core.load16(address) + amount);

/** A free span of at least two frames: its node in the bitmap, and its first frame. */
const freeSpan = (core: Core): { levels: number; node: number; first: number } => {
  const { capacity, first } = tableOf(core);
  const levels = core.stateAddress() + STATE_LEVELS_OFFSET;
  const last = core.bitmapLast(capacity);
  const node = core.bitmapNext(levels, core.bitmapRow(last, 1));
  assert.is.not(node, last, 'there is no such span');
  return { levels, node, first: first + core.bitmapFrame(last, node, core.bitmapOrder(last, node)) };
};

/** The first of the two nodes that `node` is made of. */
const halfOf = (core: Core, node: number): number => 2 * (node - tableOf(core).capacity);

/** Damage, by the code that names it. */
const CLOBBERS: Record<string, Record<string, (scene: Scene) => void>> = {
  CHECK_STATE: {
    'another magic number': ({ core, state }) => add(core, state + STATE_MAGIC_OFFSET, 1),
    'another version': ({ core, state }) => add(core, state + STATE_MAGIC_OFFSET, 1 << 24),
    'a capacity that is no power of two': ({ core, state }) => add(core, state + STATE_CAPACITY_OFFSET, 1),
    'the table ends elsewhere': ({ core, state }) => add(core, state + STATE_TABLE_END_OFFSET, 1),
    'the table begins elsewhere': ({ core, state }) => add(core, state + STATE_BASE_FRAME_OFFSET, 1),
    'no capacity': ({ core, state }) => core.store(state + STATE_CAPACITY_OFFSET, 0),
  },
  CHECK_MAP: {
    'the first frame of a page leads to no page': ({ core, page }) => core.frameMapFill(core.pageStart(page) >>> FRAME_SHIFT, 1, core.noPage()),
    'an inner frame of a page leads to no page': ({ core, longPage }) => core.frameMapFill((core.pageStart(longPage) >>> FRAME_SHIFT) + 1, 1, core.noPage()),
    'an inner frame of a page leads to another page': ({ core, page, longPage }) => core.frameMapFill((core.pageStart(longPage) >>> FRAME_SHIFT) + 1, 1, page),
    'an inner frame of a large block leads to it': ({ core, largePage }) => core.frameMapFill((core.pageStart(largePage) >>> FRAME_SHIFT) + 1, 1, largePage),
    'the first frame of a free span leads to a page': ({ core, page }) => core.frameMapFill(freeSpan(core).first, 1, page),
    'an inner frame of a free span leads to a page': ({ core, page }) => core.frameMapFill(freeSpan(core).first + 1, 1, page),
    'a descriptor names another start': ({ core, page }) => add(core, page + PAGE_START_OFFSET, FRAME_SIZE),
    'a free span is not marked free': ({ core }) => bitmapToggle(core, freeSpan(core).levels, freeSpan(core).node),
    'a region is longer than it was given': ({ core }) => core.frameMapFill(regionsOf(core)[0]!.end, 1, core.noPage()),
    'a frame of no region leads to a page': ({ core, page }) => core.frameMapFill(regionsOf(core)[0]!.end, 1, page),
    'the first frame of a page counts as outside': ({ core, page }) => core.frameMapFill(core.pageStart(page) >>> FRAME_SHIFT, 1, core.outsidePage()),
    'an inner frame of a page counts as outside': ({ core, longPage }) => core.frameMapFill((core.pageStart(longPage) >>> FRAME_SHIFT) + 1, 1, core.outsidePage()),
    'the first frame of a large block counts as outside': ({ core, largePage }) => core.frameMapFill(core.pageStart(largePage) >>> FRAME_SHIFT, 1, core.outsidePage()),
    'an inner frame of a large block counts as outside': ({ core, largePage }) => core.frameMapFill((core.pageStart(largePage) >>> FRAME_SHIFT) + 1, 1, core.outsidePage()),
    'the first frame of a free span counts as outside': ({ core }) => core.frameMapFill(freeSpan(core).first, 1, core.outsidePage()),
    'an inner frame of a free span counts as outside': ({ core }) => core.frameMapFill(freeSpan(core).first + 1, 1, core.outsidePage()),
  },
  CHECK_BUDDY: {
    'two free buddies are not merged': ({ core }) => {
      const { levels, node } = freeSpan(core);
      const half = halfOf(core, node);
      for (const other of [node, half, half + 1]) bitmapToggle(core, levels, other);
    },
    'a frame of no region is marked free': ({ core }) => {
      bitmapToggle(core, freeSpan(core).levels, 1_100 - tableOf(core).first);
    },
    'the half of a free span is marked free as well': ({ core }) => bitmapToggle(core, freeSpan(core).levels, halfOf(core, freeSpan(core).node) + 1),
    'the bit at which searches end is not set': ({ core }) => {
      const last = core.bitmapLast(tableOf(core).capacity);
      const word = core.load(freeSpan(core).levels) + (last >>> 5 << 2);
      core.store(word, core.load(word) & ~(1 << last));
    },
  },
  CHECK_BITMAP_SUM: {
    'free frames are not told by the sum above': ({ core }) => {
      const { levels, node } = freeSpan(core);
      const word = core.load(levels + 4) + (node >>> 10 << 2);
      core.store(word, core.load(word) & ~(1 << (node >>> 5)));
    },
    'a sum tells of free frames where there are none': ({ core }) => core.store(core.load(freeSpan(core).levels + 4), ~0),
    'the first bit of a sum is wrong': ({ core }) => add(core, core.load(freeSpan(core).levels + 4), 1),
    'the last bit of the highest sum is wrong': ({ core }) => {
      let last = freeSpan(core).levels;
      while (core.load(last + 4) !== 0) last += 4;
      const wordsBelow = core.load(last) - core.load(last - 4) >>> 2;
      core.store(core.load(last), core.load(core.load(last)) ^ (1 << (wordsBelow - 1)));
    },
  },
  CHECK_FRAME_COUNT: {
    'one frame too many counts as used': ({ core, state }) => add(core, state + STATE_USED_FRAMES_OFFSET, 1),
    'one frame too few counts as used': ({ core, state }) => add(core, state + STATE_USED_FRAMES_OFFSET, -1),
    'a region is shorter than it was given': ({ core }) => core.frameMapFill(regionsOf(core)[0]!.end - 1, 1, core.outsidePage()),
    'a region begins later than it was given': ({ core }) => core.frameMapFill(regionsOf(core)[0]!.first, 1, core.outsidePage()),
    'a queue counts a frame too many': ({ core, state }) => core.queueAddFrames(core.queueOf(state, core.sizeClassBin(SMALL)), 1),
    'a queue counts a frame too few': ({ core, state }) => core.queueAddFrames(core.queueOf(state, core.sizeClassBin(SMALL)), -1),
  },
  CHECK_PAGE: {
    'more blocks are carved than the page has room for': ({ core, page }) => core.store16(page + PAGE_CARVED_OFFSET, 0x7fff),
    'the blocks are larger than those of the class': ({ core, page }) => add(core, page + PAGE_BLOCK_SIZE_OFFSET, 16),
    'the blocks have no size': ({ core, page }) => core.store(page + PAGE_BLOCK_SIZE_OFFSET, 0),
    'the descriptors are larger than they are': ({ core, descriptorPage }) => add(core, descriptorPage + PAGE_BLOCK_SIZE_OFFSET, 16),
    'more blocks are used than carved': ({ core, page }) => core.store16(page + PAGE_USED_OFFSET, core.pageCarved(page) + 1),
    'a large block has a list of free blocks': ({ core, largePage }) => core.store(largePage + PAGE_FREE_OFFSET, core.pageStart(largePage)),
    'a bin that does not exist': ({ core, page }) => core.store(page + PAGE_START_OFFSET, core.pageStart(page) | PAGE_BIN_MASK),
  },
  CHECK_FREE_LIST: {
    'the first free block lies in another page': ({ core, page, next }) => core.store(page + PAGE_FREE_OFFSET, core.pageFree(next)),
    'a link leads out of the heap': ({ core, page }) => core.store(core.pageFree(page), 8),
    'a link leads into the middle of a block': ({ core, page }) => add(core, page + PAGE_FREE_OFFSET, 16),
    'a block leads to itself': ({ core, page }) => core.store(core.pageFree(page), core.pageFree(page)),
    'the list ends too early': ({ core, page }) => core.store(core.pageFree(page), 0),
    'the first block is lost': ({ core, page }) => core.store(page + PAGE_FREE_OFFSET, core.load(core.pageFree(page))),
    'one block too many counts as used': ({ core, page }) => add16(core, page + PAGE_USED_OFFSET, 1),
    'one block too few counts as used': ({ core, page }) => add16(core, page + PAGE_USED_OFFSET, -1),
    'a link in the first page of descriptors, which lies before the regions, leads out of it': ({ core, state }) => {
      const page = core.frameMapGet(stateWord(core, STATE_END_FRAME_OFFSET) - 1);
      assert.is(core.pageHeap(page), state);
      core.store(page + PAGE_FREE_OFFSET, 8);
    },
    'a descriptor is free that the page itself stands in': ({ core, descriptorPage }) => core.store(descriptorPage + PAGE_FREE_OFFSET, descriptorPage & ~FRAME_MASK),
  },
  CHECK_QUEUE: {
    'the queue begins with the second page': ({ core, state, page }) => core.store(core.queueOf(state, core.pageBin(page)) + QUEUE_HEAD_OFFSET, page),
    'the queue ends with the first page': ({ core, state, page }) =>
      core.store(core.queueOf(state, core.pageBin(page)) + QUEUE_TAIL_OFFSET, core.queueHead(core.queueOf(state, core.pageBin(page)))),
    'the first page leads back to another': ({ core, fullPage, page }) => {
      let first = fullPage;
      while (core.pagePrev(first) !== 0) first = core.pagePrev(first);
      core.store(first + PAGE_PREV_OFFSET, page);
    },
    'a queue of a heap of one\'s own ends with no page': ({ core, heap }) => core.store(core.queueOf(heap, BIN_LARGE) + QUEUE_TAIL_OFFSET, 0),
    'a queue of a heap of one\'s own begins with no page': ({ core, heap }) => core.store(core.queueOf(heap, BIN_LARGE) + QUEUE_HEAD_OFFSET, 0),
    'the first page of a heap of one\'s own leads back to another heap\'s': ({ core, heap, largePage }) =>
      core.store(core.queueHead(core.queueOf(heap, BIN_LARGE)) + PAGE_PREV_OFFSET, largePage),
    'a page leads back to none': ({ core, page }) => core.store(page + PAGE_PREV_OFFSET, 0),
    'a page leads on to none': ({ core, page }) => core.store(page + PAGE_NEXT_OFFSET, 0),
    'a page leads on to itself': ({ core, page }) => core.store(page + PAGE_NEXT_OFFSET, page),
    'no page counts as the first that is not full, although there is one': ({ core, state, page }) => {
      const bin = core.pageBin(page);
      core.store(core.queueOf(state, bin) + QUEUE_HEAD_OFFSET, 0);
      core.directSet(state, bin, core.pageBlockSize(page), 0);
    },
    'the queue begins with a full page': ({ core, state, lastFullPage }) => core.store(core.queueOf(state, core.pageBin(lastFullPage)) + QUEUE_HEAD_OFFSET, lastFullPage),
    'a page counts as the first that is not full, although all are': ({ core, state, fullBin, page }) =>
      core.store(core.queueOf(state, fullBin) + QUEUE_HEAD_OFFSET, page),
    'a queue of full pages ends too early': ({ core, state, fullBin, fullBinPage }) =>
      core.store(core.queueOf(state, fullBin) + QUEUE_TAIL_OFFSET, core.pagePrev(fullBinPage)),
    'a full page leads back to none': ({ core, lastFullPage }) => core.store(lastFullPage + PAGE_PREV_OFFSET, 0),
    'a full page leads on to none': ({ core, fullPage }) => core.store(fullPage + PAGE_NEXT_OFFSET, 0),
    'the last full page leads on to none': ({ core, lastFullPage }) => core.store(lastFullPage + PAGE_NEXT_OFFSET, 0),
    'a full page leads over the one behind it': ({ core, fullPage, lastFullPage }) => core.store(fullPage + PAGE_NEXT_OFFSET, core.pageNext(lastFullPage)),
    'a full page stands behind the others': ({ core, fullPage }) => {
      core.queueRemove(fullPage);
      core.queuePush(fullPage);
    },
    'a page that is not full stands among full ones': ({ core, state, page, lastFullPage }) => {
      const bin = core.pageBin(page);
      const queue = core.queueOf(state, bin);
      const head = core.load(queue + QUEUE_HEAD_OFFSET);
      core.queueRemove(page);
      core.store(queue + QUEUE_HEAD_OFFSET, lastFullPage);
      core.queuePushFull(page);
      core.store(queue + QUEUE_HEAD_OFFSET, head);
    },
    'a page that is not full stands before the first': ({ core, page }) => {
      core.queueRemove(page);
      core.queuePushFull(page);
    },
    'the queue is a circle': ({ core, state, page }) => {
      const bin = core.pageBin(page);
      const last = core.queueTail(core.queueOf(state, bin));
      let first = last;
      while (core.pagePrev(first) !== 0) first = core.pagePrev(first);
      core.store(last + PAGE_NEXT_OFFSET, first);
      core.store(first + PAGE_PREV_OFFSET, last);
    },
    'two pages are a circle beside the queue': ({ core, page, next }) => {
      for (const other of [page, next]) core.queueRemove(other);
      for (const link of [PAGE_NEXT_OFFSET, PAGE_PREV_OFFSET]) {
        core.store(page + link, next);
        core.store(next + link, page);
      }
    },
    'a queue without pages has a last one': ({ core, state, page }) => core.store(core.queueOf(state, core.sizeClassBin(3_000)) + QUEUE_TAIL_OFFSET, page),
    'a queue without pages has a first one': ({ core, state, page }) => core.store(core.queueOf(state, core.sizeClassBin(3_000)) + QUEUE_HEAD_OFFSET, page),
    'a full page without its mark': ({ core, fullPage }) => core.pageTurnFull(fullPage),
    'the last full page without its mark': ({ core, lastFullPage }) => core.pageTurnFull(lastFullPage),
    'a page with free blocks counts as full': ({ core, page }) => core.pageTurnFull(page),
    'a large block counts as full': ({ core, largePage }) => core.pageTurnFull(largePage),
    'a full page has a free block': ({ core, fullPage }) => void core.pagePush(fullPage, core.pageStart(fullPage)),
    'a page behind the first has run out': ({ core, page }) => {
      while (core.pageFree(page) !== 0) core.pagePop(page);
    },
    'a large block is in no queue': ({ core, largePage }) => core.queueRemove(largePage),
  },
  CHECK_DIRECT: {
    'no page where there is one': ({ core, state }) => core.store(state + HEAP_DIRECT_OFFSET + (SMALL >> 2), state + STATE_EMPTY_PAGE_OFFSET),
    'another page than the first': ({ core, state, page }) => core.store(state + HEAP_DIRECT_OFFSET + (SMALL >> 2), page),
    'the last word': ({ core, state }) => core.store(state + HEAP_DIRECT_OFFSET + (1024 >> 2), 0),
    'no page where a heap of one\'s own has one': ({ core, heap }) => core.store(heap + HEAP_DIRECT_OFFSET + 4, core.noPage()),
    'the first word': ({ core, state }) => core.store(state + HEAP_DIRECT_OFFSET, 0),
  },
  CHECK_RETIRED: {
    'a page is marked that is not in the table': ({ core, page }) => core.pageSetRetired(page, PAGE_RETIRED),
    'a page in the table is not marked': ({ core, retiredPage }) => core.pageSetRetired(retiredPage, 0),
    'a slot was cleared': ({ core, state, retiredPage }) => {
      for (let slot = state + STATE_RETIRED_OFFSET; ; slot += 4) {
        if (core.load(slot) !== retiredPage) continue;
        core.store(slot, 0);
        return;
      }
    },
    'a page is there twice, in place of another': ({ core, state, retiredPage }) => {
      const slots = Array.from({ length: RETIRED_COUNT }, (_, index) => state + STATE_RETIRED_OFFSET + 4 * index);
      // In the place of another page: the number of pages is as it was.
      core.store(slots.findLast((slot) => core.load(slot) !== 0 && core.load(slot) !== retiredPage)!, retiredPage);
    },
  },
  CHECK_LAZY: {
    'a lazy block is longer than a node': ({ core, lazyPage }) => core.store(lazyPage + PAGE_FRAMES_OFFSET, 2 ** LAZY_ORDER_MAX + 1),
    'a lazy block may use more than its node': ({ core, lazyPage }) => core.store(lazyPage + PAGE_BLOCK_SIZE_OFFSET, 9 * FRAME_SIZE),
    'a lazy block needs half of its node': ({ core, lazyPage }) => core.store(lazyPage + PAGE_BLOCK_SIZE_OFFSET, 4 * FRAME_SIZE),
    'an idle node is in no list': ({ core, state }) => core.store(state + STATE_IDLE_OFFSET + 4 * 3, 0),
    'an idle node is in the list of another order': ({ core, state, idlePage }) => {
      core.store(state + STATE_IDLE_OFFSET + 4 * 3, 0);
      core.store(state + STATE_IDLE_OFFSET + 4 * 2, idlePage);
    },
    'an idle node leads to itself': ({ core, idlePage }) => core.store(idlePage + PAGE_BLOCK_SIZE_OFFSET, idlePage),
    'a live block is among the idle nodes': ({ core, idlePage, lazyPage }) => core.store(idlePage + PAGE_BLOCK_SIZE_OFFSET, lazyPage),
    'one idle node too many is counted': ({ core, state }) => add(core, state + STATE_IDLE_COUNT_OFFSET, 1),
    'one idle node too few is counted': ({ core, state }) => add(core, state + STATE_IDLE_COUNT_OFFSET, -1),
  },
};

/** What only the hardened and the debug profile find; hardened.test.ts and debug.test.ts have the damage. */
const OTHER_CODES = ['CHECK_LIVE', 'CHECK_GUARD', 'CHECK_RED_ZONE', 'CHECK_FREED'];

const scene = makeScene();
const healthy = image(scene.core);
const codes = Object.entries(scene.core).filter(([name]) => name.startsWith('CHECK_')) as unknown as [string, number][];
const codeName = (code: number): string => code === 0 ? 'nothing' : codes.find(([, value]) => value === code)?.[0] ?? `code ${code}`;

test('there is damage for every code, and the codes are different from each other and from 0', () => {
  const here = codes.map(([name]) => name).filter((name) => !OTHER_CODES.includes(name));
  assert.equal(Object.keys(CLOBBERS).sort(), here.sort());
  assert.is(new Set([0, ...codes.map(([, code]) => code)]).size, codes.length + 1);
});

test('a healthy heap gives 0, and so does no heap', () => {
  assert.is(scene.core.heap_check(), 0);
  assert.is(instantiate().heap_check(), 0);
});

test('checking writes nothing', () => {
  scene.core.heap_check();
  assert.ok(unchanged(scene.core, healthy));
});

for (const [name, clobbers] of Object.entries(CLOBBERS)) {
  for (const [what, clobber] of Object.entries(clobbers)) {
    test(`${name}: ${what}`, () => {
      clobber(scene);
      try {
        assert.not(unchanged(scene.core, healthy), 'nothing was damaged');
        assert.is(codeName(scene.core.heap_check()), name);
      } finally {
        healthy.copy(new Uint8Array(scene.core.memory.buffer));
      }
      assert.is(scene.core.heap_check(), 0, 'the damage was not undone');
    });
  }
}

test.run();
