/**
 * An older Wasmtime: the npm package wasmtime. It runs modules without imports only, so the
 * program is merged with a module that is WASI to it (wasi-stub.ts).
 */

import fs from 'node:fs';
import path from 'node:path';
import { cached } from '../cache.ts';
import { ROOT } from '../paths.ts';
import { run as runTool } from '../tools.ts';
import { withFolder } from '../folder.ts';
import { bytesOf, fileOf, runScript, type Engine } from './engine.ts';
import { STUB_FUNCTIONS, WASI_STUB } from './wasi-stub.ts';

const WASM_MERGE = path.join(ROOT, 'node_modules/binaryen/bin/wasm-merge');
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'sign-ext', 'nontrapping-float-to-int',
  'reference-types', 'multivalue', 'simd'];

/** The module that has everything within it, or an error that names what it still wants. */
const checkImports = (program: Uint8Array | string): void => {
  const wanted = WebAssembly.Module.imports(new WebAssembly.Module(bytesOf(program) as BufferSource))
    .map(({ module, name }) => `${module}.${name}`)
    .filter((name) => !STUB_FUNCTIONS.includes(name));
  if (wanted.length > 0) throw new Error(`wasmtime-npm has no ${wanted.join(', ')}, which the program imports`);
};

/** The program and its WASI as one module. */
const merged = async (program: Uint8Array): Promise<Uint8Array> => {
  const make = (): Promise<Uint8Array> => withFolder(async (place) => {
    const file = (name: string): string => path.join(place, name);
    fs.writeFileSync(file('stub.wat'), WASI_STUB);
    // The tool is itself Wasm, so large that making it fast takes longer than its work.
    runTool(process.execPath, ['--liftoff-only', WASM_MERGE, ...FEATURES.map((feature) => `--enable-${feature}`),
      fileOf(program, place), 'program', file('stub.wat'), 'wasi_snapshot_preview1', '-o', file('merged.wasm')]);
    return fs.readFileSync(file('merged.wasm'));
  });
  return (await cached('wasmtime-npm', [program, WASI_STUB], make)).value;
};

export const wasmtimeNpm: Engine = {
  name: 'wasmtime-npm',
  lacks: ['folders', 'clock', 'random'],
  missing: () => undefined,
  run: (program, { args = [], input = '', env = {}, folder } = {}) => withFolder(async (place) => {
    if (folder !== undefined) throw new Error('wasmtime-npm cannot give a program a folder');
    checkImports(program);
    const file = fileOf(await merged(bytesOf(program)), place);
    return runScript('wasmtime-npm', 'wasmtime-npm-run.mjs', { file, args, env }, input);
  }),
};
