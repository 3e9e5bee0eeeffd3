/**
 * The code of a program with the compiler's JavaScript runtime, edited so that all of its memory comes from the heap and
 * is guarded, and all it prints goes to WASI: calls to what wasi/host/runtime.ts and wasi/runtime/support.ts have.
 *
 * The edits are made between the compiler's own steps, where an instruction is an opcode with its operands, and each
 * leaves the stack as it was.
 */

import { Opcodes } from 'porffor/compiler/wasmSpec.js';

/** A function as the compiler has it; imports are no such functions, and come before them in the index space. */
export interface EditedFunction {
  name: string;
  index: number;
  internal?: boolean;
  usesImports?: boolean;
  locals: Record<string, { idx: number }>;
  wasm: [opcode: unknown, ...operands: number[]][];
}

type Instruction = EditedFunction['wasm'][number];

/**
 * What the program imports: parameters and result, i = i32 and f = f64, which is what JavaScript calls with. The first
 * four are the compiler's own, those with i32 are called by the edits.
 */
export const RUNTIME_IMPORTS: Record<string, { parameters: string; result: string }> = {
  print: { parameters: 'f', result: '' },
  printChar: { parameters: 'f', result: '' },
  time: { parameters: '', result: 'f' },
  timeOrigin: { parameters: '', result: 'f' },
  runtimePage: { parameters: 'i', result: 'i' },
  runtimeBlock: { parameters: 'i', result: 'i' },
  runtimeElement: { parameters: 'ii', result: 'i' },
  runtimeCopy: { parameters: 'iii', result: '' },
  runtimeClone: { parameters: 'iii', result: '' },
  runtimeTooWide: { parameters: '', result: '' },
  runtimeRelease: { parameters: 'f', result: '' },
  runtimeArgumentCount: { parameters: '', result: 'f' },
  runtimeArgument: { parameters: 'f', result: 'f' },
  runtimeLine: { parameters: '', result: 'f' },
  runtimeInput: { parameters: '', result: 'f' },
  runtimeBlocks: { parameters: '', result: 'f' },
  runtimeCheck: { parameters: '', result: 'f' },
  runtimeExit: { parameters: 'f', result: '' },
  outputTo: { parameters: 'f', result: '' },
  outputUnit: { parameters: 'f', result: '' },
  stringType: { parameters: '', result: 'f' },
};

/** Bytes that the compiler thinks are enough for anything, in its precompiled library. */
const LIBRARY_PAGE_SIZE = 16384;

/** Bytes of an area for literals and the like; what it asks for in the program's own code where the size is not known. */
export const STATIC_PAGE_SIZE = LIBRARY_PAGE_SIZE - 32;

/** Constant sizes from which on a block is meant to be filled as far as need be. */
const GROWING_SIZE_MIN = 512;

/**
 * The library's functions that make digits of a number. It has 512 bytes for the result, too few for the longest in
 * binary, and collects the digits in the empty string, at address 0, from where they run into the first literals.
 */
const DIGITS = /^__Number_prototype_/;
export const DIGITS_SIZE = 2048;

/** The type of an `if` without result. */
const EMPTY_BLOCK = 0x40;

const MEMORY_COPY = Opcodes.memory_copy as number[];

/** Operands may be numbers in objects. */
const is = (instruction: Instruction | undefined, opcode: unknown, operand?: number): boolean =>
  instruction?.[0] === opcode && (operand === undefined || Number(instruction?.[1]) === operand);

/**
 * Functions of the library that take strings of 8-bit characters only, whatever they are given, and the local with the
 * type of what they are given.
 */
const NARROW = new Map([
  ['__Porffor_bytestring_appendStr', 'appendage#type'],
  ['__Porffor_bytestring_bufferStr', 'str#type'],
  ['__Porffor_json_serialize', 'value#type'],
]);

/** The compiler's type of strings with longer characters. */
const TYPE_STRING = 0x43;

/** Functions of the library that print to standard error. */
const TO_STANDARD_ERROR = new Set(['__console_error', '__console_warn', '__console_assert', '__console_trace']);

/** What copying a value means, by the library's function that does: bytes of an element; 0 for typed arrays. */
const unitOf = (name: string): number => {
  if (name.startsWith('__Array_')) return 9;
  if (name.startsWith('__String_')) return 2;
  return name.startsWith('__ByteString_') ? 1 : 0;
};

/** The index of a function that the program has not. */
const NONE = -1;

