/**
 * Telling a debug build of a component where its calls end (wasi/component/calls.ts): each exported function is wrapped,
 * its post-return where it has one. After a call that left blocks behind, its name is handed over.
 */

import {
  CODE_SECTION, FUNCTION_SECTION, KIND_FUNCTION, leb, Reader, sectionBytes, sectionsOf, signedLeb, TYPE_SECTION,
} from './wasm-binary.ts';
import { contentsOf, exportsOf, importedFunctionsOf, withExports, type WasmExport } from './wasm-exports.ts';

/** Ends a call: () -> how many blocks it left behind. */
const CALL_END = 'tallow_call_end';
/** (length) -> where to write the name of the call, 0 for nowhere. */
const CALL_NAME = 'tallow_call_name';
/** By which a host is told, as `calls` in heap.wit has it. */
export const TAKE_LEAK = 'tallow:heap/calls@0.1.0#take-leak';

const POST = 'cabi_post_';

/** What a host calls for other reasons than the world's functions. */
const NO_CALLS = [TAKE_LEAK, 'cabi_realloc', '_initialize'];

const I32 = 0x7f;
const NO_RESULT = 0x40;
const IF = 0x04;
const END = 0x0b;
const CALL = 0x10;
const LOCAL_GET = 0x20;
const LOCAL_TEE = 0x22;
const STORE_BYTE = [0x3a, 0];
const CONST = 0x41;

/** A function that calls `target` and then ends the call; what `target` gives stays where the caller expects it. */
const wrapper = (target: number, parameters: number, name: string, ends: Record<string, number>): number[] => {
  const buffer = leb(parameters);
  const bytes = [...Buffer.from(name)];
  const body = [
    1, 1, I32,
    ...Array.from({ length: parameters }, (_, index) => [LOCAL_GET, ...leb(index)]).flat(),
    CALL, ...leb(target),
    CALL, ...leb(ends[CALL_END]!),
    IF, NO_RESULT,
    CONST, ...signedLeb(bytes.length), CALL, ...leb(ends[CALL_NAME]!), LOCAL_TEE, ...buffer,
    IF, NO_RESULT,
    ...bytes.flatMap((byte, offset) => [LOCAL_GET, ...buffer, CONST, ...signedLeb(byte), ...STORE_BYTE, ...leb(offset)]),
    END,
    END,
    END,
  ];
  return [...leb(body.length), ...body];
};

/** The types' indices of the functions that the module defines, and how many parameters each type has. */
const signaturesOf = (wasm: Uint8Array): { typeOf: number[]; parameters: number[] } => {
  const types = new Reader(contentsOf(wasm, TYPE_SECTION));
  const parameters = Array.from({ length: types.number() }, () => {
    types.position++; // 0x60
    const count = types.number();
    types.position += count;
    const results = types.number();
    types.position += results;
    return count;
  });
  const functions = new Reader(contentsOf(wasm, FUNCTION_SECTION));
  return { typeOf: Array.from({ length: functions.number() }, () => functions.number()), parameters };
};

/** Whether the core module was linked with a library that wants to know where calls end. */
export const wantsCallEnds = (core: Uint8Array): boolean => exportsOf(core).some(({ name }) => name === CALL_END);

/** The module without what such a library exports, for one that is not called but run. */
export const withoutCallEnds = (core: Uint8Array): Uint8Array =>
  withExports(core, exportsOf(core).filter(({ name }) => ![CALL_END, CALL_NAME, TAKE_LEAK].includes(name)));

/** The module with the ends of its calls told. */
export const withCallEnds = (core: Uint8Array): Uint8Array => {
  const exports = exportsOf(core);
  const ends = Object.fromEntries(exports.filter(({ kind }) => kind === KIND_FUNCTION).map(({ name, index }) => [name, index]));
  const imported = importedFunctionsOf(core).length;
  const { typeOf, parameters } = signaturesOf(core);
  const added: { type: number; code: number[] }[] = [];
  const wrap = (item: WasmExport): WasmExport => {
    const isEnd = item.kind === KIND_FUNCTION && !NO_CALLS.includes(item.name) && ends[POST + item.name] === undefined;
    if (!isEnd) return item;
    const type = typeOf[item.index - imported]!;
    const name = item.name.replace(/^cabi_post_/, '').replace(/^.*#/, '');
    added.push({ type, code: wrapper(item.index, parameters[type]!, name, ends) });
    return { ...item, index: imported + typeOf.length + added.length - 1 };
  };
  const wrapped = exports.filter(({ name }) => name !== CALL_END && name !== CALL_NAME).map(wrap);

  const extended = (id: number, entries: number[][]): Uint8Array => {
    const reader = new Reader(contentsOf(core, id));
    const count = reader.number();
    const before = reader.bytes.subarray(reader.position);
    return sectionBytes(id, Buffer.concat([Buffer.from(leb(count + entries.length)), before, Buffer.from(entries.flat())]));
  };
  const sections = sectionsOf(core).map(({ id, start, end }) => {
    if (id === FUNCTION_SECTION) return extended(id, added.map(({ type }) => leb(type)));
    if (id === CODE_SECTION) return extended(id, added.map(({ code }) => code));
    return core.subarray(start, end);
  });
  return withExports(Buffer.concat([core.subarray(0, 8), ...sections]), wrapped);
};
