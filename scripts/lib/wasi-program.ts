/** C and C++ programs for WASI: building them, with Tallow or with wasi-libc's own malloc. wasi-engines.ts runs them. */

import fs from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { withFolder } from './folder.ts';
import { DIST, ROOT } from './paths.ts';
import { buildProducts, productPaths, writeProduct } from './products.ts';
import type { Profile } from './profiles.ts';
import { buildRustProgram } from './rust.ts';
import { run, versionOf } from './tools.ts';
import { buildTsProgram } from './ts-program.ts';
import { WASI_FLAGS } from './wasi-library.ts';

/** What a program allocates with: the libtallow.a of a profile, or what it has when nothing is done. */
export type Allocator = Profile | 'wasi-libc';

export interface ProgramOptions {
  /** 'release' by default. */
  allocator?: Allocator;
  /** Further flags of clang, for compiling and linking. */
  flags?: string[];
}

/** How the README says that the library is linked. */
const libraryFlags = (profile: Profile): string[] => {
  const { library } = productPaths(profile);
  return [`-I${path.dirname(library)}`, `-L${path.dirname(library)}`, `-l${path.basename(library, '.a').slice(3)}`];
};

/**
 * Compiles and links a program; Tallow's library is built before, if need be.
 *
 * @param sources paths, all of C or all of C++
 * @returns the module: a command of WASI preview 1
 */
export const buildWasiProgram = async (
  sources: string | string[], { allocator = 'release', flags = [] }: ProgramOptions = {},
): Promise<Uint8Array> => {
  const files = [sources].flat();
  const isC = files.every((file) => file.endsWith('.c'));
  const compiler = isC ? 'clang' : 'clang++';
  // The C++ library of WASI knows no exceptions.
  const language = isC ? [] : ['-fno-exceptions'];
  const compile = [...WASI_FLAGS, ...language, '-Wall', '-Wextra', '-Werror', ...flags];
  const link = allocator === 'wasi-libc' ? [] : libraryFlags(allocator);
  if (allocator !== 'wasi-libc') await buildProducts(allocator);
  // With every header in it, so that none is forgotten.
  const preprocessed = run(compiler, [...compile, ...link, '-Wno-unused-command-line-argument', '-E', ...files]);
  const library = allocator === 'wasi-libc' ? '' : fs.readFileSync(productPaths(allocator).library);
  const inputs = [preprocessed, library, [compiler, ...compile, ...link].join('\0')];
  const make = (): Uint8Array => withFolder((folder) => {
    const output = path.join(folder, 'program.wasm');
    run(compiler, [...compile, ...files, ...link, '-o', output]);
    return fs.readFileSync(output);
  });
  return (await cached('wasi-program', [...inputs, versionOf('clang'), versionOf('wasm-ld')], make)).value;
};

/** Builds a program in wasi/programs/, in whichever language, into dist/wasi/<its name>.wasm. Gives that path. */
export const buildSampleProgram = async (source: string): Promise<string> => {
  const file = path.join(DIST, 'wasi', `${path.parse(source).name}.wasm`);
  const from = path.join(ROOT, 'wasi/programs', source);
  if (source.endsWith('.ts')) writeProduct(file, await buildTsProgram(from));
  else if (source.endsWith('.rs')) writeProduct(file, await buildRustProgram(from));
  else writeProduct(file, await buildWasiProgram(from));
  return file;
};
