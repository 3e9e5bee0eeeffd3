/** The hardened profile: every misuse stops with its own code, correct use never does, damage is found by the check. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_DESCRIPTOR, BLOCK_ALIGNMENT, FRAME_SIZE, HEAP_SIZE, STATE_LIVE_OFFSET, STATE_PANIC_ADDRESS_OFFSET, STATE_PANIC_CODE_OFFSET,
  STATE_TABLE_OFFSET,
} from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { image, instantiator, stateWord, tableOf, unchanged, type Core } from './core.ts';

const instantiate = await instantiator('hardened');

/** A heap in 300 frames and another region, with the blocks of every kind that the cases need. */
const heapOf = (): Core => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, 300 * FRAME_SIZE) > 0);
  assert.ok(core.heap_add_region(500 * FRAME_SIZE, 100 * FRAME_SIZE) > 0);
  return core;
};

const panics = (core: Core): Record<number, string> => Object.fromEntries(Object.entries(core)
  .filter(([name]) => name.startsWith('PANIC_')).map(([name, value]) => [value as unknown as number, name]));

/** What stopped the machine while `misuse` ran, as `PANIC_…` and the address; 'nothing' if nothing did. */
const verdict = (core: Core, misuse: () => void): [string, number] => {
  try {
    misuse();
  } catch {
    return [panics(core)[stateWord(core, STATE_PANIC_CODE_OFFSET)]!, stateWord(core, STATE_PANIC_ADDRESS_OFFSET) >>> 0];
  }
  return ['nothing', 0];
};

