/** npm run lint: types, style, the compiled subset, and the floors of the core. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseFlags, runMain } from './lib/arguments.ts';
import { coreFiles, floorProblems } from './lib/floors.ts';
import { ROOT } from './lib/paths.ts';

const SUMMARY = `npm run lint

Checks the types of everything, the style of everything, the constructs that the
compiled sources use, and that each file of the core imports from the floors
below it. Ends with 1 if there is anything to mend.`;

/** Runs a program of an npm package with its output in this terminal; whether it found nothing. */
const check = (title: string, program: string, ...args: string[]): boolean => {
  console.log(title);
  const script = path.join(ROOT, 'node_modules', program);
  const { status, error } = spawnSync(process.execPath, [script, ...args], { cwd: ROOT, stdio: 'inherit' });
  if (error) throw error;
  return status === 0;
};

const checkFloors = (): boolean => {
  console.log('Floors');
  const problems = floorProblems(coreFiles());
  for (const problem of problems) console.log(`  ${problem}`);
  return problems.length === 0;
};

await runMain(() => {
  parseFlags(SUMMARY, {});
  const results = [
    check('Types', 'typescript/bin/tsc', '--project', '.'),
    check('Style and the compiled subset', 'eslint/bin/eslint.js', '--config', 'scripts/eslint.config.js', '.'),
    checkFloors(),
  ];
  if (results.includes(false)) throw new Error('There are things to mend; they stand above.');
  console.log('Nothing to mend');
});
