/**
 * What the contract says of a module that owns its memory: it begins its heap on first use and grows by memory.grow,
 * and others may grow the memory as well. On the shipped module and on the TypeScript in Node.
 */

import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { C_FUNCTIONS } from '../../scripts/lib/c-names.ts';
import { buildCore } from '../../scripts/lib/module.ts';
import { CORE_ENTRY } from '../../scripts/lib/paths.ts';
import { buildReferenceCore } from '../../scripts/lib/reference.ts';

type Core = Record<string, (...operands: number[]) => number> & {
  memory: WebAssembly.Memory;
  /** memory.grow, as others do it: the former size in wasm pages. */
  growByOthers(wasmPages: number): number;
};

const WASM_PAGE_SIZE = 65536;
const MIB = 1 << 20;

const { wasm } = await buildCore();
const compiled = new WebAssembly.Module(wasm as BufferSource);
// The JavaScript has to be told that its memory has grown, so others do it by way of the seam.
const withGrow = `${fs.readFileSync(CORE_ENTRY, 'utf8')}\nexport { memoryGrow } from './memory.ts';\n`;
const reference = await buildReferenceCore({ overrides: new Map([[CORE_ENTRY, withGrow]]) });

const fromReference = (maximum?: number): Core => {
  const core = reference.instantiate({ maximum });
  return Object.assign(core, { growByOthers: core.memoryGrow! });
};

const fromModule = (): Core => {
  const core = { ...new WebAssembly.Instance(compiled).exports } as Core;
  return Object.assign(core, { growByOthers: (wasmPages: number) => core.memory.grow(wasmPages) });
};

/** Each target: a fresh instance, with no more than so many wasm pages where that can be said from outside. */
const TARGETS: { name: string; limited: boolean; instantiate(pagesMax?: number): Core }[] = [
  { name: 'typescript', limited: true, instantiate: fromReference },
  { name: 'optimised', limited: false, instantiate: fromModule },
];

/** Results are signed; addresses are not. */
const unsigned = (value: number): number => value >>> 0;

const pagesOf = (core: Core): number => core.memory.buffer.byteLength / WASM_PAGE_SIZE;

/** Fills [address, address + size) and gives a function that says whether it is still as filled. */
const stamp = (core: Core, address: number, size: number, value: number): (() => boolean) => {
  new Uint8Array(core.memory.buffer, address, size).fill(value);
  return () => new Uint8Array(core.memory.buffer, address, size).every((byte) => byte === value);
};

const interfaceTest = suite('standalone: interface');

interfaceTest('the shipped module imports nothing', () => {
  assert.equal(WebAssembly.Module.imports(compiled), []);
});

interfaceTest('the shipped module exports its memory and the functions of the contract, and nothing else', () => {
  const names = WebAssembly.Module.exports(compiled).map(({ name, kind }) => `${kind} ${name}`).sort();
  assert.equal(names, ['memory memory', ...C_FUNCTIONS.map(({ core }) => `function ${core}`)].sort());
});

interfaceTest.run();

