/** The contract as C programs on WASI see it; the cases are in contract.c. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { casesIn, verdictsIn } from '../contract/c-verdicts.ts';
import { buildProgram, runProgram } from './build.ts';

const SOURCE = path.join(import.meta.dirname, 'contract.c');

const CASES = casesIn(SOURCE, 'cases');
const LIMITED_CASES = casesIn(SOURCE, 'limited_cases');
const ROOMY_CASES = casesIn(SOURCE, 'roomy_cases');

/** Bytes of memory that a limited program has at most. */
const MEMORY_MAX = 2 << 20;

/** Bytes of memory that a roomy program begins with. */
const MEMORY_INITIAL = 1 << 20;

const BUILDS: { name: string; flags: string[]; words: string[]; cases: string[] }[] = [
  { name: 'wasi: C contract', flags: [], words: [], cases: CASES },
  { name: 'wasi: C contract, stack first', flags: ['-Wl,--stack-first'], words: [], cases: CASES },
  { name: 'wasi: C contract, unoptimised', flags: ['-O0'], words: [], cases: CASES },
  {
    name: 'wasi: C contract, limited memory',
    flags: [`-Wl,--max-memory=${MEMORY_MAX}`],
    words: ['limited'],
    cases: LIMITED_CASES,
  },
  {
    name: 'wasi: C contract, room at the start',
    flags: [`-Wl,--initial-memory=${MEMORY_INITIAL}`],
    words: ['roomy'],
    cases: ROOMY_CASES,
  },
];

for (const { name, flags, words, cases } of BUILDS) {
  const test = suite(name);
  let verdicts = new Map<string, string>();
  let exitCode: number;

  test.before(async () => {
    const program = await buildProgram(SOURCE, { tallow: true, flags: ['-fno-builtin', '-D_GNU_SOURCE', ...flags] });
    const outcome = runProgram(program, words);
    exitCode = outcome.exitCode;
    verdicts = verdictsIn(outcome.stdout);
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
