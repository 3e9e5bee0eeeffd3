/** Regions and the frame table: the edges of heap_init, and regions added near, far, below, in between and again. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FRAME_SIZE, STATE_END_FRAME_OFFSET, STATE_MAGIC, STATE_MAGIC_OFFSET, STATE_SIZE, TABLE_CAPACITY_MIN,
} from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { image, instantiate, regionsOf, stateWord, tableOf, unchanged, usedFrames, type Core, type Range } from './core.ts';
import { FreeFrames } from './free-frames.ts';

const WASM_PAGE = 65536;
const ADDRESS_SPACE = 2 ** 32;

const seed = testSeed();

/** Demands that record, table and regions fit together, and that all frames but the table's are free. */
const assertHeap = (core: Core, regions: Range[]): void => {
  assert.is(stateWord(core, STATE_MAGIC_OFFSET), STATE_MAGIC);
  assert.equal(regionsOf(core), regions);
  const table = tableOf(core);
  assert.ok(Number.isInteger(Math.log2(table.capacity)) && table.capacity >= TABLE_CAPACITY_MIN, `capacity ${table.capacity}`);
  assert.is(table.first % (table.capacity / 2), 0, `a base of ${table.first} for a capacity of ${table.capacity}`);
  assert.ok(table.first <= (core.stateAddress() >>> 0) / FRAME_SIZE, 'the table reaches down to the state record');
  for (const { first, end } of regions) {
    assert.ok(first >= table.first && end <= table.end, `the table does not reach to frames ${first} to ${end - 1}`);
  }
  const free = new FreeFrames(core);
  free.assertBitmap(core);
  const frames = regions.reduce((sum, { first, end }) => sum + end - first, 0);
  assert.is(usedFrames(core), frames - free.count);
  assert.is(core.heap_check(), 0);
};

/** Regions that touch become one. */
const merge = (regions: Range[]): Range[] => {
  const merged: Range[] = [];
  for (const region of regions.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last?.end === region.first) last.end = region.end;
    else merged.push({ ...region });
  }
  return merged;
};

const addRange = (core: Core, { first, end }: Range): number =>
  core.heap_add_region(first * FRAME_SIZE | 0, (end - first) * FRAME_SIZE | 0);

const initRange = (core: Core, { first, end }: Range): number =>
  core.heap_init(first * FRAME_SIZE | 0, (end - first) * FRAME_SIZE | 0);

/** A heap of `frames` frames or a few less from frame `first` on, and the region that it has become. */
const begin = (core: Core, first: number, frames: number): Range => {
  const taken = initRange(core, { first, end: first + frames });
  assert.ok(taken > 0, 'heap_init refused the region');
  return { first: first + frames - taken, end: first + frames };
};

test('heap_init takes every range from some size on: more bytes never mean fewer frames, and nothing outside is touched', () => {
  const core = instantiate({ initial: 2 });
  const bytes = Buffer.from(core.memory.buffer);
  const garbage = Buffer.alloc(bytes.length, 0xee);
  for (const start of [0, 1, 15, 16, 17, 4095, 4096, 4097, 40_000, 65_528, 65_536]) {
    let before = 0;
    for (let size = 1; size <= 9 * FRAME_SIZE; size += 97) {
      core.heap_forget();
      garbage.copy(bytes);
      const frames = core.heap_init(start, size);
      const what = `heap_init(${start}, ${size}) = ${frames}`;
      assert.ok(frames >= before, `${what}, with less memory ${before}`);
      before = frames;
      assert.ok(bytes.subarray(0, start).equals(garbage.subarray(0, start)), `${what} wrote below the region`);
      assert.ok(bytes.subarray(start + size).equals(garbage.subarray(start + size)), `${what} wrote behind the region`);
      if (frames === 0) {
        assert.ok(bytes.equals(garbage), `${what} wrote something`);
        assert.not.ok(core.heapExists(), what);
        continue;
      }
      const end = Math.floor((start + size) / FRAME_SIZE);
      assertHeap(core, [{ first: end - frames, end }]);
      assert.is(stateWord(core, STATE_END_FRAME_OFFSET), end - frames, what);
      assert.ok(core.stateAddress() >= Math.max(start, 1) && core.stateAddress() % 16 === 0, what);
      assert.ok(core.stateAddress() + STATE_SIZE <= tableOf(core).address, 'the table begins behind the state record');
      const table = tableOf(core);
      assert.ok(table.address + table.bytes <= (end - frames) * FRAME_SIZE, 'the first table lies before the frames');
    }
    assert.ok(before > 0, `from ${start} on, ${9 * FRAME_SIZE} bytes are not enough`);
  }
});

