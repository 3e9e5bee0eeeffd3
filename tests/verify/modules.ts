/** The modules that are verified: the shipped one with inner functions made visible, and scaled-down ones. */

import fs from 'node:fs';
import path from 'node:path';
import { buildCore, type ModuleOptions } from '../../scripts/lib/module.ts';
import { CORE, CORE_ENTRY } from '../../scripts/lib/paths.ts';
import { CODE_SECTION, KIND_FUNCTION, readNames, sectionsOf } from '../../scripts/lib/wasm-binary.ts';
import { exportsOf, withExports } from '../../scripts/lib/wasm-exports.ts';
import type { Binary } from './verification.ts';

/** A module that is ready to be explored, and what the report calls it. */
export interface Opened extends Binary {
  /** Instantiable, with the inner functions exported under their names. */
  opened: Uint8Array;
}

const codeOf = (wasm: Uint8Array): Uint8Array => sectionsOf(wasm).find(({ id }) => id === CODE_SECTION)!.contents;

/** Which file of the core declares each inner function that is made visible here. */
const INNER: Record<string, string> = {
  buddyAlloc: 'buddy.ts',
  buddyFree: 'buddy.ts',
  buddyFlip: 'buddy.ts',
  buddyRunEdge: 'buddy.ts',
  spanAllocPresentSlow: 'span.ts',
  sizeClassBin: 'size-class.ts',
};

/** The sources with these inner functions exported, as overrides on top of others. */
export const withInner = (names: string[], others: Map<string, string> = new Map()): Map<string, string> => {
  const overrides = new Map(others);
  let text = overrides.get(CORE_ENTRY) ?? fs.readFileSync(CORE_ENTRY, 'utf8');
  for (const name of names) {
    const file = path.join(CORE, INNER[name]!);
    const source = overrides.get(file) ?? fs.readFileSync(file, 'utf8');
    overrides.set(file, source.replace(new RegExp(`^const ${name} =`, 'm'), `export const ${name} =`));
    text += `\nexport { ${name} } from './${INNER[name]!}';`;
  }
  return overrides.set(CORE_ENTRY, text);
};

/**
 * The module with these inner functions exported; undefined if it has not all of them. Only the export section differs;
 * the code is the same bytes.
 */
export const exposed = (wasm: Uint8Array, names: string[]): Uint8Array | undefined => {
  const indices = new Map([...readNames(wasm).functions].map(([index, name]) => [name, index]));
  if (!names.every((name) => indices.has(name))) return undefined;
  const inner = names.map((name) => ({ name, kind: KIND_FUNCTION, index: indices.get(name)! }));
  const opened = withExports(wasm, [...exportsOf(wasm), ...inner]);
  if (Buffer.compare(codeOf(opened), codeOf(wasm)) !== 0) throw new Error('making functions visible changed the code');
  return opened;
};

/**
 * The core with the inner functions `names` visible. As the optimiser left them in the shipped module, where it has
 * them; if it inlined one everywhere, all are kept by exporting them from the sources, which makes a module of its own.
 */
export const openCore = async (names: string[], options: Omit<ModuleOptions, 'entry'> = {}): Promise<Opened> => {
  const { wasm } = await buildCore(options);
  const opened = exposed(wasm, names);
  if (opened) return { name: 'tallow.wasm as shipped', wasm, opened };
  const kept = await buildCore({ ...options, overrides: withInner(names, options.overrides) });
  return { name: 'core with inner functions kept, not as shipped', wasm: kept.wasm, opened: kept.wasm };
};
