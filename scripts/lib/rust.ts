/** Compiles Rust for Wasm, with whichever compiler of this machine has the target. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { withFolder } from './folder.ts';
import { buildProducts, productPaths } from './products.ts';
import { run } from './tools.ts';

/** The compilers in question: that of the PATH, and Debian's, which may stand behind it. */
const COMPILERS = ['rustc', '/usr/bin/rustc'];

/** The names of the targets, newer ones first. */
const TARGETS = { wasi: ['wasm32-wasip1', 'wasm32-wasi'], none: ['wasm32-unknown-unknown'] };

export interface Rust {
  compiler: string;
  target: string;
  /** For instance [1, 63]. */
  version: number[];
}

const hasTarget = (compiler: string, target: string): boolean => {
  const { status, stdout } = spawnSync(compiler, ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' });
  return status === 0 && fs.existsSync(stdout.trim());
};

/** The compiler for WASI, or for Wasm without a system. Throws if there is none. */
export const rustFor = (system: keyof typeof TARGETS): Rust => {
  for (const compiler of COMPILERS) {
    for (const target of TARGETS[system]) {
      if (!hasTarget(compiler, target)) continue;
      const version = /(\d+)\.(\d+)/.exec(run(compiler, ['--version']))!.slice(1).map(Number);
      return { compiler, target, version };
    }
  }
  throw new Error(`no rustc here has the target ${TARGETS[system].join(' or ')}; npm start installs Debian's or says how`);
};

/** Links Tallow, as the README says one should. */
export const tallowFlags = (): string[] =>
  ['-L', `native=${path.dirname(productPaths('release').library)}`, '-l', 'static=tallow'];

/** The environment in which a compiler lets `features` be used that its version does not call stable yet. */
const UNSTABLE = { RUSTC_BOOTSTRAP: '1' };

/**
 * Compiles one file, with what it includes.
 *
 * @param unstable the file uses what was not stable yet in this compiler's version
 */
export const buildRust = ({ compiler, target }: Rust, source: string, flags: string[], unstable = false): Uint8Array => {
  return withFolder((folder) => {
    const output = path.join(folder, 'program.wasm');
    const args = ['--edition', '2021', '--target', target, '-O', '-D', 'warnings', ...flags, source, '-o', output];
    if (unstable) run('env', [...Object.entries(UNSTABLE).map(([name, value]) => `${name}=${value}`), compiler, ...args]);
    else run(compiler, args);
    return fs.readFileSync(output);
  });
};

/** Compiles a program for WASI of one file and links Tallow, which is built before if need be. */
export const buildRustProgram = async (source: string): Promise<Uint8Array> => {
  await buildProducts('release');
  const rust = rustFor('wasi');
  const inputs = [fs.readFileSync(source), fs.readFileSync(productPaths('release').library), JSON.stringify(rust)];
  return (await cached('rust-program', inputs, () => buildRust(rust, source, tallowFlags()))).value;
};