test('the frame table is the smallest that reaches to the last frame, but for the first', () => {
  const core = instantiate({ initial: 128 });
  for (const first of [1, 100, 127, 128, 129, 1_000]) {
    for (let frames = 20; frames < 1_000; frames += 3) {
      core.heap_forget();
      const { end } = begin(core, first, frames);
      const { capacity, end: tableEnd } = tableOf(core);
      const half = capacity / 2;
      const baseOfHalf = Math.floor(first / (half / 2)) * (half / 2);
      assert.ok(end <= tableEnd, `frames ${first} to ${end - 1}: capacity ${capacity} is too small`);
      assert.ok(capacity === TABLE_CAPACITY_MIN || end > baseOfHalf + half * 7 / 8, `frames ${first} to ${end - 1}: half of ${capacity} would do`);
    }
  }
});

test('heap_init refuses a range that wraps, and changes nothing', () => {
  const core = instantiate({ initial: 1 });
  const before = image(core);
  for (const [start, size] of [[4097, 0xfffff000], [0x80000000, 0x80000001], [0xffffffff, 2], [2, 0xffffffff],
    // The state record alone reaches over the end.
    [0xffffff00, 0x100], [0xfffff001, 0xfff], [0xfffff001, 0], [0xffffffff, 0]] as const) {
    assert.is(core.heap_init(start | 0, size | 0), 0, `heap_init(${start}, ${size})`);
    assert.ok(unchanged(core, before));
  }
  assert.not.ok(core.heapExists());
});

test('a second heap_init is refused until the heap is forgotten', () => {
  const core = instantiate({ initial: 4 });
  const region = begin(core, 1, 20);
  const before = image(core);
  assert.is(initRange(core, { first: 30, end: 60 }), 0);
  assert.is(core.heap_init(0, 0), 0);
  assert.ok(unchanged(core, before));
  assertHeap(core, [region]);
  core.heap_forget();
  assert.not.ok(core.heapExists());
  assertHeap(core, [begin(core, 30, 30)]);
});

test('size 0 takes all memory there is from the start on, and grows by it when that is not enough', () => {
  const core = instantiate({ initial: 3 });
  const frames = core.heap_init(5000, 0);
  assert.is(core.memory.buffer.byteLength, 3 * WASM_PAGE);
  assertHeap(core, [{ first: 48 - frames, end: 48 }]);

  const full = instantiate({ initial: 1 });
  assert.ok(full.heap_init(WASM_PAGE - 16, 0) > 0);
  assert.is(full.memory.buffer.byteLength, 2 * WASM_PAGE);
  assert.equal(regionsOf(full).map(({ end }) => end), [32]);
  assert.is(full.heap_check(), 0);

  const fixed = instantiate({ initial: 1, maximum: 1 });
  assert.is(fixed.heap_init(WASM_PAGE - 16, 0), 0);
  assert.not.ok(fixed.heapExists());
});

test('a heap at the very end of the address space', () => {
  const core = instantiate({ initial: 65536 });
  const taken = core.heap_init((ADDRESS_SPACE - 20 * FRAME_SIZE) | 0, 20 * FRAME_SIZE);
  assertHeap(core, [{ first: 2 ** 20 - taken, end: 2 ** 20 }]);
  const blocks: number[] = [];
  for (let block = core.malloc(FRAME_SIZE); block !== 0; block = core.malloc(FRAME_SIZE)) blocks.push(block >>> 0);
  assert.ok(blocks.includes(ADDRESS_SPACE - FRAME_SIZE) || blocks.length >= taken - 1, 'the last frame is never handed out');
  for (const block of blocks) core.free(block | 0);
  core.heap_trim();
  assertHeap(core, [{ first: 2 ** 20 - taken, end: 2 ** 20 }]);
});

