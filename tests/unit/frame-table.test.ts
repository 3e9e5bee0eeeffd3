/** The map from frames to descriptors. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_SIZE, STATE_EMPTY_PAGE_OFFSET } from '../../kernel-heap/layout.ts';
import { instantiate, regionsOf, tableOf, type Core } from './core.ts';

const begin = (): Core => {
  const core = instantiate({ initial: 16 });
  assert.ok(core.heap_init(50 * FRAME_SIZE, 150 * FRAME_SIZE) > 0);
  return core;
};

test('every frame without a page leads to the empty page, which has no block', () => {
  const core = begin();
  assert.is(core.noPage(), core.stateAddress() + STATE_EMPTY_PAGE_OFFSET);
  assert.is(core.pageFree(core.noPage()), 0);
  const { first, end } = regionsOf(core)[0]!;
  for (let frame = first; frame < end; frame++) assert.is(core.frameMapGet(frame), core.noPage(), `frame ${frame}`);
});

test('filling reaches the named frames and no others; every address in a frame leads to its page', () => {
  const core = begin();
  const { first, end } = regionsOf(core)[0]!;
  const page = 0x1234;
  core.frameMapFill(first + 10, 3, page);
  for (let frame = first; frame < end; frame++) {
    const expected = frame >= first + 10 && frame < first + 13 ? page : core.noPage();
    assert.is(core.frameMapGet(frame), expected, `frame ${frame}`);
    for (const offset of [0, 1, FRAME_SIZE - 1]) assert.is(core.pageOf(frame * FRAME_SIZE + offset), expected, `frame ${frame}, byte ${offset}`);
  }
});

test('the map lies within the frame table, a word a frame', () => {
  const core = begin();
  const { base, address, capacity } = tableOf(core);
  core.frameMapFill(base, capacity * 7 / 8, 0x1234);
  for (let index = 0; index < capacity * 7 / 8; index++) assert.is(core.load(address + 4 * index), 0x1234);
  assert.is.not(core.load(address + 4 * (capacity * 7 / 8)), 0x1234);
});

test.run();