/**
 * Edits all functions in place.
 *
 * @param importIndex the index of the imported function of that name
 * @param digits the address of DIGITS_SIZE bytes that nobody else uses
 */
export const editRuntime = (
  functions: EditedFunction[],
  importIndex: (name: string) => number,
  digits: number,
): void => {
  const indexOf = (name: string): number | undefined => functions.find((f) => f.name === name)?.index;
  const malloc = indexOf('__Porffor_malloc') ?? NONE;
  const clone = indexOf('__Porffor_clone') ?? NONE;
  const uncaught = indexOf('$uncaught')!;
  const printNumber = indexOf('$printNumber')!;
  const print = importIndex('print');

  const constant = (value: number): Instruction => [Opcodes.i32_const, value];
  const call = (index: number): Instruction => [Opcodes.call, index];
  const host = (name: string): Instruction => call(importIndex(name));
  const drop: Instruction = [Opcodes.drop];
  const choose = (stream: number): Instruction[] => [[Opcodes.f64_const, stream], host('outputTo')];

  /** A request for so many bytes. */
  const request = (name: string, size: number): Instruction[] => {
    if (size === LIBRARY_PAGE_SIZE || size === STATIC_PAGE_SIZE) return [constant(0), host('runtimePage')];
    if (DIGITS.test(name) && size < DIGITS_SIZE) return [constant(DIGITS_SIZE), host('runtimeBlock')];
    if (size > STATIC_PAGE_SIZE) return [constant(size), host('runtimePage')];
    return size >= GROWING_SIZE_MIN ? [constant(0), host('runtimePage')] : [constant(size), host('runtimeBlock')];
  };

  const edited = ({ name, locals, wasm }: EditedFunction): Instruction[] => {
    const result: Instruction[] = [];
    const collected = DIGITS.test(name) ? locals.digits?.idx : undefined;
    const toError = TO_STANDARD_ERROR.has(name);
    if (toError) result.push(...choose(2));
    const given = locals[NARROW.get(name) ?? '']?.idx;
    if (given !== undefined) {
      result.push([Opcodes.local_get, given], constant(TYPE_STRING), [Opcodes.i32_eq], [Opcodes.if, EMPTY_BLOCK],
        host('runtimeTooWide'), [Opcodes.end]);
    }
    if (name === '__Porffor_print') {
      // its second parameter is whether to print in colours; false
      result.push([Opcodes.f64_const, 0], [Opcodes.local_set, 2], constant(2), [Opcodes.local_set, 3]);
    }
    for (let at = 0; at < wasm.length; at++) {
      const instruction = wasm[at]!;
      const next = wasm[at + 1];
      if (is(instruction, Opcodes.i32_const) && is(next, Opcodes.call, malloc)) {
        result.push(...request(name, instruction[1]!));
        at++;
      } else if (is(instruction, Opcodes.call, malloc)) {
        result.push(host('runtimeBlock'));
      } else if (is(instruction, Opcodes.call, clone)) {
        result.push(constant(unitOf(name)), host('runtimeClone'));
      } else if (is(instruction, Opcodes.call, print)) {
        result.push(constant(1), call(printNumber), drop, drop); // 1: the type of a number
      } else if (is(instruction, Opcodes.throw)) {
        result.push(call(uncaught), drop, drop, [Opcodes.unreachable]);
      } else if (collected !== undefined && is(instruction, Opcodes.f64_const, 0) && is(next, Opcodes.local_set, collected)) {
        result.push([Opcodes.f64_const, digits]);
      } else if (is(instruction, MEMORY_COPY[0], MEMORY_COPY[1])) {
        result.push(host('runtimeCopy'));
      } else if (is(instruction, Opcodes.i32_const, 9) && is(next, Opcodes.i32_mul)
        && is(wasm[at + 2], Opcodes.i32_add) && is(wasm[at + 3], Opcodes.local_tee)) {
        result.push(host('runtimeElement')); // of an array and an index: the place of an element to be stored
        at += 2;
      } else {
        if (toError && is(instruction, Opcodes.return)) result.push(...choose(1));
        result.push(instruction);
      }
    }
    if (toError) result.push(...choose(1));
    return result;
  };

  for (const f of functions) {
    if (f.index === malloc || f.index === clone) continue;
    f.wasm = edited(f);
    f.usesImports = true;
  }
};

/** Functions of the program itself, as against the library, that catch exceptions. */
export const catchersIn = (functions: EditedFunction[]): string[] =>
  functions.filter((f) => !f.internal && f.wasm.some((instruction) => is(instruction, Opcodes.try))).map(({ name }) => name);
