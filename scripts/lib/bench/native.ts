/** The C build against the allocators of this machine: the same workloads in native processes, each with another malloc. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildCoreForC, cachedCFile } from '../c-file.ts';
import { withFolder } from '../folder.ts';
import { header } from '../header.ts';
import type { Profile } from '../profiles.ts';
import { run, versionOf } from '../tools.ts';
import type { Unavailable } from './allocators.ts';
import { SOURCES } from './build.ts';
import { BrokenError } from './errors.ts';
import { TIMED_RUNS } from './measure.ts';
import { buildNativeMimalloc } from './peers.ts';
import { traceOf } from './traces.ts';
import type { Workload } from './workloads.ts';

/** What takes the place of malloc in a process. */
export interface NativeAllocator {
  readonly name: string;
  readonly description: string;
  /** Path of the library that is loaded before all others; without it the C library serves. */
  readonly library?: string;
}

interface Entry {
  readonly name: string;
  /** Gets it ready, in a folder where it may put files. */
  readonly find: (folder: string, name: string) => Promise<NativeAllocator> | NativeAllocator;
  /** Others provide it, so that it may not be there. */
  readonly foreign?: boolean;
  /** Comes from a registry. */
  readonly fetched?: boolean;
}

/** The compiler may not know what malloc does, or it removes calls. */
const WORKLOAD_FLAGS = ['-O3', '-fPIE', '-ffreestanding', '-fno-builtin'];

/** As tallow.h asks for it; and a library whose functions nobody replaces one by one. */
const TALLOW_FLAGS = [
  '-O3', '-ffreestanding', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks', '-DTALLOW_STANDARD_NAMES',
  '-fno-semantic-interposition',
];

const STRICT = ['-Wall', '-Wextra', '-Werror'];

/** Compiles C files to a library that takes the place of malloc; its path. */
export const buildLibrary = (folder: string, name: string, sources: readonly string[], flags: readonly string[]): string => {
  const library = path.join(folder, `${name}.so`);
  run('clang', ['-shared', '-fPIC', ...STRICT, `-I${folder}`, ...flags, ...sources, '-o', library]);
  return library;
};

const buildTallow = (profile: Profile): Entry['find'] => async (folder, name) => {
  const source = path.join(folder, `${name}.c`);
  writeFileSync(source, await cachedCFile(await buildCoreForC({ profile })));
  writeFileSync(path.join(folder, 'tallow.h'), header());
  const library = buildLibrary(folder, name, [source, path.join(SOURCES, 'allocators/tallow-native.c')], TALLOW_FLAGS);
  return { name, description: `tallow.c, ${profile}, by ${versionOf('clang')} -O3`, library };
};

/** An allocator of Debian's. Throws an error that says how to get it. */
const findInstalled = (library: string, debianPackage: string): Entry['find'] => (_folder, name) => {
  const file = run('clang', [`-print-file-name=${library}`]).trim();
  if (!existsSync(file)) throw new Error(`not installed; on Debian: apt-get install ${debianPackage}`);
  const { stdout } = spawnSync('dpkg-query', ['--show', debianPackage], { encoding: 'utf8' });
  const version = (stdout ?? '').trim().replace('\t', ' ');
  return { name, description: [path.basename(realpathSync(file)), version].filter((part) => part !== '').join(', '), library: file };
};

