/** libtallow.a: the core as a static library that replaces malloc in C programs for WASI. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { C_FUNCTIONS } from './c-names.ts';
import { header } from './header.ts';
import { buildCore, type BuiltModule, type ModuleOptions } from './module.ts';
import { ROOT } from './paths.ts';
import { run } from './tools.ts';
import { wasmToObject } from './wasm-object.ts';

/** How C code for WASI is compiled. */
export const WASI_FLAGS = ['--target=wasm32-wasi', '-O2'];

/** The C half of the library: a member of the archive each, so that a program gets only what it uses. */
export const GLUE = ['glue.c', 'component/cabi.c'].map((name) => path.join(ROOT, 'wasi', name));

/** The core as a linked program needs it: its memory begins where the linker says, so it must be initialised. */
export const buildCoreForWasi = (options: Omit<ModuleOptions, 'entry'> = {}): Promise<BuiltModule> =>
  buildCore({ heapStart: 0, ...options });

/** Bytes of the archive, made of the module that buildCoreForWasi gives. Takes about half a second. */
export const wasiLibrary = (core: BuiltModule): Uint8Array => {
  const object = wasmToObject(core.wasm, {
    symbols: new Map(C_FUNCTIONS.map((f) => [f.core, f.name])),
    prefix: 'tallow.',
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-wasi-'));
  try {
    fs.writeFileSync(path.join(folder, 'core.o'), object);
    fs.writeFileSync(path.join(folder, 'tallow.h'), header());
    const flags = [...WASI_FLAGS, '-Wall', '-Wextra', '-Werror', '-ffunction-sections', `-I${folder}`];
    run('clang', [...flags, '-c', ...GLUE], { cwd: folder });
    const objects = GLUE.map((source) => `${path.basename(source, '.c')}.o`);
    run('llvm-ar', ['rcsD', 'libtallow.a', 'core.o', ...objects], { cwd: folder });
    return fs.readFileSync(path.join(folder, 'libtallow.a'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};
