/** Spans for pages and large blocks: their lengths, where frames come from, and what is left when there are none. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_LARGE, FRAME_SIZE, PAGE_FRAMES_MAX, QUEUE_COUNT,
} from '../../kernel-heap/layout.ts';
import { instantiate, regionsOf, usedFrames, type Core } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const begin = (frames = 500): Core => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, frames * FRAME_SIZE) > 0);
  return core;
};

/** Frames that the heap counts in its queues; the first page of descriptors lies before the frames. */
const queuedFrames = (core: Core): number =>
  Array.from({ length: QUEUE_COUNT }, (_, bin) => core.queueFrames(core.stateAddress(), bin)).reduce((sum, frames) => sum + frames, -1);

test('a page has the fewest frames that leave an eighth or less of it over', () => {
  const core = instantiate();
  const fits = (frames: number, size: number): boolean =>
    frames * FRAME_SIZE >= size && (frames * FRAME_SIZE) % size * 8 <= frames * FRAME_SIZE;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const size = core.sizeClassSize(bin);
    const frames = core.pageFramesMin(size);
    assert.ok(fits(frames, size), `${frames} frames for blocks of ${size} bytes`);
    for (let fewer = 1; fewer < frames; fewer++) assert.not(fits(fewer, size), `${fewer} frames would do for blocks of ${size} bytes`);
    assert.ok(frames <= PAGE_FRAMES_MAX);
  }
});

test('pages of a class begin as short as may be and grow with the class, up to the longest', () => {
  const core = begin(1_000);
  const heap = core.stateAddress();
  const lengths: number[] = [];
  for (let index = 0; index < 60; index++) {
    const page = core.pageNew(heap, 0);
    assert.is.not(page, 0);
    assert.is(core.pageBin(page), 0);
    assert.is(core.pageHeap(page), heap);
    assert.is.not(core.pageFree(page), 0, 'a new page has a block');
    for (let frame = 0; frame < core.pageFrames(page); frame++) assert.is(core.pageOf(core.pageStart(page) + frame * FRAME_SIZE), page);
    lengths.push(core.pageFrames(page));
  }
  assert.is(lengths[0], core.pageFramesMin(core.sizeClassSize(0)));
  assert.is(lengths.at(-1), PAGE_FRAMES_MAX);
  assert.equal(lengths, lengths.toSorted((a, b) => a - b));
  assert.is(core.queueFrames(heap, 0), lengths.reduce((sum, length) => sum + length));
  assert.is(core.heap_check(), 0);
});

test('a new page stands behind the others of its class', () => {
  const core = begin();
  const heap = core.stateAddress();
  const [first, second] = [core.pageNew(heap, 5), core.pageNew(heap, 5)];
  assert.is(core.queueHead(heap, 5), first);
  assert.is(core.pageNext(first), second);
});

test('a large block has exactly the frames that were asked for, at the alignment that was asked for', () => {
  const core = begin(1_000);
  const heap = core.stateAddress();
  for (const [frames, order] of [[1, 0], [3, 0], [17, 0], [100, 0], [1, 5], [5, 6], [33, 3]] as const) {
    const page = core.largeNew(heap, frames, order);
    assert.is.not(page, 0);
    assert.equal([core.pageBin(page), core.pageFrames(page), core.pageHeap(page)], [BIN_LARGE, frames, heap]);
    assert.is(core.pageStart(page) % (FRAME_SIZE * 2 ** order), 0, `${frames} frames, order ${order}`);
    assert.is(core.pageOf(core.pageStart(page)), page);
    for (let frame = 1; frame < frames; frame++) assert.is(core.pageOf(core.pageStart(page) + frame * FRAME_SIZE), core.noPage());
    assert.is(core.heap_check(), 0);
  }
});

test('frames of empty pages are used before the memory grows', () => {
  /** A heap whose pages have all become empty, and are in the ring. */
  const beginEmptied = (): Core => {
    const core = instantiate({ initial: 16 });
    assert.ok(core.heap_init(16, 0) > 0);
    const blocks = Array.from({ length: 200 }, () => core.malloc(1_000));
    for (const block of blocks) core.free(block);
    return core;
  };
  const longestRun = (core: Core): number => {
    const free = new FreeFrames(core);
    free.takePages(core);
    return free.runMax;
  };
  const flushed = beginEmptied();
  const before = longestRun(flushed);
  assert.ok(flushed.retiredFlush() > 0, 'no page is in the ring');
  const after = longestRun(flushed);
  assert.ok(after > before, 'the empty pages bring nothing');

  const core = beginEmptied();
  const regions = regionsOf(core);
  assert.is.not(core.spanAlloc(after, 0), 0);
  assert.equal(regionsOf(core), regions, 'the memory has grown');
});

