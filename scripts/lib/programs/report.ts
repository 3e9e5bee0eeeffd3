/** A comparison of programs as text. */

import { table } from '../bench/report.ts';
import { geometricMean } from '../bench/statistics.ts';
import type { Measured, ProgramComparison } from './measure.ts';

const CAVEATS = `\
Time is the processor's, of whole runs with a module that is compiled already; ± is half the distance between the
quartiles. Memory is the linear memory at the end of a run, with the program's own data and stack. Ratios are over
dlmalloc's. Only a part of the time is the allocator's, and a part of the memory is the program's.`;

const MIB = 1 << 20;

/** A table of every task on every engine with each allocator, time and memory side by side. */
export const programReport = ({ allocators, results, rounds, processor }: ProgramComparison): string => {
  const [baseline, ...others] = allocators;
  const rowsOf = new Map<string, Measured[]>();
  for (const result of results) {
    const name = `${result.program}: ${result.task}, ${result.engine}`;
    rowsOf.set(name, [...(rowsOf.get(name) ?? []), result]);
  }
  const found = (row: Measured[], allocator: string): Measured => row.find((result) => result.allocator === allocator)!;
  const timeRatio = (row: Measured[], allocator: string): number =>
    found(row, allocator).median / found(row, baseline!).median;
  const memoryRatio = (row: Measured[], allocator: string): number =>
    found(row, allocator).memoryBytes / found(row, baseline!).memoryBytes;
  const rows = [...rowsOf].map(([name, row]) => [
    name,
    ...allocators.map((allocator) => {
      const { median, spread } = found(row, allocator);
      return `${(median / 1000).toFixed(2)} ±${(spread * 100).toFixed(0).padStart(2)}%`;
    }),
    ...others.map((allocator) => timeRatio(row, allocator).toFixed(2)),
    ...allocators.map((allocator) => (found(row, allocator).memoryBytes / MIB).toFixed(1)),
    ...others.map((allocator) => memoryRatio(row, allocator).toFixed(2)),
  ]);
  const mean = (ratio: typeof timeRatio): string[] =>
    others.map((allocator) => geometricMean([...rowsOf.values()].map((row) => ratio(row, allocator))).toFixed(2));
  const blank = allocators.map(() => '');
  const header = [
    'PROGRAMS', ...allocators.map((name) => `${name}, s`), ...others.map((name) => `${name} /`),
    ...allocators.map((name) => `${name}, MiB`), ...others.map((name) => `${name} /`),
  ];
  return [
    table([header, ...rows, ['geometric mean', ...blank, ...mean(timeRatio), ...blank, ...mean(memoryRatio)]]),
    `${processor}; rounds: ${rounds}`,
    CAVEATS,
  ].join('\n\n');
};
