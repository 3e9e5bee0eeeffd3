/** Random operations on all builds of the core in lock step, for as long as you like: `npm run fuzz`. */

import { parseFlags, runMain } from './lib/arguments.ts';
import { buildCores } from '../tests/fuzz/cores.ts';
import { describePlan, PLANS, runPlan, WASM_PAGES } from '../tests/fuzz/operations.ts';

const number = (flag: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${flag} wants a whole number, not "${text}"`);
  return value;
};

await runMain(async () => {
  const flags = parseFlags('Random operations on the TypeScript, the raw and the optimised module in lock step.', {
    seed: { value: 'number', help: 'the first seed; a random one by default' },
    operations: { value: 'number', help: 'operations a run (default 1,000,000)' },
    runs: { value: 'number', help: 'runs of each shape, each with the next seed (default 1)' },
    shape: { value: 'name', help: `one shape alone: ${Object.keys(PLANS).join('; ')}` },
  });
  const seed = number('seed', flags.seed ?? String(Math.floor(Math.random() * 1e9)));
  const operations = number('operations', flags.operations ?? '1000000');
  const runs = number('runs', flags.runs ?? '1');
  const shapes = Object.entries(PLANS).filter(([shape]) => flags.shape === undefined || shape === flags.shape);
  if (shapes.length === 0) throw new Error(`there is no shape "${flags.shape}"; there are: ${Object.keys(PLANS).join('; ')}`);
  const cores = await buildCores();
  for (let run = 0; run < runs; run++) {
    for (const [shape, plan] of shapes) {
      const whole = { ...plan, seed: seed + run, operations };
      console.log(describePlan(shape, whole));
      runPlan(cores.instantiate(WASM_PAGES), whole);
    }
  }
  console.log('all builds agree');
});
