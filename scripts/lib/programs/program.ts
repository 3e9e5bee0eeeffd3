/** Programs that others wrote: what they are made of, and building them with one allocator or another. */

import fs from 'node:fs';
import path from 'node:path';
import { hashOf } from '../cache.ts';
import { withFolder } from '../folder.ts';
import { DIST } from '../paths.ts';
import { buildProducts, productPaths } from '../products.ts';
import type { Profile } from '../profiles.ts';
import { run, versionOf } from '../tools.ts';
import type { Engine, Outcome, RunOptions } from '../wasi-engines.ts';
import { packageFolder, type Package } from './package.ts';

/** One run of a program. */
export interface Task {
  name: string;
  options: Omit<RunOptions, 'folder'>;
  /** Files and folders of this machine that the program finds in its own folder, by the names that it has for them. */
  files: Record<string, string>;
  /** Throws if the program did not do what it should have; that two allocators agree is looked at elsewhere. */
  check(outcome: Outcome): void;
}

/** The folders of a program's packages, by the names that its definition gives them. */
export type Folders = Record<string, string>;

export interface Program {
  name: string;
  /** What it is, and what it does here. */
  description: string;
  licence: string;
  packages: Record<string, Package>;
  /** Its C files, from the packages and from this repository. */
  sources(folders: Folders): string[];
  /** Flags of the compiler. */
  flags(folders: Folders): string[];
  /** Files to be included that the program's own build would have made: their texts, by the names they are included by. */
  generated?(folders: Folders): Record<string, string>;
  /** Flags of the linker. */
  linkFlags: string[];
  /** The optimisation with which it is tested; compiling is the larger part of that, so -O0 where that does. */
  testedAt: '-O0' | '-O1';
  /** Short runs with a known result. */
  tests(folders: Folders): Task[];
  /** Runs of some seconds, to be measured. */
  benches(folders: Folders): Task[];
}

/** Whose malloc a program has: wasi-libc's own, or Tallow's of a profile. */
export type Allocator = 'dlmalloc' | Profile;

export const foldersOf = (program: Program): Folders =>
  Object.fromEntries(Object.entries(program.packages).map(([name, wanted]) => [name, packageFolder(wanted)]));

const FOLDER = path.join(DIST, 'programs');

/** `file` in `folder`, made by `make` unless it is there. */
const kept = (folder: string, file: string, make: (partial: string) => void): string => {
  const whole = path.join(folder, file);
  if (fs.existsSync(whole)) return whole;
  fs.mkdirSync(folder, { recursive: true });
  const partial = `${whole}.${process.pid}`;
  make(partial);
  fs.renameSync(partial, whole);
  return whole;
};

/**
 * Compiles all C files of a program into one object file, which serves every allocator. It is kept as long as packages,
 * flags and the compiler are the same: some take half a minute.
 */
const compile = (program: Program, folders: Folders, optimisation: string): string => {
  const sources = program.sources(folders);
  const flags = [
    '--target=wasm32-wasi', optimisation,
    // The programs are as they are; clang 14 has no other model here.
    '-w', '-ftls-model=local-exec',
    ...program.flags(folders),
  ];
  const generated = Object.entries(program.generated?.(folders) ?? {});
  const foreign = Object.values(folders);
  const own = sources.filter((source) => !foreign.some((folder) => source.startsWith(folder)));
  const included = flags.filter((flag) => flag.startsWith('-I')).map((flag) => flag.slice(2))
    .filter((folder) => !foreign.some((other) => folder.startsWith(other)))
    .flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  const contents = [...own, ...included].map((file) => fs.readFileSync(file));
  const hash = hashOf(versionOf('clang'), ...flags, ...sources, ...generated.flat(), ...contents);
  return kept(path.join(FOLDER, program.name), `${hash.slice(0, 16)}.o`, (partial) => {
    const place = `${partial}.files`;
    const objects = path.join(place, 'objects');
    fs.mkdirSync(objects, { recursive: true });
    try {
      for (const [name, text] of generated) {
        fs.mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
        fs.writeFileSync(path.join(place, name), text);
      }
      run('clang', [...flags, `-I${place}`, '-c', ...sources], { cwd: objects });
      run('wasm-ld', ['--relocatable', ...fs.readdirSync(objects), '-o', partial], { cwd: objects });
    } finally {
      fs.rmSync(place, { recursive: true });
    }
  });
};

/**
 * Builds a program with an allocator.
 *
 * @param optimisation a flag of clang: -O2 to measure, less to save time
 * @returns the path of the module
 */
export const buildProgram = async (
  program: Program, folders: Folders, allocator: Allocator, optimisation: string,
): Promise<string> => {
  const object = compile(program, folders, optimisation);
  const inputs = [object];
  if (allocator !== 'dlmalloc') {
    await buildProducts(allocator);
    inputs.push(productPaths(allocator).library);
  }
  const flags = ['--target=wasm32-wasi', ...program.linkFlags];
  const hash = hashOf(path.basename(object), ...flags, ...inputs.slice(1).map((file) => fs.readFileSync(file)));
  return kept(path.dirname(object), `${hash.slice(0, 16)}.${allocator}.wasm`, (partial) => {
    run('clang', [...flags, ...inputs, '-o', partial]);
  });
};

/** Gives `use` a folder with copies of the task's files, which is gone afterwards: programs may write there. */
export const withTaskFolder = async <T>({ files }: Task, use: (folder: string) => Promise<T>): Promise<T> => {
  return withFolder(async (folder) => {
    for (const [name, file] of Object.entries(files)) fs.cpSync(file, path.join(folder, name), { recursive: true });
    return await use(folder);
  });
};

/** Runs a task once. */
export const runTask = (engine: Engine, module: string, task: Task): Promise<Outcome> =>
  withTaskFolder(task, (folder) => engine.run(module, { ...task.options, folder }));
