/** The contract as C programs on WASI see it; the cases are in contract.c. */

import path from 'node:path';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { PROFILE_NAMES } from '../../scripts/lib/profiles.ts';
import { engineNamed, type Engine } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type ProgramOptions } from '../../scripts/lib/wasi-program.ts';
import { casesIn, verdictsIn } from '../contract/c-verdicts.ts';
import { onEachEngine } from './engines.ts';

const SOURCE = path.join(import.meta.dirname, 'contract.c');

const build = ({ flags = [], ...options }: ProgramOptions): Promise<Uint8Array> =>
  buildWasiProgram(SOURCE, { ...options, flags: ['-fno-builtin', '-D_GNU_SOURCE', ...flags] });

/** Bytes of memory that a roomy program begins with. */
const MEMORY_INITIAL = 1 << 20;

/** Adds every case of the lists to the suite; one run of the program decides them all. */
const registerCases = (test: Test, lists: string[], engine: Engine, options: ProgramOptions): void => {
  let verdicts = new Map<string, string>();
  let exitCode: number;
  test.before(async () => {
    const outcome = await engine.run(await build(options), { args: lists });
    exitCode = outcome.exitCode;
    verdicts = verdictsIn(outcome.stdout);
  });
  for (const list of lists) {
    for (const found of casesIn(SOURCE, `${list}_cases`)) test(found, () => assert.is(verdicts.get(found), 'ok'));
  }
  test('the program ends well', () => assert.is(exitCode, 0));
};

for (const allocator of PROFILE_NAMES) {
  onEachEngine(`wasi: C contract, ${allocator}`, (test, engine) => {
    const flags = [`-Wl,--initial-memory=${MEMORY_INITIAL}`, `-Wl,--max-memory=${32 << 20}`];
    registerCases(test, ['roomy', 'common', 'limited'], engine, { allocator, flags });
  });
}

/** Other ways to link and compile, which are the same to every engine. */
const BUILDS: Record<string, { flags: string[]; lists: string[] }> = {
  'as it comes': { flags: [], lists: ['tight', 'common'] },
  'stack first': { flags: ['-Wl,--stack-first'], lists: ['tight', 'common'] },
  'unoptimised': { flags: ['-O0'], lists: ['common'] },
  'little memory': { flags: [`-Wl,--max-memory=${2 << 20}`], lists: ['limited'] },
};

for (const [name, { flags, lists }] of Object.entries(BUILDS)) {
  const test = suite(`wasi: C contract, ${name}`);
  registerCases(test, lists, engineNamed('node'), { flags });
  test.run();
}

const failing = suite('wasi: C contract, tests of the tests');

failing('a function that breaks the contract is noticed', async () => {
  const program = await build({ flags: ['-Dmemalign(alignment,size)=malloc(size)'] });
  const { exitCode, stdout } = await engineNamed('node').run(program, { args: ['common'] });
  assert.is(exitCode, 1);
  assert.match(stdout, /^not ok memalign_is_aligned: line \d+: is_aligned/m);
  assert.match(stdout, /^ok malloc_zero_is_unique$/m);
});

failing.run();
