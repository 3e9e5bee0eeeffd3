/** The layouts hold what they say: fields side by side, derived constants in agreement. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../kernel-heap/layout.ts';
import * as statsLayout from '../../kernel-heap/stats-layout.ts';
import * as debugLayout from '../../kernel-heap/debug-layout.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { instantiate } from './core.ts';

const constants: Record<string, number> = { ...layout, ...statsLayout };
const core = instantiate();

/** Bytes of the fields that are no single word. */
const FIELD_SIZES: Record<string, number> = {
  PAGE_USED_OFFSET: 2,
  PAGE_CARVED_OFFSET: 2,
  HEAP_DIRECT_OFFSET: 4 * layout.DIRECT_COUNT,
  STATE_EMPTY_PAGE_OFFSET: layout.DESCRIPTOR_SIZE,
  STATE_OUTSIDE_PAGE_OFFSET: layout.DESCRIPTOR_SIZE,
  STATE_LEVELS_OFFSET: 4 * (layout.LEVEL_COUNT_MAX + 1), // and 0 behind the last
  STATE_RETIRED_OFFSET: 4 * layout.RETIRED_COUNT,
  STATE_IDLE_OFFSET: 4 * (layout.LAZY_ORDER_MAX + 1), // an order each, from 0 on
  STATE_STATS_OFFSET: statsLayout.STATS_SIZE,
  STATE_DEBUG_OFFSET: DEBUG * layout.STATE_DEBUG_SIZE,
  STATS_FREE_SPANS_OFFSET: 4 * statsLayout.STATS_ORDER_COUNT,
};

/** Where the queues of a heap's record begin: what is before belongs to the state record. */
const QUEUES = layout.QUEUE_HEAD_OFFSET;

/** Prefix of a record's fields, the bytes that it has for them, and those in between that are another's. */
const RECORDS: Record<string, { from: number; to: number; without?: { from: number; to: number } }> = {
  PAGE: { from: 0, to: layout.DESCRIPTOR_SIZE },
  QUEUE: { from: QUEUES, to: QUEUES + layout.QUEUE_SIZE },
  HEAP: { from: QUEUES + layout.QUEUE_COUNT * layout.QUEUE_SIZE, to: layout.HEAP_SIZE },
  STATE: { from: 0, to: layout.STATE_SIZE, without: { from: QUEUES, to: layout.HEAP_MAGIC_OFFSET } },
  STATS: { from: 0, to: statsLayout.STATS_SIZE },
};

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

const named = (pattern: RegExp): [string, number][] => Object.entries(constants).filter(([name]) => pattern.test(name));

for (const [record, { from, to, without }] of Object.entries(RECORDS)) {
  test(`the fields of ${record}_… lie side by side, aligned, within the record`, () => {
    const fields = named(new RegExp(`^${record}_\\w+_OFFSET$`)).sort(([, a], [, b]) => a - b);
    assert.ok(fields.length > 0, `no constant ${record}_…_OFFSET`);
    let end = from;
    for (const [name, offset] of fields) {
      const size = FIELD_SIZES[name] ?? 4;
      assert.ok(offset >= end, `${name} = ${offset} overlaps what ends at ${end}`);
      assert.is(offset % Math.min(size || 4, 4), 0, `${name} = ${offset} is not aligned`);
      end = offset + size;
      assert.ok(end <= to, `${name} ends at ${end}, the record at ${to}`);
      if (without) assert.ok(end <= without.from || offset >= without.to, `${name} = ${offset} overlaps the queues and the direct table`);
    }
  });
}

test('the state record has as much room for the debug profile as that says it needs', () => {
  assert.is(layout.STATE_DEBUG_SIZE, debugLayout.DEBUG_SIZE);
});

test('every offset belongs to a record', () => {
  for (const [name] of named(/_OFFSET$/)) assert.ok(Object.hasOwn(RECORDS, name.split('_')[0]!), `${name}: which record is that?`);
  for (const name of Object.keys(FIELD_SIZES)) assert.ok(Object.hasOwn(constants, name), `there is no ${name} any more`);
});

test('sizes, shifts, masks and counts agree', () => {
  for (const [name, shift] of named(/_SHIFT$/)) {
    const unit = name.replace(/_SHIFT$/, '');
    for (const size of [constants[`${unit}_SIZE`], constants[unit]]) {
      if (size !== undefined) assert.is(size, 2 ** shift, name);
    }
    const mask = constants[`${unit}_MASK`];
    if (mask !== undefined) assert.is(mask, 2 ** shift - 1, name);
  }
  assert.is(layout.WASM_PAGE_FRAMES * layout.FRAME_SIZE, 2 ** layout.WASM_PAGE_SHIFT);
  assert.is(layout.SIZE_MAX, 2 ** 32 - layout.FRAME_SIZE);
  assert.is(layout.DIRECT_COUNT, layout.DIRECT_SIZE_MAX / layout.BLOCK_ALIGNMENT + 1);
});

