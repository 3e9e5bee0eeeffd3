/**
 * Recording in tests: the cases of mockalloc by its names, around an allocator that is not Tallow and around Tallow's debug
 * module, each wrong one with its good twin, and the report in words.
 */

import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildProducts } from '../../scripts/lib/products.ts';
import { SETTING_GO_ON } from '../../kernel-heap/debug-layout.ts';
import { debugModule, DebugHeap, describeBug, recorder, type AllocError, type Allocator } from './index.ts';

await buildProducts('debug');

type Full = Required<Allocator>;

/** An allocator that only counts addresses up, and believes everything. */
const counting = (): Full & { frees: number[] } => {
  let next = 0x1000;
  const frees: number[] = [];
  const take = (size: number): number => {
    if (size > 0x7fffffff) return 0;
    next += 16 * Math.ceil((size + 16) / 16);
    return next;
  };
  const free = (ptr: number): void => void frees.push(ptr);
  return {
    frees, malloc: take, free, calloc: (count, size) => take(count * size), realloc: (_, size) => take(size),
    aligned_alloc: (_, size) => take(size), free_sized: free, free_aligned_sized: free,
  };
};

/** Tallow's debug module, which goes on after a bug. */
const tallow = (): Full => {
  const exports = debugModule();
  exports.free!(exports.malloc!(1)); // the heap begins
  exports.heap_debug!(SETTING_GO_ON, 1);
  return exports as unknown as Full;
};

type Use = (heap: Full) => void;
interface Case { expected: AllocError; bug: Use; good: Use }

const CASES: Record<string, Case> = {
  it_detects_leak: { expected: 'leak', bug: (heap) => heap.malloc(40), good: (heap) => heap.free(heap.malloc(40)) },
  it_detects_bad_layout: {
    expected: 'badLayout',
    bug: (heap) => heap.free_aligned_sized(heap.aligned_alloc(64, 40), 128, 41),
    good: (heap) => heap.free_aligned_sized(heap.aligned_alloc(64, 40), 64, 40),
  },
  it_detects_bad_alignment: {
    expected: 'badAlignment',
    bug: (heap) => heap.free_aligned_sized(heap.aligned_alloc(64, 40), 128, 40),
    good: (heap) => heap.free_aligned_sized(heap.aligned_alloc(128, 40), 128, 40),
  },
  it_detects_bad_size: {
    expected: 'badSize',
    bug: (heap) => heap.free_sized(heap.malloc(40), 41),
    good: (heap) => heap.free_sized(heap.malloc(41), 41),
  },
  it_detects_double_free: {
    expected: 'doubleFree',
    bug: (heap) => {
      const block = heap.malloc(40);
      heap.free(block);
      heap.free(block);
    },
    good: (heap) => {
      heap.free(heap.malloc(40));
      heap.free(heap.malloc(40));
    },
  },
  it_detects_bad_ptr: {
    expected: 'badPtr',
    bug: (heap) => heap.free(heap.malloc(40) + 1),
    good: (heap) => heap.free(heap.malloc(41)),
  },
  it_detects_no_data: { expected: 'noData', bug: () => {}, good: (heap) => heap.free(heap.calloc(3, 5)) },
};

const amongstMany = (use: Use): Use => (heap) => {
  const before = Array.from({ length: 60 }, (_, index) => heap.malloc(index));
  use(heap);
  for (const block of before) heap.free(block);
};

