/** Large blocks that are cut and merged late: whole nodes with room, idle nodes, and what becomes of both when frames run short. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_IDLE, BIN_LARGE, BIN_LAZY, FRAME_SIZE, IDLE_COUNT_MAX, LAZY_ORDER_MAX, LAZY_TRIM_MAX, STATE_IDLE_COUNT_OFFSET,
} from '../../kernel-heap/layout.ts';
import { STATS_FREE_FRAMES_OFFSET } from '../../kernel-heap/stats-layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, instantiator, stateWord, usedFrames, type Core } from './core.ts';

const STEPS = 6_000;

const seed = testSeed();

/** A heap in a memory that grows, with `wasmPages` wasm pages at the beginning. */
const begin = (wasmPages: number, maximum?: number): Core => {
  const core = instantiate({ initial: wasmPages, maximum });
  assert.ok(core.heap_init(16, 0) > 0);
  return core;
};

/** A large block of `frames` frames. */
const allocate = (core: Core, frames: number): number => {
  const block = core.malloc(frames * FRAME_SIZE);
  assert.is.not(block, 0);
  return block;
};

const idleCount = (core: Core): number => stateWord(core, STATE_IDLE_COUNT_OFFSET);

test('a large block takes a whole node, and may use what it asked for', () => {
  const core = begin(64);
  allocate(core, 3); // and the page of descriptors
  const used = usedFrames(core);
  const block = allocate(core, 5);
  assert.is(core.pageBin(core.pageOf(block)), BIN_LAZY);
  assert.is(usedFrames(core), used + 8);
  assert.is(core.malloc_usable_size(block), 5 * FRAME_SIZE);
  assert.is(block % (8 * FRAME_SIZE), 0);
  assert.is(core.heap_check(), 0);
});

test('a freed block leaves its node to the next block of the same order, and the buddy untouched', () => {
  const core = begin(64);
  const block = allocate(core, 5);
  const used = usedFrames(core);
  core.free(block);
  assert.is(core.pageBin(core.pageOf(block)), BIN_IDLE);
  assert.is(idleCount(core), 1);
  const other = allocate(core, 9);
  assert.is.not(other, block, 'a block of another order lies elsewhere');
  assert.is(allocate(core, 8), block);
  assert.is(core.malloc_usable_size(block), 8 * FRAME_SIZE);
  assert.is(idleCount(core), 0);
  assert.is(usedFrames(core), used + 16);
  assert.is(core.heap_check(), 0);
});

test('the node that was freed last is used first', () => {
  const core = begin(64);
  const blocks = [allocate(core, 4), allocate(core, 4), allocate(core, 4)];
  for (const block of blocks) core.free(block);
  assert.equal([allocate(core, 3), allocate(core, 4), allocate(core, 3)], blocks.reverse());
});

test('an idle node counts as free', () => {
  const core = begin(64);
  const block = allocate(core, 5);
  const out = core.malloc(1_000);
  const freeFrames = (): number => {
    core.heap_stats(out);
    return core.load(out + STATS_FREE_FRAMES_OFFSET);
  };
  const free = freeFrames();
  core.free(block);
  assert.is(freeFrames(), free + 8);
});

test('freeing or resizing what an idle node once held is noticed', () => {
  for (const misuse of ['free', 'realloc'] as const) {
    const core = begin(64);
    const block = allocate(core, 5);
    core.free(block);
    assert.throws(() => (misuse === 'free' ? core.free(block) : core.realloc(block, 4 * FRAME_SIZE)), undefined, misuse);
  }
});

test('more nodes than the limit are not idle, but given back', () => {
  const core = begin(128);
  const blocks = Array.from({ length: IDLE_COUNT_MAX + 5 }, () => allocate(core, 3));
  const used = usedFrames(core);
  for (const block of blocks) core.free(block);
  assert.is(idleCount(core), IDLE_COUNT_MAX);
  assert.is(usedFrames(core), used - 5 * 4);
  assert.is(core.heap_check(), 0);
});

test('idle nodes and room serve others before the memory grows', () => {
  const core = begin(64);
  const bytes = core.memory.buffer.byteLength;
  const blocks = Array.from({ length: 50 }, () => allocate(core, 9));
  assert.is(core.memory.buffer.byteLength, bytes);
  // What is left over behind each of them is not one run, but serves pages.
  const pages = Array.from({ length: 5 * 7 * 16 }, () => core.malloc(256));
  for (const block of blocks.slice(0, 40)) core.free(block);
  assert.is(core.memory.buffer.byteLength, bytes);
  assert.ok(idleCount(core) > 0);
  core.malloc(500 * FRAME_SIZE);
  assert.is(idleCount(core), 0, 'all idle nodes were merged to find a run');
  for (const block of [...pages, ...blocks.slice(40)]) core.free(block);
  assert.is(core.heap_check(), 0);
});

