/** Compiles the benchmark's modules: the workloads, the peers, and the two merged. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORE, DIST, ROOT } from '../paths.ts';
import type { Profile } from '../profiles.ts';
import { run, versionOf } from '../tools.ts';
import { leb, sectionBytes, sectionsOf, START_SECTION } from '../wasm-binary.ts';
import { exportsOf } from '../wasm-exports.ts';

export const SOURCES = path.join(ROOT, 'tests/bench');
const OUTPUT = path.join(DIST, 'bench');

/** What every module here may use: what all current engines have. */
const FEATURES = [
  '--enable-mutable-globals',
  '--enable-sign-ext',
  '--enable-nontrapping-float-to-int',
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
];

/** The functions that a C library's malloc offers; code size is measured on these. */
const C_FUNCTIONS = [
  'malloc',
  'free',
  'calloc',
  'realloc',
  'aligned_alloc',
  'memalign',
  'posix_memalign',
  'malloc_usable_size',
];

/** Runs a script of a package under node_modules. */
const runPackage = (script: string, args: readonly string[]): void => {
  run(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], { cwd: ROOT });
};

/**
 * The file made by `make` from `inputs`; an earlier one is used again as long as
 * inputs, settings and this file are the same, and goes when they are not.
 * @param name of the product; one file is kept for each.
 * @param inputs files it depends on.
 * @param settings anything else it depends on.
 * @param make writes the product to the path it is given.
 * @param ending of the product's file.
 * @returns path of the product.
 */
export const cached = (
  name: string, inputs: readonly string[], settings: readonly string[], make: (output: string) => void, ending = '.wasm',
): string => {
  const hash = createHash('sha256').update(JSON.stringify([name, ...settings]));
  for (const input of [...inputs, fileURLToPath(import.meta.url)]) hash.update(readFileSync(input));
  const output = path.join(OUTPUT, `${name}-${hash.digest('hex').slice(0, 16)}${ending}`);
  if (existsSync(output)) return output;
  mkdirSync(OUTPUT, { recursive: true });
  const partial = `${output}.${process.pid}.partial`;
  const outdated = readdirSync(OUTPUT).filter((file) => file.startsWith(`${name}-`) && file.length === path.basename(output).length);
  try {
    make(partial);
    renameSync(partial, output);
    for (const file of outdated) rmSync(path.join(OUTPUT, file), { force: true });
  } finally {
    rmSync(partial, { force: true });
  }
  return output;
};

/** Optimises a module in place, the way every allocator and the workloads are. */
export const optimise = (file: string, level: '-O3' | '-Oz' = '-O3'): void => {
  runPackage('binaryen/bin/wasm-opt', [...FEATURES, level, '--strip-debug', '--strip-producers', file, '-o', file]);
};

/**
 * Compiles a freestanding C file to an optimised module.
 * @param name of the product.
 * @param source path of the C file.
 * @param flags further flags, for instance `-DNAME`.
 * @returns path of the module.
 */
export const compileC = (name: string, source: string, flags: readonly string[] = []): string => {
  const args = [
    '--target=wasm32',
    '-O3',
    '-mbulk-memory',
    '-nostdlib',
    '-ffreestanding',
    '-fno-builtin',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wl,--no-entry,--allow-undefined,-z,stack-size=0',
    ...flags,
  ];
  return cached(name, [source], [...args, versionOf('clang')], (output) => {
    run('clang', [...args, source, '-o', output]);
    optimise(output);
  });
};

/** Path of wasi-libc's archive. */
const wasiLibc = (): string => {
  const file = run('clang', ['--target=wasm32-wasi', '--print-file-name=libc.a']).trim();
  if (!existsSync(file)) throw new Error('clang finds no wasi-libc; npm run bench installs it or says how');
  return file;
};

/**
 * The workloads; with `countLive` each change of the live bytes is reported to the host.
 * Static data, of which there should be none, is kept out of .bss so that a test can see it.
 */
export const buildWorkloads = (countLive: boolean): string =>
  compileC(countLive ? 'workloads.counted' : 'workloads', path.join(SOURCES, 'workloads.c'), [
    '-Wl,--import-memory',
    '-fno-zero-initialized-in-bss',
    ...(countLive ? ['-DCOUNT_LIVE'] : []),
  ]);

/** The header-less free lists. */
export const buildFloor = (): string => compileC('floor', path.join(SOURCES, 'allocators/floor.c'));

/** Bytes of stack that a module linked with wasi-libc has below its heap. */
export const WASI_STACK_SIZE = 65_536;

