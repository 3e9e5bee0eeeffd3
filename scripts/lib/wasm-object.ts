/**
 * Wasm module to relocatable object file, for the linker to put into programs.
 *
 * The code stays as it is, but for two things: every index of a function or a global becomes five bytes wide, and its
 * place goes into a relocation table; and a symbol table names what there is. The memory becomes the program's own.
 * The linker drops functions that a program does not reach, one by one.
 *
 * The format is that of the tool conventions for WebAssembly, "Linking", version 2.
 */

import {
  CODE_SECTION, EXPORT_SECTION, FUNCTION_SECTION, GLOBAL_SECTION, IMPORT_SECTION, KIND_FUNCTION,
  KIND_MEMORY, leb, MEMORY_SECTION, Reader, readNames, sectionBytes, sectionsOf, TYPE_SECTION, utf8,
} from './wasm-binary.ts';

export interface ObjectOptions {
  /** Symbols of the exports by name. */
  symbols: Map<string, string>;
  /** Symbols of imported functions by name, defined elsewhere in the program. */
  imports?: Map<string, string>;
  /** What the names of all other symbols begin with; they are seen within the object only. */
  prefix: string;
}

/** What the code uses beyond the first version of Wasm; the linker passes it on. */
const TARGET_FEATURES = ['bulk-memory', 'mutable-globals', 'sign-ext'];

const LINKING_VERSION = 2;
const SYMBOL_TABLE = 8;
const SYMBOL_FUNCTION = 0;
const SYMBOL_GLOBAL = 2;
const FLAG_LOCAL = 0x02;
const FLAG_UNDEFINED = 0x10;
const FLAG_EXPLICIT_NAME = 0x40;
const RELOCATION_FUNCTION = 0;
const RELOCATION_GLOBAL = 7;

interface Relocation { type: number; offset: number; symbol: number }

/** An index as the linker wants it: five bytes whatever its value, so that it can write another one in place. */
const wideIndex = (value: number): number[] =>
  [0, 7, 14, 21].map((shift) => ((value >>> shift) & 0x7f) | 0x80).concat(value >>> 28);

/** unreachable, nop, else, end, return, drop, select. */
const WITHOUT_OPERANDS = new Set([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b]);

/** No result, or one of the number types. */
const BLOCK_TYPES = new Set([0x40, 0x7f, 0x7e, 0x7d, 0x7c]);

/** Steps over one instruction. Calls `index` for one whose operand is the index of a function or a global. */
const stepInstruction = (reader: Reader, index: (kind: 'function' | 'global') => void): void => {
  const opcode = reader.bytes[reader.position++]!;
  const operands = (count: number): void => { for (; count > 0; count--) reader.number(); };
  if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04) { // block, loop, if
    if (!BLOCK_TYPES.has(reader.bytes[reader.position++]!)) {
      throw new Error('a block with parameters or several results cannot go into an object');
    }
  } else if (opcode === 0x0c || opcode === 0x0d) { // br, br_if
    operands(1);
  } else if (opcode === 0x0e) { // br_table
    operands(reader.number() + 1);
  } else if (opcode === 0x10) { // call
    index('function');
  } else if (opcode === 0x23 || opcode === 0x24) { // global.get, global.set
    index('global');
  } else if (opcode >= 0x20 && opcode <= 0x22) { // locals
    operands(1);
  } else if (opcode >= 0x28 && opcode <= 0x3e) { // loads and stores: alignment, offset
    operands(2);
  } else if (opcode >= 0x3f && opcode <= 0x42) { // memory.size, memory.grow, i32.const, i64.const
    operands(1);
  } else if (opcode === 0xfc) {
    const extended = reader.number();
    if (extended === 10) operands(2); // memory.copy
    else if (extended === 11) operands(1); // memory.fill
    else if (extended > 7) throw new Error(`the instruction 0xfc ${extended} cannot go into an object`);
  } else if (!WITHOUT_OPERANDS.has(opcode) && !(opcode >= 0x45 && opcode <= 0xc4)) { // comparisons and arithmetic
    throw new Error(`the instruction 0x${opcode.toString(16)} cannot go into an object`);
  }
};

