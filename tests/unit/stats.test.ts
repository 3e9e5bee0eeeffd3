/** Statistics against a model: live blocks from the calls that were made, frames from a walk over the map. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BIN_DESCRIPTOR, FRAME_SIZE, HEAP_SIZE, SMALL_SIZE_MAX,
} from '../../kernel-heap/layout.ts';
import {
  STATS_BLOCKS_OFFSET, STATS_BLOCK_BYTES_OFFSET, STATS_EMPTY_PAGES_OFFSET, STATS_FRAMES_OFFSET, STATS_FREE_FRAMES_OFFSET,
  STATS_FREE_SPANS_OFFSET, STATS_LARGE_BLOCKS_OFFSET, STATS_METADATA_FRAMES_OFFSET, STATS_ORDER_COUNT, STATS_PAGES_OFFSET,
  STATS_PEAK_FRAMES_OFFSET, STATS_REGIONS_OFFSET, STATS_SIZE, STATS_SIZE_OFFSET, STATS_VERSION, STATS_VERSION_OFFSET,
} from '../../kernel-heap/stats-layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { image, instantiate, regionsOf, tableOf, type Core } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const STEPS = 1_500;

/** Where the figures are written: below the heap. */
const OUT = 0x100;

const seed = testSeed();

interface Figures {
  regions: number;
  frames: number;
  freeFrames: number;
  peakFrames: number;
  pages: number;
  emptyPages: number;
  blocks: number;
  largeBlocks: number;
  blockBytes: number;
  metadataFrames: number;
  freeSpans: number[];
}

const figuresOf = (core: Core): Figures => {
  core.heap_stats(OUT);
  const word = (offset: number): number => core.load(OUT + offset);
  assert.is(word(STATS_VERSION_OFFSET), STATS_VERSION);
  assert.is(word(STATS_SIZE_OFFSET), STATS_SIZE);
  return {
    regions: word(STATS_REGIONS_OFFSET),
    frames: word(STATS_FRAMES_OFFSET),
    freeFrames: word(STATS_FREE_FRAMES_OFFSET),
    peakFrames: word(STATS_PEAK_FRAMES_OFFSET),
    pages: word(STATS_PAGES_OFFSET),
    emptyPages: word(STATS_EMPTY_PAGES_OFFSET),
    blocks: word(STATS_BLOCKS_OFFSET),
    largeBlocks: word(STATS_LARGE_BLOCKS_OFFSET),
    blockBytes: word(STATS_BLOCK_BYTES_OFFSET),
    metadataFrames: word(STATS_METADATA_FRAMES_OFFSET),
    freeSpans: Array.from({ length: STATS_ORDER_COUNT }, (_, order) => word(STATS_FREE_SPANS_OFFSET + 4 * order)),
  };
};

interface Block { address: number; bytes: number; large: boolean; heap: number }

const classSizes = (core: Core): number[] => Array.from({ length: BIN_COUNT }, (_, bin) => core.sizeClassSize(bin));

/** What a request comes to: its class, or whole frames when it is larger or aligned to more than a frame. */
const blockFor = (core: Core, address: number, size: number, alignment = 16, heap = 0): Block => {
  const rounded = alignment > FRAME_SIZE ? size : Math.ceil(Math.max(size, 1) / alignment) * alignment;
  const large = rounded > SMALL_SIZE_MAX || alignment > FRAME_SIZE;
  const bytes = large ? Math.ceil(Math.max(rounded, 1) / FRAME_SIZE) * FRAME_SIZE : classSizes(core).find((classSize) => classSize >= rounded)!;
  return { address, bytes, large, heap };
};

/** The figures as they follow from the blocks and the map; the peak is told by the caller. */
const figuresExpected = (core: Core, blocks: Block[], peakFrames: number): Figures => {
  const regions = regionsOf(core);
  const table = tableOf(core);
  const free = new FreeFrames(core);
  const firstTableFrame = Math.floor(table.address / FRAME_SIZE);
  const tableInRegion = regions.some(({ first, end }) => firstTableFrame >= first && firstTableFrame < end);
  let metadataFrames = tableInRegion ? Math.ceil(table.bytes / FRAME_SIZE) : 0;
  const large = new Set(blocks.filter((block) => block.large).map(({ address }) => address / FRAME_SIZE));
  for (const block of blocks) if (block.large) free.take(block.address / FRAME_SIZE, block.bytes / FRAME_SIZE);
  const pages = new Set<number>();
  for (const { first, end } of regions) {
    for (let frame = first; frame < end; frame++) {
      const page = core.frameMapGet(frame);
      if (page === core.noPage() || large.has(frame) || !free.has(frame)) continue;
      free.take(frame, 1);
      if (core.pageBin(page) === BIN_DESCRIPTOR) metadataFrames++;
      else pages.add(page);
    }
  }
  const inhabited = new Set(blocks.filter((block) => !block.large).map(({ address }) => core.pageOf(address)));
  const spans = free.spansByOrder();
  return {
    regions: regions.length,
    frames: regions.reduce((sum, { first, end }) => sum + end - first, 0),
    freeFrames: free.count,
    peakFrames,
    pages: pages.size,
    emptyPages: [...pages].filter((page) => !inhabited.has(page)).length,
    blocks: blocks.length,
    largeBlocks: large.size,
    blockBytes: blocks.reduce((sum, { bytes }) => sum + bytes, 0),
    metadataFrames,
    freeSpans: Array.from({ length: STATS_ORDER_COUNT }, (_, order) => spans[order] ?? 0),
  };
};

