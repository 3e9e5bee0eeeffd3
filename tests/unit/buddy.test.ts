/** The buddy against a list of free frames (free-frames.ts): random operations in several regions with holes. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_COUNT_MAX, FRAME_SIZE, STATE_USED_FRAMES_PEAK_OFFSET } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, regionsOf, stateWord, usedFrames, type Core } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const ROUNDS = 12;
const STEPS = 1_000;
const WASM_PAGES = 256; // 4,096 frames

/** How many nodes of an order buddyAlloc looks at, where it packs. */
const ATTEMPTS = 16;

const seed = testSeed();

interface Span { first: number; count: number }

/** A heap in `regionCount` regions of random lengths with holes of random lengths between them. */
const begin = (random: Random, regionCount: number): { core: Core; free: FreeFrames } => {
  const core = instantiate({ initial: WASM_PAGES });
  // What was in the memory before does not matter.
  new Uint8Array(core.memory.buffer).fill(0xee);
  // At the beginning of the memory, or in its second half, where the table begins at a later frame.
  const start = random.below(2) * WASM_PAGES * 8;
  const share = Math.floor(WASM_PAGES * 8 / regionCount);
  for (let index = 0; index < regionCount; index++) {
    const first = start + 1 + index * share + random.below(share / 4);
    const count = share / 4 + random.below(share / 2);
    const add = index === 0 ? core.heap_init : core.heap_add_region;
    assert.is.not(add(first * FRAME_SIZE, count * FRAME_SIZE), 0, `region ${index}`);
  }
  assert.is(regionsOf(core).length, regionCount);
  const free = new FreeFrames(core);
  free.assertBitmap(core);
  return { core, free };
};

/** What buddyAlloc must find in one node: the lowest sufficient order, there the lowest address. 0 if there is none. */
const allocExpected = (free: FreeFrames, count: number, alignmentOrder: number): number => {
  const least = Math.max(Math.ceil(Math.log2(count)), alignmentOrder);
  const spans = free.nodes().map((node) => free.spanOf(node)).filter(({ order }) => order >= least);
  spans.sort((a, b) => a.order - b.order || a.first - b.first);
  return spans[0]?.first ?? 0;
};

/** The lowest order that may lead to a run of `count` frames. */
const orderMin = (count: number): number => Math.floor(Math.log2(count + 1)) - 1;

/** Whether an aligned run of `count` frames is free, and the nodes that lead to it are so few that all are looked at. */
const packMustFind = (free: FreeFrames, count: number, alignmentOrder: number): boolean => {
  const spans = free.nodes().map((node) => free.spanOf(node));
  const leading = spans.filter(({ order }) => order >= orderMin(count));
  if (leading.some(({ order }) => leading.filter((other) => other.order === order).length > ATTEMPTS)) return false;
  return spans.some(({ first }) => {
    const start = Math.ceil(free.runStart(first) / 2 ** alignmentOrder) * 2 ** alignmentOrder;
    return free.runEnd(first) - start >= count;
  });
};

for (let round = 0; round < ROUNDS; round++) {
  const regionCount = 1 + round % 5;
  test(`round ${round}, ${regionCount} region(s): the bitmap is the canonical one after every step, seed ${seed}`, () => {
    const random = new Random(seed + round * 2);
    const { core, free } = begin(random, regionCount);
    const before = free.nodes();
    const total = free.count;
    const usedBefore = usedFrames(core);
    let peak = stateWord(core, STATE_USED_FRAMES_PEAK_OFFSET);
    const spans: Span[] = [];
    // Some of the time allocations prevail, some of the time frees.
    let allocations = 50;

    const enter = (first: number, count: number): void => {
      assert.ok(free.hasRun(first, count), `frames ${first} to ${first + count - 1} were handed out, not all were free`);
      free.take(first, count);
      spans.push({ first, count });
    };
    const release = (index: number): void => {
      const { first, count } = spans[index]!;
      spans[index] = spans.at(-1)!;
      spans.pop();
      core.buddyFree(first, count);
      free.give(first, count);
    };
    const allocate = (): void => {
      const count = 1 + random.below(2 ** random.below(8));
      const alignmentOrder = random.below(3) === 0 ? random.below(6) : 0;
      const expected = allocExpected(free, count, alignmentOrder);
      if (random.below(3) === 0) {
        const packed = core.buddyAlloc(count, alignmentOrder, 1 + random.below(ATTEMPTS));
        if (packed === 0) assert.is(expected, 0, `packing ${count}, ${alignmentOrder} missed a node`);
        assert.is(packed % 2 ** alignmentOrder, 0, `frame ${packed} is not aligned to 2^${alignmentOrder}`);
        if (packed !== 0) enter(packed, count);
        return;
      }
      const first = core.buddyAlloc(count, alignmentOrder, 0);
      assert.is(first, expected, `buddyAlloc(${count}, ${alignmentOrder})`);
      if (first !== 0) {
        assert.is(first % 2 ** alignmentOrder, 0, `frame ${first} is not aligned to 2^${alignmentOrder}`);
        enter(first, count);
        return;
      }
      const must = packMustFind(free, count, alignmentOrder);
      const packed = core.buddyAlloc(count, alignmentOrder, ATTEMPTS);
      if (packed === 0) {
        assert.not(must, `packing ${count}, ${alignmentOrder} missed a free run`);
        return;
      }
      assert.is(packed % 2 ** alignmentOrder, 0, `frame ${packed} is not aligned to 2^${alignmentOrder}`);
      enter(packed, count);
    };
    /** Frees the tail of a span, or takes free frames behind one, as realloc does. */
    const resize = (): void => {
      const span = spans[random.below(spans.length)]!;
      const end = span.first + span.count;
      const rest = 1 + random.below(span.count);
      if (rest < span.count) {
        core.buddyFree(span.first + rest, span.count - rest);
        free.give(span.first + rest, span.count - rest);
        span.count = rest;
      } else if (free.has(end)) {
        const more = 1 + random.below(free.runEnd(end) - end);
        core.buddyTake(end, more);
        free.take(end, more);
        span.count += more;
      }
    };
    const look = (): void => {
      const { first, end } = regionsOf(core)[random.below(regionCount)]!;
      const all = free.nodes().map((node) => free.spanOf(node));
      const atSpan = all.length > 0 && random.below(2) === 0;
      const frame = atSpan ? all[random.below(all.length)]!.first : first + random.below(end - first);
      const span = all.find((other) => other.first === frame);
      assert.is(core.buddySpanFrames(frame), span === undefined ? 0 : 2 ** span.order, `buddySpanFrames(${frame})`);
      // Runs are told from the beginning of a span to its end, hence asked for where a span begins or ends.
      if (span === undefined) return;
      const runEnd = free.runEnd(frame);
      assert.is(core.buddyRunEdge(frame, 1, runEnd + 1), runEnd, `buddyRunEdge(${frame}, 1, ${runEnd + 1})`);
      const limit = frame + random.below(runEnd - frame);
      const limited = core.buddyRunEdge(frame, 1, limit);
      assert.ok(limited >= limit && limited <= runEnd, `buddyRunEdge(${frame}, 1, ${limit}) = ${limited}, the run ends at ${runEnd}`);
      for (const edge of [frame, runEnd]) assert.is(core.buddyRunEdge(edge, -1, FRAME_COUNT_MAX), free.runStart(edge), `buddyRunEdge(${edge}, -1)`);
    };

    for (let step = 0; step < STEPS; step++) {
      if (step % 100 === 0) allocations = 30 + random.below(50);
      const choice = random.below(100);
      if (choice < allocations || spans.length === 0) allocate();
      else if (choice < 90) release(random.below(spans.length));
      else resize();
      peak = Math.max(peak, usedFrames(core));
      look();
      free.assertBitmap(core);
      assert.is(usedFrames(core), usedBefore + total - free.count, 'frames in use');
      assert.is(stateWord(core, STATE_USED_FRAMES_PEAK_OFFSET), peak, 'most frames in use');
    }
    while (spans.length > 0) {
      release(random.below(spans.length));
      free.assertBitmap(core);
    }
    assert.equal(free.nodes(), before, 'not all was given back');
    assert.is(usedFrames(core), usedBefore);
  });
}

