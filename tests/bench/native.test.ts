/** The workloads in native processes, a few operations each: who serves them, and do they notice what is broken? No time is looked at. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BrokenError } from '../../scripts/lib/bench/errors.ts';
import { buildLibrary, NATIVE_ALLOCATORS, withNative, type NativeAllocator } from '../../scripts/lib/bench/native.ts';
import { compareNative, nativeReport } from '../../scripts/lib/bench/native-compare.ts';
import { WORKLOADS } from '../../scripts/lib/bench/workloads.ts';
import { withFolder } from '../../scripts/lib/folder.ts';
import { DEFECTS, OPERATIONS } from './defects.ts';

/* No run is timed, only the one to warm up is made. */
const TIMED_RUNS = 0;

const SHORT = WORKLOADS.map((workload) => ({ ...workload, operations: OPERATIONS }));

const test = suite('native benchmark');

/* Those of registries are not fetched for a test; each run of the benchmark checks them as well. */
const NAMES = NATIVE_ALLOCATORS.filter(({ fetched }) => !fetched).map(({ name }) => name);

test('every workload runs on every allocator that is here, and it is this one that serves', () =>
  withNative(NAMES, ({ allocators, unavailable, measure }) => {
    for (const { name, reason } of unavailable) console.log(`skipped: ${name}: ${reason}`);
    assert.equal([...allocators, ...unavailable].map(({ name }) => name).sort(), [...NAMES].sort());
    for (const name of ['glibc', 'tallow', 'hardened']) assert.ok(allocators.some((allocator) => allocator.name === name), name);
    for (const allocator of allocators) {
      assert.ok(allocator.description.length > allocator.name.length);
      for (const workload of SHORT) assert.ok(measure(allocator, workload, TIMED_RUNS).memoryBytes > 0, `${allocator.name}, ${workload.name}`);
    }
  }));

test('a library that does not serve all the calls is noticed', () =>
  withNative([], ({ measure }) => withFolder((folder) => {
    const pairs = SHORT.find(({ name }) => name === 'pairs')!;
    const absent: NativeAllocator = { name: 'absent', description: 'not there', library: path.join(folder, 'absent.so') };
    assert.throws(() => measure(absent, pairs), /absent, pairs: it was .*libc.* that served/);
    const source = path.join(folder, 'partial.c');
    writeFileSync(source, 'void *malloc(unsigned long size) { return size ? (void *)0 : (void *)0; }\n');
    const partial = { ...absent, name: 'partial', library: buildLibrary(folder, 'partial', [source], []) };
    assert.throws(() => measure(partial, pairs), /partial, pairs: another library than malloc's has a function: .*libc/);
  })));

test('the workloads go through broken.c where it is sound, and stop on the defects that they stop on in Wasm', () =>
  withNative([], ({ measure }) => withFolder((folder) => {
    /** Goes through a workload with the allocator of broken.c. */
    const exerciseWith = (name: string, ...flags: string[]): ((workload: string) => void) => {
      const library = buildLibrary(folder, name, [path.join(import.meta.dirname, 'broken.c')], ['-O1', '-ffreestanding', '-fno-builtin', ...flags]);
      return (wanted) => void measure({ name, description: 'broken.c', library }, SHORT.find((workload) => workload.name === wanted)!, TIMED_RUNS);
    };
    const sound = exerciseWith('sound');
    for (const { name } of WORKLOADS) sound(name);
    for (const [defect, noticedBy] of Object.entries(DEFECTS)) {
      const exercise = exerciseWith(defect, `-D${defect}`);
      for (const name of noticedBy) {
        assert.throws(() => exercise(name), (error: unknown) => error instanceof BrokenError, `${name} goes through ${defect}`);
      }
    }
  })));

test('a comparison has every figure, and the report names who is not there', async () => {
  const comparison = await compareNative(['glibc', 'tallow'], SHORT.filter(({ name }) => ['pairs', 'replay_jq'].includes(name)), 2, () => {});
  assert.equal(comparison.results.map(({ workload, allocator, samples }) => [workload, allocator, samples.length]),
    [['pairs', 'glibc', 2], ['pairs', 'tallow', 2], ['replay_jq', 'glibc', 2], ['replay_jq', 'tallow', 2]]);
  for (const { median, memoryBytes } of comparison.results) assert.ok(median > 0 && memoryBytes > 0);
  const text = nativeReport({ ...comparison, unavailable: [{ name: 'absent', reason: 'not installed' }] }, 'median', 'glibc');
  assert.match(text, /^TIME over glibc +glibc +tallow$/m);
  assert.match(text, /^replay_jq: .* 1\.00 +\d/m);
  assert.match(text, /^MEMORY, MiB resident +glibc +tallow$/m);
  assert.match(text, /^tallow: tallow\.c, release/m);
  assert.match(text, /^absent: not available: not installed$/m);
  await compareNative([], SHORT, 1, () => {}).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /nothing to measure/));
});

test.run();
