/** The bitmap against a plain set of nodes. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LEVEL_COUNT_MAX } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { bitmapToggle, instantiate } from './core.ts';

const CAPACITY_MIN = 256;
const CAPACITY_MAX = 2 ** 15;
const STEPS = 1_500;

/** Where the list of levels and the bitmap itself are put. */
const LEVELS = 16;
const BITMAP = 0x1000;

const capacities: number[] = [];
for (let capacity = CAPACITY_MIN; capacity <= CAPACITY_MAX; capacity *= 2) capacities.push(capacity);

const seed = testSeed();
const core = instantiate();

const levelsOf = (): number[] => {
  const levels: number[] = [];
  while (core.load(LEVELS + 4 * levels.length) !== 0) levels.push(core.load(LEVELS + 4 * levels.length));
  return levels;
};

/** Words of the bitmap itself and of each level above it. */
const wordsOf = (capacity: number): number[] => {
  const counts = [2 * capacity / 32];
  while (counts.at(-1)! > 1) counts.push(Math.ceil(counts.at(-1)! / 32));
  return counts;
};

const bytesOf = (capacity: number): number => 4 * wordsOf(capacity).reduce((sum, count) => sum + count, 0);

/** The node at which the row of `order` begins. */
const rowOf = (capacity: number, order: number): number => 2 * capacity - (2 * capacity >> order);

/** A bitmap of `capacity` frames without a free one; the bytes behind it are not clear. */
const begin = (capacity: number): void => {
  core.fill(BITMAP, 0, bytesOf(capacity));
  core.fill(BITMAP + bytesOf(capacity), 0xff, 64);
  core.fill(LEVELS, 0, 4 * (LEVEL_COUNT_MAX + 2));
  core.bitmapPlace(LEVELS, BITMAP, capacity);
};

/** Demands that level 0 is the set and the last bit, and that every sum is what the level below makes it. */
const assertLevels = (capacity: number, nodes: Set<number>): void => {
  const levels = levelsOf();
  const counts = wordsOf(capacity);
  let below = new Uint32Array(counts[0]!);
  for (const node of [...nodes, 2 * capacity - 1]) below[node >> 5]! |= 1 << (node & 31);
  for (const [level, count] of counts.entries()) {
    for (let index = 0; index < count; index++) {
      const word = core.load(levels[level]! + 4 * index) >>> 0;
      if (word !== below[index]) assert.is(word, below[index], `level ${level}, word ${index}`);
    }
    const above = new Uint32Array(counts[level + 1] ?? 0);
    if (above.length > 0) for (const [index, word] of below.entries()) if (word !== 0) above[index >> 5]! |= 1 << (index & 31);
    below = above;
  }
};

/** The lowest of the nodes from `from` on, or the last bit. */
const nextExpected = (capacity: number, nodes: Set<number>, from: number): number =>
  Math.min(...[...nodes].filter((node) => node >= from), 2 * capacity - 1);

