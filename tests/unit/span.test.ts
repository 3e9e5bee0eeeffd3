/** Spans for pages and large blocks: their lengths, where frames come from, and what is left when there are none. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_LARGE, FRAME_SIZE, GROWS_IN_VAIN, PAGE_FRAMES_MAX, QUEUE_COUNT, STATE_GROWS_OFFSET,
  WASM_PAGE_FRAMES,
} from '../../kernel-heap/layout.ts';
import { instantiate, regionsOf, stateWord, usedFrames, type Core } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const begin = (frames = 500): Core => {
  const core = instantiate({ initial: 1 + Math.ceil(frames / WASM_PAGE_FRAMES) });
  assert.ok(core.heap_init(FRAME_SIZE, frames * FRAME_SIZE) > 0);
  return core;
};

/** Frames that the heap counts in its queues; the first page of descriptors lies before the frames. */
const queuedFrames = (core: Core): number =>
  Array.from({ length: QUEUE_COUNT }, (_, bin) => core.queueFrames(core.queueOf(core.stateAddress(), bin))).reduce((sum, frames) => sum + frames, -1);

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
  const core = begin(2_000);
  const heap = core.stateAddress();
  const lengths: number[] = [];
  for (let index = 0; index < 60; index++) {
    const page = core.pageNew(core.queueOf(heap, 0), 0);
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
  assert.is(core.queueFrames(core.queueOf(heap, 0)), lengths.reduce((sum, length) => sum + length));
  assert.is(core.heap_check(), 0);
});

test('a new page stands behind the others of its class', () => {
  const core = begin();
  const heap = core.stateAddress();
  const [first, second] = [core.pageNew(core.queueOf(heap, 5), 5), core.pageNew(core.queueOf(heap, 5), 5)];
  assert.is(core.queueHead(core.queueOf(heap, 5)), first);
  assert.is(core.pageNext(first), second);
});

test('a large block has exactly the frames that were asked for, at the alignment that was asked for', () => {
  const core = begin(1_000);
  const heap = core.stateAddress();
  for (const [frames, order] of [[1, 0], [3, 0], [17, 0], [100, 0], [1, 5], [5, 6], [33, 3]] as const) {
    const block = core.largeNew(heap, frames, order);
    assert.is.not(block, 0);
    const page = core.pageOf(block);
    assert.is(core.pageStart(page), block);
    assert.equal([core.pageBin(page), core.pageFrames(page), core.pageHeap(page)], [BIN_LARGE, frames, heap]);
    assert.is(core.pageStart(page) % (FRAME_SIZE * 2 ** order), 0, `${frames} frames, order ${order}`);
    for (let frame = 1; frame < frames; frame++) assert.is(core.pageOf(core.pageStart(page) + frame * FRAME_SIZE), core.noPage());
    assert.is(core.heap_check(), 0);
  }
});

test('frames of empty pages are used before the memory grows', () => {
  /** A heap whose pages have all become empty, and are retired. */
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
  const used = usedFrames(flushed);
  flushed.retiredFlush();
  assert.ok(usedFrames(flushed) < used, 'no page was retired');
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
  const used = usedFrames(core);
  assert.is.not(core.spanAlloc(700, 0), 0);
  assert.is(usedFrames(core), used + 700);
});

