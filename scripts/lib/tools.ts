/** System tools: running them, and errors that say what went wrong. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';

/**
 * The environment of system tools: without npm's own programs on the PATH. clang, when it links Wasm, runs any wasm-opt
 * it finds; what it makes must not depend on whether npm started it.
 */
const environment = (): NodeJS.ProcessEnv => {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
    .filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
  return { ...process.env, PATH: folders.join(path.delimiter) };
};

/** Runs a program and gives its standard output. Throws with its messages if it is missing or fails. */
export const run = (program: string, args: string[], options: { cwd?: string; input?: string } = {}): string => {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: environment(),
    maxBuffer: 1 << 28,
    ...options,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    throw new Error(`${program} is missing; run this through npm, which installs it or says how`);
  }
  if (error) throw new Error(`${program} did not start: ${error.message}`, { cause: error });
  if (status !== 0) {
    throw new Error(
      `${program} ${args.join(' ')}\nended with ${signal ?? `status ${status}`}\n${stdout}${stderr}`.trimEnd(),
    );
  }
  return stdout;
};

/** The first line of what a program says its version is, to be part of a cache key. */
export const versionOf = (program: string): string => run(program, ['--version']).split('\n')[0]!;
