/** Queues of pages against plain lists: order, links, full pages, frame counts, and the direct table. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BLOCK_ALIGNMENT, DESCRIPTOR_SIZE, DIRECT_COUNT, FRAME_SIZE, HEAP_DIRECT_OFFSET, HEAP_SIZE,
  HEAP_MAGIC, PAGE_FREE_OFFSET, QUEUE_COUNT, STATE_EMPTY_PAGE_OFFSET, STATE_SIZE,
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
    core.heapRecordInit(heap, HEAP_MAGIC);
  }
  return core;
};

/** Page number `index` with blocks of `bin`, of a single frame or as many as a block needs. */
const newPage = (core: Core, index: number, heap: number, bin: number): number => {
  const page = DESCRIPTORS + index * DESCRIPTOR_SIZE;
  const size = bin < BIN_COUNT ? core.sizeClassSize(bin) : DESCRIPTOR_SIZE;
  core.pageInit(page, core.queueOf(heap, bin), bin, FRAMES + index * 2 * FRAME_SIZE, Math.ceil(size / FRAME_SIZE), size);
  return page;
};

/** A queue as two lists, in its order. */
interface Lists { full: number[]; others: number[] }

/** The pages of a queue, from its last to its first, with both kinds of links and the head checked on the way. */
const listsOf = (core: Core, heap: number, bin: number): Lists => {
  const pages: number[] = [];
  let behind = 0;
  for (let page = core.queueTail(core.queueOf(heap, bin)); page !== 0; page = core.pagePrev(page)) {
    assert.is(core.pageNext(page), behind, 'the link on');
    pages.unshift(page);
    behind = page;
    assert.ok(pages.length <= PAGES, 'the queue runs in a circle');
  }
  const others = pages.filter((page) => !core.pageIsFull(page));
  const full = pages.slice(0, pages.length - others.length);
  assert.ok(full.every((page) => core.pageIsFull(page)), 'a full page stands behind one that is not');
  assert.is(core.queueHead(core.queueOf(heap, bin)), others[0] ?? 0, 'the first page that is not full');
  return { full, others };
};

/** The pages that are not full, where no page is. */
const pagesOf = (core: Core, heap: number, bin: number): number[] => {
  const { full, others } = listsOf(core, heap, bin);
  assert.equal(full, []);
  return others;
};

/** Demands that each word of the direct table names the first page for its size, or the empty page; for size 0 always that. */
const assertDirect = (core: Core, heap: number): void => {
  for (let index = 0; index < DIRECT_COUNT; index++) {
    const head = index === 0 ? 0 : core.queueHead(core.queueOf(heap, core.sizeClassBin(index * BLOCK_ALIGNMENT)));
    assert.is(core.load(heap + HEAP_DIRECT_OFFSET + 4 * index), head === 0 ? STATE + STATE_EMPTY_PAGE_OFFSET : head, `direct table, ${index * BLOCK_ALIGNMENT} bytes`);
  }
};

test('a new heap has empty queues, and the empty page for every size', () => {
  const core = begin();
  for (const heap of HEAPS) {
    for (let bin = 0; bin < QUEUE_COUNT; bin++) {
      assert.equal(pagesOf(core, heap, bin), []);
      assert.is(core.queueFrames(core.queueOf(heap, bin)), 0);
      assert.is(core.queueRefill(core.queueOf(heap, bin)), 0);
    }
    assertDirect(core, heap);
  }
  assert.is(core.load(STATE + STATE_EMPTY_PAGE_OFFSET + PAGE_FREE_OFFSET), 0, 'the empty page has no block');
});

test('the record of one heap ends before the next begins', () => {
  const core = begin();
  const [first, second] = HEAPS as [number, number];
  for (let bin = 0; bin < BIN_COUNT; bin++) core.queuePush(newPage(core, bin, first, bin));
  for (let bin = 0; bin < QUEUE_COUNT; bin++) assert.equal(pagesOf(core, second, bin), []);
  assertDirect(core, second);
});

