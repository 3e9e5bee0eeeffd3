/** The component tallow-heap: what heap.wit promises, on Node by way of jco, and the same calls on Wasmtime. */

import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEAP_WIT } from '../../scripts/lib/component.ts';
import { buildHeapComponent, buildHeapCore, heapComponentOf } from '../../scripts/lib/heap-component.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { callComponent, missingPackage } from '../../scripts/lib/wasi-engines/wasmtime.ts';
import * as cases from '../../wasi/component/result.ts';
import { testSeed } from '../harness/seed.ts';
import { withMemoryMax, type Recording } from './components.ts';
import { onEachEngine } from './engines.ts';
import { startService, type HeapError, type Service, type ServiceHeap } from './heap-service.ts';

/** So many bytes that tell their place, and something of their own. */
const bytesOf = (length: number, salt = 0): number[] => Array.from({ length }, (_, index) => (index * 7 + salt) & 0xff);

const blocks = suite('heap component: blocks');

/** Everything that is called on it is repeated on Wasmtime. */
let service: Service;
blocks.before(async () => { service = await startService(); });

/** Runs with so many heaps, which are dropped at the end; nothing may be left of them then. */
const withHeaps = (count: number, use: (...heaps: ServiceHeap[]) => void): void => {
  const heaps = Array.from({ length: count }, () => service.heap());
  use(...heaps);
  assert.is(service.check(), 0);
  for (const heap of heaps) heap.drop();
  const { 'memory-pages': _, ...rest } = service.totals();
  assert.equal(rest, { 'heaps': 0, 'live-blocks': 0, 'live-bytes': 0 });
};

const withHeap = (use: (heap: ServiceHeap) => void): void => withHeaps(1, use);

const LENGTHS = [0, 1, 15, 16, 17, 4095, 4096, 8193, 65_535, 65_536, 65_537, 1 << 20];

for (const length of LENGTHS) {
  blocks(`a list of ${length} bytes comes back as it was written`, () => withHeap((heap) => {
    const block = heap.alloc(length);
    assert.ok(heap.usableSize(block) >= length);
    const bytes = bytesOf(length);
    heap.write(block, 0, bytes);
    assert.equal(heap.read(block, 0, length), bytes);
  }));
}

blocks('megabytes go in and out', async () => {
  const heap = (await startService()).heap();
  const bytes = bytesOf((5 << 20) + 1);
  const block = heap.alloc(bytes.length);
  heap.write(block, 0, bytes);
  assert.equal(heap.read(block, 0, bytes.length), bytes);
});

blocks('offsets are counted from the start of the block up to its end', () => withHeap((heap) => {
  const block = heap.alloc(100);
  const usable = heap.usableSize(block);
  heap.write(block, 0, bytesOf(usable));
  heap.write(block, 10, [1, 2, 3]);
  assert.equal(heap.read(block, 8, 7), [56, 63, 1, 2, 3, 91, 98]);
  heap.write(block, usable - 1, [9]);
  assert.equal(heap.read(block, usable - 1, 1), [9]);
  heap.write(block, usable, []);
  assert.equal(heap.read(block, usable, 0), []);
}));

blocks('every power of two is an alignment', () => withHeap((heap) => {
  for (let alignment = 1; alignment <= 1 << 22; alignment *= 2) {
    const block = heap.allocAligned(100, alignment);
    assert.is(block % Math.max(alignment, 16), 0, `${block} is aligned to ${alignment}`);
    heap.write(block, 0, bytesOf(100, alignment));
  }
}));

blocks('blocks of no bytes are blocks of their own', () => withHeap((heap) => {
  const [one, other] = [heap.alloc(0), heap.alloc(0)];
  assert.is.not(one, other);
  heap.free(one);
  heap.free(other);
}));

blocks('realloc keeps the contents up to the smaller size', () => withHeap((heap) => {
  let block = heap.alloc(10);
  heap.write(block, 0, bytesOf(10));
  for (const size of [20, 200, 10_000, 300_000, 5000, 100, 10]) {
    block = heap.realloc(block, size);
    assert.ok(heap.usableSize(block) >= size);
    assert.equal(heap.read(block, 0, 10), bytesOf(10), `at ${size} bytes`);
  }
  block = heap.realloc(block, 0);
  heap.free(block);
}));

