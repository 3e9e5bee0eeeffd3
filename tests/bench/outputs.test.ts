/** What the benchmark writes: tables, the README's table, the chart. No allocator is run for it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildAllocators } from '../../scripts/lib/bench/allocators.ts';
import { chartOf } from '../../scripts/lib/bench/chart.ts';
import type { Comparison } from '../../scripts/lib/bench/compare.ts';
import { footprintOf, withMemoryMax } from '../../scripts/lib/bench/footprint.ts';
import { BEGIN, END, readmeTable, withTable } from '../../scripts/lib/bench/readme.ts';
import { report } from '../../scripts/lib/bench/report.ts';
import { StepWriter } from '../../scripts/lib/bench/trace-recorder.ts';
import { traceOf } from '../../scripts/lib/bench/traces.ts';
import { WORKLOADS } from '../../scripts/lib/bench/workloads.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

const NAMES = ['dlmalloc', 'tallow', 'slow'];

/** Two workloads on three allocators, the last of which skips the second. */
const comparison: Comparison = {
  date: '2000-01-01T00:00:00.000Z',
  engine: 'an engine',
  processor: 'a processor',
  rounds: 3,
  allocators: NAMES.map((name) => ({
    name, description: `about ${name}`, codeBytes: 1234, codeBytesOz: 1000, firstPages: 1, exhaustion: 0.875, exhaustionMixed: 0.75, skips: (name === 'slow' ? { large: 'takes too long' } : {}) as Record<string, string>,
  })),
  unavailable: [{ name: 'absent', reason: 'nobody answers' }],
  workloads: ['random', 'large'].map((name) => ({ name, title: `the ${name} one`, operations: 10, peakLiveBytes: 1 << 20 })),
  results: [['random', 'dlmalloc', 80], ['random', 'tallow', 20], ['random', 'slow', 8000], ['large', 'dlmalloc', 100], ['large', 'tallow', 400]]
    .map(([workload, allocator, time]) => ({
      workload: String(workload), allocator: String(allocator), median: Number(time), min: Number(time) / 2, spread: 0.1,
      memoryBytes: 3 << 19, samples: [Number(time)],
    })),
};

const test = suite('outputs of the benchmark');

test('the report has every figure, skips and what is not available', () => {
  const text = report(comparison, 'median', 'dlmalloc');
  assert.match(text, /^random: the random one +80\.0 ±10% +20\.0 ±10% +8000 ±10%$/m);
  assert.match(text, /^large: the large one +100 ±10% +400 ±10% +-$/m);
  assert.match(text, /^geometric mean +1\.00 +1\.00 +-$/m);
  assert.match(text, /^slow: about slow; not large: takes too long$/m);
  assert.match(text, /^C functions at O3 +1234 +1234 +1234\nthe same, optimised again at Oz +1000 +1000 +1000$/m);
  assert.match(text, /^wasm pages grown for the first block +1 +1 +1\nhanded out when 16 MiB are exhausted, 1-1,024 B +87\.5% +87\.5% +87\.5%\nthe same, power-law mix, 16 B to 64 KiB +75\.0% +75\.0% +75\.0%$/m);
  assert.match(text, /^absent: not available: nobody answers$/m);
});

test("the README's table takes the place of the one before, and says what it was measured on", () => {
  const table = readmeTable(comparison, 'median');
  assert.match(table, /\| The random one \(`random`\) \| 80\.0 \| \*\*20\.0\*\* \| 1\.50 \| \*\*1\.50\*\* \|/);
  assert.match(table, /Geometric mean over dlmalloc; of memory \| 1\.00 \| \*\*1\.00\*\*/);
  assert.match(table, /medians of 3 rounds, on an engine; a processor/);
  assert.match(readmeTable(comparison, 'min'), /\| 40\.0 \| \*\*10\.0\*\* \|/);
  assert.is(withTable(`before ${BEGIN}\nold\n${END} behind`, 'new'), `before ${BEGIN}\nnew\n${END} behind`);
  assert.throws(() => withTable('no marks', 'new'), /has no/);
});

test('the README has the marks, and shows the chart', () => {
  const text = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  assert.is.not(withTable(text, 'new'), text);
  assert.match(text, /tests\/bench\/chart\.svg/);
});

test('the chart is SVG with a row for every allocator that went through everything', async () => {
  const svg = await chartOf(comparison, 'dlmalloc');
  assert.match(svg, /^<svg /);
  for (const name of ['dlmalloc', 'tallow', 'an engine']) assert.ok(svg.includes(`>${name}<`), name);
  assert.not.ok(svg.includes('>slow<'));
  await chartOf(comparison, 'nobody').then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /nobody/));
});

test('memory that is exhausted: a bound on the memory holds, and what is handed out is counted', () => {
  const [floor] = buildAllocators(['floor']);
  const wasm = readFileSync(floor!.file);
  const { firstPages, exhaustion, exhaustionMixed } = footprintOf(wasm, 0);
  assert.is(firstPages, 1);
  for (const part of [exhaustion, exhaustionMixed]) assert.ok(part > 0.3 && part < 1, String(part));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(withMemoryMax(wasm, 20) as BufferSource));
  assert.throws(() => (exports['memory'] as WebAssembly.Memory).grow(20));
});

test('calls become steps, and a slot is used again', () => {
  const writer = new StepWriter();
  writer.call(0, 0, 100, 10); // malloc
  writer.call(2, 100, 200, 20); // realloc that moves
  writer.call(3, 200, 0, 0); // free
  writer.call(1, 0, 100, 0); // calloc of nothing
  writer.call(2, 0, 300, 30); // realloc of no block
  writer.call(3, 0, 0, 0); // free of no block
  writer.call(0, 0, 0, 40); // malloc that fails
  assert.equal(writer.steps, [[0, 10], [2, 20], [3, 0], [1, 1], [4, 30]]);
  assert.is(writer.slots, 2);
});

test('the recorded traces allocate before they free', () => {
  for (const { trace } of WORKLOADS) {
    if (trace === undefined) continue;
    const { steps, slots } = traceOf(trace);
    const live = new Set<number>();
    for (const [call, size] of steps) {
      const [slot, kind] = [call >>> 2, call & 3];
      assert.ok(slot < slots);
      assert.is(live.has(slot), kind === 2 || kind === 3, trace);
      if (kind === 3) live.delete(slot);
      else live.add(slot);
      assert.is(size > 0, kind !== 3);
    }
    assert.is(steps.length, 60_000);
  }
});

test.run();
