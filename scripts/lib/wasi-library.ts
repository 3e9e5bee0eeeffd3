/** libtallow.a: the core as a static library that replaces malloc in C programs for WASI. */

import fs from 'node:fs';
import path from 'node:path';
import { C_FUNCTIONS } from './c-names.ts';
import { withFolder } from './folder.ts';
import { header } from './header.ts';
import { buildCore, buildModule, type BuiltModule, type ModuleOptions } from './module.ts';
import { ROOT } from './paths.ts';
import type { Profile } from './profiles.ts';
import { run } from './tools.ts';
import { wasmToObject } from './wasm-object.ts';

/** How C code for WASI is compiled. */
export const WASI_FLAGS = ['--target=wasm32-wasi', '-O2'];

/** The C half of the library by profile: a member of the archive each, so that a program gets only what it uses. */
const GLUE: Record<Profile, string[]> = {
  release: ['glue.c', 'component/cabi.c', 'debug/absent.c'],
  hardened: ['glue.c', 'component/cabi.c', 'panic.c', 'debug/absent.c'],
  debug: ['glue.c', 'component/cabi.c', 'panic.c', 'debug/describe.c', 'debug/hooks.c'],
};

const pathOf = (name: string): string => path.join(ROOT, 'wasi', name);

/** The headers beside tallow.h: what the debug library's users include, and its own. */
export const DEBUG_HEADER = pathOf('debug/tallow-debug.h');
const HEADERS = [DEBUG_HEADER, pathOf('debug/describe.h')];

/** Reports in plain words, which need no library: declarations, then functions. */
export const DESCRIBE_FILES = ['debug/describe.h', 'debug/describe.c'].map(pathOf);

/** Every file that the archive of a profile is made of, besides the core. */
export const glueFiles = (profile: Profile): string[] => [...GLUE[profile].map(pathOf), ...HEADERS];

/** What the core calls of the C half, by its own names. The release library just stops. */
const HOOKS: Record<Profile, Record<string, string>> = {
  release: {},
  hardened: { panic: 'tallow_panic' },
  debug: { panic: 'tallow_panic', bugTell: 'tallow_bug_found' },
};

/**
 * What stands for functions of the core in the debug profile: the same, and they count what comes in for a component's
 * calls (wasi/component/calls.ts).
 */
const COUNTING: Record<string, string> = { free: 'calls_free', realloc: 'calls_realloc', cabi_realloc: 'calls_cabi_realloc' };

/** What calls.ts has to tell, under its own names. */
const CALLS = ['tallow_call_end', 'tallow_call_name', 'tallow_take_leak'];

/** The core with the counting functions: an entry that is never written. */
const countingEntry = (): { entry: string; overrides: Map<string, string> } => {
  const entry = path.join(ROOT, 'wasi/component/debug-core.ts');
  const core = C_FUNCTIONS.map((f) => f.core).filter((name) => !Object.hasOwn(COUNTING, name));
  const text = `export { ${core.join(', ')} } from '../../kernel-heap/index.ts';
export { ${[...Object.values(COUNTING), ...CALLS].join(', ')} } from './calls.ts';
`;
  return { entry, overrides: new Map([[entry, text]]) };
};

/** The core as a linked program needs it: its memory begins where the linker says, so it must be initialised. */
export const buildCoreForWasi = (options: Omit<ModuleOptions, 'entry'> = {}): Promise<BuiltModule> => {
  const { profile = 'release' } = options;
  const hooks = Object.entries(HOOKS[profile]);
  const imported = Object.fromEntries(hooks.map(([name, symbol]) => [name, { module: 'env', name: symbol }]));
  const all = { heapStart: 0, imported, ...options };
  return profile === 'debug' ? buildModule({ ...countingEntry(), ...all }) : buildCore(all);
};

/** Bytes of the archive, made of the module that buildCoreForWasi gives for the profile. Takes about half a second. */
export const wasiLibrary = (core: BuiltModule, profile: Profile = 'release'): Uint8Array => {
  const counts = profile === 'debug';
  const nameIn = (name: string): string => (counts && COUNTING[name]) || name;
  const symbols = [...C_FUNCTIONS.map((f): [string, string] => [nameIn(f.core), f.name]),
    ...CALLS.map((name): [string, string] => [name, name])];
  const object = wasmToObject(core.wasm, {
    symbols: new Map(symbols),
    imports: new Map(Object.values(HOOKS[profile]).map((symbol) => [symbol, symbol])),
    prefix: 'tallow.',
  });
  return withFolder((folder) => {
    fs.writeFileSync(path.join(folder, 'core.o'), object);
    fs.writeFileSync(path.join(folder, 'tallow.h'), header());
    const flags = [...WASI_FLAGS, '-Wall', '-Wextra', '-Werror', '-ffunction-sections', `-I${folder}`];
    for (const file of HEADERS) fs.copyFileSync(file, path.join(folder, path.basename(file)));
    run('clang', [...flags, ...counts ? ['-DTALLOW_CALLS'] : [], '-c', ...GLUE[profile].map(pathOf)], { cwd: folder });
    const objects = GLUE[profile].map((source) => `${path.basename(source, '.c')}.o`);
    run('llvm-ar', ['rcsD', 'libtallow.a', 'core.o', ...objects], { cwd: folder });
    return fs.readFileSync(path.join(folder, 'libtallow.a'));
  });
};
