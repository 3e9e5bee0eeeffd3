/**
 * The debug profile: every bug by its name, reported with the block, the byte and both places; the good twin of each is
 * silent. Names are those of hardened_malloc's tests and of Linux's KASAN and slub tests.
 */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  QUARANTINE_BYTES, RECORD_BYTES_OFFSET, RECORD_FREED_PLACE_OFFSET, RECORD_NUMBER_OFFSET, RECORD_PLACE_OFFSET,
  RECORD_PTR_OFFSET, REPORT_CODE_OFFSET, REPORT_COUNT_OFFSET, REPORT_FIRST_OFFSET, REPORT_FOUND_OFFSET,
  REPORT_NOW_PLACE_OFFSET, REPORT_RECORD_OFFSET, SETTING_CHECK_EVERY, SETTING_COUNT, SETTING_GO_ON, SETTING_QUARANTINE,
} from '../../kernel-heap/debug-layout.ts';
import { KIND_ANY } from '../../kernel-heap/audit-layout.ts';
import { FRAME_SIZE } from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiator, type Core } from './core.ts';

const instantiate = await instantiator('debug');

/** A heap in 400 frames that counts bugs and goes on. */
const heapOf = (): Core => {
  const core = instantiate({ initial: 64 });
  assert.ok(core.heap_init(FRAME_SIZE, 400 * FRAME_SIZE) > 0);
  assert.is(core.heap_debug(SETTING_GO_ON, 1), 1);
  return core;
};

const codeNames = (core: Core): Map<number, string> => new Map(Object.entries(core)
  .filter(([name]) => name.startsWith('PANIC_'))
  .map(([name, code]) => [code as unknown as number, name.slice('PANIC_'.length)]));

/** A report as the cases tell it. */
interface Report { code: string; size: number; number: number; first: number; count: number; found: number }

const reportsOf = (core: Core): Report[] => Array.from({ length: core.heap_bugs() }, (_, index) => {
  const report = core.heap_bug(index);
  const word = (offset: number): number => core.load(report + offset);
  return {
    code: codeNames(core).get(word(REPORT_CODE_OFFSET))!,
    size: word(REPORT_RECORD_OFFSET + RECORD_BYTES_OFFSET),
    number: word(REPORT_RECORD_OFFSET + RECORD_NUMBER_OFFSET),
    first: word(REPORT_FIRST_OFFSET),
    count: word(REPORT_COUNT_OFFSET),
    found: word(REPORT_FOUND_OFFSET),
  };
});

type Use = (core: Core) => void;

/** A bug, its good twin, and what is reported: the fields that are told, of the only report. */
const BUGS: Record<string, { bug: Use; good: Use; report: Partial<Report> }> = {};

const define = (name: string, report: Partial<Report>, bug: Use, good: Use): void => {
  assert.not(Object.hasOwn(BUGS, name));
  BUGS[name] = { bug, good, report };
};

/** Writes `count` bytes of 0x41 from `offset` on into a block, then frees it. */
const writing = (size: number, offset: number, count: number): Use => (core) => {
  const block = core.malloc(size);
  for (let index = 0; index < count; index++) core.store8(block + offset + index, 0x41);
  core.free(block);
};

