/**
 * Random operations on the TypeScript, the raw and the optimised module in lock step: the same results and the same
 * memory image, heap_check on the way, every block under the eye of a shadow heap. A million operations in all.
 *
 * Another seed: TALLOW_SEED=7 node --import tsx tests/fuzz/differential.test.ts; one run of any length: npm run fuzz.
 */

import { test } from 'uvu';
import { buildCores } from './cores.ts';
import { describePlan, PLANS, runPlan, WASM_PAGES } from './operations.ts';

const OPERATIONS_EACH = 125_000;
const RUNS_EACH = 2;

const seed = Number(process.env.TALLOW_SEED ?? Math.floor(Math.random() * 1e9));
const cores = await buildCores();

for (const [shape, plan] of Object.entries(PLANS)) {
  for (let run = 0; run < RUNS_EACH; run++) {
    test(`${shape}: TypeScript, raw module and optimised module agree, seed ${seed + run}`, () => {
      const whole = { ...plan, seed: seed + run, operations: OPERATIONS_EACH };
      try {
        runPlan(cores.instantiate(WASM_PAGES), whole);
      } catch (error) {
        throw new Error(`${(error as Error).message}\nto replay: ${describePlan(shape, whole)}`, { cause: error });
      }
    });
  }
}

test.run();
