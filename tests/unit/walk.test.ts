/** The walk visits every frame of every region once, span by span. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_SIZE } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, regionsOf } from './core.ts';

const seed = testSeed();

test(`spans follow each other without gap or overlap, free and used ones, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(300 * FRAME_SIZE, 200 * FRAME_SIZE) > 0);
  // In neither ascending nor descending order of addresses.
  assert.ok(core.heap_add_region(600 * FRAME_SIZE, 150 * FRAME_SIZE) > 0);
  assert.ok(core.heap_add_region(10 * FRAME_SIZE, 100 * FRAME_SIZE) > 0);
  assert.ok(core.heap_add_region(800 * FRAME_SIZE, 20 * FRAME_SIZE) > 0);
  // Closes a gap: what was the last region is the last no more.
  assert.ok(core.heap_add_region(750 * FRAME_SIZE, 50 * FRAME_SIZE) > 0);
  assert.is(regionsOf(core).length, 3);
  const blocks: number[] = [];
  for (let step = 0; step < 300; step++) {
    if (random.below(3) > 0) blocks.push(core.malloc(random.size(30_000)));
    else if (blocks.length > 0) core.free(blocks.splice(random.below(blocks.length), 1)[0]!);

    const visited = new Set<number>();
    for (let frame = core.walkFirst(); frame !== 0; frame = core.walkNext(frame)) {
      const length = core.walkSpanFrames(frame);
      assert.ok(length > 0, `the span at frame ${frame} has no length`);
      for (let inside = frame; inside < frame + length; inside++) {
        assert.not(visited.has(inside), `frame ${inside} was visited twice`);
        visited.add(inside);
      }
    }
    const expected = regionsOf(core).flatMap(({ first, end }) => Array.from({ length: end - first }, (_, index) => first + index));
    assert.equal([...visited].sort((a, b) => a - b), expected);
  }
});

test.run();