const define = (test: Test, fresh: () => Full): void => {
  for (const [name, { expected, bug, good }] of Object.entries(CASES)) {
    const cases = name === 'it_detects_no_data' ? [{ name, bug, good }]
      : [{ name, bug, good }, { name: `${name}_amongst_many`, bug: amongstMany(bug), good: amongstMany(good) }];
    for (const each of cases) {
      test(each.name, async () => {
        const wrong = recorder(fresh());
        assert.is(wrong.recordAllocs(() => each.bug(wrong.allocator)).result, expected);
        const failing = recorder(fresh());
        assert.throws(() => failing.assertAllocs(() => each.bug(failing.allocator)), /^tallow: recorded: /);
        const right = recorder(fresh());
        await right.withAllocs(() => each.good(right.allocator))();
        assert.is(right.isRecording(), false);
      });
    }
  }
  test('it_works', () => {
    const { allocator, recordAllocs, isRecording } = recorder(fresh());
    const info = recordAllocs(() => {
      assert.is(isRecording(), true);
      allocator.free(allocator.malloc(24));
    });
    assert.equal(
      [info.result, info.errors, info.numAllocs, info.numFrees, info.numLeaks, info.memAllocated, info.memFreed, info.memLeaked],
      [undefined, [], 1, 1, 0, 24, 24, 0]);
    assert.equal([info.peakMem, info.peakMemAllocs], [24, 1]);
  });
  test('it_works_amongst_many', () => {
    const { allocator, recordAllocs } = recorder(fresh());
    const info = recordAllocs(() => {
      const first = [10, 20, 30].map((size) => allocator.malloc(size));
      allocator.free(first[1]!);
      const last = allocator.malloc(15);
      for (const block of [first[0]!, first[2]!, last]) allocator.free(block);
    });
    assert.equal([info.result, info.numAllocs, info.numFrees, info.peakMem, info.peakMemAllocs], [undefined, 4, 4, 60, 3]);
  });
  test('one leak plus one double free is told as both', () => {
    const { allocator, recordAllocs } = recorder(fresh());
    const { errors, numAllocs, numFrees } = recordAllocs(() => {
      allocator.malloc(40);
      const block = allocator.malloc(40);
      allocator.free(block);
      allocator.free(block);
    });
    assert.equal([numAllocs, numFrees, errors], [2, 2, ['doubleFree', 'leak']]);
  });
  test('two blocks freed with swapped layouts are no match', () => {
    const { allocator, recordAllocs } = recorder(fresh());
    assert.equal(recordAllocs(() => {
      const [first, second] = [allocator.malloc(8), allocator.malloc(24)];
      allocator.free_sized(first, 24);
      allocator.free_sized(second, 8);
    }).errors, ['badSize']);
  });
  test('a failed realloc is no free, and free(null) counts nothing', () => {
    const { allocator, assertAllocs } = recorder(fresh());
    const info = assertAllocs(() => {
      const block = allocator.malloc(8);
      assert.is(allocator.realloc(block, 0xffffffff), 0);
      allocator.free(0);
      allocator.free(block);
    });
    assert.equal([info.numAllocs, info.numFrees], [1, 1]);
  });
  test('more frees than allocations are no underflow', () => {
    const { allocator, recordAllocs } = recorder(fresh());
    const info = recordAllocs(() => {
      const block = allocator.malloc(8);
      for (let count = 0; count < 3; count++) allocator.free(block);
    });
    assert.equal([info.result, info.numLeaks, info.memLeaked, info.numFrees], ['doubleFree', 0, 0, 3]);
  });
  test('recordings may be nested', () => {
    const { allocator, recordAllocs, assertAllocs } = recorder(fresh());
    let block = 0;
    const outer = assertAllocs(() => {
      const inner = recordAllocs(() => {
        block = allocator.malloc(100);
      });
      assert.is(inner.result, 'leak');
      assert.equal(recordAllocs(() => {}).result, 'noData');
      allocator.free(block);
    });
    assert.equal([outer.numAllocs, outer.numFrees, outer.peakMem], [1, 1, 100]);
  });
  test('a body that waits is recorded to its end', async () => {
    const { allocator, recordAllocs, withAllocs, isRecording } = recorder(fresh());
    const info = await recordAllocs(async () => {
      const block = allocator.malloc(10);
      await new Promise((resolve) => setTimeout(resolve, 1));
      allocator.free(block);
    });
    assert.equal([info.result, info.numFrees], [undefined, 1]);
    let message = '';
    await withAllocs(async () => {
      await Promise.resolve();
      allocator.malloc(10);
    })().catch((error: Error) => {
      message = error.message;
    });
    assert.match(message, /: leak\n/);
    assert.is(isRecording(), false);
  });
  test('an error of the body ends the recording and is passed on', () => {
    const { assertAllocs, isRecording } = recorder(fresh());
    assert.throws(() => assertAllocs(() => {
      throw new Error('mine');
    }), 'mine');
    assert.is(isRecording(), false);
  });
  test('a report tells where a leaked block was allocated, and where its siblings were freed', () => {
    const { allocator, recordAllocs } = recorder(fresh());
    const { report, blocks } = recordAllocs(() => {
      for (let index = 0; index < 3; index++) {
        const block = allocator.malloc(40);
        if (index !== 1) allocator.free(block);
      }
    });
    assert.is(blocks.length, 1);
    assert.match(blocks[0]!.place[0]!, /^tests\/harness\/recorder\.test\.ts:\d+$/);
    const [allocated, freed] = [blocks[0]!.place[0]!, blocks[0]!.siblingsFreed[0]![0]!].map((place) => Number(place.split(':')[1]));
    assert.is(freed, allocated! + 1);
    const lines = report.split('\n');
    assert.is(lines[0], 'tallow: recorded: 3 allocations, 2 frees, at most 80 bytes at once: leak');
    assert.match(lines[1]!, /^ {2}not freed: 0x[\da-f]{8}, 40 bytes$/);
    assert.is(lines[2], `    allocated at ${blocks[0]!.place[0]}`);
    assert.ok(lines.includes(`    others from there were freed at ${blocks[0]!.siblingsFreed[0]![0]}`));
  });
};