blocks('stats tell what is live', () => withHeap((heap) => {
  assert.equal(heap.stats()['live-blocks'], 0);
  const [one, other] = [heap.alloc(1000), heap.alloc(3000)];
  const sizes = [one, other].map((block) => heap.usableSize(block));
  const peak = sizes[0]! + sizes[1]!;
  heap.free(one);
  const { 'held-bytes': held, ...rest } = heap.stats();
  assert.equal(rest, { 'live-blocks': 1, 'live-bytes': sizes[1], 'peak-bytes': peak });
  assert.ok(held! >= peak && held! <= 1 << 16, String(held));
}));

blocks('heaps stand side by side, and end alone', () => withHeaps(2, (...others) => {
  const gone = service.heap();
  const heaps = [gone, ...others];
  const kept = heaps.flatMap((heap, index) => [10, 100, 5000, 70_000].map((size) => {
    const block = heap.alloc(size);
    heap.write(block, 0, bytesOf(size, index));
    return { heap, block, size, index };
  }));
  gone.drop();
  for (const { heap, block, size, index } of kept.filter(({ heap: owner }) => owner !== gone)) {
    assert.equal(heap.read(block, 0, size), bytesOf(size, index));
    heap.free(block);
  }
}));

blocks('a thousand calls leave as many bytes as there were', () => withHeap((heap) => {
  const block = heap.alloc(1000);
  const before = service.totals();
  for (let call = 0; call < 1000; call++) {
    heap.write(block, call % 900, bytesOf(call % 100, call));
    heap.read(block, 0, call % 1000);
    heap.error('free', block + 1);
  }
  assert.equal(service.totals(), before);
}));

blocks.run();

const errors = suite('heap component: errors');

errors('the cases have the numbers of their places in the WIT', () => {
  const wit = fs.readFileSync(HEAP_WIT, 'utf8');
  const body = /variant error \{(.*?)\n {2}\}/s.exec(wit)![1]!.replace(/\/\/\/.*/g, '');
  const names = [...body.matchAll(/^\s+([a-z-]+)/gm)].map(([, name]) => name!);
  const known = Object.entries(cases).filter(([name]) => name.startsWith('ERROR_')).sort(([, a], [, b]) => Number(a) - Number(b));
  assert.equal(known.map(([name]) => name.slice('ERROR_'.length).toLowerCase().replaceAll('_', '-')), names);
});

const LARGE = 0xfffff001;
const HUGE = 0xffffffff;

/** Addresses that are no live block of a heap with the block `live`, which freed `freed`, beside another heap's `foreign`. */
const wrongBlocks = (live: number, freed: number, foreign: number): [HeapError, number][] => [
  ['not-a-block', 0], ['not-a-block', 1], ['not-a-block', 16], ['not-a-block', HUGE], ['not-a-block', HUGE & ~15],
  ['not-a-block', live + 1], ['not-a-block', live + 16], ['not-a-block', live - 16],
  ['already-freed', freed], ['foreign-block', foreign],
];

/** Calls with wrong arguments, by what they should answer, and the arguments behind the block of those with one. */
const WITH_BLOCK: Record<string, (number | number[])[]> = {
  'free': [], 'realloc': [100], 'usable-size': [], 'read': [0, 1], 'write': [0, [1]],
};

errors('an address that is no live block of the heap is told by every function, and changes nothing', () => withHeaps(2, (heap, other) => {
  const live = heap.alloc(100);
  heap.write(live, 0, bytesOf(100));
  const freed = heap.alloc(500);
  heap.free(freed);
  const foreign = other.alloc(100);
  const before = [heap.stats(), other.stats(), service.totals()];
  for (const [error, block] of wrongBlocks(live, freed, foreign)) {
    for (const [name, args] of Object.entries(WITH_BLOCK)) {
      assert.equal(heap.error(name, block, ...args), error, `${name} of ${block}`);
    }
  }
  assert.equal([heap.stats(), other.stats(), service.totals()], before);
  assert.equal(heap.read(live, 0, 100), bytesOf(100));
}));

