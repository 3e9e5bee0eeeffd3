/** Queues of pages against plain lists: order, links, full pages, frame counts, and the direct table. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_FULL, BLOCK_ALIGNMENT, DESCRIPTOR_SIZE, DIRECT_COUNT, FRAME_SIZE, HEAP_DIRECT_OFFSET, HEAP_SIZE, PAGE_FREE_OFFSET,
  QUEUE_COUNT, QUEUE_HEAD_OFFSET, QUEUE_TAIL_OFFSET, STATE_EMPTY_PAGE_OFFSET, STATE_SIZE,
} from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, type Core } from './core.ts';

const STEPS = 3_000;
const PAGES = 40;

/** Where state record, heap records and descriptors are put; the pages' frames begin at FRAMES. */
const STATE = 0x1000;
const HEAPS = [0x3000, 0x3000 + HEAP_SIZE];
const DESCRIPTORS = 0x8000;
const FRAMES = 0x10000;

const seed = testSeed();

const begin = (): Core => {
  const core = instantiate({ initial: 16 });
  core.fill(STATE, 0, STATE_SIZE);
  core.stateSet(STATE);
  for (const heap of HEAPS) {
    core.fill(heap, 0, HEAP_SIZE);
    core.heapRecordInit(heap);
  }
  return core;
};

/** Page number `index` with blocks of `bin`, of a single frame or as many as a block needs. */
const newPage = (core: Core, index: number, heap: number, bin: number): number => {
  const page = DESCRIPTORS + index * DESCRIPTOR_SIZE;
  const frames = Math.ceil(core.sizeClassSize(bin) / FRAME_SIZE);
  core.pageInit(page, heap, bin, FRAMES + index * 2 * FRAME_SIZE, frames);
  return page;
};

/** The pages of a queue from its first on, with both kinds of links checked on the way. */
const pagesOf = (core: Core, heap: number, bin: number): number[] => {
  const queue = core.queueOf(heap, bin);
  const pages: number[] = [];
  let before = 0;
  for (let page = core.load(queue + QUEUE_HEAD_OFFSET); page !== 0; page = core.pageNext(page)) {
    assert.is(core.pagePrev(page), before, 'the link back');
    pages.push(page);
    before = page;
    assert.ok(pages.length <= PAGES, 'the queue runs in a circle');
  }
  assert.is(core.load(queue + QUEUE_TAIL_OFFSET), before, 'the last page');
  assert.is(core.queueHead(heap, bin), pages[0] ?? 0);
  return pages;
};

/** Demands that each word of the direct table names the first page for its size, or the empty page. */
const assertDirect = (core: Core, heap: number): void => {
  for (let index = 0; index < DIRECT_COUNT; index++) {
    const head = core.queueHead(heap, core.sizeClassBin(index * BLOCK_ALIGNMENT));
    assert.is(core.load(heap + HEAP_DIRECT_OFFSET + 4 * index), head === 0 ? STATE + STATE_EMPTY_PAGE_OFFSET : head, `direct table, ${index * BLOCK_ALIGNMENT} bytes`);
  }
};

test('a new heap has empty queues, and the empty page for every size', () => {
  const core = begin();
  for (const heap of HEAPS) {
    for (let bin = 0; bin < QUEUE_COUNT; bin++) {
      assert.equal(pagesOf(core, heap, bin), []);
      assert.is(core.queueFrames(heap, bin), 0);
      assert.is(core.queueRefill(heap, bin), 0);
    }
    assertDirect(core, heap);
  }
  assert.is(core.load(STATE + STATE_EMPTY_PAGE_OFFSET + PAGE_FREE_OFFSET), 0, 'the empty page has no block');
});

test('the record of one heap ends before the next begins', () => {
  const core = begin();
  const [first, second] = HEAPS as [number, number];
  for (let bin = 0; bin < BIN_COUNT; bin++) core.queuePush(first, bin, newPage(core, bin, first, bin));
  for (let bin = 0; bin < QUEUE_COUNT; bin++) assert.equal(pagesOf(core, second, bin), []);
  assertDirect(core, second);
});

test('first in, first out', () => {
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const core = begin();
    const [heap] = HEAPS as [number];
    const pages = Array.from({ length: 5 }, (_, index) => newPage(core, index, heap, bin));
    for (const page of pages) core.queuePush(heap, bin, page);
    assert.equal(pagesOf(core, heap, bin), pages);
    for (const page of pages) {
      assert.is(core.queueHead(heap, bin), page);
      assertDirect(core, heap);
      core.queueRemove(heap, bin, page);
    }
    assert.equal(pagesOf(core, heap, bin), []);
    assertDirect(core, heap);
  }
});

