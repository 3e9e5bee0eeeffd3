/** Heaps of one's own: whatever their pages hold, all of them are found again when the heap is destroyed or given up. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_SIZE, QUEUE_COUNT } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, usedFrames, type Core } from './core.ts';

const SIZES = [16, 48, 500, 1_000, 3_000, 8_000, 9_000, 30_000];
const ROUNDS = 30;

const seed = testSeed();

const begin = (): Core => {
  const core = instantiate({ initial: 600 });
  assert.ok(core.heap_init(FRAME_SIZE, 9_000 * FRAME_SIZE) > 0);
  return core;
};

/** The pages of a heap, by bin, each queue in its order. */
const pagesOf = (core: Core, heap: number): number[][] => Array.from({ length: QUEUE_COUNT }, (_, bin) => {
  const pages: number[] = [];
  for (let page = core.queueTail(core.queueOf(heap, bin)); page !== 0; page = core.pagePrev(page)) pages.unshift(page);
  return pages;
});

/** Takes `count` blocks from `heap` and frees most of those of some pages, so that of several bins pages are full and others not. */
const fill = (core: Core, heap: number, random: Random, count: number): number[] => {
  let blocks = Array.from({ length: count }, () => core.heap_malloc(heap, SIZES[random.below(SIZES.length)]!));
  assert.not(blocks.includes(0));
  const freed = new Set(blocks.map((block) => core.pageOf(block)).filter(() => random.below(3) === 0));
  blocks = blocks.filter((block) => {
    if (!freed.has(core.pageOf(block)) || random.below(4) === 0) return true;
    core.free(block);
    return false;
  });
  return blocks;
};

/** Demands that full pages stand before the others, and that there are both. */
const assertOrder = (core: Core, heap: number): void => {
  let mixed = 0;
  for (const [bin, pages] of pagesOf(core, heap).entries()) {
    const full = pages.filter((page) => core.pageIsFull(page));
    assert.equal(pages.slice(0, full.length), full, 'a full page stands behind one that is not');
    assert.is(core.queueHead(core.queueOf(heap, bin)), pages[full.length] ?? 0);
    if (full.length > 0 && full.length < pages.length) mixed++;
  }
  assert.ok(mixed > 0, 'no queue has both');
};

test(`destroying a heap gives back full pages and others, and leaves those of other heaps, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  fill(core, core.stateAddress(), random, 1_000);
  core.heap_trim();
  for (let round = 0; round < ROUNDS; round++) {
    const used = usedFrames(core);
    const main = pagesOf(core, core.stateAddress()).flat().length;
    const heap = core.heap_new();
    fill(core, heap, random, 600);
    assertOrder(core, heap);
    assert.is(core.heap_check(), 0);
    core.heap_destroy(heap);
    assert.is(core.heap_check(), 0);
    core.heap_trim();
    assert.is(usedFrames(core), used, `round ${round}`);
    assert.is(pagesOf(core, core.stateAddress()).flat().length, main, `round ${round}`);
  }
});

test(`the blocks of a heap that is given up are the main heap's, in full pages and in others, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  const main = core.stateAddress();
  const before = usedFrames(core);
  const blocks = fill(core, main, random, 600);
  for (let round = 0; round < ROUNDS / 10; round++) {
    const heap = core.heap_new();
    blocks.push(...fill(core, heap, random, 600));
    // An empty one may be displaced among the retired, when the heap's record is freed.
    const pages = pagesOf(core, heap).map((list) => list.filter((page) => core.pageUsed(page) > 0));
    core.heap_delete(heap);
    assert.is(core.heap_check(), 0);
    assertOrder(core, main);
    const now = pagesOf(core, main);
    for (const [bin, list] of pages.entries()) assert.ok(list.every((page) => core.pageHeap(page) === main && now[bin]!.includes(page)));
  }
  for (const block of blocks) core.free(block);
  core.heap_trim();
  assert.is(usedFrames(core), before);
  assert.is(core.heap_check(), 0);
});

test('a heap whose pages are all full is destroyed and given up like another', () => {
  for (const end of ['heap_destroy', 'heap_delete'] as const) {
    const core = begin();
    const before = usedFrames(core);
    const heap = core.heap_new();
    const bin = core.sizeClassBin(8_000);
    const blocks: number[] = [];
    while (blocks.length < 40 || core.queueRefill(core.queueOf(heap, bin)) !== 0) blocks.push(core.heap_malloc(heap, 8_000));
    assert.not(blocks.includes(0));
    assert.is(core.queueHead(core.queueOf(heap, bin)), 0);
    core[end](heap);
    assert.is(core.heap_check(), 0);
    if (end === 'heap_delete') for (const block of blocks) core.free(block);
    core.heap_trim();
    assert.is(usedFrames(core), before);
    assert.is(core.heap_check(), 0);
  }
});

test.run();
