/** Large blocks: whole frames, longer and shorter in place. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_SHIFT, FRAME_SIZE, SIZE_MAX } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, type Core } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const STEPS = 2_000;

/** Fewer than the descriptors of a page. */
const PAGES_MAX = 60;

const seed = testSeed();

const begin = (): Core => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, 400 * FRAME_SIZE) > 0);
  return core;
};

test('a size is rounded up to frames', () => {
  const core = instantiate();
  for (const frames of [1, 2, 3, 4096, 2 ** 19, 2 ** 20 - 1]) {
    const size = frames * FRAME_SIZE;
    assert.is(core.framesFor(size), frames);
    assert.is(core.framesFor(size - FRAME_SIZE + 1), frames);
    if (size < SIZE_MAX) assert.is(core.framesFor(size + 1), frames + 1);
  }
  assert.is(core.framesFor(SIZE_MAX | 0), SIZE_MAX / FRAME_SIZE);
});

test(`blocks are resized in place whenever the frames behind them are free, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  const heap = core.stateAddress();
  const free = new FreeFrames(core);
  // A page of descriptors of which one is never given back: it serves all blocks below.
  let descriptor = core.descriptorAlloc();
  while (!free.has(descriptor >>> FRAME_SHIFT)) descriptor = core.descriptorAlloc();
  free.take(descriptor >>> FRAME_SHIFT, 1);
  const pages: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const choice = random.below(100);
    if (pages.length === 0 || (choice < 20 && pages.length < PAGES_MAX)) {
      const frames = 1 + random.below(30);
      const block = core.largeAlloc(heap, frames, 0);
      if (block === 0) {
        assert.ok(free.runMax < frames, `no block of ${frames} frames though ${free.runMax} are free side by side`);
        continue;
      }
      free.take(block / FRAME_SIZE, frames);
      pages.push(core.pageOf(block));
    } else if (choice < 30) {
      const [page] = pages.splice(random.below(pages.length), 1) as [number];
      free.give(core.pageStart(page) / FRAME_SIZE, core.pageFrames(page));
      core.pageRelease(page);
    } else {
      const page = pages[random.below(pages.length)]!;
      const first = core.pageStart(page) / FRAME_SIZE;
      const before = core.pageFrames(page);
      const frames = 1 + random.below(40);
      const possible = frames <= before || free.hasRun(first + before, frames - before);
      assert.is(core.largeResize(page, frames), possible, `${before} frames from ${first} on to ${frames}, step ${step}`);
      assert.is(core.pageFrames(page), possible ? frames : before);
      if (frames > before && possible) free.take(first + before, frames - before);
      if (frames < before) free.give(first + frames, before - frames);
    }
    free.assertBitmap(core);
    if (step % 100 === 0) assert.is(core.heap_check(), 0);
  }
});

test('a large block at the end of a memory that grows becomes longer in place', () => {
  const core = instantiate({ initial: 1 });
  let size = 100_000;
  let block = core.malloc(size);
  let moves = 0;
  while (size < 2 ** 25) {
    size += size >>> 3;
    const moved = core.realloc(block, size);
    if (moved !== block) moves++;
    block = moved;
  }
  assert.ok(moves <= 6, `${moves} moves, more than larger frame tables took the place behind`);
  assert.ok(core.memory.buffer.byteLength < size * 1.5, `${core.memory.buffer.byteLength} bytes of memory for ${size}`);
  assert.is(core.heap_check(), 0);
});

test('a large block does not make the memory grow where another place has room for it', () => {
  const core = instantiate({ initial: 1 });
  const first = core.malloc(100 * FRAME_SIZE);
  const last = core.malloc(50 * FRAME_SIZE);
  core.free(first);
  const bytes = core.memory.buffer.byteLength;
  assert.is(core.realloc(last, 90 * FRAME_SIZE), first);
  assert.is(core.memory.buffer.byteLength, bytes);
  assert.is(core.heap_check(), 0);
});

test('a large block at the end of a memory that cannot grow further stays as it was', () => {
  const core = instantiate({ initial: 1, maximum: 8 });
  const block = core.malloc(60 * FRAME_SIZE);
  const bytes = core.malloc_usable_size(block);
  assert.is(core.realloc(block, 2 ** 20), 0);
  assert.is(core.malloc_usable_size(block), bytes);
  assert.is(core.heap_check(), 0);
});

test.run();