errors('a block is freed once, and not where realloc moved it away from', () => withHeap((heap) => {
  const block = heap.alloc(100);
  heap.free(block);
  assert.is(heap.error('free', block), 'already-freed');
  const small = heap.alloc(16);
  const moved = heap.realloc(small, 100_000);
  assert.is.not(moved, small);
  assert.is(heap.error('free', small), 'already-freed');
  heap.free(moved);
  assert.is(heap.error('realloc', moved, 1), 'already-freed');
  const again = heap.alloc(100);
  assert.is(again, block, 'the address is handed out again');
  heap.free(again);
}));

errors('bytes outside of the block are told with its size', () => withHeap((heap) => {
  const block = heap.alloc(100);
  const usable = heap.usableSize(block);
  const outside: HeapError = ['out-of-bounds', usable];
  for (const [offset, length] of [[0, usable + 1], [usable, 1], [usable + 1, 0], [1, usable], [HUGE, 1], [1, HUGE], [HUGE, HUGE], [50, HUGE - 49]]) {
    assert.equal(heap.error('read', block, offset!, length!), outside, `read ${offset}, ${length}`);
  }
  for (const [offset, length] of [[0, usable + 1], [usable, 1], [usable + 1, 0], [HUGE, 1]]) {
    assert.equal(heap.error('write', block, offset!, bytesOf(length!)), outside, `write ${offset}, ${length}`);
  }
}));

errors('absurd sizes and alignments are told', () => withHeap((heap) => {
  const block = heap.alloc(100);
  heap.write(block, 0, bytesOf(100));
  for (const size of [LARGE, HUGE, HUGE - 15]) {
    assert.is(heap.error('alloc', size), 'too-large');
    assert.is(heap.error('alloc-aligned', size, 64), 'too-large');
    assert.is(heap.error('realloc', block, size), 'too-large');
  }
  for (const alignment of [0, 3, 24, 4097, HUGE]) assert.is(heap.error('alloc-aligned', 16, alignment), 'bad-alignment');
  assert.is(heap.error('alloc', LARGE - 1), 'out-of-memory');
  assert.equal(heap.read(block, 0, 100), bytesOf(100));
}));

errors('the heap that a block was of may be gone', () => withHeap((heap) => {
  const gone = service.heap();
  const block = gone.alloc(100);
  gone.drop();
  assert.is(heap.error('free', block), 'not-a-block');
}));

errors.run();

const random = suite('heap component: random calls');
const seed = testSeed();

/** Calls at random on three heaps, compared with a table of their blocks. */
const callAtRandom = (service: Service): void => {
  let state = seed | 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor((state >>> 0) / 2 ** 32 * limit);
  };
  const heaps = [service.heap(), service.heap(), service.heap()].map((heap) => ({ heap, live: new Map<number, number[]>(), freed: new Set<number>() }));
  const sizeOf = (): number => below(2 ** (1 + below(15)));
  for (let step = 0; step < 1500; step++) {
    const owner = heaps[below(3)]!;
    const { heap, live, freed } = owner;
    const block = [...live.keys()][below(live.size)];
    const begin = (address: number, bytes: number[]): void => {
      for (const { live: others } of heaps) assert.not(others.has(address), `${address} is handed out twice`);
      live.set(address, bytes);
      freed.delete(address);
      heap.write(address, 0, bytes);
    };
    const end = (address: number): void => {
      live.delete(address);
      freed.add(address);
    };
    const action = below(10);
    if (block === undefined || action < 4) {
      const bytes = bytesOf(sizeOf(), step);
      begin(action === 0 ? heap.allocAligned(bytes.length, 2 ** below(14)) : heap.alloc(bytes.length), bytes);
    } else if (action < 6) {
      assert.equal(heap.read(block, 0, live.get(block)!.length), live.get(block));
      heap.free(block);
      end(block);
    } else if (action < 8) {
      const bytes = live.get(block)!;
      const size = sizeOf();
      const moved = heap.realloc(block, size);
      end(block);
      const kept = bytes.slice(0, size);
      assert.equal(heap.read(moved, 0, kept.length), kept);
      begin(moved, kept);
    } else {
      const wrong = [...heaps[below(3)]!.freed, block + 16 * (1 + below(4)) + below(2)].at(-1 - below(4)) ?? 12345;
      const foreign = heaps.some((other) => other !== owner && other.live.has(wrong));
      const expected = live.has(wrong) ? undefined : foreign ? 'foreign-block' : freed.has(wrong) ? 'already-freed' : 'not-a-block';
      if (expected) assert.is(heap.error('free', wrong), expected);
    }
  }
  for (const { heap, live } of heaps) {
    assert.is(heap.stats()['live-blocks'], live.size);
    for (const [block, bytes] of live) assert.equal(heap.read(block, 0, bytes.length), bytes);
  }
  assert.is(service.check(), 0);
  for (const { heap } of heaps) heap.drop();
  assert.equal(service.totals().heaps, 0);
};

