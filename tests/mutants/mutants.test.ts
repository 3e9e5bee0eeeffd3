/**
 * Tests of the tests: on each core that is wrong on purpose (mutants.ts) the named cases of the contract and the named
 * random runs fail; on the core as it is the same ones pass.
 */

import fs from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildReference, buildReferenceCore } from '../../scripts/lib/reference.ts';
import { demandPass, inProcess, PLACEMENTS } from '../contract/run.ts';
import { buildCores } from '../fuzz/cores.ts';
import { PLANS, runPlan, WASM_PAGES, type Core } from '../fuzz/operations.ts';
import { MUTANTS } from './mutants.ts';
import { overridesOf } from './overrides.ts';

/** The same runs every time: what is tested is whether they notice. */
const SEED = 1;
const OPERATIONS = 20_000;

const CASES = path.join(ROOT, 'tests/contract/cases/index.ts');

/** Runs a case of the contract on the TypeScript with the changed files; throws if it fails. */
const contract = async (overrides: Map<string, string>): Promise<(name: string) => void> => {
  const text = `${fs.readFileSync(CASES, 'utf8')}\nexport * from '../host.ts';\n`;
  const reference = await buildReference({ entry: CASES, overrides: new Map(overrides).set(CASES, text) });
  const exports = reference.instantiate();
  const target = inProcess('typescript', (name, ...operands) => exports[name]!(...operands));
  const [placement] = PLACEMENTS as [typeof PLACEMENTS[0]];
  return (name) => demandPass(name, placement, target.run(name, placement));
};

/** Makes the random runs of a shape on fresh cores; throws if they fail. */
const randomRuns = (instantiate: () => Core[]) => (shape: string): void =>
  runPlan(instantiate(), { ...PLANS[shape]!, seed: SEED, operations: OPERATIONS });

/** Random runs on the TypeScript with the changed files. */
const randomRunsAlone = async (overrides: Map<string, string>): Promise<(shape: string) => void> => {
  const reference = await buildReferenceCore({ overrides });
  return randomRuns(() => {
    const exports = reference.instantiate({ initial: WASM_PAGES });
    const call = (name: string, ...operands: number[]): number => exports[name]!(...operands) ?? 0;
    return [{ name: 'TypeScript', call, bytes: () => new Uint8Array(exports.memory.buffer) }];
  });
};

/** Random runs in lock step on the TypeScript and on what is compiled, both from the changed files. */
const randomRunsInLockStep = async (overrides: Map<string, string>): Promise<(shape: string) => void> => {
  const builds = await buildCores(overrides);
  return randomRuns(() => builds.instantiate(WASM_PAGES));
};

const NOTHING_CHANGED = new Map<string, string>();
const mutants = MUTANTS.filter(({ file }) => file !== 'memory.ts');
const compiled = MUTANTS.filter(({ file }) => file === 'memory.ts');
const allOf = (lists: string[][]): string[] => [...new Set(lists.flat())];

test('every mutant has a suite that must notice it', () => {
  for (const { name, cases, plans } of MUTANTS) assert.ok(cases.length + plans.length > 0, name);
  for (const { name, cases } of compiled) assert.is(cases.length, 0, `"${name}" does not change the TypeScript, which the cases run on here`);
});

test('the core as it is passes every case and run named here', async () => {
  const runCase = await contract(NOTHING_CHANGED);
  for (const name of allOf(mutants.map(({ cases }) => cases))) runCase(name);
  const runShape = await randomRunsAlone(NOTHING_CHANGED);
  for (const shape of allOf(mutants.map(({ plans }) => plans))) runShape(shape);
});

test('the core as it is passes the runs in lock step', async () => {
  const runShape = await randomRunsInLockStep(NOTHING_CHANGED);
  for (const shape of allOf(compiled.map(({ plans }) => plans))) runShape(shape);
});

for (const mutant of mutants) {
  test(`${mutant.name}: the contract's ${mutant.cases.join(', ')} fail`, async () => {
    const runCase = await contract(overridesOf(mutant));
    for (const name of mutant.cases) assert.throws(() => runCase(name), undefined, `${name} passes`);
  });
  test(`${mutant.name}: random runs fail (${mutant.plans.join('; ')})`, async () => {
    const runShape = await randomRunsAlone(overridesOf(mutant));
    for (const shape of mutant.plans) assert.throws(() => runShape(shape), undefined, `the runs of shape "${shape}" pass`);
  });
}

for (const mutant of compiled) {
  test(`${mutant.name}: random runs in lock step fail (${mutant.plans.join('; ')})`, async () => {
    const runShape = await randomRunsInLockStep(overridesOf(mutant));
    for (const shape of mutant.plans) assert.throws(() => runShape(shape), undefined, `the runs of shape "${shape}" pass`);
  });
}

test.run();