test('first in, first out', () => {
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const core = begin();
    const [heap] = HEAPS as [number];
    const pages = Array.from({ length: 5 }, (_, index) => newPage(core, index, heap, bin));
    for (const page of pages) core.queuePush(page);
    assert.equal(pagesOf(core, heap, bin), pages);
    for (const page of pages) {
      assert.is(core.queueHead(core.queueOf(heap, bin)), page);
      assertDirect(core, heap);
      core.queueRemove(page);
    }
    assert.equal(pagesOf(core, heap, bin), []);
    assertDirect(core, heap);
  }
});

test(`pushing and removing in any order agrees with lists, in two heaps, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  const queues = new Map(HEAPS.map((heap) => [heap, Array.from({ length: QUEUE_COUNT }, (): Lists => ({ full: [], others: [] }))]));
  const spare = Array.from({ length: PAGES }, (_, index) => index);
  const bins = [0, 1, 5, BIN_COUNT - 1, BIN_DESCRIPTOR];
  for (let step = 0; step < STEPS; step++) {
    const heap = HEAPS[random.below(HEAPS.length)]!;
    const bin = bins[random.below(bins.length)]!;
    const kind = random.below(2) === 0 ? 'full' : 'others';
    const list = queues.get(heap)![bin]![kind];
    if (random.below(2) === 0 && spare.length > 0) {
      const page = newPage(core, spare.splice(random.below(spare.length), 1)[0]!, heap, bin);
      if (kind === 'full') {
        core.pageTurnFull(page);
        core.queuePushFull(page);
      } else {
        core.queuePush(page);
      }
      list.push(page);
    } else if (list.length > 0) {
      const [page] = list.splice(random.below(list.length), 1) as [number];
      core.queueRemove(page);
      spare.push((page - DESCRIPTORS) / DESCRIPTOR_SIZE);
    }
    for (const other of HEAPS) {
      for (const otherBin of bins) assert.equal(listsOf(core, other, otherBin), queues.get(other)![otherBin], `step ${step}`);
      assertDirect(core, other);
    }
  }
});

test('frames are counted up and down', () => {
  const core = begin();
  const [heap] = HEAPS as [number];
  core.queueAddFrames(core.queueOf(heap, 3), 16);
  core.queueAddFrames(core.queueOf(heap, 3), -5);
  core.queueAddFrames(core.queueOf(heap, 4), 1);
  assert.equal([2, 3, 4, 5].map((bin) => core.queueFrames(core.queueOf(heap, bin))), [0, 11, 1, 0]);
});

test('exhausted pages stay before the others, full in their turn, and return behind them', () => {
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const core = begin();
    const [heap] = HEAPS as [number];
    const pages = [0, 1, 2, 3].map((index) => newPage(core, index, heap, bin));
    for (const page of pages) core.queuePush(page);
    const blocks = new Map<number, number>();
    // Each page serves until its last block; then the next one does.
    for (const [index, page] of pages.entries()) {
      const capacity = Math.floor(core.pageFrames(page) * FRAME_SIZE / core.pageBlockSize(page));
      for (let count = 0; count < capacity; count++) {
        assert.is(core.queueRefill(core.queueOf(heap, bin)), page);
        assert.equal(listsOf(core, heap, bin), { full: pages.slice(0, index), others: pages.slice(index) });
        blocks.set(page, core.pagePop(page));
      }
    }
    assert.is(core.queueRefill(core.queueOf(heap, bin)), 0);
    assert.equal(listsOf(core, heap, bin), { full: pages, others: [] });
    assertDirect(core, heap);
    // They come back in the order in which blocks are freed.
    const [a, b, c, d] = pages as [number, number, number, number];
    for (const page of [c, a]) {
      core.queueFree(page, blocks.get(page)!);
      assert.not(core.pageIsFull(page));
    }
    assert.equal(listsOf(core, heap, bin), { full: [b, d], others: [c, a] });
    assertDirect(core, heap);
    assert.is(core.queueRefill(core.queueOf(heap, bin)), c);
    assert.is(core.pagePop(c), blocks.get(c));
    assert.is(core.queueRefill(core.queueOf(heap, bin)), a, 'the page behind the exhausted one');
    assert.equal(listsOf(core, heap, bin), { full: [b, d, c], others: [a] });
    assertDirect(core, heap);
  }
});

test.run();
