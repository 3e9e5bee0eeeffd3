/** The builds of the core that run in lock step: the TypeScript itself, what the compiler made of it, what is shipped. */

import { buildCore } from '../../scripts/lib/module.ts';
import { buildReferenceCore } from '../../scripts/lib/reference.ts';
import type { Core } from './operations.ts';

export interface CoreBuilds {
  /** Fresh instances, each with a memory of `wasmPages` wasm pages. */
  instantiate(wasmPages: number): Core[];
}

/** Wraps the exports of an instance; a build that exports its memory under the name `memory`. */
const core = (name: string, exports: Record<string, unknown>): Core => {
  const memory = exports.memory as WebAssembly.Memory;
  return {
    name,
    call: (functionName, ...operands) => (exports[functionName] as (...operands: number[]) => number | undefined)(...operands) ?? 0,
    bytes: () => new Uint8Array(memory.buffer),
  };
};

/** Builds the core in all three ways, with the sources in `overrides` replaced (by absolute path). */
export const buildCores = async (overrides?: Map<string, string>): Promise<CoreBuilds> => {
  const [reference, raw, optimised] = await Promise.all([
    buildReferenceCore({ overrides }),
    buildCore({ overrides, raw: true }),
    buildCore({ overrides }),
  ]);
  const modules = [raw, optimised].map(({ wasm }) => new WebAssembly.Module(wasm as BufferSource));
  const names = ['raw module', 'optimised module'];
  return {
    instantiate: (wasmPages) => [
      core('TypeScript', reference.instantiate({ initial: wasmPages })),
      ...modules.map((module, index) => {
        const { exports } = new WebAssembly.Instance(module);
        (exports.memory as WebAssembly.Memory).grow(wasmPages - 1);
        return core(names[index]!, exports);
      }),
    ],
  };
};