for (const [kind, size] of [['small', 100], ['large', 100_000]] as const) {
  define(`overflow_${kind}_1_byte`, { code: 'OVERFLOW', size, number: 1, first: size, count: 1, found: 0x41 },
    writing(size, size, 1), writing(size, size - 1, 1));
  define(`overflow_${kind}_8_byte`, { code: 'OVERFLOW', size, number: 1, first: size, count: 8 },
    writing(size, size, 8), writing(size, size - 8, 8));
  define(`kmalloc_oob_left_${kind}`, { code: 'UNDERFLOW', size, first: -1, count: 1, found: 0x41 },
    writing(size, -1, 1), writing(size, 0, 1));
  define(`double_free_${kind}`, { code: 'DOUBLE_FREE', size, number: 1 },
    (core) => {
      const block = core.malloc(size);
      core.free(block);
      core.free(block);
    },
    (core) => core.free(core.malloc(size)));
  define(`double_free_${kind}_delayed`, { code: 'DOUBLE_FREE', size, number: 1 },
    (core) => {
      const blocks = [size, size].map((bytes) => core.malloc(bytes));
      for (const block of blocks) core.free(block);
      core.free(blocks[0]!);
    },
    (core) => { for (let count = 0; count < 3; count++) core.free(core.malloc(size)); });
  define(`unaligned_free_${kind}`, { code: 'UNALIGNED_FREE', size, number: 1, first: 16 },
    (core) => core.free(core.malloc(size) + 16), (core) => core.free(core.malloc(size)));
  define(`write_after_free_${kind}`, { code: 'WRITE_AFTER_FREE', size, number: 1, first: 8, count: 4, found: 0x44 },
    (core) => {
      const block = core.malloc(size);
      core.free(block);
      core.store(block + 8, 0x11223344);
      core.heap_trim();
    },
    (core) => {
      const block = core.malloc(size);
      core.store(block + 8, 0x11223344);
      core.free(block);
      core.heap_trim();
    });
  define(`write_after_free_${kind}_reuse`, { code: 'WRITE_AFTER_FREE', size, first: 0, count: 1 },
    (core) => {
      const block = core.malloc(size);
      core.free(block);
      core.store8(block, 1);
      // Reused only when the quarantine has let it go, and looked at it.
      for (let held = 0; held <= QUARANTINE_BYTES; held += size) core.free(core.malloc(size));
    },
    (core) => { for (let held = 0; held <= QUARANTINE_BYTES; held += size) core.free(core.malloc(size)); });
  define(`invalid_sized_delete_${kind}`, { code: 'SIZE_MISMATCH', size, count: size - 1 },
    (core) => core.free_sized(core.malloc(size), size - 1), (core) => core.free_sized(core.malloc(size), size));
  define(`invalid_aligned_sized_delete_${kind}`, { code: 'SIZE_MISMATCH', size },
    (core) => core.free_aligned_sized(core.aligned_alloc(64, size), 32, size),
    (core) => core.free_aligned_sized(core.aligned_alloc(64, size), 64, size));
  define(`krealloc_less_oob_${kind}`, { code: 'OVERFLOW', size: size >> 1, first: size >> 1, count: 1 },
    (core) => {
      const block = core.realloc(core.malloc(size), size >> 1);
      core.store8(block + (size >> 1), 0);
      core.free(block);
    },
    (core) => {
      const block = core.realloc(core.malloc(size), size >> 1);
      core.store8(block + (size >> 1) - 1, 0);
      core.free(block);
    });
  define(`krealloc_uaf_${kind}`, { code: 'DOUBLE_FREE', size },
    (core) => {
      const block = core.malloc(size);
      core.free(block);
      assert.is(core.realloc(block, size + 10), 0);
    },
    (core) => core.free(core.realloc(core.malloc(size), size + 10)));
  define(`ksize_uaf_${kind}`, { code: 'DOUBLE_FREE', size },
    (core) => {
      const block = core.malloc(size);
      core.free(block);
      core.malloc_usable_size(block);
    },
    (core) => assert.is(core.malloc_usable_size(core.malloc(size)), size));
  define(`kmalloc_oob_16_${kind}`, { code: 'OVERFLOW', size, first: size, count: 16 },
    writing(size, size, 16), writing(size, size - 16, 16));
}
define('string_overflow', { code: 'OVERFLOW', size: 5, first: 5, count: 1, found: 0 },
  (core) => {
    const block = core.malloc(5);
    [...'hello\0'].forEach((character, index) => core.store8(block + index, character.charCodeAt(0)));
    core.free(block);
  },
  (core) => {
    const block = core.malloc(6);
    [...'hello\0'].forEach((character, index) => core.store8(block + index, character.charCodeAt(0)));
    core.free(block);
  });
define('write_zero_size', { code: 'OVERFLOW', size: 0, first: 0, count: 1 },
  writing(0, 0, 1), (core) => core.free(core.malloc(0)));
define('uninitialized_free', { code: 'INVALID_FREE', size: 0, number: 0 },
  (core) => core.free(0x7ffffff0), (core) => core.free(0));
define('uninitialized_realloc', { code: 'INVALID_FREE' },
  (core) => assert.is(core.realloc(0x12340, 10), 0), (core) => core.free(core.realloc(0, 10)));
define('invalid_free_of_metadata', { code: 'INVALID_FREE' },
  (core) => core.free(core.stateAddress()), (core) => core.free(core.malloc(1)));
define('kmalloc_big_oob_right', { code: 'OVERFLOW', size: 8_192, first: 8_192, count: 1 },
  writing(8_192, 8_192, 1), writing(8_192, 8_191, 1));
