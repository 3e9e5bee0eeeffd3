/**
 * TypeScript programs for WASI: one file, with all that it imports, to a command that runs anywhere.
 *
 * A file that exports `main` is in the compiled subset: it works on memory directly and calls malloc and free itself.
 * `main` is called without arguments and gives the exit code.
 */

import fs from 'node:fs';
import path from 'node:path';
import { buildModule, type BuiltModule } from './module.ts';
import { displayPath, ROOT } from './paths.ts';
import type { Profile } from './profiles.ts';

/** The seam between programs and WASI. */
const HOST = path.join(ROOT, 'wasi/host');

/** Where the functions come from that a file of the seam declares. */
const HOST_MODULES = new Map([[path.join(HOST, 'preview1.ts'), 'wasi_snapshot_preview1']]);

export interface TsProgramOptions {
  /** The profile of the core; release by default. */
  profile?: Profile;
}

const MAIN = /^export\s+const\s+main\b/m;
const MAIN_SIGNATURE = /^export\s+const\s+main\s*=\s*\(\s*\)\s*:\s*i32\s*=>/m;

/** How `file` imports `other`. */
const specifier = (file: string, other: string): string => {
  const relative = path.relative(path.dirname(file), other);
  return relative.startsWith('.') ? relative : `./${relative}`;
};

/** A program in the compiled subset: bundled with the core and the seam, as one module. */
const buildSubsetProgram = (source: string, profile?: Profile): Promise<BuiltModule> => {
  const entry = path.join(path.dirname(source), 'start.ts'); // is never written
  const text = `import { main } from '${specifier(entry, source)}';
import { exit } from '${specifier(entry, path.join(HOST, 'exit.ts'))}';
export const _start = (): void => { exit(main()); };
`;
  return buildModule({
    entry,
    overrides: new Map([[entry, text]]),
    hostModules: HOST_MODULES,
    profile,
    heapStart: 'behind literals',
    constants: { literals: 0 },
  });
};

/**
 * Compiles the program in `source` to a WASI preview 1 command, which exports `_start` and `memory`.
 * Throws an error that names the place or the function when something cannot be compiled. Takes a few seconds; nothing
 * when the same was built before.
 */
export const buildTsProgram = async (source: string, options: TsProgramOptions = {}): Promise<BuiltModule> => {
  const name = displayPath(source);
  if (!fs.existsSync(source)) throw new Error(`there is no file ${name}`);
  const text = fs.readFileSync(source, 'utf8');
  const main = MAIN.exec(text);
  if (!main) throw new Error(`${name} does not export main`);
  if (!MAIN_SIGNATURE.test(text)) {
    const line = text.slice(0, main.index).split('\n').length;
    throw new Error(`${name}:${line}: write "export const main = (): i32 => …"; its result is the exit code`);
  }
  return buildSubsetProgram(source, options.profile);
};
