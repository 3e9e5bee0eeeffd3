/** The seed of a test file with random numbers. */

import { parseFlags } from '../../scripts/lib/arguments.ts';

/**
 * The seed named by `--seed <number>` on the command line or by TALLOW_SEED, else a new one for every run.
 * It is printed, so that a run that failed can be repeated.
 */
export const testSeed = (): number => {
  const flags = parseFlags('Random tests: the same seed gives the same run.', {
    seed: { value: 'number', help: 'a whole number; TALLOW_SEED does the same; a new one for every run by default' },
  });
  const text = flags.seed ?? process.env.TALLOW_SEED ?? String(Math.floor(Math.random() * 1e9));
  if (!/^\d{1,9}$/.test(text)) throw new Error(`the seed must be a whole number below 10^9, not "${text}"`);
  console.log(`seed ${text} (to repeat the run: --seed ${text})`);
  return Number(text);
};