test('every run of a heap of 64 frames can be taken and given back', () => {
  const core = instantiate({ initial: 8 });
  assert.is.not(core.heap_init(FRAME_SIZE, 66 * FRAME_SIZE), 0);
  const free = new FreeFrames(core);
  const { first, end } = regionsOf(core)[0]!;
  assert.ok(end - first >= 60, 'a heap of 66 frames has 60 to hand out');
  for (let from = first; from < end; from++) {
    for (let to = from + 1; to <= end; to++) {
      core.buddyTake(from, to - from);
      free.take(from, to - from);
      free.assertBitmap(core);
      core.buddyFree(from, to - from);
      free.give(from, to - from);
      free.assertBitmap(core);
    }
  }
});

test('blocks a little longer than a power of two lie side by side in a memory that does not grow', () => {
  const core = instantiate({ initial: WASM_PAGES });
  assert.is.not(core.heap_init(FRAME_SIZE, 2_000 * FRAME_SIZE), 0);
  const { first, end } = regionsOf(core)[0]!;
  for (const count of [3, 9, 65]) {
    const spans: number[] = [];
    const pack = (): number => core.buddyAlloc(count, 0, 1);
    for (let span = pack(); span !== 0; span = pack()) spans.push(span);
    // But for what is left over at the end, and at places where nodes of different orders meet.
    assert.ok(spans.length * count > 0.9 * (end - first), `${spans.length} of ${count} frames each`);
    for (const span of spans) core.buddyFree(span, count);
  }
});

test('an aligned run that is shorter than its alignment is found between used frames', () => {
  const core = instantiate({ initial: WASM_PAGES });
  assert.is.not(core.heap_init(FRAME_SIZE, 200 * FRAME_SIZE), 0);
  const { first, end } = regionsOf(core)[0]!;
  core.buddyTake(first, end - first);
  core.buddyFree(66, 3);
  core.buddyFree(96, 3);
  assert.is(core.buddyAlloc(3, 5, 0), 0);
  assert.is(core.buddyAlloc(3, 5, ATTEMPTS), 96);
  assert.is(core.buddyAlloc(3, 5, ATTEMPTS), 0);
  assert.is(core.buddyAlloc(3, 0, ATTEMPTS), 66);
});

test(`frames that were freed in any order come together again, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = instantiate({ initial: 8 });
  assert.is.not(core.heap_init(FRAME_SIZE, 66 * FRAME_SIZE), 0);
  const free = new FreeFrames(core);
  const { first, end } = regionsOf(core)[0]!;
  const ascending = Array.from({ length: end - first }, (_, index) => first + index);
  const scattered = (): number[] => {
    const frames = [...ascending];
    for (let index = frames.length - 1; index > 0; index--) {
      const other = random.below(index + 1);
      [frames[index], frames[other]] = [frames[other]!, frames[index]!];
    }
    return frames;
  };
  for (const order of [ascending, ascending.toReversed(), scattered(), scattered(), scattered()]) {
    core.buddyTake(first, order.length);
    free.take(first, order.length);
    for (const frame of order) {
      core.buddyFree(frame, 1);
      free.give(frame, 1);
      free.assertBitmap(core);
    }
  }
});

test.run();
