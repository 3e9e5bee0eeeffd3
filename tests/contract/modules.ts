/** The cases as Wasm modules, with the core compiled in or merged with the one that is shipped. */

import fs from 'node:fs';
import path from 'node:path';
import { withFolder } from '../../scripts/lib/folder.ts';
import { buildCore, buildModule, CORE_EXTERNAL, CORE_MODULE, type BuiltModule } from '../../scripts/lib/module.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import { buildReference } from '../../scripts/lib/reference.ts';
import { run } from '../../scripts/lib/tools.ts';
import { FAULTY_CASES, HUGE_CASES, type Call } from './run.ts';

/** The list of cases; what is compiled has more exports than the file itself. */
const ENTRY = path.join(import.meta.dirname, 'cases/index.ts');

const HOST_FUNCTIONS = ['host_reserve', 'host_fill', 'host_load', 'host_forget', 'host_find_panic'];

/** What to tell buildModule: all cases, and the host's functions if there is a Wasm memory for them. */
const entry = (host: boolean): { entry: string; overrides: Map<string, string> } => {
  const text = [
    fs.readFileSync(ENTRY, 'utf8'),
    `export { ${HUGE_CASES.join(', ')} } from '../huge.ts';`,
    `export { ${FAULTY_CASES.join(', ')} } from '../faulty.ts';`,
    host ? `export { ${HOST_FUNCTIONS.join(', ')} } from '../host.ts';` : '',
  ].join('\n');
  return { entry: ENTRY, overrides: new Map([[ENTRY, text]]) };
};

const callOf = (exports: Record<string, unknown>): Call => (name, ...operands) => {
  const found = exports[name];
  if (typeof found !== 'function') throw new Error(`the module exports no function ${name}`);
  return found(...operands) as number;
};

/** Cases and core as plain JavaScript, over a memory of their own. */
export const reference = async (profile: Profile = 'release'): Promise<Call> =>
  callOf((await buildReference({ ...entry(true), profile })).instantiate());

/** Cases and core in one module, as the compiler made it. */
export const rawModule = async (): Promise<Uint8Array> => (await buildModule({ ...entry(true), raw: true })).wasm;

/** The cases alone; what they call of the core and the memory are imports. */
export const casesForC = (): Promise<BuiltModule> =>
  buildModule({ ...entry(false), externals: CORE_EXTERNAL, memory: { module: 'host', name: 'memory' } });

/** The standalone core as it is shipped (dist/wasm/tallow.wasm has the same bytes), merged with the cases. */
export const mergedModule = async (profile: Profile = 'release'): Promise<Uint8Array> => {
  const [core, cases] = await Promise.all([
    buildCore({ profile }),
    buildModule({ ...entry(true), profile, externals: CORE_EXTERNAL, memory: { module: CORE_MODULE, name: 'memory' } }),
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

