/**
 * The recorder: the cases of mockalloc's own tests, what its sums are blind to, and that figures and names are exact.
 * Here it is told of allocations by hand, as a wrapper around another allocator tells it.
 */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FOUND_ALIGNMENT_OFFSET, FOUND_BYTES_OFFSET, FOUND_NET_OFFSET, FOUND_PTR_OFFSET, FOUND_SIZE, RECORDED_BAD_ALIGNMENT,
  RECORDED_BAD_PTR, RECORDED_BAD_SIZE, RECORDED_DOUBLE_FREE, RECORDED_EARLY_FREE, RECORDED_LEAK, RECORDED_NO_DATA,
  RECORDED_TOO_MANY, RECORDING_ALLOCS_OFFSET, RECORDING_ALLOC_BYTES_OFFSET, RECORDING_EARLY_PTR_OFFSET,
  RECORDING_FOUND_OFFSET, RECORDING_FREES_OFFSET, RECORDING_FREE_BYTES_OFFSET, RECORDING_LIVE_BYTES_OFFSET,
  RECORDING_PEAK_BLOCKS_OFFSET, RECORDING_PEAK_BYTES_OFFSET, RECORDING_SIZE,
} from '../../kernel-heap/recording-layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiator, type Core } from './core.ts';

const instantiate = await instantiator('debug');
const RECORDING = 4096;

type Event = ['alloc' | 'free', ptr: number, size: number, alignment: number];
const alloc = (ptr: number, size: number, alignment = 16): Event => ['alloc', ptr, size, alignment];
const free = (ptr: number, size: number, alignment = 16): Event => ['free', ptr, size, alignment];

const tell = (core: Core, events: Event[]): void => {
  for (const [what, ptr, size, alignment] of events) {
    if (what === 'alloc') core.heap_record_alloc(ptr, size, alignment);
    else core.heap_record_free(ptr, size, alignment);
  }
};

/** The errors of a recording of `events`, and the instance. */
const record = (events: Event[]): { core: Core; errors: number } => {
  const core = instantiate({ initial: 1 });
  core.heap_record_begin(RECORDING);
  tell(core, events);
  return { core, errors: core.heap_record_end(RECORDING) };
};

const word = (core: Core, offset: number, at = RECORDING): number => core.load(at + offset);
const wide = (core: Core, offset: number, at = RECORDING): bigint =>
  BigInt.asIntN(64, BigInt(core.load(at + offset + 4)) << 32n | BigInt(core.load(at + offset) >>> 0));

const foundOf = (core: Core): number[][] => Array.from({ length: 8 }, (_, index) => {
  const found = RECORDING + RECORDING_FOUND_OFFSET + index * FOUND_SIZE;
  return [FOUND_PTR_OFFSET, FOUND_BYTES_OFFSET, FOUND_ALIGNMENT_OFFSET, FOUND_NET_OFFSET].map((offset) => core.load(found + offset));
}).filter(([, , , net]) => net !== 0);

const correct = [alloc(0x1000, 24), alloc(0x2000, 100, 64), free(0x2000, 100, 64), free(0x1000, 24)];
/** A hundred blocks that are freed in another order than allocated, and some of them twice in the same place. */
const many: Event[] = [
  ...Array.from({ length: 100 }, (_, index) => alloc(0x10000 + 48 * index, index)),
  ...Array.from({ length: 100 }, (_, index) => free(0x10000 + 48 * ((index * 37) % 100), (index * 37) % 100)),
  ...Array.from({ length: 50 }, (_, index) => [alloc(0x10000, index + 1), free(0x10000, index + 1)]).flat(),
];

interface Case { bug: Event[]; errors: number; good: Event[]; found?: number[][] }