test('bins are numbered one after the other, and fit beside the flag in the low bits of a frame\'s address', () => {
  const bins = [layout.BIN_LARGE, layout.BIN_LAZY, layout.BIN_DESCRIPTOR, layout.BIN_IDLE];
  assert.equal(bins, bins.map((_, index) => layout.BIN_COUNT + index));
  assert.is(layout.QUEUE_COUNT, layout.BIN_IDLE, 'every bin but that of idle nodes has a queue of its own');
  assert.ok(layout.BIN_IDLE <= layout.PAGE_BIN_MASK);
  assert.is(layout.PAGE_BIN_MASK & layout.PAGE_FULL, 0);
  assert.ok(layout.PAGE_FULL <= layout.FRAME_MASK);
  assert.is(core.sizeClassSize(layout.BIN_COUNT - 1), layout.SMALL_SIZE_MAX);
  assert.is(core.sizeClassSize(layout.DIRECT_BIN_MAX), layout.DIRECT_SIZE_MAX);
});

test('a page never has more blocks than its counters hold', () => {
  const capacityMax = layout.PAGE_FRAMES_MAX * layout.FRAME_SIZE / layout.BLOCK_ALIGNMENT;
  assert.ok(capacityMax < layout.PAGE_RETIRED, `${capacityMax} blocks, ${layout.PAGE_RETIRED} is the flag`);
  assert.ok(layout.PAGE_RETIRED < 2 ** 16);
  assert.ok(isPowerOfTwo(layout.RETIRED_COUNT), 'the slot of the retired table is masked');
});

test('the state record is the main heap\'s record, with the empty page before and the outside page behind', () => {
  assert.is(layout.STATE_EMPTY_PAGE_OFFSET, 0);
  assert.is(layout.STATE_LEVELS_OFFSET, layout.STATE_EMPTY_PAGE_OFFSET + layout.DESCRIPTOR_SIZE);
  assert.is(layout.STATE_MAGIC_OFFSET, layout.HEAP_MAGIC_OFFSET);
  assert.is(layout.STATE_OUTSIDE_PAGE_OFFSET, layout.HEAP_SIZE);
  assert.ok(layout.QUEUE_FRAMES_OFFSET < 128, 'one byte is enough for the offset of what is read most');
  assert.ok(layout.HEAP_SIZE <= 1024, 'malloc of a program reads zeros from there before the heap begins, and its data begin there');
  assert.is(layout.STATE_STATS_OFFSET, layout.STATE_IDLE_OFFSET + 4 * (layout.LAZY_ORDER_MAX + 1));
  assert.is(layout.STATE_SIZE, layout.STATE_STATS_OFFSET + statsLayout.STATS_SIZE);
  assert.is(layout.STATE_SIZE % 4, 0);
  assert.is(Buffer.from(Int32Array.of(layout.STATE_MAGIC).buffer).toString('latin1'), 'TAL8');
});

test('a frame table has room for its map and its bitmap, whatever its capacity', () => {
  assert.ok(isPowerOfTwo(layout.TABLE_CAPACITY_MIN));
  assert.is((2 * layout.TABLE_CAPACITY_MIN << layout.TABLE_SHIFT) % layout.FRAME_SIZE, 0, 'the second table fills frames');
  for (let capacity = layout.TABLE_CAPACITY_MIN; capacity <= 2 ** 21; capacity *= 2) {
    const map = 4 * (capacity * 7 / 8);
    const levels = [capacity / 4];
    while (levels.at(-1)! > 4) levels.push(Math.max(levels.at(-1)! / 32, 4));
    const needed = map + levels.reduce((sum, bytes) => sum + bytes);
    assert.ok(needed <= 4 * capacity, `${needed} bytes for a capacity of ${capacity}`);
  }
});

test('the state record lists every level that the largest bitmap has', () => {
  const large = instantiate({ initial: 16 });
  const capacityMax = 2 ** 21; // its seven eighths are more than 2^20 frames, all there are
  large.bitmapPlace(0, 0x10000, capacityMax);
  let levels = 0;
  while (large.load(4 * levels) !== 0) levels++;
  assert.is(levels, layout.LEVEL_COUNT_MAX);
});

test('statistics have a word for every order', () => {
  assert.is(statsLayout.STATS_ORDER_COUNT, Math.log2(2 ** 32 / layout.FRAME_SIZE) + 1);
  assert.is(statsLayout.STATS_SIZE, statsLayout.STATS_FREE_SPANS_OFFSET + 4 * statsLayout.STATS_ORDER_COUNT);
});

test.run();
