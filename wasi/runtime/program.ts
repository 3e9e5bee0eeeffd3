/**
 * What a program in ordinary TypeScript has besides the language: its arguments, standard input and output, its end.
 *
 *     import { argument, argumentCount, exit, readLine } from 'tallow/program';
 */

/** Functions of wasi/host/runtime.ts. A string is a number here, its address, until stringAt() makes one of it. */
declare const runtimeArgumentCount: () => number;
declare const runtimeArgument: (index: number) => number;
declare const runtimeLine: () => number;
declare const runtimeInput: () => number;
declare const runtimeBlocks: () => number;
declare const runtimeCheck: () => number;
declare const runtimeExit: (code: number) => never;
declare const stringType: () => number;
declare const outputUnit: (unit: number) => void;

const TYPE_STRING = 0x43;

/** What a function of the host gives, as a number: the compiler takes it for a value of the type that it met last. */
const number = (value: number): number => Porffor.wasm`local.get ${value}
i32.const 1
return`;

/** The values that are at an address, as the compiler has them: the address and a type. */
const byteStringAt = (address: number): string => Porffor.wasm`local.get ${address}
i32.const 195
return`;
const wideStringAt = (address: number): string => Porffor.wasm`local.get ${address}
i32.const 67
return`;

/** The string that the last function has made at an address. */
const stringAt = (address: number): string =>
  (number(stringType()) === TYPE_STRING ? wideStringAt(address) : byteStringAt(address));

/** How many arguments the program has; its own name is none. */
export const argumentCount = (): number => number(runtimeArgumentCount());

/** An argument, counted from 0; undefined if there are not that many. */
export const argument = (index: number): string | undefined => {
  if (index < 0 || index >= argumentCount()) return undefined;
  return stringAt(runtimeArgument(index));
};

/** The next line of standard input, without its line feed; undefined at the end. */
export const readLine = (): string | undefined => {
  const line = number(runtimeLine());
  if (line === 0) return undefined;
  return stringAt(line);
};

/** All that is left of standard input. */
export const readAll = (): string => stringAt(runtimeInput());

/** Writes a text to standard output as it is, without a line feed. */
export const write = (text: string): void => {
  for (let index = 0; index < text.length; index++) outputUnit(text.charCodeAt(index));
};

/** Ends the program with an exit code. */
export const exit = (code: number): never => runtimeExit(code);

/** Live blocks of the heap: everything that the program and its runtime have allocated. */
export const liveBlocks = (): number => number(runtimeBlocks());

/** 0 if the heap is valid, or else the code of the first broken invariant (kernel-heap/check.ts). */
export const heapCheck = (): number => number(runtimeCheck());
