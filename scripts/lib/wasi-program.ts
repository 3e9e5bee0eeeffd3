/** C programs for WASI on libtallow.a: building them, running them on Node. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cached } from './cache.ts';
import { DIST, ROOT } from './paths.ts';
import { buildProducts, productPaths } from './products.ts';
import type { Profile } from './profiles.ts';
import { run, versionOf } from './tools.ts';
import { WASI_FLAGS } from './wasi-library.ts';

/** Compiles the C program in `source` and links it with the profile's libtallow.a, which is built if need be. */
export const buildWasiProgram = async (source: string, profile: Profile = 'release'): Promise<Uint8Array> => {
  await buildProducts(profile);
  const { library, libraryHeader } = productPaths(profile);
  const files = [source, library, libraryHeader].map((file) => fs.readFileSync(file));
  const inputs = [...files, versionOf('clang'), versionOf('wasm-ld')];
  const { value } = await cached('wasi-program', inputs, () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-program-'));
    try {
      const output = path.join(folder, 'program.wasm');
      const flags = [...WASI_FLAGS, '-Wall', '-Wextra', `-I${path.dirname(libraryHeader)}`];
      run('clang', [...flags, source, library, '-o', output]);
      return fs.readFileSync(output);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
  return value;
};

/** buildWasiProgram for wasi/programs/<name>.c, into dist/wasi/<name>.wasm. Gives that path. */
export const buildSampleProgram = async (name: string): Promise<string> => {
  const file = path.join(DIST, 'wasi', `${name}.wasm`);
  const program = await buildWasiProgram(path.join(ROOT, 'wasi/programs', `${name}.c`));
  fs.writeFileSync(file, program);
  return file;
};

/** Runs a WASI command on Node with `input` as its standard input. Throws only if Node itself fails. */
export const runWasiProgram = (file: string, input = '', args: string[] = []): { exitCode: number; output: string } => {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath,
    ['--no-warnings', '--import', 'tsx', path.join(ROOT, 'scripts/lib/wasi-run.ts'), file, ...args],
    { cwd: ROOT, input, encoding: 'utf8' });
  if (error) throw error;
  if (status === null) throw new Error(`${file} was ended by ${signal}\n${stdout}${stderr}`);
  return { exitCode: status, output: stdout + stderr };
};