/** Version of the C library that Node, and all that is compiled here, runs on. */
const glibcVersion = (): string =>
  (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime ?? '';

/** mimalloc of a crate: Debian's 2.0.9 misaligns sizes of 256, 512 and 1,024 bytes for alignments from 256 on. */
const buildMimalloc = (version: 'v2' | 'v3'): Entry['find'] => (_folder, name) =>
  ({ name, description: `mimalloc ${version.slice(1)} from libmimalloc-sys 0.1.49, by ${versionOf('clang')} -O3`, library: buildNativeMimalloc(version) });

/** In the order of the report. */
export const NATIVE_ALLOCATORS: readonly Entry[] = [
  { name: 'glibc', find: (_folder, name) => ({ name, description: `the C library, ${glibcVersion()}` }) },
  { name: 'mimalloc2', find: buildMimalloc('v2'), foreign: true, fetched: true },
  { name: 'mimalloc3', find: buildMimalloc('v3'), foreign: true, fetched: true },
  { name: 'jemalloc', find: findInstalled('libjemalloc.so.2', 'libjemalloc2'), foreign: true },
  { name: 'tcmalloc', find: findInstalled('libtcmalloc_minimal.so.4', 'libtcmalloc-minimal4'), foreign: true },
  { name: 'tallow', find: buildTallow('release') },
  { name: 'hardened', find: buildTallow('hardened') },
];

export const NATIVE_NAMES: readonly string[] = NATIVE_ALLOCATORS.map(({ name }) => name);

export interface Measured {
  /** Nanoseconds per operation in the fastest of the timed runs. */
  readonly time: number;
  /** Bytes that were resident at the peak, without those of files. */
  readonly memoryBytes: number;
}

export interface Native {
  /** Those that are there. */
  readonly allocators: readonly NativeAllocator[];
  readonly unavailable: readonly Unavailable[];
  /** Runs a workload on an allocator, see measureWith. */
  readonly measure: (allocator: NativeAllocator, workload: Workload, timedRuns?: number) => Measured;
}

/** The standard input of native.c: a workload's trace, if it has one. */
const inputFor = ({ trace }: Workload): Uint8Array => {
  if (trace === undefined) return new Uint8Array();
  const { steps, slots } = traceOf(trace);
  return new Uint8Array(Uint32Array.from([steps.length, slots, ...steps.flat()]).buffer);
};

/**
 * Runs a workload in a new process.
 * @throws {BrokenError} when the workload traps.
 * @throws an Error when another library than the allocator's serves it.
 */
const measureWith = (program: string, allocator: NativeAllocator, workload: Workload, timedRuns: number): Measured => {
  const { name, library } = allocator;
  const { operations, trace } = workload;
  const args = [trace === undefined ? workload.name : 'replay', String(operations), String(timedRuns)];
  // No other variable, as some allocators read their settings there.
  const env = library === undefined ? {} : { LD_PRELOAD: library };
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env, input: inputFor(workload) });
  if (signal) throw new BrokenError(`${name} is broken: the workload ${workload.name} stopped: ${signal}\n${stderr}`.trimEnd());
  if (error || status !== 0) throw new Error(`${name}, ${workload.name}: ${error?.message ?? stderr.trimEnd()}`);
  const [, time, memory, served] = /^(\d+) (\d+) (.*)$/m.exec(stdout)!;
  const expected = library === undefined ? /\/libc\.so[^/]*$/.test(served!) : served === library;
  if (!expected) throw new Error(`${name}, ${workload.name}: it was ${served} that served the calls`);
  return { time: Number(time) / operations, memoryBytes: Number(memory) * 1024 };
};

/** Builds what the allocators of these names need, and lets `use` have it as long as it takes. */
export const withNative = <T>(names: readonly string[], use: (native: Native) => T | Promise<T>): Promise<T> =>
  withFolder(async (folder) => {
    const workloads = path.join(folder, 'workloads.o');
    const program = path.join(folder, 'native');
    run('clang', [...WORKLOAD_FLAGS, ...STRICT, '-c', path.join(SOURCES, 'workloads.c'), '-o', workloads]);
    run('clang', ['-O2', '-fPIE', '-pie', '-rdynamic', ...STRICT, path.join(SOURCES, 'native.c'), workloads, '-ldl', '-o', program]);
    const allocators: NativeAllocator[] = [];
    const unavailable: Unavailable[] = [];
    for (const { name, find, foreign } of NATIVE_ALLOCATORS.filter((entry) => names.includes(entry.name))) {
      try {
        allocators.push(await find(folder, name));
      } catch (error) {
        if (!foreign) throw error;
        unavailable.push({ name, reason: (error as Error).message });
      }
    }
    const measure: Native['measure'] = (allocator, workload, timedRuns = TIMED_RUNS) => measureWith(program, allocator, workload, timedRuns);
    return await use({ allocators, unavailable, measure });
  });
