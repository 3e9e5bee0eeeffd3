/** The benchmark's workloads on every allocator, a few operations each: do they check what they should? No time is looked at. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALLOCATORS, buildAllocators } from '../../scripts/lib/bench/allocators.ts';
import { buildFloor, buildWorkloads, compileC, merge } from '../../scripts/lib/bench/build.ts';
import { BrokenError } from '../../scripts/lib/bench/errors.ts';
import { exercise, measureLive } from '../../scripts/lib/bench/measure.ts';
import { geometricMean, summarise } from '../../scripts/lib/bench/statistics.ts';
import { WORKLOADS } from '../../scripts/lib/bench/workloads.ts';
import { sectionsOf } from '../../scripts/lib/wasm-binary.ts';
import { DEFECTS, OPERATIONS } from './defects.ts';

const GLOBAL_SECTION = 6;
const CODE_SECTION = 10;
const DATA_SECTION = 11;

const load = (name: string, allocator: string, workloads = buildWorkloads(false)): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(merge(name, allocator, workloads)));

/** The allocator of broken.c, with a defect or in working order. */
const compileBroken = (defect?: string): string =>
  compileC(`broken.${defect ?? 'not'}`, path.join(import.meta.dirname, 'broken.c'), defect === undefined ? [] : [`-D${defect}`]);

const test = suite('bench');

test('the list of workloads is that of workloads.c', () => {
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(buildWorkloads(false)))).map(({ name }) => name);
  const own = WORKLOADS.filter(({ trace }) => trace === undefined).flatMap(({ name }) => [`${name}_start`, `${name}_run`, `${name}_stop`]);
  const listed = [...own, 'replay_new', 'replay_feed', 'replay_run', 'replay_stop'];
  assert.equal(exported.sort(), listed.sort());
});

test('the workloads leave the memory to the allocator: they have no static data and no stack pointer', () => {
  const sections = sectionsOf(readFileSync(buildWorkloads(false))).map(({ id }) => id);
  assert.ok(sections.includes(CODE_SECTION));
  assert.not.ok(sections.includes(GLOBAL_SECTION));
  assert.not.ok(sections.includes(DATA_SECTION));
});

/* Those of registries are not fetched for a test; each run of the benchmark checks them as well. */
const allocators = buildAllocators(ALLOCATORS.filter(({ fetched }) => !fetched).map(({ name }) => name));
for (const { name, file } of allocators) {
  const module = load(name, file);
  for (const workload of WORKLOADS) test(`${name} goes through ${workload.name}`, () => exercise(module, workload, OPERATIONS));
}

const sound = load('broken.not', compileBroken());
for (const workload of WORKLOADS) {
  test(`an allocator that only moves forward goes through ${workload.name}`, () => exercise(sound, workload, OPERATIONS));
}

for (const [defect, noticedBy] of Object.entries(DEFECTS)) {
  const module = load(`broken.${defect}`, compileBroken(defect));
  for (const workload of WORKLOADS.filter(({ name }) => noticedBy.includes(name))) {
    test(`${workload.name} stops on ${defect}`, () => {
      assert.throws(() => exercise(module, workload, OPERATIONS), (error: unknown) => error instanceof BrokenError);
    });
  }
}

test('every workload frees what it allocates', () => {
  const module = load('floor.counted', buildFloor(), buildWorkloads(true));
  for (const workload of WORKLOADS) assert.ok(measureLive(module, { ...workload, operations: OPERATIONS }) > 0, workload.name);
});

test('statistics', () => {
  assert.equal(summarise([3, 1, 2, 5, 4]), { median: 3, min: 1, spread: 1 / 3 });
  assert.equal(summarise([1, 2]).median, 1.5);
  assert.ok(Math.abs(geometricMean([1, 4]) - 2) < 1e-9);
});

test.run();
