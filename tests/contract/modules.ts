/** A suite of cases as Wasm modules, with the core compiled in or merged with the one that is shipped. */

import fs from 'node:fs';
import path from 'node:path';
import { withFolder } from '../../scripts/lib/folder.ts';
import { buildCore, buildModule, CORE_EXTERNAL, CORE_MODULE, type BuiltModule } from '../../scripts/lib/module.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import { buildReference } from '../../scripts/lib/reference.ts';
import { run } from '../../scripts/lib/tools.ts';
import { FAULTY_CASES, HUGE_CASES, type Call } from './run.ts';

/** Cases in the compiled subset that are run together. */
export interface CaseSuite {
  /** The list of cases, a file that exports each of them. */
  entry: string;
  /** Further exports, as lines of that file. */
  further: string[];
}

export const CONTRACT: CaseSuite = {
  entry: path.join(import.meta.dirname, 'cases/index.ts'),
  further: [`export { ${HUGE_CASES.join(', ')} } from '../huge.ts';`, `export { ${FAULTY_CASES.join(', ')} } from '../faulty.ts';`],
};

export interface CaseOptions {
  /** The contract by default. */
  suite?: CaseSuite;
  /** Release by default. */
  profile?: Profile;
  /** Texts that replace those of the core's files, by absolute path. */
  overrides?: Map<string, string>;
}

const HOST = path.join(import.meta.dirname, 'host.ts');
const HOST_FUNCTIONS = ['host_reserve', 'host_fill', 'host_load', 'host_forget', 'host_find_panic'];

/** What to tell buildModule: all cases, and the host's functions if there is a Wasm memory for them. */
const entryOf = (
  { suite: { entry, further } = CONTRACT, profile, overrides }: CaseOptions, host: boolean,
): { entry: string; profile?: Profile; overrides: Map<string, string> } => {
  const hostLine = `export { ${HOST_FUNCTIONS.join(', ')} } from '${path.relative(path.dirname(entry), HOST)}';`;
  const text = [fs.readFileSync(entry, 'utf8'), ...further, host ? hostLine : ''].join('\n');
  return { entry, profile, overrides: new Map(overrides).set(entry, text) };
};

const callOf = (exports: Record<string, unknown>): Call => (name, ...operands) => {
  const found = exports[name];
  if (typeof found !== 'function') throw new Error(`the module exports no function ${name}`);
  return found(...operands) as number;
};

/** Cases and core as plain JavaScript, over a memory of their own. */
export const reference = async (options: CaseOptions = {}): Promise<Call> =>
  callOf((await buildReference(entryOf(options, true))).instantiate());

/** Cases and core in one module, as the compiler made it. */
export const rawModule = async (options: CaseOptions = {}): Promise<Uint8Array> =>
  (await buildModule({ ...entryOf(options, true), raw: true })).wasm;

/** The cases alone; what they call of the core and the memory are imports. */
export const casesForC = (options: CaseOptions = {}): Promise<BuiltModule> =>
  buildModule({ ...entryOf(options, false), externals: CORE_EXTERNAL, memory: { module: 'host', name: 'memory' } });

/** The standalone core as it is shipped (dist/wasm/tallow.wasm has the same bytes), merged with the cases. */
export const mergedModule = async (options: CaseOptions = {}): Promise<Uint8Array> => {
  const { profile, overrides } = options;
  const [core, cases] = await Promise.all([
    buildCore({ profile, overrides }),
    buildModule({ ...entryOf(options, true), externals: CORE_EXTERNAL, memory: { module: CORE_MODULE, name: 'memory' } }),
  ]);
  return withFolder((folder) => {
    const file = (name: string): string => path.join(folder, name);
    fs.writeFileSync(file('tallow.wasm'), core.wasm);
    fs.writeFileSync(file('cases.wasm'), cases.wasm);
    run(process.execPath, [path.join(ROOT, 'node_modules/binaryen/bin/wasm-merge'), '--enable-bulk-memory',
      '--enable-bulk-memory-opt', '--enable-mutable-globals', '--enable-sign-ext',
      file('tallow.wasm'), CORE_MODULE, file('cases.wasm'), 'cases', '-o', file('merged.wasm')]);
    return fs.readFileSync(file('merged.wasm'));
  });
};

/** The functions of a module that imports nothing, on the engine of this process. */
export const instantiate = (wasm: Uint8Array): Call =>
  callOf(new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports);

