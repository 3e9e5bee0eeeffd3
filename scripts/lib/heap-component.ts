/** tallow-heap.component.wasm: heaps as a service, from the TypeScript and the WIT in wasi/component/. */

import fs from 'node:fs';
import path from 'node:path';
import { RESULT_END } from '../../wasi/component/result.ts';
import { TAKE_LEAK } from './call-ends.ts';
import { buildComponent, HEAP_WIT } from './component.ts';
import { buildModule, type ModuleOptions } from './module.ts';
import { ROOT } from './paths.ts';
import { exportsOf, withExports } from './wasm-exports.ts';

const FOLDER = path.join(ROOT, 'wasi/component');

/** What it exports. */
export const HEAP_INTERFACE = 'tallow:heap/allocator@0.1.0';

/** Names that are the same in TypeScript and in WIT, but for how words are joined. */
const kebab = (name: string): string => name.replaceAll('_', '-');

/** The canonical name of what the files in wasi/component/ export. */
const canonicalName = (name: string): string => {
  if (name === 'memory' || name.startsWith('tallow_call_')) return name;
  if (name === 'component_realloc') return 'cabi_realloc';
  if (name === 'take_leak') return TAKE_LEAK;
  const [, kind, rest] = /^(constructor|dtor|method)_(.*)$/.exec(name) ?? [];
  if (kind === 'method') return `${HEAP_INTERFACE}#[method]heap.${kebab(rest!)}`;
  return `${HEAP_INTERFACE}#${kind ? `[${kind}]${kebab(rest!)}` : kebab(name)}`;
};

/** The component's only core module, under the canonical names. */
export const buildHeapCore = async (options: Omit<ModuleOptions, 'entry'> = {}): Promise<Uint8Array> => {
  const { wasm } = await buildModule({
    entry: path.join(FOLDER, options.profile === 'debug' ? 'debug-exports.ts' : 'exports.ts'),
    heapStart: RESULT_END,
    imported: { resource_new: { module: `[export]${HEAP_INTERFACE}`, name: '[resource-new]heap' } },
    ...options,
  });
  return withExports(wasm, exportsOf(wasm).map((item) => ({ ...item, name: canonicalName(item.name) })));
};

/** The component of such a core module. */
export const heapComponentOf = async (core: Uint8Array): Promise<Uint8Array> => {
  const wit = { source: fs.readFileSync(HEAP_WIT, 'utf8'), world: 'service' };
  return (await buildComponent(core, { wit })).component;
};

/** The component as bytes. Takes two seconds; nothing when the same was built before. */
export const buildHeapComponent = async (options: Omit<ModuleOptions, 'entry'> = {}): Promise<Uint8Array> =>
  heapComponentOf(await buildHeapCore(options));
