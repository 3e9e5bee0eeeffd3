/** A page: its list of free blocks and its counters, against a plain list. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_LARGE, DESCRIPTOR_SIZE, FRAME_SIZE, PAGE_CARVED_OFFSET, PAGE_FRAMES_MAX, PAGE_FULL,
  PAGE_RETIRED, QUEUE_SIZE,
} from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate } from './core.ts';

const STEPS = 400;

/** Where the descriptor stands, what counts as its heap, and where the page's frames are. */
const PAGE = 0x1000;
const HEAP = 0x2000;
const START = 0x10000;

const seed = testSeed();
const core = instantiate({ initial: 2 + PAGE_FRAMES_MAX * FRAME_SIZE / 0x10000 });

/** The blocks on the page's list, in order. */
const freeBlocks = (lengthMax: number): number[] => {
  const blocks: number[] = [];
  for (let block = core.pageFree(PAGE); block !== 0; block = core.load(block)) {
    blocks.push(block);
    assert.ok(blocks.length <= lengthMax, 'the list of free blocks runs in a circle');
  }
  return blocks;
};

/** Every bin with every length of a page that holds a block of it. */
const shapes: { bin: number; size: number; frames: number; capacity: number }[] = [];
for (let bin = 0; bin < BIN_COUNT; bin++) {
  const size = core.sizeClassSize(bin);
  for (const frames of [1, 2, 3, 4, 5, 7, PAGE_FRAMES_MAX]) {
    const capacity = Math.floor(frames * FRAME_SIZE / size);
    if (capacity > 0) shapes.push({ bin, size, frames, capacity });
  }
}

test('a new page has no blocks', () => {
  for (const { bin, size, frames } of shapes) {
    core.fill(PAGE, 0xff, DESCRIPTOR_SIZE);
    core.pageInit(PAGE, HEAP + bin * QUEUE_SIZE, bin, START, frames, size);
    assert.equal([core.pageFree(PAGE), core.pageUsed(PAGE), core.pageCarved(PAGE)], [0, 0, 0]);
    assert.equal([core.pageIsFull(PAGE), core.pageIsRetired(PAGE)], [false, false]);
    assert.equal(
      [core.pageBin(PAGE), core.pageStart(PAGE), core.pageFrames(PAGE), core.pageHeap(PAGE), core.pageBlockSize(PAGE), core.pageFirstSlot(PAGE)],
      [bin, START, frames, HEAP, size, 0],
    );
  }
});

test('a large block is as long as it may be', () => {
  core.pageInit(PAGE, HEAP, BIN_LARGE, START, 2048, 1234 * FRAME_SIZE);
  assert.is(core.pageBlockSize(PAGE), 1234 * FRAME_SIZE);
});

test('the two marks stand beside counter and bin and change neither', () => {
  core.pageInit(PAGE, HEAP, BIN_COUNT - 1, START, PAGE_FRAMES_MAX, core.sizeClassSize(BIN_COUNT - 1));
  core.pageExtend(PAGE);
  core.pagePop(PAGE);
  const rest = (): number[] => [core.pageUsed(PAGE), core.pageBin(PAGE), core.pageStart(PAGE), core.pageCarved(PAGE)];
  const before = rest();
  for (const [full, retired] of [[0, PAGE_RETIRED], [PAGE_FULL, PAGE_RETIRED], [PAGE_FULL, 0], [0, 0]] as const) {
    if (core.pageIsFull(PAGE) !== (full !== 0)) core.pageTurnFull(PAGE);
    core.pageSetRetired(PAGE, retired);
    assert.equal([core.pageIsFull(PAGE), core.pageIsRetired(PAGE)], [full !== 0, retired !== 0]);
    assert.equal(rest(), before);
  }
});

test('extending puts the next blocks on the list, a frame\'s worth at most, until all are carved', () => {
  for (const { bin, size, frames, capacity } of shapes) {
    core.pageInit(PAGE, HEAP, bin, START, frames, size);
    const blocks: number[] = [];
    while (core.pageExtend(PAGE)) {
      const added = freeBlocks(capacity);
      assert.ok(added.length > 0, 'extended by nothing');
      assert.ok(added.length * size <= Math.max(FRAME_SIZE, size), `${added.length} blocks of ${size} bytes at once`);
      assert.is(core.pageCarved(PAGE), blocks.length + added.length);
      blocks.push(...added);
      for (const block of added) assert.is(core.pagePop(PAGE), block);
      assert.is(core.pageFree(PAGE), 0);
      assert.is(core.pageUsed(PAGE), blocks.length);
    }
    assert.is(blocks.length, capacity, `blocks of ${size} bytes in ${frames} frames`);
    for (const [index, block] of blocks.entries()) assert.is(block, START + index * size);
    assert.is(core.pageCarved(PAGE), capacity);
  }
});

test(`pop and push work like a stack, and the counters follow, seed ${seed}`, () => {
  const random = new Random(seed);
  for (const { bin, size, frames, capacity } of shapes) {
    core.pageInit(PAGE, HEAP, bin, START, frames, size);
    let list: number[] = [];
    const taken: number[] = [];
    let carved = 0;
    for (let step = 0; step < STEPS; step++) {
      if (random.below(100) < 55) {
        if (list.length === 0) {
          assert.is(core.pageExtend(PAGE), carved < capacity, 'extended though all blocks were carved, or not though some were left');
          list = freeBlocks(capacity);
          carved += list.length;
        }
        const block = list.shift();
        if (block === undefined) continue;
        assert.is(core.pagePop(PAGE), block);
        taken.push(block);
      } else if (taken.length > 0) {
        const [block] = taken.splice(random.below(taken.length), 1) as [number];
        const retired = random.below(2) === 0 ? PAGE_RETIRED : 0;
        core.pageSetRetired(PAGE, retired);
        assert.is(core.pagePush(PAGE, block) === 0, taken.length === 0 && retired === 0, 'whether the page has just become empty');
        assert.is(core.pageIsRetired(PAGE), retired !== 0);
        list.unshift(block);
      }
      assert.is(core.pageUsed(PAGE), taken.length, `used, ${size} bytes, ${frames} frames`);
      assert.is(core.pageCarved(PAGE), carved);
      assert.is(list.length + core.pageUsed(PAGE), core.pageCarved(PAGE));
    }
    assert.equal(freeBlocks(capacity), list);
  }
});

test('a page of descriptors hands out what lies behind its own descriptor, and that only', () => {
  for (const slot of [0, 1, 50, FRAME_SIZE / DESCRIPTOR_SIZE - 2]) {
    const page = START + slot * DESCRIPTOR_SIZE;
    core.pageInit(page, HEAP, BIN_DESCRIPTOR, START, 1, DESCRIPTOR_SIZE);
    assert.is(core.pageFirstSlot(page), slot + 1);
    core.store16(page + PAGE_CARVED_OFFSET, slot + 1);
    assert.ok(core.pageExtend(page));
    const descriptors: number[] = [];
    while (core.pageFree(page) !== 0) descriptors.push(core.pagePop(page));
    const expected = Array.from({ length: FRAME_SIZE / DESCRIPTOR_SIZE - slot - 1 }, (_, index) => page + (index + 1) * DESCRIPTOR_SIZE);
    assert.equal(descriptors, expected);
    assert.not(core.pageExtend(page));
  }
});

test.run();
