/** What the threads that work with binaryen have in common. */

import binaryen from 'binaryen';
import { HEAP_SIZE } from '../../kernel-heap/layout.ts';
import type { DataSegment } from './optimize.ts';

/** Wasm pages of an own memory at the start; it grows on demand. */
export const MEMORY_INITIAL = 1;
/** Wasm pages of 4 GiB, the most that 32-bit addresses reach. */
export const MEMORY_MAX = 65536;
const WASM_PAGE_SIZE = 65536;

/** What the core may use. */
export const FEATURES = binaryen.Features.MutableGlobals | binaryen.Features.SignExt | binaryen.Features.BulkMemory
  | binaryen.Features.BulkMemoryOpt | binaryen.Features.Multivalue;

/** The name of the one memory. */
export const MEMORY = '0';

/** What binaryen has and its declarations have not. */
export type Module = binaryen.Module & {
  getNumDataSegments(): number;
  getDataSegmentInfo(segment: number): { offset: number | null; data: ArrayBuffer; passive: boolean };
};

export const readModule = (wasm: Uint8Array, features: number): Module => {
  const module = binaryen.readBinary(wasm) as Module;
  module.setFeatures(features);
  return module;
};

export const exportsOf = (module: Module): binaryen.ExportInfo[] =>
  Array.from({ length: module.getNumExports() }, (_, index) => binaryen.getExportInfo(module.getExportByIndex(index)));

export const functionInfo = (module: Module, name: string): binaryen.FunctionInfo => {
  const reference = module.getFunction(name);
  if (!reference) throw new Error(`the module has no function ${name}`);
  return binaryen.getFunctionInfo(reference);
};

export const takeData = (module: Module): DataSegment[] =>
  Array.from({ length: module.getNumDataSegments() }, (_, index) => {
    const { offset, data, passive } = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
    if (passive || typeof offset !== 'number') throw new Error('a data segment has no constant address');
    return { offset, bytes: new Uint8Array(data) };
  });

/**
 * Gives the module its memory, exported as `memory`, with this data and none other.
 *
 * @param heapStart where its heap begins; the memory has room for the heap's record, which malloc looks into before it is there
 */
export const giveData = (module: Module, data: DataSegment[], heapStart = 0): void => {
  const end = Math.max(heapStart + HEAP_SIZE, ...data.map(({ offset, bytes }) => offset + bytes.length));
  const segments = data.map(({ offset, bytes }, index) =>
    ({ name: `data${index}`, offset: module.i32.const(offset), data: bytes, passive: false }));
  const initial = Math.max(MEMORY_INITIAL, Math.ceil(end / WASM_PAGE_SIZE));
  module.setMemory(initial, MEMORY_MAX, 'memory', segments, false, false, MEMORY);
};

export const validate = (module: Module, when: string): void => {
  if (!module.validate()) throw new Error(`binaryen finds the module invalid ${when}; its reasons stand above`);
};
