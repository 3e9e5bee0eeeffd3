/** The map from frames to descriptors. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BIN_DESCRIPTOR, FRAME_SIZE, STATE_EMPTY_PAGE_OFFSET, STATE_OUTSIDE_PAGE_OFFSET } from '../../kernel-heap/layout.ts';
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

test('every frame of no region leads to the outside page, which has no block and no frame; so do frames in a hole', () => {
  const core = begin();
  assert.is(core.outsidePage(), core.stateAddress() + STATE_OUTSIDE_PAGE_OFFSET);
  assert.is.not(core.outsidePage(), core.noPage());
  assert.equal([core.pageFree(core.outsidePage()), core.pageFrames(core.outsidePage())], [0, 0]);
  const first = core.walkFirst();
  const descriptors = first - 1;
  assert.is.not(core.heap_add_region(210 * FRAME_SIZE, 3 * FRAME_SIZE), 0);
  const table = tableOf(core);
  assert.ok(table.first < 50 && table.end > 213);
  for (let frame = table.first; frame < table.end; frame++) {
    const inside = (frame >= first && frame < 200) || (frame >= 210 && frame < 213);
    if (frame === descriptors) assert.is(core.pageBin(core.frameMapGet(frame)), BIN_DESCRIPTOR);
    else assert.is(core.frameMapGet(frame), inside ? core.noPage() : core.outsidePage(), `frame ${frame}`);
    assert.is(core.regionHolds(frame), inside || frame === descriptors, `frame ${frame}`);
  }
  for (const frame of [0, table.first - 1, table.end, 2 ** 20 - 1]) assert.not(core.regionHolds(frame), `frame ${frame}, which the table does not describe`);
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
  const { first, end, address } = tableOf(core);
  core.frameMapFill(first, end - first, 0x1234);
  for (let index = 0; index < end - first; index++) assert.is(core.load(address + 4 * index), 0x1234);
  assert.is.not(core.load(address + 4 * (end - first)), 0x1234);
});

test.run();