test('a run of free spans is found behind fifteen spans of its order that do not suffice', () => {
  const core = begin(200); // so few that the first frame table describes them
  const { first, end } = regionsOf(core)[0]!;
  core.buddyTake(first, end - first);
  const start = Math.ceil(first / 8) * 8;
  for (let index = 0; index < 15; index++) core.buddyFree(start + 8 * index, 2);
  const run = start + 8 * 15 + 1;
  core.buddyFree(run, 3);
  assert.is(core.spanAlloc(3, 0), run);
  assert.is(core.spanAlloc(3, 0), 0);
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

test('a block keeps its frames when the frame table is replaced for its descriptor', () => {
  // At one of these counts the page of descriptors, the frame table and the memory end together.
  for (let count = 0; count < 60; count++) {
    const core = instantiate({ initial: 14 });
    assert.ok(core.heap_init(16, 0) > 0);
    for (const size of [16, 32, 48]) core.malloc(size);
    const sizes = [...Array.from({ length: count }, () => 4), 48, ...Array.from({ length: 8 }, () => 4)].map((frames) => frames * FRAME_SIZE);
    const blocks = sizes.map((size) => ({ address: core.malloc(size) >>> 0, size })).sort((a, b) => a.address - b.address);
    assert.is(core.heap_check(), 0, `after ${count} blocks`);
    for (const [index, { address, size }] of blocks.entries()) {
      const next = blocks[index + 1];
      assert.ok(next === undefined || address + size <= next.address, `${count} blocks: two overlap`);
    }
  }
});

test('without memory nothing is handed out and nothing is lost', () => {
  const core = begin(100);
  const heap = core.stateAddress();
  // Single frames, so that every one is taken; those that remain are needed for descriptors.
  const pages: number[] = [];
  for (let block = core.largeNew(heap, 1, 0); block !== 0; block = core.largeNew(heap, 1, 0)) pages.push(core.pageOf(block));
  const total = regionsOf(core).reduce((sum, { first, end }) => sum + end - first, 0);
  assert.is(usedFrames(core), total);
  const used = core.pageUsed(core.queueHead(core.queueOf(heap, BIN_DESCRIPTOR)));
  const frames = queuedFrames(core);
  assert.is(frames, total);
  for (const [what, allocate] of Object.entries({
    spanAlloc: () => core.spanAlloc(1, 0),
    pageNew: () => core.pageNew(core.queueOf(heap, 0), 0),
    largeNew: () => core.largeNew(heap, 1, 0),
  })) {
    assert.is(allocate(), 0, what);
    assert.is(queuedFrames(core), frames, what);
    assert.is(core.pageUsed(core.queueHead(core.queueOf(heap, BIN_DESCRIPTOR))), used, `${what} keeps a descriptor`);
    assert.is(core.heap_check(), 0, what);
  }
  // And when there is no descriptor either
  const spare: number[] = [];
  for (let descriptor = core.descriptorAlloc(); descriptor !== 0; descriptor = core.descriptorAlloc()) spare.push(descriptor);
  assert.ok(spare.length > 0);
  assert.is(core.pageNew(core.queueOf(heap, 0), 0), 0);
  assert.is(core.largeNew(heap, 1, 0), 0);
  for (const descriptor of spare) core.descriptorFree(descriptor);
  assert.is(core.heap_check(), 0);
  for (const page of pages) core.pageRelease(page);
  assert.is.not(core.pageNew(core.queueOf(heap, 0), 0), 0, 'works again once something is freed');
  assert.is(core.heap_check(), 0);
});

test('a class falls back to a shorter page when there is no room for one of its length', () => {
  const core = begin(700);
  const heap = core.stateAddress();
  let longest = 0;
  while (longest < PAGE_FRAMES_MAX) {
    const page = core.pageNew(core.queueOf(heap, 0), 0);
    assert.is.not(page, 0);
    longest = core.pageFrames(page);
  }
  // No two free frames stand side by side.
  const pages: number[] = [];
  for (let block = core.largeNew(heap, 1, 0); block !== 0; block = core.largeNew(heap, 1, 0)) pages.push(core.pageOf(block));
  pages.sort((a, b) => core.pageStart(a) - core.pageStart(b));
  for (const page of pages.filter((_, index) => index % 2 === 0)) core.pageRelease(page);
  const page = core.pageNew(core.queueOf(heap, 0), 0);
  assert.is.not(page, 0);
  assert.is(core.pageFrames(page), core.pageFramesMin(core.sizeClassSize(0)));
  assert.is(core.heap_check(), 0);
});

const MEMORIES: Record<string, () => Core> = {
  'a memory that does not grow': () => begin(),
  'a memory that grows no further': () => {
    const core = instantiate({ initial: 1, maximum: 32 });
    assert.ok(core.heap_init(16, 0) > 0);
    return core;
  },
};

/** Takes blocks of `size` bytes from `heap` until they come from a page of eight frames at least: that page. */
const beginPage = (core: Core, heap: number, size: number): number => {
  const bin = core.sizeClassBin(size);
  while (core.queueHead(core.queueOf(heap, bin)) === 0 || core.pageFrames(core.queueHead(core.queueOf(heap, bin))) < 8) assert.is.not(core.heap_malloc(heap, size), 0);
  return core.queueHead(core.queueOf(heap, bin));
};

/** The frames of a page that blocks were carved from. */
const carvedFrames = (core: Core, page: number): number => Math.ceil(core.pageCarved(page) * core.pageBlockSize(page) / FRAME_SIZE);

for (const [what, beginMemory] of Object.entries(MEMORIES)) {
  for (const size of [512, 1_500]) {
    test(`in ${what} the last frames are those that no block of ${size} bytes was carved from, and their page serves on`, () => {
      const core = beginMemory();
      const heap = core.stateAddress();
      const page = beginPage(core, heap, size);
      const [frames, kept, used] = [core.pageFrames(page), carvedFrames(core, page), core.pageUsed(page)];
      assert.ok(kept < frames);
      while (core.largeNew(heap, 1, 0) !== 0) assert.is(core.heap_check(), 0);
      assert.is(stateWord(core, STATE_GROWS_OFFSET), what.includes('grows') ? GROWS_IN_VAIN : 0);
      assert.is(core.pageFrames(page), kept);
      const start = core.pageStart(page);
      for (let frame = 0; frame < frames; frame++) {
        const owner = core.pageOf(start + frame * FRAME_SIZE);
        if (frame < kept) assert.is(owner, page);
        else assert.ok(owner !== page && owner !== core.noPage(), `frame ${frame} of ${frames} is not in use again`);
      }
      const blocks: number[] = [];
      for (let block = core.malloc(size); block !== 0; block = core.malloc(size)) blocks.push(block);
      assert.is(blocks.length, Math.floor(kept * FRAME_SIZE / core.pageBlockSize(page)) - used);
      assert.ok(blocks.every((block) => core.pageOf(block) === page && block + size <= start + kept * FRAME_SIZE));
      assert.ok(core.pageIsFull(page));
      assert.is(core.heap_check(), 0);
      for (const block of blocks) core.free(block);
      assert.is(core.malloc(size), blocks.at(-1));
      assert.is(core.heap_check(), 0);
    });
  }
}

test('pages of heaps of one\'s own keep what they have not carved', () => {
  const core = begin();
  const own = core.heap_new();
  const page = beginPage(core, own, 512);
  const frames = core.pageFrames(page);
  assert.ok(carvedFrames(core, page) < frames);
  while (core.malloc(FRAME_SIZE) !== 0);
  core.heap_trim();
  assert.is(core.pageFrames(page), frames);
  for (let blocks = core.pageUsed(page); blocks < frames * FRAME_SIZE / 512; blocks++) assert.is(core.pageOf(core.heap_malloc(own, 512)), page);
  assert.is(core.heap_malloc(own, 512), 0);
  assert.is(core.heap_check(), 0);
});

test('heap_trim gives back what no block was carved from, and tells how many frames', () => {
  const core = begin(1_000);
  const heap = core.stateAddress();
  const pages = [16, 100, 512, 1_500].map((size) => beginPage(core, heap, size));
  const kept = pages.map((page) => carvedFrames(core, page));
  const rest = pages.reduce((sum, page) => sum + core.pageFrames(page), 0) - kept.reduce((sum, frames) => sum + frames);
  const used = usedFrames(core);
  assert.is(core.heap_trim(), rest);
  assert.is(usedFrames(core), used - rest);
  assert.equal(pages.map((page) => core.pageFrames(page)), kept);
  assert.is(core.heap_check(), 0);
  assert.is(core.heap_trim(), 0);
});

test.run();