define('cabi_realloc_after_free', { code: 'DOUBLE_FREE', size: 40, number: 1 },
  (core) => {
    const block = core.malloc(40);
    core.free(block);
    assert.is.not(core.cabi_realloc(block, 40, 8, 80), 0, 'who goes on has a block');
  },
  (core) => core.free(core.cabi_realloc(core.malloc(40), 40, 8, 80)));
define('cabi_realloc_of_no_block', { code: 'INVALID_FREE', number: 0 },
  (core) => assert.is(core.cabi_realloc(0x12340, 40, 8, 0), 8),
  (core) => assert.is(core.cabi_realloc(0x12340, 0, 8, 0), 8));
define('an underflow that destroys the tag', { code: 'UNDERFLOW', size: 64, first: -8, count: 7 },
  (core) => {
    const block = core.malloc(64);
    for (let offset = -16; offset < -1; offset++) core.store8(block + offset, 0);
    core.free(block);
  },
  writing(64, 0, 64));
define('clobber_50th_byte', { code: 'WRITE_AFTER_FREE', size: 64, first: 50, count: 1, found: 0x9a },
  (core) => {
    const block = core.malloc(64);
    core.free(block);
    core.store8(block + 50, 0x9a);
    core.heap_trim();
  },
  (core) => {
    const block = core.malloc(64);
    core.store8(block + 50, 0x9a);
    core.free(block);
    core.heap_trim();
  });
define('an overflow in a heap that is destroyed', { code: 'OVERFLOW', size: 30, first: 30, count: 1 },
  (core) => {
    const heap = core.heap_new();
    core.store8(core.heap_malloc(heap, 30) + 30, 7);
    core.heap_destroy(heap);
  },
  (core) => {
    const heap = core.heap_new();
    core.store8(core.heap_malloc(heap, 30) + 29, 7);
    core.heap_destroy(heap);
  });

const bugs = suite('debug: bugs');
for (const [name, { bug, good, report }] of Object.entries(BUGS)) {
  bugs(name, () => {
    const core = heapOf();
    bug(core);
    const reports = reportsOf(core);
    assert.is(reports.length, 1);
    const told = Object.fromEntries(Object.keys(report).map((key) => [key, reports[0]![key as keyof Report]]));
    assert.equal(told, report);
    assert.is(core.heap_check(), 0, 'the damage was mended');
  });
  bugs(`${name}: its good twin is silent`, () => {
    const core = heapOf();
    good(core);
    assert.is(core.heap_check(), 0);
    core.heap_trim();
    assert.equal(reportsOf(core), []);
  });
}
bugs.run();

const settings = suite('debug: settings');
settings('the first bug stops the machine unless it is told to go on', () => {
  const core = heapOf();
  core.heap_debug(SETTING_GO_ON, 0);
  const block = core.malloc(10);
  core.free(block);
  assert.throws(() => core.free(block));
  assert.is(core.heap_bugs(), 1);
});
settings('heap_check finds damage that no free has met, and mends nothing', () => {
  const core = heapOf();
  const block = core.malloc(10);
  core.store8(block + 10, 1);
  assert.is(core.heap_check(), core.CHECK_RED_ZONE);
  assert.is(core.heap_check(), core.CHECK_RED_ZONE);
  core.store8(block + 10, 0xfd);
  assert.is(core.heap_check(), 0);
  core.free(block);
  core.store8(block, 1);
  assert.is(core.heap_check(), core.CHECK_FREED);
});
settings('every so many operations everything is looked at', () => {
  const core = heapOf();
  core.heap_debug(SETTING_CHECK_EVERY, 10);
  const block = core.malloc(10);
  core.store8(block + 12, 1);
  for (let count = 0; count < 10; count++) core.free(core.malloc(5));
  assert.equal(reportsOf(core).map(({ code, first }) => [code, first]), [['OVERFLOW', 12]]);
});
settings('without a quarantine a block is used again at once', () => {
  const core = heapOf();
  core.heap_debug(SETTING_QUARANTINE, 0);
  const block = core.malloc(40);
  core.free(block);
  assert.is(core.malloc(40), block);
});
settings('with it, a freed block comes back only when the quarantine is full', () => {
  const core = heapOf();
  const first = core.malloc(40);
  core.free(first);
  let count = 0;
  for (let block = core.malloc(40); block !== first; block = core.malloc(40)) {
    core.free(block);
    count++;
  }
  assert.ok(count * 80 > QUARANTINE_BYTES * 0.9, `after ${count} blocks`);
});
settings('the quarantine is given up before an allocation fails', () => {
  const core = heapOf();
  const half = 200 * FRAME_SIZE;
  core.heap_debug(SETTING_QUARANTINE, 0x7fffffff);
  for (let count = 0; count < 10; count++) {
    const block = core.malloc(half);
    assert.is.not(block, 0);
    core.free(block);
  }
});
settings('there is no other setting, and none without a heap', () => {
  const core = heapOf();
  assert.is(core.heap_debug(0, 1), 0);
  assert.is(core.heap_debug(SETTING_COUNT, 1), 0);
  assert.is(instantiate().heap_debug(SETTING_GO_ON, 1), 0);
});
settings.run();