for (const capacity of capacities) {
  const orders = Math.log2(capacity);

  test(`capacity ${capacity}: the levels lie one behind the other, and are listed`, () => {
    begin(capacity);
    const counts = wordsOf(capacity);
    const levels = levelsOf();
    assert.is(levels.length, counts.length);
    let address = BITMAP;
    for (const [level, count] of counts.entries()) {
      assert.is(levels[level], address, `level ${level}`);
      address += 4 * count;
    }
  });

  test(`capacity ${capacity}: rows follow one another, each with a parent for two nodes`, () => {
    const last = core.bitmapLast(capacity);
    assert.is(last, 2 * capacity - 1);
    assert.is(core.bitmapRow(last, 0), 0);
    for (let order = 0; order <= orders; order++) {
      const row = core.bitmapRow(last, order);
      const length = capacity >> order;
      assert.is(row, rowOf(capacity, order));
      assert.is(core.bitmapRow(last, order + 1), row + length);
      for (const place of new Set([0, 1, length >> 1, length - 1].filter((at) => at < length))) {
        assert.is(core.bitmapOrder(last, row + place), order, `the order of node ${row + place}`);
        assert.is(core.bitmapFrame(last, row + place, order), place << order, `the first frame of node ${row + place}`);
        if (order < orders) assert.is(capacity + (row + place >> 1), core.bitmapRow(last, order + 1) + (place >> 1), 'the parent');
      }
    }
    assert.is(core.bitmapRow(last, orders + 1), last);
    assert.is(core.bitmapRow(last, 31), last);
  });

  test(`capacity ${capacity}: each node alone is found from everywhere up to it, and nothing behind it`, () => {
    begin(capacity);
    assert.is(core.bitmapNext(LEVELS, 0), 2 * capacity - 1, 'the end of a bitmap without nodes');
    // Every node of the short rows, and the ends and middles of the long ones.
    for (let order = 0; order <= orders; order++) {
      const row = rowOf(capacity, order);
      const length = capacity >> order;
      const nodes = new Set([0, 1, (length >> 1) - 1, length >> 1, length - 2, length - 1]
        .filter((place) => place >= 0 && place < length).map((place) => row + place));
      for (const node of nodes) {
        bitmapToggle(core, LEVELS, node);
        for (let other = 0; other <= orders; other++) {
          assert.is(core.bitmapNext(LEVELS, rowOf(capacity, other)), other <= order ? node : 2 * capacity - 1, `node ${node} from order ${other}`);
        }
        assert.is(core.bitmapNext(LEVELS, node), node, `node ${node} from itself`);
        assert.is(core.bitmapNext(LEVELS, node + 1), 2 * capacity - 1, `node ${node} from behind it`);
        bitmapToggle(core, LEVELS, node);
      }
    }
    assertLevels(capacity, new Set());
  });

  test(`capacity ${capacity}: toggle, merge, test and next agree with a set, seed ${seed}`, () => {
    const random = new Random(seed + capacity);
    begin(capacity);
    const nodes = new Set<number>();
    let sizeWanted = 0;
    for (let step = 0; step < STEPS; step++) {
      if (step % 100 === 0) sizeWanted = random.below([1, 4, 40, 300][random.below(4)]!);
      const order = random.below(orders + 1);
      const node = nodes.size > sizeWanted ? [...nodes][random.below(nodes.size)]! : rowOf(capacity, order) + random.below(capacity >> order);
      // A merge clears the node, or else turns its buddy over.
      const merged = node < 2 * capacity - 2 && random.below(3) === 0;
      const turned = merged && !nodes.has(node) ? node ^ 1 : node;
      if (merged) assert.is(core.bitmapMerge(LEVELS, node), nodes.has(node) ? 1 : 0, `merge of node ${node}, step ${step}`);
      else bitmapToggle(core, LEVELS, node);
      if (!nodes.delete(turned)) nodes.add(turned);

      assertLevels(capacity, nodes);
      assert.is(core.bitmapTest(LEVELS, node), nodes.has(node) ? 1 : 0);
      const from = random.below(2 * capacity);
      assert.is(core.bitmapNext(LEVELS, from), nextExpected(capacity, nodes, from), `next from ${from}, step ${step}`);
    }
    const behind = Buffer.from(core.memory.buffer, BITMAP + bytesOf(capacity), 64);
    assert.ok(behind.every((byte) => byte === 0xff), 'bytes behind the bitmap were written');
  });

  test(`capacity ${capacity}: next goes through all nodes in ascending order, seed ${seed}`, () => {
    const random = new Random(seed + 2 * capacity);
    begin(capacity);
    const nodes = new Set<number>();
    for (let count = 0; count < 200; count++) {
      const order = random.below(orders + 1);
      nodes.add(rowOf(capacity, order) + random.below(capacity >> order));
    }
    for (const node of nodes) bitmapToggle(core, LEVELS, node);
    const visited: number[] = [];
    let node = core.bitmapNext(LEVELS, 0);
    while (node !== 2 * capacity - 1) {
      visited.push(node);
      node = core.bitmapNext(LEVELS, node + 1);
    }
    assert.equal(visited, [...nodes].sort((a, b) => a - b));
  });
}

test.run();
