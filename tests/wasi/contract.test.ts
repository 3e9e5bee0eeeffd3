/** The contract as C and C++ programs on WASI see it; the cases are in contract.c and contract.cpp. */

import path from 'node:path';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { PROFILE_NAMES } from '../../scripts/lib/profiles.ts';
import { engineNamed, type Engine } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type ProgramOptions } from '../../scripts/lib/wasi-program.ts';
import { casesIn, verdictsIn } from '../contract/c-verdicts.ts';
import { onEachEngine } from './engines.ts';

interface Contract {
  source: string;
  /** Of the compiler, whatever is tested. */
  flags: string[];
}

const C: Contract = { source: path.join(import.meta.dirname, 'contract.c'), flags: ['-fno-builtin', '-D_GNU_SOURCE'] };
const CPP: Contract = { source: path.join(import.meta.dirname, 'contract.cpp'), flags: ['-fno-builtin', '-std=c++17'] };

const build = (contract: Contract, { flags = [], ...options }: ProgramOptions): Promise<Uint8Array> =>
  buildWasiProgram(contract.source, { ...options, flags: [...contract.flags, ...flags] });

/** Adds every case of the lists to the suite; one run of the program decides them all. */
const registerCases = (
  test: Test, contract: Contract, lists: string[], engine: Engine, options: ProgramOptions,
): void => {
  let verdicts = new Map<string, string>();
  let exitCode: number;
  test.before(async () => {
    const outcome = await engine.run(await build(contract, options), { args: lists });
    exitCode = outcome.exitCode;
    verdicts = verdictsIn(outcome.stdout);
  });
  for (const list of lists) {
    for (const found of casesIn(contract.source, `${list}_cases`)) test(found, () => assert.is(verdicts.get(found), 'ok'));
  }
  test('the program ends well', () => assert.is(exitCode, 0));
};

/** A memory that is larger than the program's data in the beginning, and is soon exhausted. */
const MEMORY = [`-Wl,--initial-memory=${1 << 20}`, `-Wl,--max-memory=${32 << 20}`];

for (const allocator of PROFILE_NAMES) {
  onEachEngine(`wasi: C contract, ${allocator}`, (test, engine) => {
    // Red zones change how many blocks the memory holds, and the quarantine when they can be had again.
    const lists = allocator === 'debug' ? ['roomy', 'common'] : ['roomy', 'common', 'dense', 'limited'];
    registerCases(test, C, lists, engine, { allocator, flags: MEMORY });
  });
}

onEachEngine('wasi: C++ contract', (test, engine) => {
  registerCases(test, CPP, ['common', 'limited'], engine, { flags: MEMORY });
});

interface Build {
  contract: Contract;
  lists: string[];
  options: ProgramOptions;
}

/** Other ways to compile and link, which are the same to every engine. */
const BUILDS: Record<string, Build> = {
  'C contract, as it comes': { contract: C, lists: ['tight', 'common', 'dense'], options: {} },
  'C contract, stack first': { contract: C, lists: ['tight', 'common'], options: { flags: ['-Wl,--stack-first'] } },
  'C contract, unoptimised': { contract: C, lists: ['common'], options: { flags: ['-O0'] } },
  'C contract, little memory': { contract: C, lists: ['limited'], options: { flags: [`-Wl,--max-memory=${2 << 20}`] } },
  'C++ contract, unoptimised': { contract: CPP, lists: ['common'], options: { flags: ['-O0', '-fsized-deallocation'] } },
  'C++ contract, hardened': { contract: CPP, lists: ['common', 'limited'], options: { allocator: 'hardened', flags: MEMORY } },
  'C++ contract, debug': { contract: CPP, lists: ['common'], options: { allocator: 'debug', flags: MEMORY } },
};

for (const [name, { contract, lists, options }] of Object.entries(BUILDS)) {
  const test = suite(`wasi: ${name}`);
  registerCases(test, contract, lists, engineNamed('node'), options);
  test.run();
}

const failing = suite('wasi: contract, tests of the tests');

failing('a function that breaks the contract is noticed', async () => {
  const program = await build(C, { flags: ['-Dmemalign(alignment,size)=malloc(size)'] });
  const { exitCode, stdout } = await engineNamed('node').run(program, { args: ['common'] });
  assert.is(exitCode, 1);
  assert.match(stdout, /^not ok memalign_is_aligned: line \d+: is_aligned/m);
  assert.match(stdout, /^ok malloc_zero_is_unique$/m);
});

failing('a new that is not of the heap is noticed', async () => {
  const sources = [CPP.source, path.join(import.meta.dirname, 'own-new.cpp')];
  // With so much memory the frame table reaches down to the static data, and knows that it is not the heap's.
  const program = await buildWasiProgram(sources, { flags: [...CPP.flags, `-Wl,--initial-memory=${16 << 20}`] });
  const { exitCode, stdout } = await engineNamed('node').run(program, { args: ['common'] });
  assert.is(exitCode, 1);
  assert.match(stdout, /^not ok new_and_delete: line \d+: .*blocks\(\) == before \+ 1/m);
  assert.match(stdout, /^not ok new_is_malloc: line \d+: malloc_usable_size\(block\) >= 100/m);
});

failing.run();