const places = suite('debug: places');
places('a report tells where the block was allocated, where it was freed first, and where now', () => {
  const core = heapOf();
  core.heap_at(101, 102, 103, 104);
  const block = core.malloc(10);
  core.heap_at(201, 0, 0, 0);
  core.free(block);
  core.malloc(1);
  core.heap_at(301, 302, 0, 0);
  core.free(block);
  const report = core.heap_bug(0);
  const words = (offset: number): number[] => [0, 4, 8, 12].map((word) => core.load(report + offset + word));
  assert.equal(words(REPORT_RECORD_OFFSET + RECORD_PLACE_OFFSET), [101, 102, 103, 104]);
  assert.equal(words(REPORT_RECORD_OFFSET + RECORD_FREED_PLACE_OFFSET), [201, 0, 0, 0]);
  assert.equal(words(REPORT_NOW_PLACE_OFFSET), [301, 302, 0, 0]);
});
places('the walk over live blocks has them all, oldest first', () => {
  const core = heapOf();
  const blocks = Array.from({ length: 20 }, (_, index) => core.malloc(index));
  for (const index of [3, 0, 19]) core.free(blocks[index]!);
  const found: number[] = [];
  for (let record = core.heap_live(0); record !== 0; record = core.heap_live(record)) {
    found.push(core.load(record + RECORD_PTR_OFFSET));
  }
  assert.equal(found, blocks.filter((_, index) => ![3, 0, 19].includes(index)));
});
places.run();

const correct = suite('debug: correct use');
correct('a block has its tag before it whatever its alignment, so that nobody need search for it', () => {
  const core = heapOf();
  for (let alignment = 1; alignment <= 65_536; alignment *= 2) {
    for (const size of [0, 100, 5_000, 100_000]) {
      const block = core.aligned_alloc(alignment, size);
      assert.is(core.heap_kind(block, KIND_ANY), 1, `${size} bytes aligned to ${alignment}`);
      core.free(block);
    }
  }
});
correct('fresh memory and freed memory hold their patterns', () => {
  const core = heapOf();
  const block = core.malloc(100);
  assert.is(core.load(block + 96) >>> 0, 0xcdcdcdcd);
  core.fill(block, 7, 100);
  const grown = core.realloc(block, 200);
  assert.is(core.load(grown + 96), 0x07070707);
  assert.is(core.load(grown + 100) >>> 0, 0xcdcdcdcd);
  assert.is(core.load(block + 96) >>> 0, 0xdddddddd);
  assert.is(core.load(core.calloc(10, 10)), 0);
});
correct('a hundred thousand random operations raise no alarm', () => {
  const core = instantiate({ initial: 1 });
  const random = new Random(testSeed());
  core.malloc(0);
  core.heap_debug(SETTING_GO_ON, 1);
  const live: { block: number; size: number; alignment: number }[] = [];
  for (let operation = 0; operation < 100_000; operation++) {
    const index = random.below(200);
    const old = live[index];
    const size = random.below(50) === 0 ? random.below(60_000) : random.below(300);
    const kind = random.below(4);
    if (old && kind === 0) {
      const block = core.realloc(old.block, size);
      live[index] = { block, size, alignment: 1 };
    } else {
      if (old && kind === 1) core.free_aligned_sized(old.block, old.alignment, old.size);
      else if (old) core.free(old.block);
      const alignment = kind === 2 ? 1 << random.below(10) : 1;
      live[index] = { block: core.aligned_alloc(alignment, size), size, alignment };
    }
    core.fill(live[index]!.block, operation & 255, size);
    if (operation % 20_000 === 0) assert.is(core.heap_check(), 0);
  }
  for (const entry of live) if (entry) core.free(entry.block);
  core.heap_trim();
  assert.is(core.heap_check(), 0);
  assert.equal(reportsOf(core), []);
});
correct.run();