/** The module with the function that it exports as `name` run when it is instantiated. */
const startedBy = (wasm: Uint8Array, name: string): Uint8Array => {
  const { index } = exportsOf(wasm).find((exported) => exported.name === name)!;
  const start = sectionBytes(START_SECTION, leb(index));
  const sections = sectionsOf(wasm).map((section) => wasm.subarray(section.start, section.end));
  const behind = sectionsOf(wasm).findIndex(({ id }) => id > START_SECTION);
  return Buffer.concat([wasm.subarray(0, 8), ...sections.slice(0, behind), start, ...sections.slice(behind)]);
};

/**
 * A C file that is linked with wasi-libc, and exports the functions `exported`.
 * @param inputs other files that it depends on.
 */
export const linkWithWasiLibc = (
  name: string, source: string, exported: readonly string[], flags: readonly string[] = [], inputs: readonly string[] = [],
): string => {
  const args = [
    '--target=wasm32-wasi',
    '-O3',
    '-mbulk-memory',
    '-nostartfiles',
    '-nodefaultlibs',
    `-Wl,--no-entry,--stack-first,-z,stack-size=${WASI_STACK_SIZE}`,
    ...exported.map((symbol) => `-Wl,--export=${symbol}`),
    ...flags,
  ];
  return cached(name, [source, path.join(SOURCES, 'allocators/reactor.h'), wasiLibc(), ...inputs], [...args, versionOf('clang')], (output) => {
    const builtins = run('clang', ['--target=wasm32-wasi', '--print-libgcc-file-name']).trim();
    run('clang', [...args, source, '-lc', builtins, '-o', output]);
    writeFileSync(output, startedBy(readFileSync(output), '_initialize'));
    optimise(output);
  });
};

/** wasi-libc's malloc, exported from a module of its own. */
export const buildDlmalloc = (): string =>
  linkWithWasiLibc(
    'dlmalloc',
    path.join(SOURCES, 'allocators/dlmalloc.c'),
    ['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc', 'posix_memalign', 'malloc_usable_size'],
  );

/** AssemblyScript's allocator of a runtime, compiled by its own compiler: TLSF of 'minimal', or 'stub', which only moves forward. */
export const buildAssemblyScript = (name: string, runtime: 'minimal' | 'stub'): string => {
  const source = path.join(SOURCES, 'allocators/runtime.assembly.ts');
  const manifest = path.join(ROOT, 'node_modules/assemblyscript/package.json');
  const args = ['--runtime', runtime, '--initialMemory', '1', '-O3', '--noAssert', '--use', 'abort='];
  return cached(name, [source, manifest], args, (output) => {
    runPackage('assemblyscript/bin/asc.js', [path.relative(ROOT, source), ...args, '--outFile', path.relative(ROOT, output)]);
    optimise(output);
  });
};

/** Source files directly in a folder. */
const sourcesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));

/** Tallow's standalone core of a profile, by the route that makes the shipped one. */
export const buildTallow = (profile: Profile): string =>
  cached(`tallow.${profile}`, [...sourcesIn(CORE), ...sourcesIn(path.join(ROOT, 'scripts/lib'))], [], (output) => {
    const script = path.join(import.meta.dirname, 'core-to-file.ts');
    run(process.execPath, ['--import', 'tsx', script, profile, output], { cwd: ROOT });
  });

/**
 * Joins an allocator and the workloads into one module. Nothing is optimised
 * afterwards, so that every operation stays a call.
 * @returns path of the merged module.
 */
export const merge = (name: string, allocator: string, workloads: string): string =>
  cached(`${name}.merged`, [allocator, workloads], [], (output) => {
    runPackage('binaryen/bin/wasm-merge', [...FEATURES, allocator, 'env', workloads, 'workloads', '-o', output]);
  });

/**
 * An allocator as a program has it that uses the functions of C and drops what it does not use: with no other exports, and
 * optimised once more.
 * @returns path of the module.
 */
export const onlyCFunctions = (name: string, allocator: string): string =>
  cached(`${name}.c-functions`, [allocator], [], (output) => {
    const graph = `${output}.json`;
    const kept = ['memory', ...C_FUNCTIONS];
    writeFileSync(graph, JSON.stringify(kept.map((exported) => ({ name: exported, export: exported, root: true }))));
    try {
      runPackage('binaryen/bin/wasm-metadce', [...FEATURES, `--graph-file=${graph}`, '--quiet', allocator, '-o', output]);
    } finally {
      rmSync(graph);
    }
    optimise(output);
  });

/** An allocator's module, optimised further for size. */
export const optimisedForSize = (name: string, allocator: string): string =>
  cached(`${name}.Oz`, [allocator], [], (output) => {
    copyFileSync(allocator, output);
    optimise(output, '-Oz');
  });