const foreign = suite('recorder in tests: another allocator');
define(foreign, counting);
foreign('the first wrong operation is named by number and place, and wrong frees are not passed on', () => {
  const believer = counting();
  const { allocator, recordAllocs } = recorder<Full>(believer);
  let block = 0;
  const info = recordAllocs(() => {
    block = allocator.malloc(8);
    allocator.free(block);
    allocator.free(block);
    allocator.free(block);
  });
  assert.is(info.firstWrong?.number, 3);
  assert.match(info.firstWrong!.place[0]!, /^tests\/harness\/recorder\.test\.ts:\d+$/);
  assert.match(info.report, new RegExp(`first wrong: call 3, a second free of 0x${block.toString(16).padStart(8, '0')}`));
  assert.equal(believer.frees, [block]);
});
foreign('a block freed before it was allocated is an error of its own', () => {
  const { allocator, recordAllocs } = recorder(counting());
  const info = recordAllocs(() => {
    allocator.free(0x1020);
    assert.is(allocator.malloc(8), 0x1020);
  });
  assert.ok(info.errors.length > 0);
  assert.is(info.firstWrong?.number, 1);
});
foreign('outside of recordings nothing is kept back', () => {
  const believer = counting();
  const { allocator } = recorder<Full>(believer);
  const block = allocator.malloc(8);
  allocator.free(block);
  allocator.free(block);
  assert.equal(believer.frees, [block, block]);
});
foreign.run();

const own = suite('recorder in tests: Tallow\'s debug module');
define(own, tallow);
own('bugs that the heap finds are part of the recording, in words', () => {
  const { allocator, recordAllocs } = recorder(tallow());
  const info = recordAllocs(() => {
    const block = allocator.malloc(10);
    const bytes = new Uint8Array((allocator as unknown as { memory: WebAssembly.Memory }).memory.buffer);
    bytes[block + 10] = 0x41;
    allocator.free(block);
  });
  assert.is(info.result, undefined);
  assert.is(info.bugs.length, 1);
  assert.match(info.report, /tallow: overflow: 1 byte behind block \d+ of 10 bytes at 0x[\da-f]{8} was overwritten, at offset 10, which holds 0x41\n {2}allocated at tests\/harness\/recorder\.test\.ts:\d+/);
});
own('a bug that stops the module is told instead of the trap', () => {
  const exports = debugModule();
  const { allocator, assertAllocs } = recorder(exports as unknown as Full);
  assert.throws(() => assertAllocs(() => {
    const block = allocator.malloc(10);
    allocator.free(block);
    allocator.free(block);
  }), /^tallow: double free: block \d+ of 10 bytes at 0x[\da-f]{8} was freed before\n {2}allocated at tests\/harness/);
});
own('what happens within the module counts, too', () => {
  const exports = debugModule();
  const { recordAllocs } = recorder(exports as unknown as Full);
  const info = recordAllocs(() => exports.cabi_realloc!(0, 0, 1, 100));
  assert.equal([info.result, info.memLeaked], ['leak', 100]);
});
own('live blocks are told by heap', () => {
  const exports = debugModule();
  exports.malloc!(1);
  const task = exports.heap_new!();
  exports.heap_malloc!(task, 30);
  const heap = new DebugHeap(exports);
  assert.equal(heap.live(task).map(({ bytes }) => bytes), [30]);
  assert.equal(heap.bugs().map(describeBug), []);
});
own.run();
