/** One compilation by Porffor; compile.ts runs it as a thread and judges what it gives. */

import { createImport, importedFuncs } from 'porffor/compiler/builtins.js';
import compile from 'porffor/compiler/index.js';
import { Opcodes, Valtype } from 'porffor/compiler/wasmSpec.js';
import { catchersIn, DIGITS_SIZE, editRuntime, RUNTIME_IMPORTS, STATIC_PAGE_SIZE, type EditedFunction } from './runtime-edits.ts';
import { answerRequest } from './thread-answer.ts';

export interface CompileRequest {
  text: string;
  hostImports: { symbol: string; parameters: number; results: number }[];
  /** The text is a program with the JavaScript runtime, to be edited (runtime-edits.ts); it imports RUNTIME_IMPORTS. */
  runtime?: boolean;
}

export interface CompileAnswer {
  wasm: Uint8Array;
  /** Functions in index order; imports come before them. `calls` names those it calls. */
  functions: { name: string; index: number; internal: boolean; results: number; calls: string[] }[];
  globals: string[];
  /** The host functions that are used, in index order. */
  imported: { symbol: string; base: string }[];
  /** Bytes from address 0 on that the compiler has given to literals. */
  literalsSize: number;
  /** What is wrong with a literal, if something is. */
  longLiteral: string | undefined;
  hasTable: boolean;
  hasTags: boolean;
  /** Functions of a program with the runtime that would catch exceptions. */
  catchers: string[];
}

/** Instructions that the inline assembler does not know by itself. */
const MISSING_OPCODES = {
  i32_div_u: 0x6e,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  i64_lt_u: 0x54,
  i64_gt_u: 0x56,
  i64_div_u: 0x80,
  i64_rem_u: 0x82,
  memory_fill: [0xfc, 0x0b],
};

/** What one byte of UTF-8 can tell apart. */
const IMPORT_COUNT_MAX = 0x7f;

/** The compiler writes the name of an import as one byte, from "a" on, which leaves UTF-8 after 31 of them. */
const nameImports = (): void => {
  const { length } = importedFuncs;
  if (length > IMPORT_COUNT_MAX) throw new Error(`${length} imported functions, the compiler's own included; at most ${IMPORT_COUNT_MAX} are possible`);
  for (let index = 0; index < length; index++) importedFuncs[index]!.import = String.fromCharCode(1 + index);
};

/** Prepares the compiler for a program with the runtime; what it tells is there when the compilation is done. */
const prepareRuntime = (): { catchers: string[] } => {
  const typesOf = (letters: string): number[] => [...letters].map((letter) => (letter === 'i' ? Valtype.i32! : Valtype.f64!));
  for (const [name, { parameters, result }] of Object.entries(RUNTIME_IMPORTS)) {
    createImport(name, typesOf(parameters), typesOf(result));
  }
  Prefs.pageSize = STATIC_PAGE_SIZE;
  const told = { catchers: [] as string[] };
  globalThis.compileCallback = ({ funcs, pages }) => {
    const functions = funcs as EditedFunction[];
    told.catchers = catchersIn(functions);
    editRuntime(functions, (name) => Number(importedFuncs[name as unknown as number]), pages.size * pageSize);
  };
  return told;
};

/** What is wrong with a literal that is longer than an area: the compiler writes its end over what lies behind. */
const longLiteral = (data: readonly { bytes: readonly number[] }[]): string | undefined => {
  const bytesMax = pageSize - 2; // as it reckons
  const long = data.find(({ bytes }) => bytes.length > bytesMax);
  if (!long) return undefined;
  const beginning = String.fromCharCode(...long.bytes.slice(4, 44));
  return `a literal has ${long.bytes.length} bytes with its length; the compiler takes ${bytesMax}: ${JSON.stringify(`${beginning}…`)}`;
};

await answerRequest(({ text, hostImports, runtime }: CompileRequest): CompileAnswer => {
  Object.assign(Opcodes, MISSING_OPCODES);
  const told = runtime ? prepareRuntime() : { catchers: [] };
  for (const host of hostImports) createImport(host.symbol, host.parameters, host.results);
  nameImports();
  const result = compile(text, true);
  const names = new Map(result.funcs.map(({ index, name }) => [index, name]));
  return {
    wasm: result.wasm,
    functions: result.funcs.map((f) => ({
      name: f.name,
      index: f.index - importDelta,
      internal: Boolean(f.internal),
      results: f.returns.length,
      calls: f.wasm.filter(([opcode]) => opcode === Opcodes.call).flatMap(([, index]) => names.get(index) ?? []),
    })),
    globals: Object.keys(result.globals),
    imported: Array.from(importFuncs, (f) => ({ symbol: f.name, base: f.import })),
    literalsSize: result.pages.size * pageSize + (runtime ? DIGITS_SIZE : 0),
    longLiteral: longLiteral(result.data),
    hasTable: Boolean(result.funcs.table),
    hasTags: result.tags.length > 0,
    catchers: told.catchers,
  };
});
