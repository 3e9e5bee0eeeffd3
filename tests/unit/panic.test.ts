/** What stops the machine leaves a code and an address behind. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_SHIFT, FRAME_SIZE, STATE_PANIC_ADDRESS_OFFSET, STATE_PANIC_CODE_OFFSET } from '../../kernel-heap/layout.ts';
import { image, instantiate, regionsOf, stateWord, tableOf, unchanged, type Core } from './core.ts';

const begin = (): Core => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(50 * FRAME_SIZE, 150 * FRAME_SIZE) > 0);
  return core;
};

/** Demands that the machine stops with this code and address. */
const assertPanic = (core: Core, call: () => void, code: number, address: number): void => {
  assert.throws(call, /unreachable/);
  assert.equal([stateWord(core, STATE_PANIC_CODE_OFFSET), stateWord(core, STATE_PANIC_ADDRESS_OFFSET)], [code, address]);
};

test('every code is a number of its own, and none is 0', () => {
  const codes = Object.entries(begin()).filter(([name]) => name.startsWith('PANIC_')).map(([, code]) => code as unknown);
  assert.is(new Set([0, ...codes]).size, codes.length + 1);
});

test('panic stops, with code and address in the state record', () => {
  const core = begin();
  assertPanic(core, () => core.panic(77, 0x1234), 77, 0x1234);
});

test('panic without a heap stops and writes nothing', () => {
  const core = instantiate();
  const before = image(core);
  assert.throws(() => core.panic(77, 0x1234), /unreachable/);
  assert.ok(unchanged(core, before));
});

const NO_BLOCKS: Record<string, (core: Core) => number> = {
  'a free frame': (core) => (regionsOf(core)[0]!.end - 1) * FRAME_SIZE,
  'a frame below the regions': () => 10 * FRAME_SIZE,
  'a frame behind the regions': (core) => regionsOf(core).at(-1)!.end * FRAME_SIZE,
  'the first and the last frame of a hole': (core) => {
    assert.is(core.heap_add_region(210 * FRAME_SIZE, 10 * FRAME_SIZE), 10);
    assertPanic(core, () => core.free(200 * FRAME_SIZE), core.PANIC_INVALID_FREE, 200 * FRAME_SIZE);
    return 209 * FRAME_SIZE;
  },
  'a frame between the regions below and the state record, once a larger table describes it': (core) => {
    assert.is(core.heap_add_region(1_000 * FRAME_SIZE, 10 * FRAME_SIZE), 10);
    assert.is.not(core.heap_add_region(FRAME_SIZE, 20 * FRAME_SIZE), 0);
    return 30 * FRAME_SIZE;
  },
  'the inside of a large block': (core) => core.malloc(10 * FRAME_SIZE) + 5 * FRAME_SIZE,
};

for (const [name, addressIn] of Object.entries(NO_BLOCKS)) {
  test(`freeing ${name} stops with PANIC_INVALID_FREE`, () => {
    const core = begin();
    const address = addressIn(core);
    assertPanic(core, () => core.free(address), core.PANIC_INVALID_FREE, address);
  });

  test(`resizing ${name} stops with PANIC_INVALID_FREE`, () => {
    const core = begin();
    const address = addressIn(core);
    assertPanic(core, () => void core.realloc(address, 100), core.PANIC_INVALID_FREE, address);
  });
}

test('freeing the frame table stops with PANIC_INVALID_FREE', () => {
  const core = begin();
  // Far enough for a table that lies in frames of the heap.
  assert.is(core.heap_add_region(900 * FRAME_SIZE, 100 * FRAME_SIZE), 100);
  const { address } = tableOf(core);
  assert.is(core.tableFrame(core.stateAddress()), address >>> FRAME_SHIFT);
  assertPanic(core, () => core.free(address), core.PANIC_INVALID_FREE, address);
});

test('cabi_realloc stops with PANIC_OUT_OF_MEMORY when there is none', () => {
  const core = begin();
  assertPanic(core, () => void core.cabi_realloc(0, 0, 8, 0x1000000), core.PANIC_OUT_OF_MEMORY, 0x1000000);
});

test.run();
