/** The compile route: its gates refuse what they should, and its modules look as they should. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { C_FUNCTIONS } from '../../scripts/lib/c-names.ts';
import { header } from '../../scripts/lib/header.ts';
import { buildCore, buildModule, type BuiltModule, type ModuleOptions } from '../../scripts/lib/module.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { PROFILE_NAMES } from '../../scripts/lib/profiles.ts';
import { wasmToC } from '../../scripts/lib/wasm-to-c.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';

const ENTRY = path.join(ROOT, 'example/main.ts');

const build = (text: string, options: Partial<ModuleOptions> = {}): Promise<BuiltModule> =>
  buildModule({ entry: ENTRY, overrides: new Map([[ENTRY, text]]), ...options });

const moduleOf = ({ wasm }: BuiltModule): WebAssembly.Module => new WebAssembly.Module(wasm as BufferSource);

type Exports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };
const instanceOf = (built: BuiltModule, imports: WebAssembly.Imports = {}): Exports =>
  new WebAssembly.Instance(moduleOf(built), imports).exports as Exports;

/** The message that building `text` fails with. */
const failure = async (text: string, options: Partial<ModuleOptions> = {}): Promise<string> => {
  try {
    await build(text, options);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.unreachable('it was built') as never;
};

const inFunction = (body: string): string => `export const culprit = (a: i32, b: i32): i32 => {\n${body}\n};\n`;

const gates = suite('gates');

const REFUSED: [title: string, text: string, message: RegExp][] = [
  ['an array', inFunction('const c = [a, b]; return c[0];'), /culprit pulls in the JavaScript runtime/],
  ['an object', inFunction('const c = { a }; return c.a;'), /culprit pulls in the JavaScript runtime/],
  ['an exception', inFunction('if (a == 0) throw 1; return a;'), /throws|runtime/],
  ['a function as a value', 'const f = (a: i32): i32 => a;\nconst g = (a: i32): i32 => a + 1;\n' + inFunction('const h = a < b ? f : g; return h(a);'), /table|runtime/],
  ['Math.min', inFunction('return Math.min(a, b);'), /runtime|invalid module/],
  ['**', inFunction('return a ** b;'), /runtime|invalid module/],
  ['an exported constant', 'export const SIZE: i32 = 3;\n' + inFunction('return a;'), /the export SIZE is no function/],
  ['an exported function without result type', 'export const culprit = (a: i32) => a;', /culprit has no result type/],
  ['a syntax error', 'export const culprit = (a: i32): i32 => {\n  return a +;\n};\n', /example\/main\.ts:2: /],
  ['top-level code that calls the host', 'declare const get: () => i32;\nlet value: i32 = get();\n' + inFunction('value = a; return value;'), /top-level code calls the host function get/],
];
for (const [title, text, message] of REFUSED) {
  gates(title, async () => {
    const actual = await failure(text);
    assert.match(actual, message);
  });
}

gates('a name that shall be imported and is not there', async () => {
  assert.match(await failure(inFunction('return a;'), { imported: { nothing: { module: 'host', name: 'nothing' } } }), 'no function nothing');
});

gates.run();

const modules = suite('modules');

modules('exports have plain signatures, raw and optimised', async () => {
  for (const raw of [true, false]) {
    const built = await build('export const sub = (a: i32, b: i32): i32 => a - b;\nexport const isOdd = (a: i32): boolean => (a & 1) != 0;\n', { raw });
    const exports = instanceOf(built);
    assert.is(exports.sub!.length, 2);
    assert.is(exports.sub!(7, 9), -2);
    assert.is(exports.isOdd!(3), 1);
    assert.equal(built.exports, ['sub', 'isOdd']);
  }
});

modules('globals begin with their values; there is nothing to be called first', async () => {
  const built = await build('const SHIFT: i32 = 4;\nlet value: i32 = 3 << SHIFT;\nexport const next = (): i32 => { value++; return value; };\n');
  const exports = instanceOf(built);
  assert.equal(Object.keys(exports).sort(), ['memory', 'next']);
  assert.is(exports.next!(), 49);
  assert.is(exports.next!(), 50);
});

modules('the own memory is one wasm page and grows to 4 GiB', async () => {
  const { memory } = instanceOf(await build(inFunction('return a;')));
  assert.is(memory.buffer.byteLength, 65536);
  assert.is(memory.grow(3), 1);
});

modules('an imported memory is shared, and data is handed over', async () => {
  const text = "import { load } from '../kernel-heap/memory.ts';\ndeclare const put: (text: string) => void;\nexport const hello = (): void => { put('Hello'); };\nexport const read = (address: i32): i32 => load(address);\n";
  const built = await build(text, { memory: { module: 'outside', name: 'ram' } });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  let pointer = -1;
  const exports = instanceOf(built, { outside: { ram: memory }, host: { put: (address: number) => { pointer = address; } } });
  for (const { offset, bytes } of built.data) new Uint8Array(memory.buffer).set(bytes, offset);
  exports.hello!();
  const view = new DataView(memory.buffer);
  assert.is(view.getUint32(pointer, true), 5);
  assert.is(Buffer.from(memory.buffer, pointer + 4, 5).toString(), 'Hello');
  assert.is(exports.read!(pointer), 5);
});

modules('host functions are imported by name, and their results are numbers', async () => {
  const built = await build('declare const one: (a: i32) => i32;\ndeclare const two: (a: i32) => i32;\nexport const sum = (a: i32): i32 => one(a) + two(a);\n');
  assert.equal(built.imports, [{ module: 'host', name: 'one' }, { module: 'host', name: 'two' }]);
  assert.is(instanceOf(built, { host: { one: (a: number) => a + 1, two: (a: number) => a + 2 } }).sum!(10), 23);
});

modules('functions become constants or imports', async () => {
  const text = 'const size = (): i32 => 7;\nconst stop = (code: i32, address: i32): void => { if (code == 0) return; };\nexport const f = (a: i32): i32 => { stop(a, 5); return size(); };\n';
  const built = await build(text, { constants: { size: 9 }, imported: { stop: { module: 'host', name: 'halt' } } });
  const calls: number[][] = [];
  assert.is(instanceOf(built, { host: { halt: (...args: number[]) => { calls.push(args); } } }).f!(4), 9);
  assert.equal(calls, [[4, 5]]);
});

modules('functions keep their names', async () => {
  const text = 'const twice = (a: i32): i32 => { let s: i32 = 0; for (let i: i32 = 0; i < a; i++) s += 2; return s; };\nexport const f = (a: i32): i32 => twice(a) ^ twice(a + 1);\nexport const g = (a: i32): i32 => twice(a) | twice(a + 3);\n';
  const names = [...readNames((await build(text, { noInline: ['twice'] })).wasm).functions.values()];
  assert.equal(names.sort(), ['f', 'g', 'twice']);
});

modules('slow paths stay out of their callers', async () => {
  const text = 'const missSlow = (a: i32): i32 => a * 3;\nexport const f = (a: i32): i32 => { if (a > 5) return missSlow(a); return a; };\n';
  assert.ok([...readNames((await build(text)).wasm).functions.values()].includes('missSlow'));
  assert.not.ok([...readNames((await build(text, { noInline: [] })).wasm).functions.values()].includes('missSlow'));
});

modules('a constant added to an address becomes the offset of the access', async () => {
  const built = await build("import { load } from '../kernel-heap/memory.ts';\nexport const second = (a: i32): i32 => load(a + 4);\n", { memory: { module: 'host', name: 'memory' } });
  assert.match(wasmToC(built.wasm, { prefix: 't_' }).text, /return i32_load\(p0, 4\);/);
});

modules('several builds at once do not disturb each other', async () => {
  const results = await Promise.all([1, 2, 3].map((n) => build(`export const f = (a: i32): i32 => a + ${n};\n`)));
  assert.equal(results.map((built) => instanceOf(built).f!(10)), [11, 12, 13]);
});

modules('the same is not built twice', async () => {
  const text = `export const f = (): i32 => ${Date.now() & 0x7fffffff};\n`;
  assert.is((await build(text)).unchanged, false);
  assert.is((await build(text)).unchanged, true);
  assert.is((await build(text, { raw: true })).unchanged, false);
});

modules.run();

const core = suite('the core');

core('builds in every profile, imports nothing, exports the contract', async () => {
  for (const profile of PROFILE_NAMES) {
    const built = await buildCore({ profile });
    assert.equal(WebAssembly.Module.imports(moduleOf(built)), []);
    assert.equal(WebAssembly.Module.exports(moduleOf(built)).map(({ name }) => name).sort(), ['memory', ...C_FUNCTIONS.map((f) => f.core)].sort());
  }
});

core('has no data', async () => {
  const built = await buildCore({ memory: { module: 'host', name: 'memory' } });
  assert.equal(built.data, []);
});

core('its header declares every function, with its documentation', () => {
  const text = header();
  for (const { name } of C_FUNCTIONS) assert.match(text, new RegExp(`\\*/\\n[\\w *]*\\b${name}\\(`));
});

core.run();