test('frames of several free spans side by side are put together when no single span suffices', () => {
  const core = instantiate({ initial: 64 });
  // Of 1,000 frames an aligned span of 512 is the longest.
  assert.ok(core.heap_init(16, 1_000 * FRAME_SIZE) > 0);
  assert.is.not(core.spanAlloc(700, 0), 0);
  assert.is(usedFrames(core), 700);
});

test('memory grows when frames are missing, and the free ones at its end are made use of', () => {
  const core = instantiate({ initial: 2 });
  assert.ok(core.heap_init(16, 0) > 0);
  const [before] = regionsOf(core);
  const frame = core.spanAlloc(40, 0);
  assert.ok(frame >= before!.first && frame < before!.end, `frame ${frame} is not at the end of frames ${before!.first} to ${before!.end - 1}`);
  assert.is(regionsOf(core).length, 1);
  assert.ok(core.memory.buffer.byteLength <= 4 * 65536, `${core.memory.buffer.byteLength} bytes for 40 frames more`);
});

test('without memory nothing is handed out and nothing is lost', () => {
  const core = begin(100);
  const heap = core.stateAddress();
  // Single frames, so that every one is taken; those that remain are needed for descriptors.
  const pages: number[] = [];
  for (let page = core.largeNew(heap, 1, 0); page !== 0; page = core.largeNew(heap, 1, 0)) pages.push(page);
  const total = regionsOf(core).reduce((sum, { first, end }) => sum + end - first, 0);
  assert.is(usedFrames(core), total);
  const used = core.pageUsed(core.queueHead(heap, BIN_DESCRIPTOR));
  const frames = queuedFrames(core);
  assert.is(frames, total);
  for (const [what, allocate] of Object.entries({
    spanAlloc: () => core.spanAlloc(1, 0),
    pageNew: () => core.pageNew(heap, 0),
    largeNew: () => core.largeNew(heap, 1, 0),
  })) {
    assert.is(allocate(), 0, what);
    assert.is(queuedFrames(core), frames, what);
    assert.is(core.pageUsed(core.queueHead(heap, BIN_DESCRIPTOR)), used, `${what} keeps a descriptor`);
    assert.is(core.heap_check(), 0, what);
  }
  // And when there is no descriptor either
  const spare: number[] = [];
  for (let descriptor = core.descriptorAlloc(); descriptor !== 0; descriptor = core.descriptorAlloc()) spare.push(descriptor);
  assert.ok(spare.length > 0);
  assert.is(core.pageNew(heap, 0), 0);
  assert.is(core.largeNew(heap, 1, 0), 0);
  for (const descriptor of spare) core.descriptorFree(descriptor);
  assert.is(core.heap_check(), 0);
  for (const page of pages) core.pageRelease(page);
  assert.is.not(core.pageNew(heap, 0), 0, 'works again once something is freed');
  assert.is(core.heap_check(), 0);
});

test('a class falls back to a shorter page when there is no room for one of its length', () => {
  const core = begin(600);
  const heap = core.stateAddress();
  while (core.pageFrames(core.pageNew(heap, 0)) < PAGE_FRAMES_MAX);
  // No two free frames stand side by side.
  const pages: number[] = [];
  for (let page = core.largeNew(heap, 1, 0); page !== 0; page = core.largeNew(heap, 1, 0)) pages.push(page);
  pages.sort((a, b) => core.pageStart(a) - core.pageStart(b));
  for (const page of pages.filter((_, index) => index % 2 === 0)) core.pageRelease(page);
  const page = core.pageNew(heap, 0);
  assert.is.not(page, 0);
  assert.is(core.pageFrames(page), core.pageFramesMin(core.sizeClassSize(0)));
  assert.is(core.heap_check(), 0);
});

test.run();
