/**
 * TypeScript to a raw Wasm module: Porffor, and the gates that its output has to pass (gates.ts).
 *
 * In the raw module every parameter is followed by one that holds its JavaScript type; the next step removes them.
 *
 * A program in ordinary TypeScript is compiled with the compiler's JavaScript runtime, and linked by link.ts.
 */

import type { Bundle } from './bundle.ts';
import { checkGates, SUBSET_HINT } from './gates.ts';
import type { CompileAnswer, CompileRequest } from './porffor-thread.ts';
import { runThread } from './thread.ts';
import { withNames } from './wasm-binary.ts';

export interface RawModule {
  /** Valid Wasm with a name section. Memory is exported as `$`, the initialiser of globals as `m`. */
  wasm: Uint8Array;
  /** The functions it imports: `base` under module "" in the file, `name` from `module` as it is meant. */
  imports: { base: string; name: string; module: string; wide?: number[] }[];
  /** Bytes from address 0 on that literals lie in; 0 if there are none. */
  literalsSize: number;
}

/** The compiler's options for the compiled subset. */
const SUBSET_OPTIONS = [
  '--module',
  '-t', // type annotations decide
  '--valtype=i32',
  '--truthy=no_nan_negative', // otherwise `!`, `||` and `&&` emit f64 operations
  '--unroll-threshold=0',
];

/** And for programs with the runtime. They have lost their annotations, which it would trust too much. */
const RUNTIME_OPTIONS = ['--module', '--no-passive-data'];

/** A compilation takes a fraction of a second; some unsupported constructs send the compiler into a loop. */
const COMPILE_TIME_MAX = 60_000;

const run = async (request: CompileRequest, argv: string[]): Promise<{ answer: CompileAnswer; wasm: Uint8Array }> => {
  const answer = await runThread<CompileAnswer>('porffor-thread.ts', request, { argv, timeMax: COMPILE_TIME_MAX });
  const names = {
    functions: new Map<number, string>(answer.imported.map(({ symbol }, index) => [index, symbol])),
    globals: new Map(answer.globals.map((name, index) => [index, name])),
  };
  for (const { index, name } of answer.functions) names.functions.set(index, name.replace('#', ''));
  return { answer, wasm: withNames(answer.wasm, names) };
};

/** Compiles a bundle. Throws an error that names the place or the function when the output fails a gate. */
export const compile = async (source: Bundle): Promise<RawModule> => {
  const request = { text: source.text, hostImports: source.hostImports };
  const { answer, wasm } = await run(request, SUBSET_OPTIONS).catch((error: Error) => {
    const { message } = error;
    const position = /\((\d+):\d+\)/.exec(message);
    const place = position ? `${source.locate(Number(position[1]))}: ` : '';
    throw new Error(`${place}${message} (${SUBSET_HINT})`, { cause: error });
  });
  if (answer.longLiteral !== undefined) throw new Error(answer.longLiteral);
  checkGates(answer, wasm, source);
  const imports = answer.imported.map(({ symbol, base }) => {
    const { name, module, wide } = source.hostImports.find((host) => host.symbol === symbol)!;
    return { base, name, module, wide };
  });
  return { wasm, imports, literalsSize: answer.literalsSize };
};

/** A program with the compiler's runtime: its memory is exported as `$`, what it does as `m`. */
export interface RuntimeProgram {
  wasm: Uint8Array;
  /** The functions of RUNTIME_IMPORTS that it imports: `base` under module "" in the file. */
  imports: { base: string; name: string }[];
  /** Bytes from address 0 on that its literals and static arrays lie in. */
  staticSize: number;
  /** Functions that would catch exceptions; what they catch ends the program. */
  catchers: string[];
}

/** Compiles a program in JavaScript, with the runtime, to be linked. Takes a second. */
export const compileWithRuntime = async (text: string): Promise<RuntimeProgram> => {
  const { answer, wasm } = await run({ text, hostImports: [], runtime: true }, RUNTIME_OPTIONS);
  if (answer.longLiteral !== undefined) throw new Error(answer.longLiteral);
  const imports = answer.imported.map(({ symbol, base }) => ({ base, name: symbol }));
  return { wasm, imports, staticSize: answer.literalsSize, catchers: answer.catchers };
};
