/** The whole route from TypeScript to a Wasm module, in one call. */

import { bundle } from './bundle.ts';
import { cached } from './cache.ts';
import { compile } from './compile.ts';
import { optimize, type DataSegment, type OptimizedModule, type OptimizeOptions } from './optimize.ts';
import { CORE_ENTRY } from './paths.ts';
import { withProfile, type Profile } from './profiles.ts';

export interface ModuleOptions extends OptimizeOptions {
  /** The file whose exported functions are the module's exports. */
  entry: string;
  /** The profile that the core's sources are compiled for; release by default. */
  profile?: Profile;
  /** HEAP_START of kernel-heap/profile.ts; as in the source when left out. */
  heapStart?: number | 'behind literals';
  /** What literals() gives, from where on the addresses of literals are counted; a function of the host by default. */
  literalsStart?: number;
  /** Files that stay outside: what is imported from one becomes an import of the Wasm module named here. */
  externals?: Map<string, string>;
  /** Files whose declared functions come from the Wasm module named here instead of the host. */
  hostModules?: Map<string, string>;
  /** Texts that replace those of files, by absolute path. */
  overrides?: Map<string, string>;
}

export interface BuiltModule {
  wasm: Uint8Array;
  /** Exported functions. */
  exports: string[];
  /** Imported functions. */
  imports: { module: string; name: string }[];
  /** What a module that imports its memory wants to find in it. */
  data: DataSegment[];
  /** Whether it came from the cache. */
  unchanged: boolean;
}

/**
 * Compiles `entry` and all it imports.
 *
 * Several calls may run at once. Throws an error that names the place or the function when the source is outside the
 * compiled subset. Takes about a second; nothing when the same was built before.
 */
export const buildModule = async (options: ModuleOptions): Promise<BuiltModule> => {
  const { entry, profile = 'release', heapStart, literalsStart, externals, hostModules, overrides, ...rest } = options;
  const literals: Record<string, number> = literalsStart === undefined ? {} : { literals: literalsStart };
  const optimizeOptions = { ...rest, constants: { ...literals, ...rest.constants } };
  const behindLiterals = heapStart === 'behind literals';
  const start = behindLiterals ? undefined : heapStart;
  const source = bundle({ entry, externals, hostModules, overrides: withProfile(profile, start, overrides) });
  const inputs = [
    source.text, JSON.stringify(source.hostImports), String(heapStart), JSON.stringify(optimizeOptions),
  ];
  const make = async (): Promise<OptimizedModule> => {
    const raw = await compile(source);
    const literalsEnd = (literalsStart ?? 0) + raw.literalsSize;
    const moved = behindLiterals && literalsEnd > 0 ? { globals: { HEAP_START: literalsEnd, stateRecord: literalsEnd } } : {};
    return optimize(raw, { ...moved, ...optimizeOptions });
  };
  const { value, unchanged } = await cached('module', inputs, make);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(value.wasm as BufferSource))
    .filter(({ kind }) => kind === 'function').map(({ module, name }) => ({ module, name }));
  return { ...value, exports: source.exports, imports, unchanged };
};

/** The Wasm module that the core is to those who import it as an external. */
export const CORE_MODULE = 'tallow';

/** What to tell buildModule so that the core stays outside: its names become imports from CORE_MODULE. */
export const CORE_EXTERNAL: Map<string, string> = new Map([[CORE_ENTRY, CORE_MODULE]]);

/** The core itself: the standalone module unless `options` say otherwise. */
export const buildCore = (options: Omit<ModuleOptions, 'entry'> = {}): Promise<BuiltModule> =>
  buildModule({ entry: CORE_ENTRY, ...options });