random('answer as a table of blocks does', () => callAtRandom(service));
for (const profile of ['hardened', 'debug'] as const) {
  random(`answer as a table of blocks does, ${profile}`, async () => {
    callAtRandom(await startService(await buildHeapComponent({ profile })));
  });
}

random.run();

const exhaustion = suite('heap component: limited memory');

/** A component whose memory has 512 KiB at most. */
let small: Uint8Array;
let limited: Service;
exhaustion.before(async () => {
  small = await heapComponentOf(withMemoryMax(await buildHeapCore(), 8));
  limited = await startService(small);
});

/** Blocks of that size until there is no memory. */
const fillUp = (heap: ServiceHeap, size: number): number[] => {
  const filled: number[] = [];
  for (;;) {
    const result = heap.call('alloc', size) as { ok?: number };
    if (result.ok === undefined) {
      assert.equal(result, { err: { 'out-of-memory': null } });
      return filled;
    }
    filled.push(result.ok);
  }
};

for (const size of [100, 1000, 8000, 30_000]) {
  exhaustion(`blocks of ${size} bytes until nothing is left, and all works on`, () => {
    const heap = limited.heap();
    const filled = fillUp(heap, size);
    assert.ok(filled.length * size >= 300_000, `${filled.length} blocks`);
    assert.is(heap.error('alloc', size), 'out-of-memory');
    assert.is(heap.error('alloc-aligned', size, 4096), 'out-of-memory');
    assert.is(heap.error('realloc', filled[0]!, 1 << 20), 'out-of-memory');
    const some = Math.min(size, 1 << 16);
    for (const block of [filled[0]!, filled.at(-1)!]) {
      heap.write(block, 0, bytesOf(some, block));
      assert.equal(heap.read(block, 0, some), bytesOf(some, block));
    }
    assert.equal(heap.read(filled[0]!, 0, some), bytesOf(some, filled[0]));
    heap.free(filled.pop()!);
    filled.push(heap.alloc(size));
    assert.is(limited.check(), 0);
    const other = limited.call('[constructor]heap') as { ok?: unknown };
    if (other.ok !== undefined) limited.drop(other.ok as never);
    for (const block of filled) heap.free(block);
    assert.is(fillUp(heap, size).length, filled.length);
    heap.drop();
    assert.equal(limited.totals()['live-bytes'], 0);
  });
}

exhaustion('a list of 64 KiB comes in when there is nothing left but what is set aside', () => {
  const heap = limited.heap();
  const block = heap.alloc(1 << 16);
  for (const size of [100_000, 4096, 16]) fillUp(heap, size);
  for (let round = 0; round < 3; round++) {
    const bytes = bytesOf(1 << 16, round);
    heap.write(block, 0, bytes);
    assert.equal(heap.read(block, 0, 1 << 16), bytes);
    assert.is(heap.error('alloc', 16), 'out-of-memory', 'the reserve is no memory for blocks');
  }
  heap.drop();
});

exhaustion.run();

onEachEngine('heap component: the same calls', (same) => {
  const repeat = async (component: Uint8Array, { calls, results }: Recording): Promise<void> => {
    assert.ok(calls.length > 100);
    const answers = await callComponent(component, calls);
    assert.is(answers.length, calls.length, 'none traps');
    answers.forEach((answer, index) => assert.equal(answer, { result: results[index] }, JSON.stringify(calls[index]).slice(0, 200)));
  };
  same('give the same results', async () => repeat(await buildHeapComponent(), service.recording));
  same('give the same results when the memory is limited', () => repeat(small, limited.recording));
}, [{ ...engineNamed('wasmtime'), missing: missingPackage }]);