/** Makes the object. Throws if the module has a table, data, a start function, or imports without a symbol. */
export const wasmToObject = (wasm: Uint8Array, options: ObjectOptions): Uint8Array => {
  const sections = sectionsOf(wasm);
  const empty = Uint8Array.from([0]);
  const contents = (id: number): Uint8Array => sections.find((section) => section.id === id)?.contents ?? empty;
  const understood = [
    0, TYPE_SECTION, IMPORT_SECTION, FUNCTION_SECTION, MEMORY_SECTION, GLOBAL_SECTION, EXPORT_SECTION, CODE_SECTION,
  ];
  const foreign = sections.find(({ id }) => !understood.includes(id));
  if (foreign) {
    throw new Error(
      `a module with a section ${foreign.id} cannot become an object; there is nothing but code and globals in one`,
    );
  }
  const names = readNames(wasm);

  // Imports: functions keep their place, the memory becomes the program's.
  const imports = new Reader(contents(IMPORT_SECTION));
  const importedFunctions: { symbol: string; bytes: number[] }[] = [];
  for (let count = imports.number(); count > 0; count--) {
    imports.text();
    const name = imports.text();
    const kind = imports.number();
    if (kind === KIND_FUNCTION) {
      const symbol = options.imports?.get(name);
      if (!symbol) throw new Error(`the module imports ${name}, for which there is no symbol`);
      const bytes = [...utf8('env'), ...utf8(symbol), KIND_FUNCTION, ...leb(imports.number())];
      importedFunctions.push({ symbol, bytes });
    } else if (kind === KIND_MEMORY) {
      const limits = imports.number();
      imports.number();
      if (limits & 1) imports.number();
    } else {
      throw new Error(`the module imports ${name}, which is neither function nor memory`);
    }
  }
  const memoryImport = [...utf8('env'), ...utf8('__linear_memory'), KIND_MEMORY, 0, 0];
  const functionImports = importedFunctions.flatMap(({ bytes }) => bytes);
  const importSection = [...leb(importedFunctions.length + 1), ...memoryImport, ...functionImports];

  // Symbols: those of imports and exports are seen outside, every other function and global within only.
  const symbols: number[][] = [];
  const functionSymbol = new Map<number, number>();
  const globalSymbol = new Map<number, number>();
  importedFunctions.forEach(({ symbol }, index) => {
    functionSymbol.set(index, symbols.length);
    symbols.push([SYMBOL_FUNCTION, ...leb(FLAG_UNDEFINED | FLAG_EXPLICIT_NAME), ...leb(index), ...utf8(symbol)]);
  });
  const exports = new Reader(contents(EXPORT_SECTION));
  for (let count = exports.number(); count > 0; count--) {
    const name = exports.text();
    const kind = exports.number();
    const index = exports.number();
    const symbol = options.symbols.get(name);
    if (kind !== KIND_FUNCTION || symbol === undefined) continue;
    functionSymbol.set(index, symbols.length);
    symbols.push([SYMBOL_FUNCTION, 0, ...leb(index), ...utf8(symbol)]);
  }
  const functionCount = new Reader(contents(FUNCTION_SECTION)).number();
  const localName = (map: Map<number, string>, index: number): string => options.prefix + (map.get(index) ?? index);
  for (let index = importedFunctions.length; index < importedFunctions.length + functionCount; index++) {
    if (functionSymbol.has(index)) continue;
    functionSymbol.set(index, symbols.length);
    symbols.push([SYMBOL_FUNCTION, FLAG_LOCAL, ...leb(index), ...utf8(localName(names.functions, index))]);
  }
  for (let index = 0; index < new Reader(contents(GLOBAL_SECTION)).number(); index++) {
    globalSymbol.set(index, symbols.length);
    symbols.push([SYMBOL_GLOBAL, FLAG_LOCAL, ...leb(index), ...utf8(localName(names.globals, index))]);
  }

  // Code: each body copied instruction by instruction, indices widened.
  const code = new Reader(contents(CODE_SECTION));
  const relocations: Relocation[] = [];
  const codeSection: number[] = leb(code.number());
  for (let count = functionCount; count > 0; count--) {
    const size = code.number();
    const end = code.position + size;
    const body: number[] = [];
    const places: Relocation[] = [];
    let copied = code.position;
    const copyUpTo = (position: number): void => {
      body.push(...code.bytes.subarray(copied, position));
      copied = position;
    };
    for (let groups = code.number(); groups > 0; groups--) { code.number(); code.position++; } // locals
    while (code.position < end) {
      stepInstruction(code, (kind) => {
        copyUpTo(code.position);
        const index = code.number();
        copied = code.position;
        places.push(kind === 'function'
          ? { type: RELOCATION_FUNCTION, offset: body.length, symbol: functionSymbol.get(index)! }
          : { type: RELOCATION_GLOBAL, offset: body.length, symbol: globalSymbol.get(index)! });
        body.push(...wideIndex(index));
      });
    }
    copyUpTo(end);
    codeSection.push(...leb(body.length));
    relocations.push(...places.map((place) => ({ ...place, offset: place.offset + codeSection.length })));
    for (const byte of body) codeSection.push(byte);
  }

  const symbolTable = [...leb(symbols.length), ...symbols.flat()];
  const own: [id: number, contents: number[] | Uint8Array][] = [
    [TYPE_SECTION, contents(TYPE_SECTION)],
    [IMPORT_SECTION, importSection],
    [FUNCTION_SECTION, contents(FUNCTION_SECTION)],
    [GLOBAL_SECTION, contents(GLOBAL_SECTION)],
    [CODE_SECTION, codeSection],
  ];
  const codeIndex = own.findIndex(([id]) => id === CODE_SECTION);
  own.push(
    [0, [...utf8('linking'), LINKING_VERSION, SYMBOL_TABLE, ...leb(symbolTable.length), ...symbolTable]],
    [0, [...utf8('reloc.CODE'), ...leb(codeIndex), ...leb(relocations.length),
      ...relocations.flatMap(({ type, offset, symbol }) => [type, ...leb(offset), ...leb(symbol)])]],
    [0, [...utf8('target_features'), ...leb(TARGET_FEATURES.length),
      ...TARGET_FEATURES.flatMap((feature) => ['+'.charCodeAt(0), ...utf8(feature)])]],
  );
  return Buffer.concat([wasm.subarray(0, 8), ...own.map(([id, bytes]) => sectionBytes(id, bytes))]);
};
