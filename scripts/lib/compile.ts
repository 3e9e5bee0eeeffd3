/**
 * TypeScript to a raw Wasm module: Porffor, and the gates that its output has to pass (gates.ts).
 *
 * In the raw module every parameter is followed by one that holds its JavaScript type; the next step removes them.
 */

import type { Bundle } from './bundle.ts';
import { checkGates, SUBSET_HINT } from './gates.ts';
import type { CompileAnswer } from './porffor-thread.ts';
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

  checkGates(answer, wasm, source);
  const imports = answer.imported.map(({ symbol, base }) => {
    const { name, module, wide } = source.hostImports.find((host) => host.symbol === symbol)!;
    return { base, name, module, wide };
  });
  return { wasm, imports, literalsSize: answer.literalsSize };
};