test('growing replaces the table again and again, and every block keeps place, size and contents', () => {
  const core = instantiate({ initial: 1 });
  assert.ok(core.heap_init(16, 0) > 0);
  const blocks: { address: number; size: number }[] = [];
  const capacities = new Set<number>();
  for (let index = 0; index < 3_000; index++) {
    const size = index % 3 === 0 ? 60_000 : 16 + index % 500;
    const address = core.malloc(size);
    assert.is.not(address, 0, `block ${index}`);
    core.fill(address, index, size);
    blocks.push({ address, size });
    capacities.add(tableOf(core).capacity);
  }
  assert.ok(capacities.size >= 5, `capacities ${[...capacities].join(', ')}`);
  assert.is(regionsOf(core).length, 1, 'memory that grows stays a single region');
  assert.is(core.heap_check(), 0);
  for (const [index, { address, size }] of blocks.entries()) {
    const usable = core.malloc_usable_size(address);
    assert.ok(usable >= size && usable < size + FRAME_SIZE, `block ${index}`);
    const bytes = Buffer.from(core.memory.buffer, address, size);
    assert.ok(bytes.every((byte) => byte === (index & 0xff)), `contents of block ${index}`);
  }
  for (const { address } of blocks) core.free(address);
  core.heap_trim();
  assertHeap(core, regionsOf(core));
});

test('memory grows by what is missing, a larger frame table included, and a thirty-second, to the next wasm page', () => {
  for (let size = 10_000; size < 2 ** 30; size = size * 2 + 4_321) {
    const core = instantiate({ initial: 1 });
    assert.is.not(core.malloc(size), 0, `a block of ${size} bytes`);
    const table = tableOf(core);
    const grown = core.memory.buffer.byteLength;
    assert.ok(grown <= (size + table.bytes) * 33 / 32 + 3 * WASM_PAGE, `${grown} bytes of memory for a block of ${size} and a table of ${table.bytes}`);
    assert.ok(table.bytes <= FRAME_SIZE || grown / FRAME_SIZE > table.capacity * 7 / 16, `${grown} bytes of memory, a table for ${table.capacity} frames`);
    assert.is(core.heap_check(), 0);
  }
});

test('a growing memory is grown seldom, and up to its last wasm page', () => {
  const maximum = 512;
  const core = instantiate({ initial: 1, maximum });
  let grown = 0;
  let before = core.memory.buffer.byteLength;
  while (core.malloc(3 * FRAME_SIZE) !== 0) {
    const bytes = core.memory.buffer.byteLength;
    if (bytes === before) continue;
    grown++;
    assert.ok(bytes - before <= before / 32 + 2 * WASM_PAGE, `from ${before} to ${bytes} bytes`);
    before = bytes;
  }
  assert.is(before, maximum * WASM_PAGE);
  assert.ok(grown < 120, `grown ${grown} times`);
  assert.is(core.heap_check(), 0);
});

test('memory that another has grown in between becomes a region of its own', () => {
  const core = instantiate({ initial: 1 });
  assert.ok(core.heap_init(16, 0) > 0);
  core.memoryGrow(2);
  const large = core.malloc(20 * FRAME_SIZE);
  assert.ok(large >= 3 * WASM_PAGE, `a block at ${large} in memory that is not the heap's`);
  assert.is(regionsOf(core).length, 2);
  assert.is(core.heap_check(), 0);
});

test('adjacent regions become one, on either side and when a gap is closed', () => {
  const core = instantiate({ initial: 16 });
  const middle = begin(core, 100, 50);
  const regions = [middle];
  const add = (first: number, end: number): void => {
    assert.is(addRange(core, { first, end }), end - first, `frames ${first} to ${end - 1}`);
    regions.push({ first, end });
    assertHeap(core, merge(regions));
  };
  add(150, 160);
  add(200, 210);
  add(170, 200);
  add(160, 170);
  assert.is(regionsOf(core).length, 1);
  add(10, 20);
  add(20, 30);
  add(5, 10);
  assert.equal(regionsOf(core), [{ first: 5, end: 30 }, { first: middle.first, end: 210 }]);
});