/** Each misuse by name: sets the scene and gives the address it is about, and what is done with it. */
const MISUSES: Record<string, { code: string; run: (core: Core) => [address: number, misuse: () => void] }> = {
  double_free_small: { code: 'PANIC_DOUBLE_FREE', run: (core) => {
    const block = core.malloc(40);
    core.free(block);
    return [block, () => core.free(block)];
  } },
  double_free_small_delayed: { code: 'PANIC_DOUBLE_FREE', run: (core) => {
    const blocks = Array.from({ length: 50 }, () => core.malloc(40));
    for (const block of blocks) core.free(block);
    return [blocks[7]!, () => core.free(blocks[7]!)];
  } },
  double_free_of_an_emptied_page: { code: 'PANIC_INVALID_FREE', run: (core) => {
    const block = core.malloc(8_000);
    core.free(block);
    core.heap_trim();
    return [block, () => core.free(block)];
  } },
  double_free_large: { code: 'PANIC_INVALID_FREE', run: (core) => {
    const block = core.malloc(100_000);
    core.free(block);
    return [block, () => core.free(block)];
  } },
  unaligned_free_small: { code: 'PANIC_UNALIGNED_FREE', run: (core) => {
    const block = core.malloc(200);
    return [block + 16, () => core.free(block + 16)];
  } },
  unaligned_free_by_one: { code: 'PANIC_UNALIGNED_FREE', run: (core) => {
    const block = core.malloc(200);
    return [block + 1, () => core.free(block + 1)];
  } },
  unaligned_free_large: { code: 'PANIC_UNALIGNED_FREE', run: (core) => {
    const block = core.malloc(100_000);
    return [block + 3 * FRAME_SIZE, () => core.free(block + 3 * FRAME_SIZE)];
  } },
  uninitialized_free: { code: 'PANIC_INVALID_FREE', run: (core) => [0xdeadbee0, () => core.free(0xdeadbee0 | 0)] },
  invalid_free_of_metadata: { code: 'PANIC_INVALID_FREE', run: (core) => {
    const address = core.stateAddress();
    return [address, () => core.free(address)];
  } },
  invalid_free_between_regions: { code: 'PANIC_INVALID_FREE', run: (core) =>
    [400 * FRAME_SIZE, () => core.free(400 * FRAME_SIZE)] },
  invalid_free_below_the_regions: { code: 'PANIC_INVALID_FREE', run: (core) => [16, () => core.free(16)] },
  invalid_free_behind_the_regions: { code: 'PANIC_INVALID_FREE', run: (core) =>
    [600 * FRAME_SIZE, () => core.free(600 * FRAME_SIZE)] },
  invalid_free_below_the_table_s_reach: { code: 'PANIC_INVALID_FREE', run: (core) => {
    core.heap_forget();
    assert.ok(core.heap_init(600 * FRAME_SIZE, 100 * FRAME_SIZE) > 0);
    const address = (tableOf(core).first - 1) * FRAME_SIZE;
    return [address, () => core.free(address)];
  } },
  invalid_free_behind_the_table_s_reach: { code: 'PANIC_INVALID_FREE', run: (core) => {
    const address = tableOf(core).end * FRAME_SIZE;
    return [address, () => core.free(address)];
  } },
  invalid_free_of_a_block_never_handed_out: { code: 'PANIC_INVALID_FREE', run: (core) => {
    // A longer page is carved a frame's worth at a time; until then its last blocks were never on the list.
    const head = (): number => core.queueHead(core.queueOf(core.stateAddress(), core.sizeClassBin(48)));
    const capacity = (): number => Math.floor(core.pageFrames(head()) * FRAME_SIZE / 48);
    do core.malloc(48); while (core.pageFrames(head()) === 1 || core.pageCarved(head()) === capacity());
    const last = core.pageStart(head()) + 48 * (capacity() - 1);
    return [last, () => core.free(last)];
  } },
  uninitialized_realloc: { code: 'PANIC_INVALID_FREE', run: (core) => [0x7ffffff0, () => core.realloc(0x7ffffff0, 10)] },
  realloc_after_free: { code: 'PANIC_DOUBLE_FREE', run: (core) => {
    const block = core.malloc(40);
    core.free(block);
    return [block, () => core.realloc(block, 400)];
  } },
  invalid_malloc_usable_size_small: { code: 'PANIC_DOUBLE_FREE', run: (core) => {
    const block = core.malloc(40);
    core.free(block);
    return [block, () => core.malloc_usable_size(block)];
  } },
  unaligned_malloc_usable_size: { code: 'PANIC_UNALIGNED_FREE', run: (core) => {
    const block = core.malloc(40);
    return [block + 16, () => core.malloc_usable_size(block + 16)];
  } },
  invalid_sized_delete_small: { code: 'PANIC_SIZE_MISMATCH', run: (core) => {
    const block = core.malloc(200);
    return [block, () => core.free_sized(block, 100)];
  } },
  invalid_sized_delete_large: { code: 'PANIC_SIZE_MISMATCH', run: (core) => {
    const block = core.malloc(100_000);
    return [block, () => core.free_sized(block, 10_000)];
  } },
  invalid_aligned_sized_delete_small: { code: 'PANIC_SIZE_MISMATCH', run: (core) => {
    const block = core.aligned_alloc(64, 100);
    return [block, () => core.free_aligned_sized(block, 64, 1_000)];
  } },
  invalid_aligned_sized_delete_large: { code: 'PANIC_SIZE_MISMATCH', run: (core) => {
    const block = core.aligned_alloc(65_536, 100);
    return [block, () => core.free_aligned_sized(block, 16, 100)];
  } },
  write_after_free_small: { code: 'PANIC_FREE_LIST', run: (core) => {
    const block = core.malloc(40);
    core.free(block);
    core.store(block, 0x12345678);
    return [block, () => core.malloc(40)];
  } },
  write_after_free_small_second_word: { code: 'PANIC_FREE_LIST', run: (core) => {
    const block = core.malloc(40);
    core.free(block);
    core.store8(block + 7, core.load8(block + 7) ^ 1);
    return [block, () => core.malloc(40)];
  } },
  destroy_of_a_destroyed_heap: { code: 'PANIC_INVALID_HEAP', run: (core) => {
    const heap = core.heap_new();
    core.heap_destroy(heap);
    return [heap, () => core.heap_destroy(heap)];
  } },
  malloc_from_no_heap: { code: 'PANIC_INVALID_HEAP', run: (core) => {
    const block = core.malloc(HEAP_SIZE);
    return [block, () => core.heap_malloc(block, 10)];
  } },
  free_of_a_block_of_a_destroyed_heap: { code: 'PANIC_INVALID_FREE', run: (core) => {
    const heap = core.heap_new();
    const block = core.heap_malloc(heap, 100);
    core.heap_destroy(heap);
    return [block, () => core.free(block)];
  } },
};

const misuses = suite('hardened: misuse');
for (const [name, { code, run }] of Object.entries(MISUSES)) {
  misuses(name, () => {
    const core = heapOf();
    const [address, misuse] = run(core);
    assert.is(core.heap_check() === 0 || code === 'PANIC_FREE_LIST', true, 'the heap is in order before');
    assert.equal(verdict(core, misuse), [code, address]);
  });
}
misuses('a refused free changes nothing but what it says', () => {
  const core = heapOf();
  const block = core.malloc(40);
  const other = core.malloc(40);
  core.free(block);
  const before = image(core);
  assert.is(verdict(core, () => core.free(block))[0], 'PANIC_DOUBLE_FREE');
  core.store(core.stateAddress() + STATE_PANIC_CODE_OFFSET, 0);
  core.store(core.stateAddress() + STATE_PANIC_ADDRESS_OFFSET, 0);
  assert.ok(unchanged(core, before));
  core.free(other);
  assert.is(core.heap_check(), 0);
});
misuses.run();