const CASES: Record<string, Case> = {
  it_works: { bug: [], errors: RECORDED_NO_DATA, good: correct },
  it_detects_leak: {
    bug: [alloc(0x1000, 24)], errors: RECORDED_LEAK, found: [[0x1000, 24, 16, 1]],
    good: [alloc(0x1000, 24), free(0x1000, 24)],
  },
  it_detects_bad_layout: {
    bug: [alloc(0x1000, 8, 8), free(0x1000, 16, 16)], errors: RECORDED_BAD_SIZE | RECORDED_BAD_ALIGNMENT,
    good: [alloc(0x1000, 16, 16), free(0x1000, 16, 16)],
  },
  it_detects_bad_alignment: {
    bug: [alloc(0x1000, 8, 8), free(0x1000, 8, 16)], errors: RECORDED_BAD_ALIGNMENT,
    good: [alloc(0x1000, 8, 16), free(0x1000, 8, 16)],
  },
  it_detects_bad_size: {
    bug: [alloc(0x1000, 8, 8), free(0x1000, 12, 8)], errors: RECORDED_BAD_SIZE,
    good: [alloc(0x1000, 12, 8), free(0x1000, 12, 8)],
  },
  it_detects_double_free: {
    bug: [alloc(0x1000, 8), free(0x1000, 8), free(0x1000, 8)], errors: RECORDED_DOUBLE_FREE, found: [[0x1000, 8, 16, -1]],
    good: [alloc(0x1000, 8), free(0x1000, 8), alloc(0x1000, 8), free(0x1000, 8)],
  },
  it_detects_bad_ptr: {
    bug: [alloc(0x1000, 8), free(0x1001, 8)], errors: RECORDED_BAD_PTR | RECORDED_LEAK,
    good: [alloc(0x1001, 8), free(0x1001, 8)],
  },
  // What sums and numbers alone do not see
  a_leak_and_a_double_free: {
    bug: [alloc(0x1000, 8), alloc(0x2000, 8), free(0x2000, 8), free(0x2000, 8)],
    errors: RECORDED_LEAK | RECORDED_DOUBLE_FREE,
    good: [alloc(0x1000, 8), alloc(0x2000, 8), free(0x2000, 8), free(0x1000, 8)],
  },
  two_blocks_freed_with_swapped_layouts: {
    bug: [alloc(0x1000, 8), alloc(0x2000, 24), free(0x1000, 24), free(0x2000, 8)], errors: RECORDED_BAD_SIZE,
    good: [alloc(0x1000, 8), alloc(0x2000, 24), free(0x1000, 8), free(0x2000, 24)],
  },
  a_free_before_its_allocation: {
    bug: [free(0x1000, 8), alloc(0x1000, 8)], errors: RECORDED_EARLY_FREE,
    good: [alloc(0x1000, 8), free(0x1000, 8)],
  },
  more_frees_than_allocations: {
    bug: [alloc(0x1000, 8), free(0x1000, 8), free(0x3000, 8), free(0x4000, 8)], errors: RECORDED_BAD_PTR,
    good: [alloc(0x1000, 8), free(0x1000, 8), free(0, 8), free(0, 8)],
  },
  pointers_whose_sums_agree: {
    bug: [alloc(0x1000, 8), alloc(0x4000, 8), free(0x2000, 8), free(0x3000, 8)], errors: RECORDED_BAD_PTR | RECORDED_LEAK,
    good: [alloc(0x2000, 8), alloc(0x3000, 8), free(0x2000, 8), free(0x3000, 8)],
  },
};

const cases = suite('recorder: cases');
for (const [name, { bug, errors, good, found }] of Object.entries(CASES)) {
  cases(name, () => {
    const wrong = record(bug);
    assert.is(wrong.errors, errors);
    if (found) assert.equal(foundOf(wrong.core), found);
    assert.is(wrong.core.heap_record_end(RECORDING), errors, 'the same when asked again');
    assert.is(record(good).errors, 0);
  });
  if (name === 'it_works') continue;
  cases(`${name}_amongst_many`, () => {
    assert.is(record([...many, ...bug]).errors, errors);
    assert.is(record([...many, ...good, ...many]).errors, 0);
    assert.is(record([...many.slice(0, 100), ...bug, ...many.slice(100)]).errors & ~RECORDED_EARLY_FREE,
      errors & ~RECORDED_EARLY_FREE);
  });
}
cases.run();

