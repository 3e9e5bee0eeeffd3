/** The allocators that are compared. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildAssemblyScript, buildDlmalloc, buildFloor, buildTallow, onlyCFunctions, WASI_STACK_SIZE } from './build.ts';
import { PEERS } from './peers.ts';

export interface Allocator {
  readonly name: string;
  readonly description: string;
  /** Path of the optimised module, which has the functions of C alone. */
  readonly file: string;
  /** Bytes at the start of the memory that are not the allocator's: a program's stack. */
  readonly foreignBytes: number;
  /** The part of a workload's operations that it does. */
  readonly part: number;
  /** Workloads that it does not go through, and why. */
  readonly skips: Readonly<Record<string, string>>;
}

/** An allocator that cannot be had here, now. */
export interface Unavailable {
  readonly name: string;
  readonly reason: string;
}

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly foreignBytes: number;
  readonly build: () => string;
  /** Takes part only when it is asked for. */
  readonly onlyByName?: boolean;
  /** Comes from a registry. */
  readonly fetched?: boolean;
  /** The part of a workload's operations that it does, where all would take too long or too much memory. */
  readonly part?: number;
  readonly skips?: Readonly<Record<string, string>>;
}

/** What the workloads import. */
const REQUIRED_EXPORTS = ['memory', 'malloc', 'free', 'calloc', 'realloc', 'aligned_alloc'];

/** In the order of the report. */
export const ALLOCATORS: readonly Entry[] = [
  {
    name: 'floor',
    description: 'header-less free lists per size class, which give nothing back; no allocator to use',
    foreignBytes: 0,
    build: buildFloor,
  },
  { name: 'dlmalloc', description: 'from wasi-libc, with memory.copy and memory.fill for its memcpy and memset', foreignBytes: WASI_STACK_SIZE, build: buildDlmalloc },
  {
    name: 'tlsf',
    description: 'from AssemblyScript, without assertions; calloc and aligned_alloc added by the adapter',
    foreignBytes: 0,
    build: () => buildAssemblyScript('tlsf', 'minimal'),
  },
  {
    name: 'stub',
    description: "AssemblyScript's runtime without free, which only moves forward; an 80th of the operations",
    foreignBytes: 0,
    build: () => buildAssemblyScript('stub', 'stub'),
    part: 1 / 80,
  },
  ...PEERS.map((peer) => ({ ...peer, fetched: true })),
  { name: 'tallow', description: 'the release core', foreignBytes: 0, build: () => buildTallow('release') },
  { name: 'hardened', description: 'Tallow, the hardened core', foreignBytes: 0, build: () => buildTallow('hardened') },
  { name: 'debug', description: 'Tallow, the debug core; a 20th of the operations', foreignBytes: 0, build: () => buildTallow('debug'), onlyByName: true, part: 1 / 20 },
];

/** The names of those that take part unless others are asked for. */
export const DEFAULT_NAMES: readonly string[] = ALLOCATORS.filter(({ onlyByName }) => !onlyByName).map(({ name }) => name);

/**
 * Builds the allocators of these names.
 * @param unavailable takes those that come from a registry, and cannot be had; without it that is an error as well.
 * @throws an Error for a name that nobody has.
 */
export const buildAllocators = (names: readonly string[], unavailable?: (which: Unavailable) => void): Allocator[] =>
  names.flatMap((name) => {
    const entry = ALLOCATORS.find((candidate) => candidate.name === name);
    if (!entry) throw new Error(`no allocator is called ${name}; there are ${ALLOCATORS.map((known) => known.name).join(', ')}`);
    const { description, foreignBytes, build, fetched, part = 1, skips = {} } = entry;
    try {
      return [{ name, description, file: onlyCFunctions(name, build()), foreignBytes, part, skips }];
    } catch (error) {
      if (!fetched || !unavailable) throw error;
      unavailable({ name, reason: (error as Error).message });
      return [];
    }
  });

/**
 * An allocator from any module that exports malloc, free, calloc, realloc,
 * aligned_alloc and its memory, and imports nothing.
 * @param option `name=path`.
 * @throws an Error when the option or the file is not of that kind.
 */
export const allocatorFromOption = (option: string): Allocator => {
  const [, name, file] = /^([\w.-]+)=(.+)$/.exec(option) ?? [];
  if (!name || !file) throw new Error(`--wasm takes name=path, the name of letters, digits, dots, hyphens and underscores; not ${option}`);
  if (!existsSync(file)) throw new Error(`--wasm ${option}: there is no ${file}`);
  const module = new WebAssembly.Module(readFileSync(file));
  const exported = new Set(WebAssembly.Module.exports(module).map((entry) => entry.name));
  const missing = REQUIRED_EXPORTS.filter((required) => !exported.has(required));
  if (missing.length > 0) throw new Error(`--wasm ${option}: the module does not export ${missing.join(', ')}`);
  if (WebAssembly.Module.imports(module).length > 0) throw new Error(`--wasm ${option}: the module has imports, which nobody provides here`);
  return { name, description: file, file: onlyCFunctions(name, path.resolve(file)), foreignBytes: 0, part: 1, skips: {} };
};
