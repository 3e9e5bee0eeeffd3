/** Components of the debug profile know what each call left behind, and those of the others know nothing of it. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TAKE_LEAK } from '../../scripts/lib/call-ends.ts';
import { buildComponent } from '../../scripts/lib/component.ts';
import { buildHeapComponent, buildHeapCore, HEAP_INTERFACE } from '../../scripts/lib/heap-component.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { callComponent, missingPackage, type ComponentCall } from '../../scripts/lib/wasi-engines/wasmtime.ts';
import { buildWasiProgram, type Allocator } from '../../scripts/lib/wasi-program.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { exportsOf } from '../../scripts/lib/wasm-exports.ts';
import { instantiate } from './components.ts';
import { onEachEngine } from './engines.ts';

const [CALLS] = TAKE_LEAK.split('#') as [string];

interface Leak { call: string; blocks: { address: number; size: number }[] }

/** What the component of the debug profile tells, without the addresses. */
const sizesOf = (leak: Leak | undefined): Record<string, number[]> =>
  (leak ? { [leak.call]: leak.blocks.map(({ size }) => size).sort((a, b) => a - b) } : {});

const WIT = `package test:leaks@0.1.0;
interface host { name: func() -> string; }
world leaks {
  import host;
  export take: func(text: string);
  export take-all: func(texts: list<string>) -> u32;
  export twice: func(text: string) -> string;
  export ask: func() -> u32;
  export live-blocks: func() -> u32;
}
`;

interface Library {
  take: (text: string) => void;
  takeAll: (texts: string[]) => number;
  twice: (text: string) => string;
  ask: () => number;
  liveBlocks: () => number;
  calls: { takeLeak: () => Leak | undefined };
}

const buildCore = (allocator: Allocator, flags: string[]): Promise<Uint8Array> => {
  const linked = ['-mexec-model=reactor', '-Wl,--export=cabi_realloc', ...flags];
  return buildWasiProgram(path.join(import.meta.dirname, 'call-leaks.c'), { allocator, flags: linked });
};

const buildLibrary = async (leak?: string, allocator: Allocator = 'debug'): Promise<Uint8Array> => {
  const core = await buildCore(allocator, leak ? [`-DLEAK_${leak}`] : []);
  return (await buildComponent(core, { wit: { source: WIT } })).component;
};

const NAME = 'the name of the host';

const startLibrary = async (leak?: string, allocator?: Allocator): Promise<Library> => {
  const imports = { 'test:leaks/host': { name: () => NAME } };
  return await instantiate(await buildLibrary(leak, allocator), imports) as unknown as Library;
};

const TEXT = 'x'.repeat(48);
const TEXTS = ['one', '', 'three', 'four of them', 'and a fifth'];

/** Calls every function, and collects what each left behind. */
const callAll = (library: Library): Record<string, number[]> => {
  const left: Record<string, number[]> = {};
  const collect = (): void => void Object.assign(left, sizesOf(library.calls.takeLeak()));
  library.take(TEXT);
  collect();
  assert.is(library.takeAll(TEXTS), 31);
  collect();
  assert.is(library.twice('again'), 'againagain');
  collect();
  assert.is(library.ask(), NAME.length);
  collect();
  library.take('');
  library.takeAll([]);
  assert.is(library.twice(''), '');
  collect();
  return left;
};

const programs = suite('wasi: leaks of a component in C');

programs('a component that frees everything is not told of', async () => {
  assert.equal(callAll(await startLibrary()), {});
});

/** What each mistake leaves, in bytes of each block. */
const MISTAKES: Record<string, Record<string, number[]>> = {
  TAKE: { take: [48] },
  EVERY_OTHER: { 'take-all': [12] },
  RESULT: { twice: [10] },
  IMPORT: { ask: [NAME.length] },
};

for (const [mistake, left] of Object.entries(MISTAKES)) {
  programs(`the mistake ${mistake} is told: ${JSON.stringify(left)}`, async () => {
    assert.equal(callAll(await startLibrary(mistake)), left);
  });
}

programs('a leak is told once, and the last one only', async () => {
  const library = await startLibrary('TAKE');
  library.take('one');
  library.take('another');
  assert.equal(sizesOf(library.calls.takeLeak()), { take: [7] });
  assert.is(library.calls.takeLeak(), undefined);
});