const figures = suite('recorder: figures');
figures('numbers, bytes and the peak are exact', () => {
  const { core, errors } = record([
    alloc(0x1000, 10), alloc(0x2000, 20), free(0x1000, 10), alloc(0x3000, 5), free(0x2000, 20), free(0, 99), free(0x3000, 5),
  ]);
  assert.is(errors, 0);
  assert.is(word(core, RECORDING_ALLOCS_OFFSET), 3);
  assert.is(word(core, RECORDING_FREES_OFFSET), 3);
  assert.is(wide(core, RECORDING_ALLOC_BYTES_OFFSET), 35n);
  assert.is(wide(core, RECORDING_FREE_BYTES_OFFSET), 35n);
  assert.is(wide(core, RECORDING_PEAK_BYTES_OFFSET), 30n);
  assert.is(word(core, RECORDING_PEAK_BLOCKS_OFFSET), 2);
});
figures('bytes are counted beyond 32 bits, also below zero', () => {
  const events = Array.from({ length: 6 }, (_, index) => alloc(0x1000 * (index + 1), 0xc0000000));
  const { core } = record(events);
  assert.is(wide(core, RECORDING_LIVE_BYTES_OFFSET), 6n * 0xc0000000n);
  assert.is(wide(core, RECORDING_PEAK_BYTES_OFFSET), 6n * 0xc0000000n);
  const freed = record(events.map(([, ptr, size]) => free(ptr, size)));
  assert.is(wide(freed.core, RECORDING_LIVE_BYTES_OFFSET), -6n * 0xc0000000n);
  assert.is(wide(freed.core, RECORDING_PEAK_BYTES_OFFSET), 0n);
});
figures('the first free of what cannot be live is named', () => {
  const { core } = record([alloc(0x1000, 8), free(0x5000, 8), free(0x6000, 8)]);
  assert.is(word(core, RECORDING_EARLY_PTR_OFFSET), 0x5000);
});
figures('thirty blocks that are left over are told apart, a thousand are only counted', () => {
  const blocks = (count: number): Event[] => Array.from({ length: count }, (_, index) => alloc(0x1000 + 16 * index, 8));
  assert.is(record(blocks(20)).errors, RECORDED_LEAK);
  assert.is(record(blocks(1000)).errors, RECORDED_LEAK | RECORDED_TOO_MANY);
  const frees = blocks(1000).map(([, ptr, size]) => free(ptr, size));
  assert.is(record([...blocks(1000), ...frees, ...frees]).errors, RECORDED_DOUBLE_FREE | RECORDED_TOO_MANY);
});
figures.run();

const nesting = suite('recorder: several recordings');
const INNER = RECORDING + RECORDING_SIZE;
nesting('what happens within an inner recording is the outer one\'s, too', () => {
  const core = instantiate({ initial: 1 });
  assert.is(core.heap_recording(), 0);
  core.heap_record_begin(RECORDING);
  tell(core, [alloc(0x1000, 8)]);
  core.heap_record_begin(INNER);
  assert.is(core.heap_recording(), INNER);
  tell(core, [alloc(0x2000, 30), free(0x2000, 30), alloc(0x3000, 8)]);
  assert.is(core.heap_record_end(INNER), RECORDED_LEAK);
  assert.is(core.heap_recording(), RECORDING);
  tell(core, [free(0x3000, 8), free(0x1000, 8)]);
  assert.is(core.heap_record_end(RECORDING), 0);
  assert.is(core.heap_recording(), 0);
  assert.is(wide(core, RECORDING_PEAK_BYTES_OFFSET), 38n);
  assert.is(wide(core, RECORDING_PEAK_BYTES_OFFSET, INNER), 30n);
});
nesting('a block that another thread frees is right in the sum of both recordings', () => {
  const core = instantiate({ initial: 1 });
  core.heap_record_begin(RECORDING);
  tell(core, [alloc(0x1000, 8), alloc(0x2000, 24)]);
  assert.is(core.heap_record_switch(0), RECORDING);
  core.heap_record_begin(INNER);
  tell(core, [free(0x1000, 8), alloc(0x1000, 40)]);
  assert.is(core.heap_record_switch(RECORDING), INNER);
  tell(core, [free(0x1000, 40), free(0x2000, 24)]);
  core.heap_record_join(RECORDING, INNER);
  assert.is(core.heap_record_end(RECORDING), 0);
  assert.is(word(core, RECORDING_ALLOCS_OFFSET), 3);
  assert.is(wide(core, RECORDING_ALLOC_BYTES_OFFSET), 72n);
  assert.is(wide(core, RECORDING_LIVE_BYTES_OFFSET), 0n);
});
nesting('a recording that is going on begins anew, and those within it are over', () => {
  const core = instantiate({ initial: 1 });
  core.heap_record_begin(RECORDING);
  tell(core, [alloc(0x1000, 8)]);
  core.heap_record_begin(INNER);
  core.heap_record_begin(RECORDING);
  tell(core, [alloc(0x2000, 8), free(0x2000, 8)]);
  assert.is(core.heap_record_end(RECORDING), 0);
  assert.is(core.heap_recording(), 0);
});
nesting('without a recording nothing happens', () => {
  const core = instantiate({ initial: 1 });
  const before = Buffer.from(new Uint8Array(core.memory.buffer));
  tell(core, many);
  assert.is(Buffer.compare(before, new Uint8Array(core.memory.buffer)), 0);
});
nesting.run();

