/** Relocatable objects: the linker takes them, finds the symbols, drops what is unused, and the code still works. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildModule } from '../../scripts/lib/module.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { run } from '../../scripts/lib/tools.ts';
import { WASI_FLAGS } from '../../scripts/lib/wasi-library.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { wasmToObject } from '../../scripts/lib/wasm-object.ts';

const ENTRY = path.join(ROOT, 'example/main.ts');

/** As many globals and branches, calls and memory accesses as it takes to meet every kind of operand. */
const TEXT = `import { copy, fill, load, store } from '../kernel-heap/memory.ts';
declare const report: (value: i32) => void;
let calls: i32 = 0;
let total: i32 = 0;
const add = (value: i32): i32 => {
  calls++;
  total += value;
  switch (value & 7) { case 0: report(value); break; case 1: case 2: total++; break; case 5: return -1; default: total += 1000000; }
  return total;
};
export const accumulate = (from: i32, to: i32): i32 => {
  for (let i: i32 = from; i < to; i++) if (add(i) < 0) return calls;
  return add(to);
};
export const swap = (a: i32, b: i32): void => {
  const kept: i32 = load(a);
  copy(a, b, 4);
  store(b, kept);
};
export const clear = (a: i32, size: i32): void => { fill(a, 0, size); };
export const unused = (a: i32): i32 => { report(-a); return a * 12345; };
`;

const PROGRAM = `
void swap_words(int *, int *);
void clear_bytes(void *, unsigned);
int accumulate_range(int, int);
int last = -1, words[2] = { 3, 4 }, before[64] = { 1 };
void report_value(int value) { last = value; }
__attribute__((export_name("program"))) int program(int from, int to) {
  swap_words(&words[0], &words[1]);
  clear_bytes(before, sizeof before);
  return accumulate_range(from, to) + before[0];
}
__attribute__((export_name("result"))) int result(int index) { return index == 2 ? last : words[index]; }
`;

const symbols = new Map([['accumulate', 'accumulate_range'], ['swap', 'swap_words'], ['clear', 'clear_bytes'], ['unused', 'unused_words']]);
const options = { symbols, imports: new Map([['report', 'report_value']]), prefix: 'ts.' };

const built = await buildModule({ entry: ENTRY, overrides: new Map([[ENTRY, TEXT]]), noInline: ['add'], memory: { module: 'host', name: 'memory' } });

/** PROGRAM linked with the object. */
const link = (): Uint8Array => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-object-'));
  try {
    fs.writeFileSync(path.join(folder, 'core.o'), wasmToObject(built.wasm, options));
    fs.writeFileSync(path.join(folder, 'program.c'), PROGRAM);
    run('clang', [...WASI_FLAGS, '-nostdlib', '-Wl,--no-entry', 'program.c', 'core.o', '-o', 'program.wasm'], { cwd: folder });
    return fs.readFileSync(path.join(folder, 'program.wasm'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};

const program = link();
const test = suite('objects');

test('the linked code does what the module does', () => {
  const exports = new WebAssembly.Instance(new WebAssembly.Module(program as BufferSource)).exports as Record<string, (...args: number[]) => number>;
  let last = -1;
  const module = new WebAssembly.Instance(new WebAssembly.Module(built.wasm as BufferSource), {
    host: { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536 }), report: (value: number) => { last = value; } },
  }).exports as Record<string, (...args: number[]) => number>;
  for (const [from, to] of [[0, 3], [6, 9], [1, 2], [4, 20], [-9, -4]] as const) {
    assert.is(exports.program!(from, to), module.accumulate!(from, to));
    assert.is(exports.result!(2), last);
  }
  assert.equal([exports.result!(0), exports.result!(1)], [4, 3]);
});

test('what the program does not call is not in it; names are kept', () => {
  const names = [...readNames(program).functions.values()];
  assert.ok(names.includes('accumulate_range'));
  assert.ok(names.includes('ts.add'));
  assert.not.ok(names.includes('unused_words'));
});

test('the object is a Wasm module by itself', () => {
  assert.ok(WebAssembly.validate(wasmToObject(built.wasm, options) as BufferSource));
});

test('an import without a symbol is an error', () => {
  assert.throws(() => wasmToObject(built.wasm, { ...options, imports: new Map() }), 'imports report, for which there is no symbol');
});

test.run();
