/** Counting instructions, and comparing them with recorded figures: are the counts right, and can the comparison fail? */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import binaryen from 'binaryen';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildAllocators } from '../../scripts/lib/bench/allocators.ts';
import { countAll, Histogram, instructionReport, loadCounted } from '../../scripts/lib/bench/instructions.ts';
import { COUNTER, withInstructionCounter } from '../../scripts/lib/bench/instruction-counter.ts';
import { changesBetween, changesReport, readRecorded, recordOf, type Recorded } from '../../scripts/lib/bench/recorded.ts';
import { WORKLOADS } from '../../scripts/lib/bench/workloads.ts';
import { withFolder } from '../../scripts/lib/folder.ts';
import { missingPackage, PACKAGE_VARIABLES } from '../../scripts/lib/wasi-engines/wasmtime.ts';

const test = suite('counted instructions');

/** Instructions that a call of `run` with `argument` executes. */
const countOf = (text: string, argument: number): number => {
  const module = binaryen.parseText(text);
  const wasm = module.emitBinary();
  module.dispose();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(withInstructionCounter(wasm) as BufferSource));
  (exports['run'] as (argument: number) => void)(argument);
  return (exports[COUNTER] as WebAssembly.Global).value as number;
};

test('straight code counts each instruction, and one for the call', () => {
  // 1 for entering, local.get, i32.const, i32.add
  assert.is(countOf('(module (func (export "run") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))', 5), 4);
});

test('of two arms only the one that is taken counts', () => {
  const text = `(module (func (export "run") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.mul (i32.const 2) (i32.const 3))))))`;
  assert.is(countOf(text, 1), 1 + 2 + 1);
  assert.is(countOf(text, 0), 1 + 2 + 3);
});

