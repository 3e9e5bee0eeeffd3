/**
 * TypeScript to a raw Wasm module: Porffor, and the gates its output has to pass.
 *
 * In the raw module every parameter is followed by one that holds its JavaScript type; the next step removes them.
 */

import type { Bundle } from './bundle.ts';
import type { CompileAnswer } from './porffor-thread.ts';
import { runThread } from './thread.ts';
import { withNames } from './wasm-binary.ts';

export interface RawModule {
  /** Valid Wasm with a name section. Memory is exported as `$`, the initialiser of globals as `m`. */
  wasm: Uint8Array;
  /** The functions it imports: `base` under module "" in the file, `name` from `module` as it is meant. */
  imports: { base: string; name: string; module: string }[];
}

/** The compiler's options. */
const COMPILER_OPTIONS = [
  '--module',
  '-t', // type annotations decide
  '--valtype=i32',
  '--truthy=no_nan_negative', // otherwise `!`, `||` and `&&` emit f64 operations
  '--unroll-threshold=0',
];

/** A compilation takes a fraction of a second; some unsupported constructs send the compiler into a loop. */
const COMPILE_TIME_MAX = 60_000;

/** Built-in functions that are one instruction each; every other one drags in the JavaScript runtime. */
const BUILTINS = new Set(['__Math_imul', '__Math_clz32']);

const SUBSET_HINT = 'npm run lint shows constructs outside the compiled subset';

/** Compiles a bundle. Throws an error that names the place or the function when the output fails a gate. */
export const compile = async (source: Bundle): Promise<RawModule> => {
  let answer: CompileAnswer;
  try {
    answer = await runThread<CompileAnswer>('porffor-thread.ts', { text: source.text, hostImports: source.hostImports },
      { argv: COMPILER_OPTIONS, timeMax: COMPILE_TIME_MAX });
  } catch (error) {
    const { message } = error as Error;
    const position = /\((\d+):\d+\)/.exec(message);
    const place = position ? `${source.locate(Number(position[1]))}: ` : '';
    throw new Error(`${place}${message} (${SUBSET_HINT})`, { cause: error });
  }

  const names = {
    functions: new Map<number, string>(answer.imported.map(({ symbol }, index) => [index, symbol])),
    globals: new Map(answer.globals.map((name, index) => [index, name])),
  };
  for (const { index, name } of answer.functions) names.functions.set(index, name.replace('#', ''));
  const wasm = withNames(answer.wasm, names);

  const users = (test: (name: string) => boolean): string => answer.functions
    .filter((f) => !f.internal && f.calls.some(test)).map((f) => f.name).join(', ') || 'top-level code';
  const internal = answer.functions.filter((f) => f.internal && !BUILTINS.has(f.name)).map((f) => f.name);
  if (internal.length > 0) {
    throw new Error(`${users((name) => internal.includes(name))} pulls in the JavaScript runtime `
      + `(${internal.slice(0, 5).join(', ')}${internal.length > 5 ? ', …' : ''}); ${SUBSET_HINT}`);
  }
  if (answer.hasTable) throw new Error(`a function is used as a value: the module has a table; ${SUBSET_HINT}`);
  if (answer.hasTags) throw new Error(`something throws: the module has exception tags; ${SUBSET_HINT}`);
  const unknown = answer.imported.filter(({ symbol }) => !source.hostImports.some((host) => host.symbol === symbol));
  if (unknown.length > 0) throw new Error(`the compiler imports functions of its own: ${unknown.map(({ symbol }) => symbol).join(', ')}`);
  for (const name of source.exports) {
    const found = answer.functions.find((f) => f.name === name);
    if (!found) throw new Error(`the export ${name} is no function`);
    if (found.results > 1) throw new Error(`${name} has no result type; annotate it with i32, boolean or void`);
  }
  try {
    new WebAssembly.Module(wasm as BufferSource);
  } catch (error) {
    throw new Error(`the compiler made an invalid module: ${(error as Error).message} (${SUBSET_HINT})`, { cause: error });
  }

  const imports = answer.imported.map(({ symbol, base }) => {
    const { name, module } = source.hostImports.find((host) => host.symbol === symbol)!;
    return { base, name, module };
  });
  return { wasm, imports };
};