const heap = suite('recorder: the debug profile tells it');
const heapOf = (): Core => {
  const core = instantiate({ initial: 64 });
  core.heap_init(8192, 300 * 4096);
  core.heap_debug(1, 1);
  core.heap_record_begin(RECORDING);
  return core;
};
const HEAP: Record<string, { errors: number; bug: (core: Core) => void; good: (core: Core) => void }> = {
  leak: {
    errors: RECORDED_LEAK,
    bug: (core) => core.malloc(40),
    good: (core) => core.free(core.malloc(40)),
  },
  double_free: {
    errors: RECORDED_DOUBLE_FREE,
    bug: (core) => {
      const block = core.malloc(40);
      core.free(block);
      core.free(block);
    },
    good: (core) => {
      core.free(core.malloc(40));
      core.free(core.malloc(40));
    },
  },
  bad_ptr: {
    errors: RECORDED_BAD_PTR,
    bug: (core) => core.free(0x123450),
    good: (core) => core.free(core.calloc(3, 7)),
  },
  bad_size: {
    errors: RECORDED_BAD_SIZE,
    bug: (core) => core.free_sized(core.malloc(40), 41),
    good: (core) => core.free_sized(core.malloc(40), 40),
  },
  bad_alignment: {
    errors: RECORDED_BAD_ALIGNMENT,
    bug: (core) => core.free_aligned_sized(core.aligned_alloc(64, 40), 128, 40),
    good: (core) => core.free_aligned_sized(core.aligned_alloc(64, 40), 64, 40),
  },
  realloc: {
    errors: RECORDED_LEAK,
    bug: (core) => core.realloc(core.malloc(40), 4000),
    good: (core) => core.free(core.realloc(core.realloc(core.malloc(40), 4000), 10)),
  },
  failed_realloc: {
    errors: RECORDED_LEAK,
    bug: (core) => assert.is(core.realloc(core.malloc(40), 0x7fffffff), 0),
    good: (core) => {
      const block = core.malloc(40);
      assert.is(core.realloc(block, 0x7fffffff), 0);
      core.free(block);
    },
  },
  heap_destroyed: {
    errors: RECORDED_LEAK,
    bug: (core) => {
      const own = core.heap_new();
      core.heap_malloc(own, 40);
      core.heap_delete(own);
    },
    good: (core) => {
      const own = core.heap_new();
      core.heap_malloc(own, 40);
      core.heap_destroy(own);
    },
  },
};
for (const [name, { errors, bug, good }] of Object.entries(HEAP)) {
  heap(name, () => {
    const wrong = heapOf();
    bug(wrong);
    assert.is(wrong.heap_record_end(RECORDING), errors);
    const right = heapOf();
    good(right);
    assert.is(right.heap_record_end(RECORDING), 0);
  });
}
heap('random correct operations are no error', () => {
  const random = new Random(testSeed());
  const core = heapOf();
  const live: number[] = [];
  for (let step = 0; step < 2000; step++) {
    if (live.length > 0 && random.below(2) === 0) core.free(live.splice(random.below(live.length), 1)[0]!);
    else live.push(core.malloc(random.below(300)));
  }
  for (const block of live) core.free(block);
  assert.is(core.heap_bugs(), 0);
  assert.is(core.heap_record_end(RECORDING), 0);
});
heap.run();