test('a region that begins with the table\'s first frame gets a table that begins before it', () => {
  const core = instantiate({ initial: 32 });
  begin(core, 300, 50);
  const { first } = tableOf(core);
  assert.is(first, 256);
  assert.is(addRange(core, { first, end: 280 }), 280 - first);
  assert.ok(tableOf(core).first < first);
  // From there down to the beginning of the run, over the frame that was the table's first.
  const table = core.tableSpanFrames(tableOf(core).capacity);
  const frame = core.spanAlloc(280 - first - table, 0);
  assert.ok(frame >= first && frame < 280, `frame ${frame}`);
  core.buddyFree(frame, 280 - first - table);
  assert.is(core.heap_check(), 0);
});

test('a larger frame table is no border between free frames and those that are added behind them', () => {
  const core = instantiate({ initial: 64 });
  for (let first = 1; first < 129; first++) {
    core.heap_forget();
    const region = begin(core, first, 90);
    const { capacity } = tableOf(core);
    assert.is(addRange(core, { first: region.end, end: region.end + 448 }), 448);
    assert.ok(tableOf(core).capacity > capacity);
    const frames = region.end + 448 - region.first - 1;
    assert.is.not(core.malloc(frames * FRAME_SIZE), 0, `${frames} frames from frame ${region.first} on`);
    assert.is(core.heap_check(), 0);
  }
});

test('a region that overlaps another, or state record and first table, is refused, and nothing is changed', () => {
  const core = instantiate({ initial: 16 });
  const first = begin(core, 100, 50);
  assert.is(addRange(core, { first: 170, end: 180 }), 10);
  assert.is(addRange(core, { first: 20, end: 30 }), 10);
  const before = image(core);
  const edges = [20, 29, 30, 100, first.first - 1, first.first, 120, 149, 150, 170, 175, 179, 180];
  let refused = 0;
  for (const from of [10, ...edges]) {
    for (const to of [...edges, 200]) {
      const overlaps = [{ first: 20, end: 30 }, { first: 100, end: 150 }, { first: 170, end: 180 }]
        .some((region) => from < region.end && region.first < to);
      if (from >= to || !overlaps) continue;
      assert.is(addRange(core, { first: from, end: to }), 0, `frames ${from} to ${to - 1}`);
      assert.ok(unchanged(core, before), `frames ${from} to ${to - 1} were refused, but something was written`);
      refused++;
    }
  }
  assert.ok(refused > 50);
});

test('heap_add_region takes whole frames only, and refuses what has none or wraps', () => {
  const core = instantiate({ initial: 16 });
  assert.is(core.heap_add_region(100 * FRAME_SIZE, FRAME_SIZE), 0, 'without a heap');
  const region = begin(core, 1, 50);
  const before = image(core);
  for (const [start, size] of [
    [100 * FRAME_SIZE, 0], [100 * FRAME_SIZE, FRAME_SIZE - 1], [100 * FRAME_SIZE + 1, FRAME_SIZE], [100 * FRAME_SIZE + 1, 2 * FRAME_SIZE - 2],
    [100 * FRAME_SIZE, 0xffffffff], [0xfffffff0, 0x20],
  ] as const) {
    assert.is(core.heap_add_region(start | 0, size | 0), 0, `heap_add_region(${start}, ${size})`);
    assert.ok(unchanged(core, before));
  }
  assert.is(core.heap_add_region(100 * FRAME_SIZE + 1, 2 * FRAME_SIZE - 1), 1);
  assert.is(core.heap_add_region(110 * FRAME_SIZE - 1, FRAME_SIZE + 2), 1);
  assertHeap(core, [region, { first: 101, end: 102 }, { first: 110, end: 111 }]);
});

test('frame 0 is never given out: address 0 is no block', () => {
  const core = instantiate({ initial: 16 });
  const region = begin(core, 100, 50);
  assert.is(core.heap_add_region(0, 0), 0);
  assert.is(core.heap_add_region(0, 10 * FRAME_SIZE), 9);
  assertHeap(core, [{ first: 1, end: 10 }, region]);
});