for (const { name, limited, instantiate } of TARGETS) {
  const test = suite(`standalone: ${name}`);

  const firstCalls: [first: string, ...operands: number[]][] = [
    ['malloc', 100], ['malloc', 0], ['malloc', 5000], ['malloc', 100_000], ['calloc', 10, 10], ['realloc', 0, 100],
    ['aligned_alloc', 64, 100], ['memalign', 8192, 100], ['cabi_realloc', 0, 0, 8, 100],
  ];
  for (const [first, ...operands] of firstCalls) {
    test(`${first}(${operands.join(', ')}) may be the first call`, () => {
      const core = instantiate();
      const block = unsigned(core[first]!(...operands));
      assert.ok(block >= 16);
      assert.is(block % 16, 0);
      assert.is(core.heap_check!(), 0);
      core.free!(block);
      assert.is(core.heap_check!(), 0);
    });
  }

  test('what needs no heap begins none', () => {
    const core = instantiate();
    core.free!(0);
    assert.is(core.heap_check!(), 0);
    assert.is(core.heap_trim!(), 0);
    assert.is(core.malloc_usable_size!(0), 0);
    core.heap_forget!();
    core.heap_destroy!(0);
    core.heap_delete!(0);
    const out = 32;
    core.heap_stats!(out);
    assert.ok(stamp(core, 0, 16, 0)());
    assert.ok(new Uint32Array(core.memory.buffer, out + 8, 31).every((word) => word === 0));
    // So an explicit beginning is not refused.
    assert.ok(core.heap_init!(4096, 40000) > 0);
  });

  test('a heap that was forgotten gives no more blocks: the next call begins another', () => {
    const core = instantiate();
    for (let round = 0; round < 3; round++) {
      const blocks = [16, 64, 128, 500, 1000, 5000, 100_000].map((size) => unsigned(core.malloc!(size)));
      assert.is(new Set(blocks).size, blocks.length);
      assert.is(core.heap_check!(), 0);
      blocks.forEach((block) => core.free!(block));
      assert.is(core.heap_check!(), 0);
      core.heap_forget!();
      assert.is(core.heap_check!(), 0);
    }
  });

  test('the first blocks lie in the memory that is there', () => {
    const core = instantiate();
    assert.is(pagesOf(core), 1);
    const intact: (() => boolean)[] = [];
    for (let index = 0; index < 100; index++) {
      const block = unsigned(core.malloc!(100));
      assert.ok(block >= 16 && block + 100 <= WASM_PAGE_SIZE);
      intact.push(stamp(core, block, 100, index));
    }
    assert.is(pagesOf(core), 1);
    assert.ok(intact.every((check) => check()));
  });

  test('it grows by little more than what is missing, and serves what it grew for', () => {
    const core = instantiate();
    const intact: (() => boolean)[] = [];
    for (let index = 0; index < 64; index++) {
      const block = unsigned(core.malloc!(MIB));
      assert.ok(block !== 0);
      intact.push(stamp(core, block, 4096, index), stamp(core, block + MIB - 4096, 4096, index));
    }
    assert.ok(intact.every((check) => check()));
    assert.is(core.heap_check!(), 0);
    // Beside the blocks: a wasm page at the beginning, tables of a word for each frame, a thirty-second in reserve.
    assert.ok(pagesOf(core) * WASM_PAGE_SIZE <= 66 * MIB * 33 / 32, `${pagesOf(core)} wasm pages for 64 MiB`);
  });

  test('memory that was freed is used again before more is asked for', () => {
    const core = instantiate();
    const sizes = [16, 100, 5000, 70_000, 300_000, MIB];
    const round = (): void => {
      const blocks = Array.from({ length: 60 }, (_, index) => core.malloc!(sizes[index % sizes.length]!));
      assert.ok(blocks.every((block) => block !== 0));
      for (const block of blocks) core.free!(block);
    };
    // The first rounds find out how the blocks fit best.
    for (let count = 0; count < 4; count++) round();
    const pages = pagesOf(core);
    for (let count = 0; count < 20; count++) round();
    assert.is(pagesOf(core), pages);
    const live = 10 * sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(pages * WASM_PAGE_SIZE <= live * 1.3, `${pages} wasm pages for ${live} bytes`);
    assert.is(core.heap_check!(), 0);
  });

  test('a block that outgrows the memory keeps its contents', () => {
    const core = instantiate();
    const block = unsigned(core.malloc!(4 * MIB));
    new Uint8Array(core.memory.buffer, block, 4 * MIB).fill(7);
    const grown = unsigned(core.realloc!(block, 6 * MIB));
    assert.ok(grown !== 0);
    assert.ok(new Uint8Array(core.memory.buffer, grown, 4 * MIB).every((byte) => byte === 7));
    assert.ok(unsigned(core.malloc_usable_size!(grown)) >= 6 * MIB);
    assert.ok(core.memory.buffer.byteLength >= grown + 6 * MIB);
    assert.is(core.heap_check!(), 0);
  });

  test('memory that others grow is theirs, and the heap goes on behind it', () => {
    const core = instantiate();
    const foreign: (() => boolean)[] = [];
    const blocks: { address: number; size: number; intact(): boolean }[] = [];
    for (let index = 0; index < 40; index++) {
      const size = [40, 3000, 50_000, 200_000][index % 4]!;
      const address = unsigned(core.malloc!(size));
      assert.ok(address !== 0);
      blocks.push({ address, size, intact: stamp(core, address, size, index) });
      const pages = core.growByOthers(1 + index % 3);
      foreign.push(stamp(core, pages * WASM_PAGE_SIZE, (1 + index % 3) * WASM_PAGE_SIZE, 0xf0));
      assert.is(core.heap_check!(), 0);
    }
    assert.ok(foreign.every((intact) => intact()));
    assert.ok(blocks.every(({ intact }) => intact()));
    for (const { address, intact } of blocks) {
      assert.ok(intact());
      core.free!(address);
    }
    assert.is(core.heap_check!(), 0);
    assert.ok(core.malloc!(MIB) !== 0);
    assert.ok(foreign.every((intact) => intact()));
  });

  test('what another has grown can be given to the heap', () => {
    const core = instantiate();
    assert.ok(core.malloc!(100) !== 0);
    const start = core.growByOthers(16) * WASM_PAGE_SIZE;
    assert.is(core.heap_add_region!(start, 16 * WASM_PAGE_SIZE), 256);
    assert.is(core.heap_add_region!(start, 16 * WASM_PAGE_SIZE), 0);
    const block = unsigned(core.malloc!(15 * WASM_PAGE_SIZE));
    assert.ok(block !== 0 && block + 15 * WASM_PAGE_SIZE <= start + 16 * WASM_PAGE_SIZE);
    assert.is(pagesOf(core), 17);
    assert.is(core.heap_check!(), 0);
  });

  test('heap_init(start, 0) leaves alone what lies before, and grows', () => {
    const core = instantiate();
    const before = stamp(core, 0, 50_001, 0x5a);
    assert.ok(core.heap_init!(50_001, 0) > 0);
    assert.is(core.heap_init!(50_001, 0), 0);
    for (let index = 0; index < 200; index++) {
      const block = unsigned(core.malloc!(index * 100));
      assert.ok(block >= 50_001);
      stamp(core, block, index * 100, 0xff);
    }
    assert.ok(before());
    assert.is(core.heap_check!(), 0);
  });

  test('heap_init(start, 0) with nothing left of the memory grows for its own needs', () => {
    const core = instantiate();
    const before = stamp(core, 0, WASM_PAGE_SIZE - 8, 0x5a);
    assert.ok(core.heap_init!(WASM_PAGE_SIZE - 8, 0) > 0);
    assert.ok(unsigned(core.malloc!(1000)) >= WASM_PAGE_SIZE - 8);
    assert.ok(before());
    assert.is(core.heap_check!(), 0);
  });

  test('a heap that has begun by itself is not begun again, unless it is forgotten', () => {
    const core = instantiate();
    const block = core.malloc!(100);
    assert.is(core.heap_init!(4096, 40000), 0);
    core.free!(block);
    core.heap_forget!();
    assert.ok(core.heap_init!(4096, 40000) > 0);
    assert.ok(unsigned(core.malloc!(100)) >= 4096);
    assert.is(core.malloc!(MIB), 0, 'a fixed region does not grow');
    assert.is(pagesOf(core), 1);
  });

  test('at 4 GiB there is no more; the heap says so and goes on', () => {
    const core = instantiate();
    const blocks: number[] = [];
    for (let block = core.malloc!(64 * MIB); block !== 0; block = core.malloc!(64 * MIB)) blocks.push(unsigned(block));
    assert.ok(blocks.length >= 60, `${blocks.length} blocks of 64 MiB`);
    assert.ok(blocks.some((block) => block >= 2 ** 31));
    assert.ok(pagesOf(core) <= 65536);
    assert.is(core.heap_check!(), 0);
    const small = unsigned(core.malloc!(100));
    assert.ok(small !== 0, 'what is left still serves small blocks');
    core.free!(small);
    core.free!(blocks.pop()!);
    assert.ok(core.malloc!(64 * MIB) !== 0);
    for (const block of blocks) core.free!(block);
    assert.is(core.heap_check!(), 0);
    assert.ok(core.malloc!(2 ** 31) !== 0);
  });

  if (limited) {
    test('a memory that may not grow further is exhausted like any other', () => {
      const core = instantiate(20);
      for (let round = 0; round < 3; round++) {
        for (const size of [40, 1000, 5000, 100_000]) {
          const blocks: number[] = [];
          for (let block = core.malloc!(size); block !== 0; block = core.malloc!(size)) blocks.push(block);
          assert.ok(blocks.length * size >= 0.6 * 20 * WASM_PAGE_SIZE, `${blocks.length} blocks of ${size}`);
          assert.is(core.heap_check!(), 0);
          assert.is(core.calloc!(1, size), 0);
          core.free!(blocks.pop()!);
          blocks.push(core.malloc!(size));
          assert.ok(blocks.at(-1) !== 0);
          for (const block of blocks) core.free!(block);
          assert.is(core.heap_check!(), 0);
        }
      }
      assert.ok(pagesOf(core) <= 20);
    });
  }

  test.run();
}