programs('many blocks are told', async () => {
  const library = await startLibrary('EVERY_OTHER');
  const texts = Array.from({ length: 2000 }, (_, index) => 'y'.repeat(1 + index % 100));
  library.takeAll(texts);
  const expected = texts.filter((_, index) => index % 2).map(({ length }) => length).sort((a, b) => a - b);
  assert.equal(sizesOf(library.calls.takeLeak()), { 'take-all': expected });
});

for (const allocator of ['release', 'hardened', 'debug'] as const) {
  programs(`a thousand calls leave as many blocks as there were, in the profile ${allocator}`, async () => {
    const library = await startLibrary(undefined, allocator);
    const round = (index: number): void => {
      library.take('z'.repeat(index));
      library.takeAll(TEXTS.slice(index % 5));
      library.twice('w'.repeat(index * 10 % 5000));
      library.ask();
    };
    round(1);
    const before = library.liveBlocks();
    for (let index = 0; index < 250; index++) round(index);
    assert.is(library.liveBlocks(), before);
  });
}

programs('nothing of it is in other profiles', async () => {
  const library = await startLibrary('TAKE', 'release');
  library.take(TEXT);
  assert.is(library.calls, undefined);
  const core = await buildCore('release', []);
  assert.equal([...readNames(core).functions.values()].filter((name) => /calls_|call_end|take_leak/.test(name)), []);
});

programs.run();

onEachEngine('wasi: leaks of a component in C', (test) => {
  test('are told as well', async () => {
    const calls: ComponentCall[] = [
      { interface: CALLS, function: 'take-leak' },
      { function: 'take', args: [TEXT] },
      { interface: CALLS, function: 'take-leak' },
      { interface: CALLS, function: 'take-leak' },
    ];
    const core = await buildCore('debug', ['-DLEAK_TAKE', '-DWITHOUT_HOST']);
    const wit = { source: 'package test:leaks@0.1.0;\nworld take { export take: func(text: string); }\n' };
    const { component } = await buildComponent(core, { wit });
    const answers = await callComponent(component, calls);
    const results = answers.map((answer) => ('result' in answer ? answer.result as Leak | null : assert.unreachable(answer.trap)));
    assert.equal(results.map((leak) => sizesOf(leak ?? undefined)), [{}, {}, { take: [48] }, {}]);
  });
}, [{ ...engineNamed('wasmtime'), missing: missingPackage }]);

const service = suite('heap component: leaks');

interface HeapService {
  allocator: { Heap: new () => { alloc: (size: number) => number; write: (block: number, offset: number, bytes: Uint8Array) => void; read: (block: number, offset: number, length: number) => Uint8Array } };
  calls: { takeLeak: () => Leak | undefined };
}

const TRANSFER = path.join(ROOT, 'wasi/component/transfer.ts');
const FREE = '    if (DEBUG != 0) callsLeave(address);\n    free(address);\n';

const startService = async (component: Uint8Array): Promise<HeapService> => await instantiate(component) as unknown as HeapService;

service('the debug build leaves nothing behind', async () => {
  const { allocator, calls } = await startService(await buildHeapComponent({ profile: 'debug' }));
  const heap = new allocator.Heap();
  const block = heap.alloc(1000);
  for (let length = 0; length < 1000; length += 99) {
    heap.write(block, 0, new Uint8Array(length));
    assert.is(heap.read(block, 0, length).length, length);
    assert.throws(() => heap.write(block + 1, 0, new Uint8Array(length)));
  }
  assert.is(calls.takeLeak(), undefined);
});

service('one that does not free its lists is told of', async () => {
  const text = fs.readFileSync(TRANSFER, 'utf8');
  assert.ok(text.includes(FREE));
  const overrides = new Map([[TRANSFER, text.replace(FREE, '')]]);
  const { allocator, calls } = await startService(await buildHeapComponent({ profile: 'debug', overrides }));
  const heap = new allocator.Heap();
  heap.write(heap.alloc(1000), 0, new Uint8Array(48));
  assert.equal(sizesOf(calls.takeLeak()), { '[method]heap.write': [48] });
});

service('nothing of it is in other profiles', async () => {
  for (const profile of ['release', 'hardened'] as const) {
    const core = await buildHeapCore({ profile });
    assert.equal(exportsOf(core).map(({ name }) => name).filter((name) => !name.startsWith(`${HEAP_INTERFACE}#`)).sort(), ['cabi_realloc', 'memory']);
    assert.equal([...readNames(core).functions.values()].filter((name) => name.startsWith('calls')), []);
  }
});

service.run();
