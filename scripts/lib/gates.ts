/**
 * What the compiler's output has to be before anything is made of it. Constructs outside the subset mostly show here:
 * as parts of the JavaScript runtime, a table, exception tags, or an invalid module.
 */

import type { Bundle } from './bundle.ts';
import type { CompileAnswer } from './porffor-thread.ts';

/** Built-in functions that are one instruction each; every other one drags in the JavaScript runtime. */
const BUILTINS = new Set(['__Math_imul', '__Math_clz32']);

/** The next step to take when a gate refuses. */
export const SUBSET_HINT = 'npm run lint shows constructs outside the compiled subset';

/** The functions of the source that call one of `names`; code outside functions if none does. */
const callersOf = ({ functions }: CompileAnswer, names: string[]): string => {
  const callers = functions.filter((f) => !f.internal && f.calls.some((name) => names.includes(name)));
  return callers.map((f) => f.name).join(', ') || 'top-level code';
};

/**
 * Throws an error that names the function at fault, as far as it can be told, if the output fails a gate.
 *
 * @param wasm the module with names
 */
export const checkGates = (answer: CompileAnswer, wasm: Uint8Array, source: Bundle): void => {
  const runtime = answer.functions.filter((f) => f.internal && !BUILTINS.has(f.name)).map((f) => f.name);
  if (runtime.length > 0) {
    const some = `${runtime.slice(0, 5).join(', ')}${runtime.length > 5 ? ', …' : ''}`;
    throw new Error(`${callersOf(answer, runtime)} pulls in the JavaScript runtime (${some}); ${SUBSET_HINT}`);
  }
  if (answer.hasTable) throw new Error(`a function is used as a value: the module has a table; ${SUBSET_HINT}`);
  if (answer.hasTags) throw new Error(`something throws: the module has exception tags; ${SUBSET_HINT}`);
  const known = source.hostImports.map(({ symbol }) => symbol);
  const foreign = answer.imported.map(({ symbol }) => symbol).filter((symbol) => !known.includes(symbol));
  if (foreign.length > 0) throw new Error(`the compiler imports functions of its own: ${foreign.join(', ')}`);
  for (const name of source.exports) {
    const found = answer.functions.find((f) => f.name === name);
    if (!found) throw new Error(`the export ${name} is no function`);
    if (found.results > 1) throw new Error(`${name} has no result type; annotate it with i32, boolean or void`);
  }
  try {
    new WebAssembly.Module(wasm as BufferSource);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`the compiler made an invalid module: ${message} (${SUBSET_HINT})`, { cause: error });
  }
};
