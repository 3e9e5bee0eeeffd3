/** Compares the C build with the allocators of this machine, round by round, and reports. */
import os from 'node:os';
import type { Unavailable } from './allocators.ts';
import { measureInTurns, type Result } from './compare.ts';
import { type NativeAllocator, withNative } from './native.ts';
import { allocatorLines, digits, figureRows, table, timeTables } from './report.ts';
import { summarise } from './statistics.ts';
import type { Workload } from './workloads.ts';

export interface NativeComparison {
  readonly date: string;
  readonly processor: string;
  readonly rounds: number;
  readonly allocators: readonly NativeAllocator[];
  readonly unavailable: readonly Unavailable[];
  readonly workloads: readonly Workload[];
  readonly results: readonly Result[];
}

/**
 * Runs every workload in a process with each allocator in turns, `rounds` times.
 * @param say takes a line about how far it is.
 * @throws {BrokenError} when an allocator does not keep a workload's bytes.
 */
export const compareNative = (
  names: readonly string[], workloads: readonly Workload[], rounds: number, say: (line: string) => void,
): Promise<NativeComparison> =>
  withNative(names, ({ allocators, unavailable, measure }) => {
    for (const { name, reason } of unavailable) say(`not available: ${name}: ${reason}`);
    if (workloads.length === 0 || allocators.length === 0) throw new Error('there is nothing to measure');
    const rows = workloads.map((workload) => allocators.map((allocator) => ({ workload, allocator, memoryBytes: 0, samples: [] as number[] })));
    measureInTurns(rows, rounds, (contestant) => {
      const { time, memoryBytes } = measure(contestant.allocator, contestant.workload);
      contestant.memoryBytes = Math.max(contestant.memoryBytes, memoryBytes);
      return time;
    }, say);
    const results = rows.flat().map(({ workload, allocator, memoryBytes, samples }) =>
      ({ workload: workload.name, allocator: allocator.name, ...summarise(samples), memoryBytes, samples }));
    return { date: new Date().toISOString(), processor: os.cpus()[0]?.model ?? 'unknown', rounds, allocators, unavailable, workloads, results };
  });

const CAVEATS = `\
Every measurement is a process of its own, on the malloc of a library that is loaded before the others (LD_PRELOAD). It
times the fastest of three warm runs; ± is half the distance between the quartiles of the rounds. Memory is what was
resident at the peak, without the pages of files.
One machine, one thread: compare within a run, not between runs. All but Tallow can serve several threads.`;

/** Tables of time, time over the baseline's and memory, and what to keep in mind. */
export const nativeReport = (comparison: NativeComparison, statistic: 'median' | 'min', baseline: string | undefined): string => {
  const { allocators, unavailable, processor, rounds } = comparison;
  const memory = figureRows(comparison, ({ memoryBytes }) => memoryBytes / 2 ** 20, digits);
  return [
    ...timeTables(comparison, statistic, baseline),
    table([['MEMORY, MiB resident', ...allocators.map(({ name }) => name)], ...memory]),
    `native, ${process.arch}; ${processor}; rounds: ${rounds}`,
    allocatorLines(allocators, unavailable),
    CAVEATS,
  ].join('\n\n');
};