test('a region far away or far below replaces the table, and everything stays in place', () => {
  const core = instantiate({ initial: 65536 });
  const regions = [begin(core, 0x80000, 100)];
  const block = core.malloc(100);
  core.fill(block, 0x5a, 100);
  const contents = (): Buffer => Buffer.from(core.memory.buffer, block >>> 0, 100);
  const capacities = [tableOf(core).capacity];
  // Each new table takes frames of the new region or of those before.
  for (const range of [{ first: 0x81000, end: 0x81200 }, { first: 0x70000, end: 0x71000 }, { first: 0xff000, end: 0x100000 }, { first: 0x10, end: 0x810 }]) {
    assert.is(addRange(core, range), range.end - range.first);
    regions.push(range);
    assert.equal(regionsOf(core), merge(regions));
    assert.is(core.heap_check(), 0);
    assert.is(core.malloc_usable_size(block), core.sizeClassSize(core.sizeClassBin(100)));
    capacities.push(tableOf(core).capacity);
    assert.is(tableOf(core).first <= Math.min(...regions.map(({ first }) => first)), true, 'the base lies below all regions');
  }
  assert.ok(new Set(capacities).size >= 4, `capacities ${capacities.join(', ')}`);
  assert.ok(contents().every((byte) => byte === 0x5a));
  core.free(block);
  core.heap_trim();
  assertHeap(core, merge(regions));
});

test('a region without a frame beside the table that it needs is refused when the heap has no frames left', () => {
  const core = instantiate({ initial: 65536 });
  begin(core, 0x80000, 20);
  const blocks: number[] = [];
  for (let block = core.malloc(FRAME_SIZE); block !== 0; block = core.malloc(FRAME_SIZE)) blocks.push(block);
  const before = tableOf(core);
  const used = usedFrames(core);
  let frames = 1;
  while (addRange(core, { first: 0x100, end: 0x100 + frames }) === 0) {
    assert.equal(tableOf(core), before);
    frames++;
  }
  const table = tableOf(core);
  assert.is(frames, table.bytes / FRAME_SIZE + 1);
  assert.is(usedFrames(core), used + frames - 1);
  assert.is(core.heap_check(), 0);
  for (const block of blocks) core.free(block);
  core.heap_trim();
  assertHeap(core, regionsOf(core));
});

for (const [name, { frames, lengthMax }] of Object.entries({
  'close together': { frames: 1_000, lengthMax: 12 },
  'scattered over 256 MiB': { frames: 65_536, lengthMax: 600 },
})) {
  test(`random regions ${name} in random order, with holes, touching and overlapping, seed ${seed}`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 6; round++) {
      const core = instantiate({ initial: Math.ceil(frames / 16) });
      // What was in the memory before does not matter.
      if (frames < 10_000) new Uint8Array(core.memory.buffer).fill(0xee);
      const regions = [begin(core, 1 + random.below(frames - 30), 8 + random.below(20))];
      const first = core.stateAddress() >>> 0;
      for (let step = 0; step < 60; step++) {
        const from = 1 + random.below(frames);
        const range = { first: from, end: Math.min(from + 1 + random.below(lengthMax), frames) };
        const frameOfState = Math.floor(first / FRAME_SIZE);
        const overlaps = range.end <= range.first
          || [...regions, { first: frameOfState, end: stateWord(core, STATE_END_FRAME_OFFSET) }]
            .some((region) => range.first < region.end && region.first < range.end);
        const table = tableOf(core);
        const described = range.first >= table.first && range.end <= table.end;
        const taken = addRange(core, range);
        const what = `round ${round}, step ${step}, frames ${range.first} to ${range.end - 1}: ${taken} taken`;
        if (overlaps) assert.is(taken, 0, what);
        // Only for want of frames for another table may it refuse.
        else if (taken === 0) assert.not(described, what);
        else {
          assert.is(taken, range.end - range.first, what);
          regions.push(range);
        }
        if (step % (frames > 10_000 ? 10 : 1) === 0) assertHeap(core, merge(regions));
      }
      assertHeap(core, merge(regions));
    }
  });
}

test.run();
