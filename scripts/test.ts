/** npm test: every tests/**\/*.test.ts, each in a process of its own. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { countOf, parseFlags, runMain } from './lib/arguments.ts';
import { displayPath, ROOT } from './lib/paths.ts';
import { buildProducts } from './lib/products.ts';
import { PROFILE_NAMES } from './lib/profiles.ts';
import { runTestFile, type TestResult } from './lib/test-run.ts';

const SUMMARY = `npm test -- [flags]

Runs every tests/**/*.test.ts and closes with the tables that they print and
the count of cases passed and failed. Each file also runs alone: node --import tsx <file>.`;

const TIME_LIMIT = 900;

const testFiles = (folder: string): string[] => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts')).map((name) => path.join(folder, name)).sort();

const line = (file: string, { passed, failed, skipped, time }: TestResult): string => {
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  const verdict = failed > 0 ? 'FAIL' : ' ok ';
  return `${verdict} ${displayPath(file).padEnd(44)} ${counts.join(', ').padEnd(24)} ${(time / 1000).toFixed(1)} s`;
};

/** Output without uvu's dot for every case. */
const withoutDots = (output: string): string => output.replace(/( [•✘])+ +\(/g, ' (');

/** Tables in the output, lines that begin with a bar. */
const tablesIn = (output: string): string[] => output.match(/^\| .*$/gm) ?? [];

await runMain(async () => {
  const flags = parseFlags(SUMMARY, {
    only: { value: 'text', help: 'only files with this in their path' },
    jobs: { value: 'count', help: 'files that run at once; one for each processor by default' },
    'time-limit': { value: 's', help: `stop a file after so many seconds; ${TIME_LIMIT} by default` },
    verbose: { help: 'print what every file prints' },
  });
  const timeMax = countOf('time-limit', flags['time-limit'] ?? String(TIME_LIMIT)) * 1000;
  const jobs = countOf('jobs', flags.jobs ?? String(os.availableParallelism()));
  const all = testFiles(path.join(ROOT, 'tests'));
  const files = all.filter((file) => displayPath(file).includes(flags.only ?? ''));
  if (files.length === 0) {
    const list = all.map((file) => `  ${displayPath(file)}`).join('\n');
    throw new Error(`no test file has "${flags.only}" in its path; there are\n${list}`);
  }

  console.log('Building what the tests share');
  for (const profile of PROFILE_NAMES) await buildProducts(profile);
  console.log(`Running ${files.length} test files`);
  let passed = 0;
  let failed = 0;
  const tables: string[] = [];
  const queue = [...files];
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runTestFile(file, timeMax);
      passed += result.passed;
      failed += result.failed;
      tables.push(...tablesIn(result.output));
      console.log(line(file, result));
      if (result.problem) console.log(`     ${result.problem}`);
      const telling = result.failed > 0 || result.skipped > 0 || flags.verbose !== undefined;
      if (telling) console.log(withoutDots(result.output).trimEnd().replace(/^/gm, '     '));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  if (tables.length > 0) console.log(`\n${tables.join('\n')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});
