/** The same TypeScript as plain JavaScript, over a shim of memory.ts: what compiled modules are compared with. */

import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { CORE, displayPath, ROOT } from './paths.ts';
import { withProfile, type Profile } from './profiles.ts';

/** The seam, and what stands in for it. */
const MEMORY = path.join(CORE, 'memory.ts');
const SHIM = path.join(ROOT, 'tests/harness/memory-shim.ts');

export interface ReferenceOptions {
  /** The file whose exported functions are wanted. */
  entry: string;
  profile?: Profile;
  /** HEAP_START of kernel-heap/profile.ts; as in the source when left out. */
  heapStart?: number;
  /** Texts that replace those of files, by absolute path. */
  overrides?: Map<string, string>;
}

export type ReferenceFunction = (...args: number[]) => number;

/** One instance, to be used like the exports of a Wasm instance. */
export type ReferenceExports = Record<string, ReferenceFunction> & { memory: WebAssembly.Memory };

export interface ReferenceInstanceOptions {
  /** Wasm pages of the memory at the start and at most; 1 and 65536 as in the shipped module. */
  initial?: number;
  maximum?: number;
  /** Functions that the source declares by `declare const`. */
  hosts?: Record<string, ReferenceFunction | ((...args: number[]) => void)>;
}

export interface Reference {
  /** A fresh instance with a memory of its own; any number may live at once. */
  instantiate(options?: ReferenceInstanceOptions): ReferenceExports;
}

/** Bundles `entry` and all it imports to JavaScript. */
export const buildReference = async (options: ReferenceOptions): Promise<Reference> => {
  const overrides = withProfile(options.profile ?? 'release', options.heapStart, options.overrides);
  const textOf = (file: string): string => overrides.get(file) ?? fs.readFileSync(file, 'utf8');
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from ${JSON.stringify(options.entry)}; export { memory } from ${JSON.stringify(MEMORY)};`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'reference',
    target: 'node20',
    plugins: [{
      name: 'overrides-and-shim',
      setup: (builder) => {
        // Files that only the overrides have are none to esbuild, so paths are made here.
        builder.onResolve({ filter: /\.ts$/ }, ({ path: to, resolveDir }) => ({ path: path.resolve(resolveDir, to) }));
        builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
          contents: textOf(file === MEMORY ? SHIM : file),
          loader: 'ts',
          resolveDir: path.dirname(file === MEMORY ? SHIM : file),
        }));
      },
    }],
  });
  const text = `${outputFiles[0]!.text}\nreturn reference;`;
  const filename = `${displayPath(options.entry)} as JavaScript`;
  return {
    instantiate: ({ initial = 1, maximum = 65536, hosts = {} } = {}) => {
      const names = Object.keys(hosts);
      const instantiate = vm.compileFunction(text, ['memoryLimits', ...names], { filename });
      return { ...instantiate({ initial, maximum }, ...names.map((name) => hosts[name])) } as ReferenceExports;
    },
  };
};

/** The core as plain JavaScript. */
export const buildReferenceCore = (options: Omit<ReferenceOptions, 'entry'> = {}): Promise<Reference> =>
  buildReference({ entry: path.join(CORE, 'index.ts'), ...options });
