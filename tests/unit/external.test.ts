/** External values: the region, its slabs, batches, and the heap where the region is full. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KIND_POINTERS } from '../../kernel-heap/audit-layout.ts';
import { SETTING_GO_ON } from '../../kernel-heap/debug-layout.ts';
import { FRAME_SIZE, STATE_PANIC_CODE_OFFSET } from '../../kernel-heap/layout.ts';
import { PANIC_DOUBLE_FREE, PANIC_INVALID_FREE } from '../../kernel-heap/panic.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import { instantiator, type Core } from './core.ts';

const HEAP = 0x10000;
const HEAP_BYTES = 0x80000;
const OUTER = 0x100000;
const FRAMES = 16;

const PROFILES: Profile[] = ['release', 'hardened', 'debug'];
const cores = await Promise.all(PROFILES.map(instantiator));

PROFILES.forEach((profile, index) => {
  const instantiate = cores[index]!;
  const external = suite(`external values: ${profile}`);
  const begin = (frames = FRAMES): { core: Core; region: number } => {
    const core = instantiate({ initial: 32 });
    assert.ok(core.heap_init(HEAP, HEAP_BYTES) > 0);
    const region = core.heap_external_begin(OUTER, frames * FRAME_SIZE);
    assert.is(region, OUTER);
    return { core, region };
  };
  const isInside = (ptr: number): boolean => OUTER <= ptr && ptr < OUTER + FRAMES * FRAME_SIZE;
  const blocks = (core: Core): number => {
    core.heap_stats(0x1000);
    return core.load(0x1000 + 32);
  };

  external('values lie in the region, aligned to 16, apart from each other, and outside of the heap', () => {
    const { core, region } = begin();
    const batch = core.heap_batch_new(region);
    const values: { ptr: number; size: number }[] = [];
    for (const size of [0, 1, 15, 16, 17, 100, 500, 1000, 2032]) values.push({ ptr: core.heap_batch_malloc(batch, size), size });
    for (const { ptr, size } of values) {
      assert.is(ptr & 15, 0);
      assert.ok(isInside(ptr) && isInside(ptr + size - 1));
      core.fill(ptr, size & 0x7f, size);
    }
    for (const { ptr, size } of values) for (let at = 0; at < size; at++) assert.is(core.load8(ptr + at), size & 0x7f);
    assert.is(blocks(core), 0);
    assert.is(core.heap_check(), 0);
  });
  external('a freed value is used again by its size class', () => {
    const { core, region } = begin();
    const batch = core.heap_batch_new(region);
    const first = core.heap_batch_malloc(batch, 40);
    core.heap_batch_malloc(batch, 40);
    core.heap_batch_free(batch, first);
    core.heap_batch_free(batch, 0);
    assert.is.not(core.heap_batch_malloc(batch, 100), first);
    assert.is(core.heap_batch_malloc(batch, 33), first);
  });
  external('a batch is released as a whole, and its slabs serve others', () => {
    const { core, region } = begin();
    for (let round = 0; round < 10; round++) {
      const batches = [core.heap_batch_new(region), core.heap_batch_new(region)];
      for (let count = 0; count < 200; count++) {
        assert.ok(isInside(core.heap_batch_malloc(batches[count % 2]!, 200)), `round ${round}, value ${count}`);
      }
      for (const batch of batches) core.heap_batch_release(batch);
    }
    assert.is(blocks(core), 0);
  });
  external('when the region is full, and for large values, the heap serves, and the batch owns what it gave', () => {
    const { core, region } = begin();
    const batch = core.heap_batch_new(region);
    const values = Array.from({ length: 40 }, () => core.heap_batch_malloc(batch, 2000));
    assert.ok(values.some(isInside));
    assert.ok(values.some((ptr) => ptr !== 0 && !isInside(ptr)));
    assert.not(isInside(core.heap_batch_malloc(batch, 50000)));
    assert.is(core.heap_batch_new(region), 0);
    const before = blocks(core);
    core.heap_batch_free(batch, values.find((ptr) => !isInside(ptr))!);
    assert.is(blocks(core), before - 1);
    core.heap_batch_release(batch);
    assert.is(blocks(core), 0);
    assert.is(core.heap_check(), 0);
  });
  external('when the heap is full as well the result is 0', () => {
    const { core, region } = begin();
    const batch = core.heap_batch_new(region);
    let last = 1;
    for (let count = 0; count < 1000 && last !== 0; count++) last = core.heap_batch_malloc(batch, 4000);
    assert.is(last, 0);
    core.heap_batch_release(batch);
    assert.is(blocks(core), 0);
  });
  const refused = (name: string, code: number, act: (core: Core, batch: number, region: number) => void): void => {
    external(`${name} stops the machine`, () => {
      const { core, region } = begin();
      const batch = core.heap_batch_new(region);
      assert.throws(() => act(core, batch, region), /unreachable/);
      assert.is(core.load(core.stateAddress() + STATE_PANIC_CODE_OFFSET), code);
    });
  };
  refused('freeing a value twice', PANIC_DOUBLE_FREE, (core, batch) => {
    const value = core.heap_batch_malloc(batch, 40);
    core.heap_batch_free(batch, value);
    core.heap_batch_free(batch, value);
  });
  refused('freeing an address inside of a value', PANIC_INVALID_FREE, (core, batch) =>
    core.heap_batch_free(batch, core.heap_batch_malloc(batch, 40) + 16));
  refused('freeing an address that is aligned to nothing', PANIC_INVALID_FREE, (core, batch) =>
    core.heap_batch_free(batch, core.heap_batch_malloc(batch, 40) + 1));
  refused('freeing a value of another batch', PANIC_INVALID_FREE, (core, batch, region) =>
    core.heap_batch_free(batch, core.heap_batch_malloc(core.heap_batch_new(region), 40)));
  refused('freeing a value of a batch that was released', PANIC_INVALID_FREE, (core, batch, region) => {
    const other = core.heap_batch_new(region);
    const value = core.heap_batch_malloc(other, 40);
    core.heap_batch_release(other);
    core.heap_batch_free(batch, value);
  });
  external('a range that is too small, wraps or overlaps the heap is refused, as is one without a heap', () => {
    const { core } = begin();
    assert.is(core.heap_external_begin(OUTER + 0x40000, FRAME_SIZE), 0);
    assert.is(core.heap_external_begin(OUTER + 0x40001, 2 * FRAME_SIZE), 0);
    assert.is(core.heap_external_begin(0xffffe000, 0x4000), 0);
    assert.is(core.heap_external_begin(HEAP + HEAP_BYTES - FRAME_SIZE, 4 * FRAME_SIZE), 0);
    assert.is(core.heap_external_begin(HEAP - FRAME_SIZE, 4 * FRAME_SIZE), 0);
    assert.is(core.heap_external_begin(0, 0), 0);
    assert.is(core.heap_external_begin(OUTER + 0x40000, 2 * FRAME_SIZE), OUTER + 0x40000);
    assert.is(instantiate({ initial: 1 }).heap_external_begin(4096, 4 * FRAME_SIZE), 0);
  });
  external('random values of several batches keep their contents', () => {
    const random = new Random(testSeed());
    const { core, region } = begin();
    const batches = Array.from({ length: 3 }, () => ({ batch: core.heap_batch_new(region), values: [] as { ptr: number; size: number; fill: number }[] }));
    for (let step = 0; step < 3000; step++) {
      const entry = batches[random.below(3)]!;
      const choice = random.below(100);
      if (choice === 0) {
        core.heap_batch_release(entry.batch);
        entry.values = [];
        entry.batch = core.heap_batch_new(region);
        assert.is.not(entry.batch, 0);
      } else if (choice < 45 && entry.values.length > 0) {
        const [value] = entry.values.splice(random.below(entry.values.length), 1);
        for (let at = 0; at < value!.size; at++) assert.is(core.load8(value!.ptr + at), value!.fill);
        core.heap_batch_free(entry.batch, value!.ptr);
      } else if (entry.values.length < 20) {
        const size = random.below(random.below(8) === 0 ? 3000 : 200);
        const ptr = core.heap_batch_malloc(entry.batch, size);
        assert.is.not(ptr, 0);
        const byte = random.below(256);
        core.fill(ptr, byte, size);
        entry.values.push({ ptr, size, fill: byte });
      }
    }
    assert.is(core.heap_check(), 0);
    if (profile === 'debug') assert.is(core.heap_bugs(), 0);
  });

  if (profile === 'debug') {
    external('pointers to values are silent for the audit, also to those from the heap; afterwards they are stale', () => {
      const { core, region } = begin(2);
      core.heap_debug(SETTING_GO_ON, 1);
      const batch = core.heap_batch_new(region);
      const task = core.heap_new();
      const block = core.heap_malloc(task, 16);
      core.fill(block, 0, 16);
      core.heap_kind(block, KIND_POINTERS);
      core.store(block, core.heap_batch_malloc(batch, 100));
      core.store(block + 4, core.heap_batch_malloc(batch, 5000));
      assert.ok(isInside(core.load(block)) && !isInside(core.load(block + 4)));
      assert.is(core.heap_audit(), 0);
      core.heap_batch_release(batch);
      assert.is(core.heap_audit(), 2);
      core.heap_external_end(region);
    });
  }
  external.run();
});
