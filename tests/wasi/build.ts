/** Compiles C programs for WASI, with Tallow or with the C library's own malloc, and runs them on Node. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { WASI } from 'node:wasi';
import { buildProducts, productPaths } from '../../scripts/lib/products.ts';
import { run } from '../../scripts/lib/tools.ts';

/** A compiled program. */
export type Program = Uint8Array;

export interface ProgramOptions {
  /** Links libtallow.a; otherwise the program has wasi-libc's malloc. */
  tallow: boolean;
  /** Further flags of clang. */
  flags?: string[];
}

/** Does something with an empty folder, which is gone afterwards. */
const withFolder = <T>(use: (folder: string) => T): T => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-wasi-'));
  try {
    return use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};

/** Compiles and links one C file, as the README says one should. */
export const buildProgram = async (source: string, { tallow, flags = [] }: ProgramOptions): Promise<Program> => {
  if (tallow) await buildProducts('release');
  const place = path.dirname(productPaths('release').library);
  const library = tallow ? [`-I${place}`, `-L${place}`, '-ltallow'] : [];
  return withFolder((folder) => {
    const output = path.join(folder, 'program.wasm');
    const warnings = ['-Wall', '-Wextra', '-Werror'];
    run('clang', ['--target=wasm32-wasi', '-O2', ...warnings, ...flags, source, ...library, '-o', output]);
    return fs.readFileSync(output);
  });
};

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a program with the given words after its name and the given text on its standard input. A trap is an error. */
export const runProgram = (program: Program, words: string[] = [], input = ''): Outcome => withFolder((folder) => {
  const file = (name: string): string => path.join(folder, name);
  const text = (name: string): string => fs.readFileSync(file(name), 'utf8');
  fs.writeFileSync(file('stdin'), input);
  const stdin = fs.openSync(file('stdin'), 'r');
  const stdout = fs.openSync(file('stdout'), 'w');
  const stderr = fs.openSync(file('stderr'), 'w');
  try {
    const wasi = new WASI({ version: 'preview1', args: ['program', ...words], stdin, stdout, stderr });
    const module = new WebAssembly.Module(program as BufferSource);
    const exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject() as WebAssembly.Imports));
    return { exitCode, stdout: text('stdout'), stderr: text('stderr') };
  } finally {
    for (const descriptor of [stdin, stdout, stderr]) fs.closeSync(descriptor);
  }
});