test('when frames run short as many blocks lose their room as may, the first of them first', () => {
  const core = begin(256);
  const blocks = Array.from({ length: LAZY_TRIM_MAX + 10 }, () => allocate(core, 9));
  const used = usedFrames(core);
  core.lazyFlush(LAZY_TRIM_MAX);
  assert.is(usedFrames(core), used - LAZY_TRIM_MAX * 7);
  const bins = blocks.map((block) => core.pageBin(core.pageOf(block)));
  assert.equal(bins, blocks.map((_, index) => (index < LAZY_TRIM_MAX ? BIN_LARGE : BIN_LAZY)));
  assert.is(core.heap_check(), 0);
});

test('heap_trim gives back all idle nodes and all room', () => {
  const core = begin(256);
  const blocks = Array.from({ length: LAZY_TRIM_MAX + 10 }, () => allocate(core, 9));
  const used = usedFrames(core);
  core.free(blocks[0]!);
  assert.is(core.heap_trim(), 16 + (blocks.length - 1) * 7);
  assert.is(usedFrames(core), used - 16 - (blocks.length - 1) * 7);
  assert.is(core.heap_check(), 0);
});

test('a block is resized within its node, and loses its room when it leaves it', () => {
  const core = begin(64);
  const block = allocate(core, 9);
  const used = usedFrames(core);
  for (const frames of [16, 10, 9, 15]) {
    assert.is(core.realloc(block, frames * FRAME_SIZE), block);
    assert.is(core.malloc_usable_size(block), frames * FRAME_SIZE);
    assert.is(core.pageBin(core.pageOf(block)), BIN_LAZY);
    assert.is(usedFrames(core), used);
  }
  assert.is(core.realloc(block, 5 * FRAME_SIZE), block);
  assert.is(core.pageBin(core.pageOf(block)), BIN_LARGE);
  assert.is(usedFrames(core), used - 11);
  const other = allocate(core, 9);
  assert.is(core.realloc(other, 20 * FRAME_SIZE), other, 'the frames behind it are free');
  assert.is(core.pageBin(core.pageOf(other)), BIN_LARGE);
  assert.is(core.heap_check(), 0);
});

test('blocks of other heaps, longer ones, and those aligned to more than their node are not lazy', () => {
  const core = begin(256);
  const heap = core.heap_new();
  const binOf = (block: number): number => core.pageBin(core.pageOf(block));
  assert.is(binOf(core.heap_malloc(heap, 5 * FRAME_SIZE)), BIN_LARGE);
  assert.is(binOf(allocate(core, 2 ** LAZY_ORDER_MAX)), BIN_LAZY);
  assert.is(binOf(allocate(core, 2 ** LAZY_ORDER_MAX + 1)), BIN_LARGE);
  assert.is(binOf(core.memalign(8 * FRAME_SIZE, 5 * FRAME_SIZE)), BIN_LAZY);
  assert.is(binOf(core.memalign(16 * FRAME_SIZE, 5 * FRAME_SIZE)), BIN_LARGE);
  assert.is(core.heap_check(), 0);
});

test('a block that is too large for its size is so without its room as well', async () => {
  const core = (await instantiator('hardened'))({ initial: 64 });
  assert.ok(core.heap_init(16, 0) > 0);
  const [page, other] = [allocate(core, 9), allocate(core, 9)].map((block) => core.pageOf(block)) as [number, number];
  core.pageSetLoose(page);
  core.lazyFlush(2);
  assert.equal([page, other].map((each) => core.pageBin(each)), [BIN_LARGE, BIN_LARGE]);
  assert.equal([page, other].map((each) => core.pageIsLoose(each)), [true, false]);
});

test('in a memory that does not grow no block is lazy', () => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, 400 * FRAME_SIZE) > 0);
  assert.is(core.pageBin(core.pageOf(allocate(core, 5))), BIN_LARGE);
});

test(`whatever happens, live blocks keep apart and every invariant holds, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin(1, 300);
  const live: { block: number; frames: number }[] = [];
  let refused = 0;
  for (let step = 0; step < STEPS; step++) {
    const choice = random.below(100);
    const frames = 3 + random.below(2 ** random.below(10));
    if (live.length === 0 || choice < 45) {
      const block = core.malloc(frames * FRAME_SIZE);
      if (block !== 0) live.push({ block, frames });
      else refused++;
    } else if (choice < 75) {
      const [{ block }] = live.splice(random.below(live.length), 1) as [{ block: number; frames: number }];
      core.free(block);
    } else if (choice < 98) {
      const entry = live[random.below(live.length)]!;
      const block = core.realloc(entry.block, frames * FRAME_SIZE);
      if (block !== 0) Object.assign(entry, { block, frames });
      else refused++;
    } else {
      core.heap_trim();
    }
    if (step % 50 !== 0) continue;
    assert.is(core.heap_check(), 0, `step ${step}`);
    const sorted = live.toSorted((a, b) => a.block - b.block);
    for (const [index, { block, frames: length }] of sorted.entries()) {
      assert.is(core.malloc_usable_size(block), length * FRAME_SIZE);
      const next = sorted[index + 1];
      assert.ok(!next || block + length * FRAME_SIZE <= next.block, `step ${step}: two blocks share frames`);
    }
  }
  assert.ok(refused > 0, 'memory never ran out');
  for (const { block } of live) core.free(block);
  core.heap_trim();
  assert.is(core.heap_check(), 0);
  assert.is(idleCount(core), 0);
});

test.run();
