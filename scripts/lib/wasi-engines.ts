/** The engines on which WASI programs are run. */

import type { Engine } from './wasi-engines/engine.ts';
import { jco } from './wasi-engines/jco.ts';
import { node } from './wasi-engines/node.ts';
import { wasmtimeNpm } from './wasi-engines/wasmtime-npm.ts';
import { wasmtime } from './wasi-engines/wasmtime.ts';

export { Trap, type Engine, type Outcome, type RunOptions } from './wasi-engines/engine.ts';

/** Every engine, Node's own first. Ask each whether it is missing before it runs anything. */
export const WASI_ENGINES: Engine[] = [node, jco, wasmtimeNpm, wasmtime];

/** The engine of that name; an error that lists them all if there is none. */
export const engineNamed = (name: string): Engine => {
  const found = WASI_ENGINES.find((engine) => engine.name === name);
  if (!found) throw new Error(`there is no engine "${name}"; there are ${WASI_ENGINES.map((e) => e.name).join(', ')}`);
  return found;
};
