/** One claim on one module, from several states: what was covered, or what breaks it. */

import type { Outcome } from '../verification.ts';
import type { Claim } from './claims.ts';
import type { StateName } from './heap-states.ts';

/** The solver is loaded here and not before: listing verifications needs none. */
export const verifyClaim = async (wasm: Uint8Array, claim: Claim, states: StateName[]): Promise<Omit<Outcome, 'binaries'>> => {
  const [{ claims }, { heapState }, { readProgram }, { Violation }, { Solver }] = await Promise.all([
    import('./claims.ts'), import('./heap-states.ts'), import('./read-program.ts'), import('./path.ts'), import('./solver.ts'),
  ]);
  const program = await readProgram(wasm);
  const solver = new Solver();
  const counts = { states: 0, paths: 0, 'of them with one memory for all inputs': 0, 'questions to the solver': 0 };
  for (const name of states) {
    try {
      const { paths, repeated } = claims[claim](program, solver, heapState(program, name));
      counts.states++;
      counts.paths += paths;
      counts['of them with one memory for all inputs'] += repeated;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return { counts, counterexample: { message: `${error.message}: ${error.inputs.toString()}, from the state "${name}"` } };
    } finally {
      counts['questions to the solver'] = solver.questions;
    }
  }
  return { counts };
};
