/** The export section of a module: reading it, writing it, and what linkers put between it and the functions. */

import {
  CODE_SECTION, EXPORT_SECTION, KIND_FUNCTION, leb, Reader, sectionBytes, sectionsOf, utf8,
} from './wasm-binary.ts';

export interface WasmExport {
  name: string;
  /** KIND_FUNCTION, KIND_MEMORY, … */
  kind: number;
  index: number;
}

/** The contents of a section; those of one without entries if there is none. */
export const contentsOf = (wasm: Uint8Array, id: number): Uint8Array =>
  sectionsOf(wasm).find((section) => section.id === id)?.contents ?? Uint8Array.from([0]);

/** What the module exports, in order. */
export const exportsOf = (wasm: Uint8Array): WasmExport[] => {
  const reader = new Reader(contentsOf(wasm, EXPORT_SECTION));
  return Array.from({ length: reader.number() }, () =>
    ({ name: reader.text(), kind: reader.number(), index: reader.number() }));
};

/** The module with these exports in place of its own. */
export const withExports = (wasm: Uint8Array, exports: WasmExport[]): Uint8Array => {
  const contents = [...leb(exports.length),
    ...exports.flatMap(({ name, kind, index }) => [...utf8(name), kind, ...leb(index)])];
  return Buffer.concat([
    wasm.subarray(0, 8),
    ...sectionsOf(wasm).map(({ id, start, end }) =>
      (id === EXPORT_SECTION ? sectionBytes(id, contents) : wasm.subarray(start, end))),
  ]);
};

/** The functions that the module imports. */
export const importedFunctionsOf = (wasm: Uint8Array): { module: string; name: string }[] =>
  WebAssembly.Module.imports(new WebAssembly.Module(wasm as BufferSource)).filter(({ kind }) => kind === 'function');

/** The code of a function that the module defines, without its size. */
const bodyOf = (wasm: Uint8Array, functionIndex: number): Uint8Array => {
  const reader = new Reader(contentsOf(wasm, CODE_SECTION));
  const count = reader.number();
  const wanted = functionIndex - importedFunctionsOf(wasm).length;
  if (wanted < 0 || wanted >= count) throw new Error(`the module has no code of a function ${functionIndex}`);
  for (let skip = wanted; skip > 0; skip--) {
    const size = reader.number();
    reader.position += size;
  }
  const size = reader.number();
  return reader.bytes.subarray(reader.position, reader.position + size);
};

const CALL = 0x10;
const LOCAL_GET = 0x20;
const END = 0x0b;

/** The function that `body` calls between two others, passing its own parameters on; undefined if it does more. */
const wrappedBy = (body: Uint8Array): number | undefined => {
  const reader = new Reader(body);
  const called = (): number | undefined => (reader.number() === CALL ? reader.number() : undefined);
  if (reader.number() !== 0 || called() === undefined) return undefined; // locals; the constructors
  for (let parameter = 0; reader.bytes[reader.position] === LOCAL_GET; parameter++) {
    reader.position++;
    if (reader.number() !== parameter) return undefined;
  }
  const target = called();
  if (called() === undefined || reader.number() !== END || !reader.atEnd) return undefined; // the destructors
  return target;
};

/**
 * The module with the function proper under the exported `name`.
 *
 * The linker of LLVM takes every export of a command for a whole run of it, and exports a wrapper that first runs all
 * constructors and in the end flushes and closes. Of `_start` that is true, of an allocator it is not.
 */
export const withoutCommandWrapper = (wasm: Uint8Array, name: string): Uint8Array => {
  const exports = exportsOf(wasm);
  const found = exports.find((item) => item.name === name && item.kind === KIND_FUNCTION);
  const target = found && wrappedBy(bodyOf(wasm, found.index));
  if (target === undefined) return wasm;
  return withExports(wasm, exports.map((item) => (item === found ? { ...item, index: target } : item)));
};
