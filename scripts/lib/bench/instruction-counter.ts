/**
 * Makes a module count the instructions that it executes, in an exported global.
 *
 * Code that runs from its first instruction to its last or not at all is counted in one step where it begins: at the
 * start of a function, of a loop and of either arm of an `if`, behind a branch, and at every end, where branches arrive.
 *
 * What counts is what Wasmtime calls fuel: one for each instruction, one for entering a function, and nothing for what
 * only gives the code its structure. Other than there, memory.copy, memory.fill and memory.grow are one whatever their
 * length.
 */

import { BinaryReader, OperatorCodeNames } from 'wasmparser';
import {
  CODE_SECTION, EXPORT_SECTION, GLOBAL_SECTION, leb, Reader, sectionBytes, sectionsOf, signedLeb, utf8,
} from '../wasm-binary.ts';

/** The name of the exported global, an i32. */
export const COUNTER = 'instructions';

/** Instructions that cost nothing. */
const STRUCTURE = new Set(['nop', 'drop', 'block', 'loop', 'unreachable', 'return', 'else', 'end']);

/** Behind these another stretch of code begins. */
const BOUNDARIES = new Set(['loop', 'if', 'else', 'end', 'br', 'br_if', 'br_table', 'return', 'unreachable']);

/** The states of the package's reader, which it declares in a way that only its own compiler can use. */
const BEGIN_FUNCTION_BODY = 28;
const CODE_OPERATOR = 30;
const END_FUNCTION_BODY = 31;

const I32 = 0x7f;
const MUTABLE = 1;
const KIND_GLOBAL = 3;
const DATA_COUNT_SECTION = 12;
const END = 0x0b;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I32_CONST = 0x41;
const I32_ADD = 0x6a;

/** `counter += count`. */
const countStep = (counter: number, count: number): Uint8Array =>
  Uint8Array.from([GLOBAL_GET, ...leb(counter), I32_CONST, ...signedLeb(count), I32_ADD, GLOBAL_SET, ...leb(counter)]);

/** The code section with a counting step before every stretch of code. */
const countedCode = (wasm: Uint8Array, counter: number): Uint8Array => {
  const { start } = sectionsOf(wasm).find(({ id }) => id === CODE_SECTION)!;
  const sizes = new Reader(wasm, start + 1);
  sizes.number();
  const functions = [Uint8Array.from(leb(sizes.number()))];
  const reader = new BinaryReader();
  reader.setData(Uint8Array.from(wasm).buffer, 0, wasm.length);
  let parts: Uint8Array[] = [];
  let from = 0;
  let count = 0;
  while (reader.read()) {
    const state: number = reader.state;
    if (state === BEGIN_FUNCTION_BODY) {
      const size = sizes.number();
      parts = [wasm.subarray(sizes.position, reader.position)];
      sizes.position += size;
      from = reader.position;
      count = 1;
    } else if (state === CODE_OPERATOR) {
      const name = OperatorCodeNames[(reader.result as { code: number }).code]!;
      if (!STRUCTURE.has(name)) count++;
      if (!BOUNDARIES.has(name)) continue;
      if (count > 0) parts.push(countStep(counter, count));
      parts.push(wasm.subarray(from, reader.position));
      from = reader.position;
      count = 0;
    } else if (state === END_FUNCTION_BODY) {
      const body = Buffer.concat(parts);
      functions.push(Uint8Array.from(leb(body.length)), body);
    }
  }
  return sectionBytes(CODE_SECTION, Buffer.concat(functions));
};

/** A section that is a list, with one more entry at its end. */
const withEntry = (id: number, contents: Uint8Array, entry: number[]): Uint8Array => {
  const reader = new Reader(contents);
  const count = reader.number();
  return sectionBytes(id, [...leb(count + 1), ...contents.subarray(reader.position), ...entry]);
};

const EMPTY_LIST = Uint8Array.of(0);

/**
 * The module with the counter, exported as COUNTER. Throws if it imports globals, which no allocator here does, or if it
 * is not valid.
 */
export const withInstructionCounter = (wasm: Uint8Array): Uint8Array => {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(wasm as BufferSource));
  const global = imported.find(({ kind }) => kind === 'global');
  if (global) throw new Error(`the module imports the global ${global.module}.${global.name}: no instructions are counted there`);
  const sections = sectionsOf(wasm);
  const contents = (id: number): Uint8Array => sections.find((section) => section.id === id)?.contents ?? EMPTY_LIST;
  const counter = new Reader(contents(GLOBAL_SECTION)).number();
  const made = new Map([
    [GLOBAL_SECTION, withEntry(GLOBAL_SECTION, contents(GLOBAL_SECTION), [I32, MUTABLE, I32_CONST, 0, END])],
    [EXPORT_SECTION, withEntry(EXPORT_SECTION, contents(EXPORT_SECTION), [...utf8(COUNTER), KIND_GLOBAL, ...leb(counter)])],
    [CODE_SECTION, countedCode(wasm, counter)],
  ]);
  const kept = sections.filter(({ id }) => id !== 0 && !made.has(id)).map(({ id, start, end }) => [id, wasm.subarray(start, end)] as const);
  // Sections come in the order of their ids; only the number of data segments, id 12, stands before the code.
  const place = (id: number): number => (id === DATA_COUNT_SECTION ? CODE_SECTION - 0.5 : id);
  const ordered = [...kept, ...made].sort(([a], [b]) => place(a) - place(b)).map(([, bytes]) => bytes);
  return Buffer.concat([wasm.subarray(0, 8), ...ordered]);
};