const correct = suite('hardened: correct use');
correct('every address that is no live block is refused, and every live block accepted', () => {
  const core = heapOf();
  const random = new Random(testSeed());
  const live = new Set<number>();
  for (let count = 0; count < 600; count++) {
    live.add(core.malloc(random.below(6_000)));
    if (count % 3 === 0) {
      const [first] = live;
      core.free(first!);
      live.delete(first!);
    }
  }
  // Every multiple of 8 bytes of the memory.
  for (let address = 8; address < core.memory.buffer.byteLength; address += 8) {
    assert.is(core.liveTest(address) as unknown, live.has(address), `0x${address.toString(16)}`);
    if (!live.has(address)) assert.is.not(core.misuseOf(address), 0);
  }
  for (const block of live) core.free(block);
  assert.is(core.heap_check(), 0);
});
correct('sized frees of what was asked for are silent', () => {
  const core = heapOf();
  for (let size = 0; size < 20_000; size = size * 1.3 + 1 | 0) {
    core.free_sized(core.malloc(size), size);
    core.free_sized(core.realloc(core.malloc(size * 3), size), size);
    core.free_sized(core.realloc(core.malloc(size >> 2), size), size);
    for (let alignment = 1; alignment <= 65_536; alignment *= 2) {
      core.free_aligned_sized(core.aligned_alloc(alignment, size), alignment, size);
    }
  }
  core.free_sized(0, 10);
  assert.is(core.heap_check(), 0);
});
correct('a block that could not become smaller is freed by its new size', () => {
  const core = instantiate({ initial: 8 });
  assert.ok(core.heap_init(FRAME_SIZE, 30 * FRAME_SIZE) > 0);
  const block = core.malloc(8_192);
  while (core.malloc(4_096) !== 0);
  while (core.malloc(16) !== 0);
  assert.is(core.realloc(block, 10), block);
  core.free_sized(block, 10);
  assert.is(core.heap_check(), 0);
});
correct('a linear overflow has a guard to cross before it reaches descriptors', () => {
  const core = heapOf();
  while (core.malloc(3_000) !== 0);
  const state = core.stateAddress();
  for (let page = core.queueHead(core.queueOf(state, BIN_DESCRIPTOR)); page !== 0; page = core.pageNext(page)) {
    // The first descriptors stand before all blocks.
    if (core.pageFrames(page) > 1) assert.ok(page - core.pageStart(page) >= FRAME_SIZE);
  }
});
correct.run();

const damage = suite('hardened: heap_check');
const DAMAGE: Record<string, [code: string, clobber: (core: Core, block: number) => void]> = {
  'a live bit too many': ['CHECK_LIVE', (core, block) => core.liveSet(block + BLOCK_ALIGNMENT)],
  'a live bit too few': ['CHECK_LIVE', (core, block) => void core.liveTake(block)],
  'a live bit of a large block is missing': ['CHECK_LIVE', (core) => {
    const block = core.malloc(50_000);
    core.liveTake(block);
  }],
  'a seal is broken': ['CHECK_FREE_LIST', (core, block) => {
    core.free(block);
    core.store(block + 4, 1);
  }],
  'the guard of the frame table was written to': ['CHECK_GUARD', (core) =>
    core.store(stateWord(core, STATE_TABLE_OFFSET) - 4, 0)],
};
for (const [name, [code, clobber]] of Object.entries(DAMAGE)) {
  damage(name, () => {
    const core = heapOf();
    const block = core.malloc(40);
    core.malloc(40);
    assert.is(core.heap_check(), 0);
    clobber(core, block);
    assert.is(core.heap_check(), (core as unknown as Record<string, number>)[code]);
  });
}
damage('the map of a larger table holds what the former one held', () => {
  const core = instantiate({ initial: 2 });
  const blocks = Array.from({ length: 20_000 }, () => core.malloc(100));
  const state = core.stateAddress();
  assert.ok(stateWord(core, STATE_LIVE_OFFSET) > 0 && core.heap_check() === 0, `${state}`);
  for (const block of blocks) core.free(block);
  assert.is(core.heap_check(), 0);
});
damage.run();
