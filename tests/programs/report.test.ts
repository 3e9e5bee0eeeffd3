/** The report on measured programs: each allocator's figures stand in its columns, and ratios are over the first's. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { summarise } from '../../scripts/lib/bench/statistics.ts';
import type { Measured, ProgramComparison } from '../../scripts/lib/programs/measure.ts';
import { programReport } from '../../scripts/lib/programs/report.ts';
import type { Allocator } from '../../scripts/lib/programs/program.ts';

const measured = (engine: string, allocator: Allocator, milliseconds: number, mib: number): Measured => {
  const samples = [milliseconds];
  return { program: 'p', task: 't', engine, allocator, samples, ...summarise(samples), memoryBytes: mib * (1 << 20) };
};

const comparison: ProgramComparison = {
  date: '',
  processor: 'a processor',
  rounds: 1,
  allocators: ['dlmalloc', 'release'],
  results: [
    measured('v8', 'dlmalloc', 2000, 10),
    measured('v8', 'release', 1000, 20),
    measured('wasmtime', 'release', 4000, 20),
    measured('wasmtime', 'dlmalloc', 2000, 40),
  ],
};

const test = suite('programs: the report');

test('has a row for each task and engine, and geometric means of the ratios', () => {
  const rows = programReport(comparison).split('\n').map((line) => line.split(/ {2,}/));
  assert.equal(rows[1], ['p: t, v8', '2.00 ± 0%', '1.00 ± 0%', '0.50', '10.0', '20.0', '2.00']);
  assert.equal(rows[2], ['p: t, wasmtime', '2.00 ± 0%', '4.00 ± 0%', '2.00', '40.0', '20.0', '0.50']);
  assert.equal(rows[3], ['geometric mean', '1.00', '1.00']);
});

test.run();