test(`pushing and removing in any order agrees with lists, in two heaps, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  /** The pages of each queue; BIN_FULL is one like the others. */
  const lists = new Map(HEAPS.map((heap) => [heap, Array.from({ length: QUEUE_COUNT }, (): number[] => [])]));
  const spare = Array.from({ length: PAGES }, (_, index) => index);
  const bins = [0, 1, 5, BIN_COUNT - 1, BIN_FULL];
  for (let step = 0; step < STEPS; step++) {
    const heap = HEAPS[random.below(HEAPS.length)]!;
    const bin = bins[random.below(bins.length)]!;
    const list = lists.get(heap)![bin]!;
    if (random.below(2) === 0 && spare.length > 0) {
      const page = newPage(core, spare.splice(random.below(spare.length), 1)[0]!, heap, Math.min(bin, BIN_COUNT - 1));
      core.queuePush(heap, bin, page);
      list.push(page);
    } else if (list.length > 0) {
      const [page] = list.splice(random.below(list.length), 1) as [number];
      core.queueRemove(heap, bin, page);
      spare.push((page - DESCRIPTORS) / DESCRIPTOR_SIZE);
    }
    for (const other of HEAPS) {
      for (const otherBin of bins) assert.equal(pagesOf(core, other, otherBin), lists.get(other)![otherBin], `step ${step}`);
      assertDirect(core, other);
    }
  }
});

test('frames are counted up and down', () => {
  const core = begin();
  const [heap] = HEAPS as [number];
  core.queueAddFrames(heap, 3, 16);
  core.queueAddFrames(heap, 3, -5);
  core.queueAddFrames(heap, 4, 1);
  assert.equal([2, 3, 4, 5].map((bin) => core.queueFrames(heap, bin)), [0, 11, 1, 0]);
});

test('exhausted pages leave for the queue of full ones in their turn, and return behind the others', () => {
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const core = begin();
    const [heap] = HEAPS as [number];
    const pages = [0, 1, 2, 3].map((index) => newPage(core, index, heap, bin));
    for (const page of pages) core.queuePush(heap, bin, page);
    const blocks = new Map<number, number>();
    // Each page serves until its last block; then the next one does.
    for (const [index, page] of pages.entries()) {
      const capacity = Math.floor(core.pageFrames(page) * FRAME_SIZE / core.pageBlockSize(page));
      for (let count = 0; count < capacity; count++) {
        assert.is(core.queueRefill(heap, bin), page);
        assert.equal(pagesOf(core, heap, BIN_FULL), pages.slice(0, index));
        blocks.set(page, core.pagePop(page));
      }
    }
    assert.is(core.queueRefill(heap, bin), 0);
    assert.equal(pagesOf(core, heap, bin), []);
    assert.equal(pagesOf(core, heap, BIN_FULL), pages);
    assertDirect(core, heap);
    // They come back in the order in which blocks are freed.
    const [a, b, c, d] = pages as [number, number, number, number];
    for (const page of pages) assert.is(core.queueBin(page), BIN_FULL);
    for (const page of [c, a]) {
      core.queueReturn(page);
      core.pagePush(page, blocks.get(page)!);
      assert.not(core.pageIsFull(page));
      assert.is(core.queueBin(page), bin);
    }
    assert.equal(pagesOf(core, heap, bin), [c, a]);
    assert.equal(pagesOf(core, heap, BIN_FULL), [b, d]);
    assert.is(core.queueRefill(heap, bin), c);
    assert.is(core.pagePop(c), blocks.get(c));
    assert.is(core.queueRefill(heap, bin), a, 'the page behind the exhausted one');
    assert.equal(pagesOf(core, heap, BIN_FULL), [b, d, c]);
    assertDirect(core, heap);
  }
});

test('a page that is forgotten takes its frames out of the count of its bin, full or not', () => {
  const core = begin();
  const [heap] = HEAPS as [number];
  const bin = BIN_COUNT - 1;
  const pages = [0, 1, 2].map((index) => newPage(core, index, heap, bin));
  const [a, b, c] = pages as [number, number, number];
  for (const page of pages) {
    core.queuePush(heap, bin, page);
    core.queueAddFrames(heap, bin, core.pageFrames(page));
  }
  const capacity = Math.floor(core.pageFrames(a) * FRAME_SIZE / core.pageBlockSize(a));
  for (let count = 0; count < capacity; count++) core.pagePop(core.queueRefill(heap, bin));
  assert.is(core.queueRefill(heap, bin), b);
  const frames = core.pageFrames(a);
  for (const [page, left] of [[a, 2], [c, 1], [b, 0]] as const) {
    core.queueForget(page);
    assert.is(core.queueFrames(heap, bin), left * frames);
    assert.is(pagesOf(core, heap, bin).length + pagesOf(core, heap, BIN_FULL).length, left);
    assertDirect(core, heap);
  }
});

test.run();
