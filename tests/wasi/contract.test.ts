/** The contract as C programs on WASI see it; the cases are in contract.c. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildProgram, runProgram } from './build.ts';

const SOURCE = path.join(import.meta.dirname, 'contract.c');

/** The names in one of the program's lists. */
const casesIn = (list: string): string[] => {
  const text = fs.readFileSync(SOURCE, 'utf8').split(`${list}[] = {`)[1]!.split('};')[0]!;
  return [...new Set([...text.matchAll(/CASE\((\w+)\)/g)].map(([, name]) => name!))];
};

/** Bytes that a program of the second kind may use. */
const LIMIT = 2 << 20;

const BUILDS: { name: string; flags: string[]; words: string[]; cases: string[] }[] = [
  { name: 'wasi: C contract', flags: [], words: [], cases: casesIn(' cases') },
  { name: 'wasi: C contract, stack first', flags: ['-Wl,--stack-first'], words: [], cases: casesIn(' cases') },
  { name: 'wasi: C contract, unoptimised', flags: ['-O0'], words: [], cases: casesIn(' cases') },
  { name: 'wasi: C contract, limited memory', flags: [`-Wl,--max-memory=${LIMIT}`], words: ['limited'], cases: casesIn(' limited_cases') },
];

for (const { name, flags, words, cases } of BUILDS) {
  const test = suite(name);
  const verdicts = new Map<string, string>();
  let exitCode: number;

  test.before(async () => {
    const program = await buildProgram(SOURCE, { tallow: true, flags: ['-fno-builtin', '-D_GNU_SOURCE', ...flags] });
    const outcome = runProgram(program, words);
    exitCode = outcome.exitCode;
    for (const [, verdict, found, reason] of outcome.stdout.matchAll(/^(ok|not ok) (\w+)(?:: (.*))?$/gm)) {
      if (verdicts.get(found!) !== 'failed') verdicts.set(found!, reason ?? verdict!);
    }
  });

  for (const found of cases) test(found, () => assert.is(verdicts.get(found), 'ok'));
  test('the program ends well', () => {
    assert.ok(cases.length > 0);
    assert.is(exitCode, 0);
  });
  test.run();
}

const failing = suite('wasi: C contract, tests of the tests');

failing('a function that breaks the contract is noticed', async () => {
  const program = await buildProgram(SOURCE, {
    tallow: true,
    flags: ['-fno-builtin', '-D_GNU_SOURCE', '-Dmemalign(alignment,size)=malloc(size)'],
  });
  const { exitCode, stdout } = runProgram(program);
  assert.is(exitCode, 1);
  assert.match(stdout, /^not ok memalign_is_aligned: line \d+: is_aligned/m);
  assert.match(stdout, /^ok malloc_zero_is_unique$/m);
});

failing.run();
