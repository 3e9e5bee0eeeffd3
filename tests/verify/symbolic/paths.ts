/** All paths of a program, one after the other. */

import { Path } from './path.ts';
import type { Solver } from './solver.ts';
import { not, some, type Term, type Value } from './term.ts';

/** More paths than this are an error: the claim is too large for its state. */
const PATHS_MAX = 20_000;

/**
 * Runs `run` on every path that inputs with `condition` can take, and gives what it returned. Throws if the paths do
 * not cover all these inputs, which would be a mistake of the executor.
 *
 * @param names terms and what stands for them wherever the program computes them
 */
export const explore = <T>(
  solver: Solver, condition: Value, run: (path: Path) => T, names: ReadonlyMap<Term, Value> = new Map(),
): T[] => {
  const waiting: Path[] = [];
  const first = Path.first(solver, condition, names, waiting);
  if (!first) throw new Error('no inputs fulfil the condition that a claim is made under');
  waiting.push(first);
  const results: T[] = [];
  const covered: Value[] = [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (results.length === PATHS_MAX) throw new Error(`more than ${PATHS_MAX} paths`);
    path.begin();
    results.push(run(path));
    covered.push(path.condition);
  }
  const missed = solver.solve([condition, not(some(...covered))]);
  if (missed) throw new Error(`the executor lost the inputs ${missed.toString()}`);
  return results;
};