test('a loop counts every turn', () => {
  const text = `(module (func (export "run") (param i32)
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
  for (const turns of [1, 2, 1000]) assert.is(countOf(text, turns), 1 + 5 * turns);
});

test('what is jumped over does not count, functions called do', () => {
  const text = `(module
    (func $called (param i32) (drop (local.get 0)))
    (func (export "run") (param i32)
      (block $end
        (br_if $end (local.get 0))
        (call $called (i32.const 1)))
      (call $called (i32.const 2))))`;
  const call = 1 + 1 + 1 + 1; // i32.const, call, entering, local.get; drop is nothing
  assert.is(countOf(text, 1), 1 + 2 + call);
  assert.is(countOf(text, 0), 1 + 2 + call + call);
});

test('copying counts one instruction, whatever its length', () => {
  const text = `(module (memory 1) (func (export "run") (param i32)
    (memory.copy (i32.const 0) (i32.const 1024) (local.get 0))))`;
  assert.is(countOf(text, 1000), countOf(text, 1));
});

const [tallow] = buildAllocators(['tallow']);
const wasm = readFileSync(tallow!.file);

/** Pairs of sizes to allocate and free: small, beyond a page of blocks, large. */
const SIZES = [1, 100, 1000, 1100, 5000, 9000, 100_000, 3_000_000];

/**
 * Prints the fuel of each call: malloc of every size, then free of every block. A large block before makes room, because
 * to Wasmtime the bytes that are zeroed and the pages that are grown count as well.
 */
const FUEL_SCRIPT = `
import sys, wasmtime
config = wasmtime.Config()
config.consume_fuel = True
store = wasmtime.Store(wasmtime.Engine(config))
store.set_fuel(1 << 40)
exports = wasmtime.Instance(store, wasmtime.Module.from_file(store.engine, sys.argv[1]), []).exports(store)
def call(name, argument):
    before = store.get_fuel()
    result = exports[name](store, argument)
    return result, before - store.get_fuel()
call('free', call('malloc', 1 << 23)[0])
blocks = [call('malloc', int(size)) for size in sys.argv[2:]]
freed = [call('free', block) for block, fuel in blocks]
for result, fuel in blocks + freed: print(fuel)
`;

test('the counts are the fuel that Wasmtime counts', () => {
  const missing = missingPackage();
  if (missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return;
  }
  const counted = loadCounted(wasm)();
  counted.free(counted.malloc(1 << 23));
  const blocks = SIZES.map((size) => ({ ptr: counted.malloc(size), instructions: counted.last() }));
  const ours = [
    ...blocks.map(({ instructions }) => instructions),
    ...blocks.map(({ ptr }) => {
      counted.free(ptr);
      return counted.last();
    }),
  ];
  const { stdout, stderr } = spawnSync('python3', ['-c', FUEL_SCRIPT, tallow!.file, ...SIZES.map(String)], {
    encoding: 'utf8', env: { ...process.env, ...PACKAGE_VARIABLES },
  });
  assert.equal(stdout.trim().split('\n').map(Number), ours, stderr);
});

test('mean, 99.9th percentile and worst', () => {
  const histogram = new Histogram();
  for (let call = 0; call < 999; call++) histogram.add(10);
  histogram.add(1010);
  assert.equal(histogram.cost(), { calls: 1000, mean: 11, p999: 10, worst: 1010 });
  histogram.add(1010);
  assert.is(histogram.cost().p999, 1010);
});

/** A few operations of a few workloads, which have every kind of call among them. */
const FEW = WORKLOADS.filter(({ name }) => ['larson_1k', 'realloc_16k', 'calloc', 'aligned'].includes(name))
  .map((workload) => ({ ...workload, operations: 2000 }));

const record = (): Recorded => recordOf([tallow!], countAll([tallow!], FEW, () => {}));
const recorded = record();

test('the same figures in every run', () => assert.equal(record(), recorded));

test('nothing has changed against a record of the same', () => {
  const changes = changesBetween(recorded, record());
  assert.equal(changes, { risen: [], fallen: [] });
  assert.match(changesReport(changes), /No figure differs/);
});

/** The record with one figure multiplied. */
const altered = (alter: (copy: any) => void): Recorded => {
  const copy = structuredClone(recorded);
  alter(copy);
  return copy;
};

for (const [what, alter] of Object.entries<(copy: any, factor: number) => void>({
  'tallow, larson_1k, malloc: mean instructions': (copy, factor) => (copy.tallow.workloads.larson_1k.malloc.mean *= factor),
  'tallow, larson_1k, free: worst instructions': (copy, factor) => (copy.tallow.workloads.larson_1k.free.worst *= factor),
  'tallow, realloc_16k, realloc: 99.9th percentile of instructions': (copy, factor) => (copy.tallow.workloads.realloc_16k.realloc.p999 *= factor),
  'tallow, calloc: bytes of memory': (copy, factor) => (copy.tallow.workloads.calloc.memoryBytes *= factor),
  'tallow: bytes of code': (copy, factor) => (copy.tallow.codeBytes *= factor),
})) {
  test(`a rise is noticed, and named: ${what}`, () => {
    const changes = changesBetween(altered((copy) => alter(copy, 1 / 1.04)), recorded);
    assert.equal(changes.risen.map((change) => change.what), [what]);
    assert.equal(changes.fallen, []);
    assert.ok(changesReport(changes).includes(`RISEN by more than 3 %:\n  ${what}: `));
    assert.match(changesReport(changes), /\+4\.0 %/);
  });
  test(`a fall is told, and no failure: ${what}`, () => {
    const changes = changesBetween(altered((copy) => alter(copy, 1.04)), recorded);
    assert.equal(changes.risen, []);
    assert.equal(changes.fallen.map((change) => change.what), [what]);
  });
  test(`within three per cent is no change: ${what}`, () => {
    assert.equal(changesBetween(altered((copy) => alter(copy, 1.02)), recorded), { risen: [], fallen: [] });
    assert.equal(changesBetween(altered((copy) => alter(copy, 0.98)), recorded), { risen: [], fallen: [] });
  });
}

test('another number of calls is another workload, and no comparison', () => {
  const other = altered((copy) => (copy.tallow.workloads.larson_1k.malloc.calls += 1));
  assert.throws(() => changesBetween(other, recorded), /larson_1k, malloc: \d+ calls were recorded.*--record/);
});

test('a record that cannot be read says how to make one', () => withFolder((folder) => {
  const file = path.join(folder, 'recorded.json');
  assert.throws(() => readRecorded(file), /--record/);
  writeFileSync(file, '{');
  assert.throws(() => readRecorded(file), /--record/);
  writeFileSync(file, JSON.stringify(recorded));
  assert.equal(readRecorded(file), recorded);
}));

test('the report has a row for every workload and kind of call', () => {
  const counts = countAll([tallow!], FEW, () => {});
  const text = instructionReport(counts);
  for (const { workload, costs } of counts) for (const operation of Object.keys(costs)) assert.ok(text.includes(`${workload}: ${operation} `));
});

test.run();