test('without a heap everything is zero but version and size', () => {
  const core = instantiate();
  core.fill(OUT, 0xff, STATS_SIZE + 4);
  const { freeSpans, ...figures } = figuresOf(core);
  assert.ok([...Object.values(figures), ...freeSpans].every((value) => value === 0));
  assert.is(core.load(OUT + STATS_SIZE), -1, 'what stands behind the figures was written');
});

test('asking writes the figures and nothing else', () => {
  const core = instantiate({ initial: 16 });
  assert.ok(core.heap_init(FRAME_SIZE, 200 * FRAME_SIZE) > 0);
  for (let size = 1; size < 20_000; size *= 3) core.malloc(size);
  const before = image(core);
  core.heap_stats(OUT);
  const after = image(core);
  before.fill(0, OUT, OUT + STATS_SIZE);
  after.fill(0, OUT, OUT + STATS_SIZE);
  assert.is(Buffer.compare(before, after), 0);
});

test(`every figure is exact after every step, with several regions and heaps, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = instantiate({ initial: 160 });
  // So large that it is never exhausted: the peak is then what is seen after a step.
  assert.ok(core.heap_init(FRAME_SIZE, 1_200 * FRAME_SIZE) > 0);
  const blocks: Block[] = [];
  const heaps: number[] = [];
  let peak = 0;
  const addRegion = (first: number, frames: number): void => {
    const { metadataFrames } = figuresOf(core);
    assert.is(core.heap_add_region(first * FRAME_SIZE, frames * FRAME_SIZE), frames);
    // A table that is replaced is there for a moment beside the new one.
    const after = figuresOf(core);
    assert.ok(after.peakFrames <= Math.max(peak, after.frames - after.freeFrames + metadataFrames));
    peak = after.peakFrames;
  };
  for (let step = 0; step < STEPS; step++) {
    if (step === 500) addRegion(1_500, 100);
    if (step === 1_000) addRegion(2_300, 200);
    const choice = random.below(100);
    const size = random.size(40_000);
    if (blocks.length === 0 || (choice < 40 && blocks.length < 150)) {
      blocks.push(blockFor(core, core.malloc(size), size));
    } else if (choice < 50 && blocks.length < 150) {
      const alignment = 2 ** (4 + random.below(11));
      blocks.push(blockFor(core, core.aligned_alloc(alignment, size), size, alignment));
    } else if (choice < 85) {
      const index = random.below(blocks.length);
      if (heaps.includes(blocks[index]!.address)) continue;
      core.free(blocks.splice(index, 1)[0]!.address);
    } else if (choice < 88) {
      const heap = core.heap_new();
      heaps.push(heap);
      blocks.push(blockFor(core, heap, HEAP_SIZE));
    } else if (heaps.length > 0 && choice < 96) {
      const heap = heaps[random.below(heaps.length)]!;
      blocks.push(blockFor(core, core.heap_malloc(heap, size), size, 16, heap));
    } else if (heaps.length > 0) {
      const heap = heaps.splice(random.below(heaps.length), 1)[0]!;
      core.heap_destroy(heap);
      for (let index = blocks.length - 1; index >= 0; index--) {
        if (blocks[index]!.heap === heap || blocks[index]!.address === heap) blocks.splice(index, 1);
      }
    }
    for (const { address } of blocks) assert.is.not(address, 0, 'the heap of the test was exhausted');
    const figures = figuresOf(core);
    peak = Math.max(peak, figures.frames - figures.freeFrames);
    assert.equal(figures, figuresExpected(core, blocks, peak), `step ${step}`);
  }
  assert.ok(peak > 0);
});

test('a frame table within the regions is in use, and counts for the peak', () => {
  const core = instantiate({ initial: 128 });
  assert.ok(core.heap_init(FRAME_SIZE, 200 * FRAME_SIZE) > 0);
  // So far away that a larger table is needed.
  assert.is(core.heap_add_region(1_800 * FRAME_SIZE, 200 * FRAME_SIZE), 200);
  const { frames, freeFrames, metadataFrames, peakFrames } = figuresOf(core);
  assert.ok(metadataFrames > 0);
  assert.is(frames - freeFrames, metadataFrames);
  assert.ok(peakFrames >= metadataFrames, `${peakFrames} frames at most, ${metadataFrames} now`);
});

test('the peak stays when everything is freed', () => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, 900 * FRAME_SIZE) > 0);
  const empty = figuresOf(core);
  const large = core.malloc(500 * FRAME_SIZE);
  const { peakFrames, freeFrames } = figuresOf(core);
  assert.ok(peakFrames >= 500);
  assert.is(peakFrames, empty.frames - freeFrames);
  core.free(large);
  core.heap_trim();
  assert.equal(figuresOf(core), { ...empty, peakFrames });
});

test.run();
