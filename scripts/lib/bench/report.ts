/** A comparison as text. */
import type { Comparison, Result } from './compare.ts';
import { geometricMean } from './statistics.ts';

/** Below this a workload says nothing about memory: it fits into a part of a wasm page. */
const LIVE_BYTES_MIN = 65_536;

const CAVEATS = `\
Each round times the fastest of three warm runs; ± is half the distance between the quartiles of the rounds.
Memory is the linear memory at the end over the peak of the requested bytes. It comes in wasm pages of 64 KiB, so small
workloads are coarse; a "-" stands for less than one. Code is that of the C functions alone, at O3.
One machine, one engine, one thread: compare within a run, not between runs.
The floor gives no memory to another size and never grows a block in place: its time is no bound where blocks are
copied, and its memory says nothing.`;

/** Three digits, as far as there are any. */
export const digits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`;

const over = (value: number | undefined, by: number | undefined): number | undefined =>
  (value === undefined || by === undefined ? undefined : value / by);

/** Lines of a table: the first column to the left, the others to the right. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  const pad = (cell: string, column: number): string => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
};

/**
 * Tables of time, time over the baseline's, memory and code, and what to keep in mind.
 * @param statistic of the rounds that stands for a time.
 * @param baseline name of the allocator that times are compared with; without it there are no ratios.
 */
export const report = (comparison: Comparison, statistic: 'median' | 'min', baseline: string | undefined): string => {
  const { workloads, results } = comparison;
  const names = comparison.allocators.map(({ name }) => name);
  const find = (workload: string, allocator: string): Result | undefined =>
    results.find((result) => result.workload === workload && result.allocator === allocator);

  /** A row per workload and their geometric mean, from a figure that may be missing. */
  const rows = (
    figure: (workload: Comparison['workloads'][number], allocator: string) => number | undefined,
    write: (value: number) => string,
    writeCell: (workload: string, allocator: string, value: number) => string = (_workload, _allocator, value) => write(value),
  ): string[][] => {
    const cells = workloads.map((workload) => names.map((name) => ({ workload, name, value: figure(workload, name) })));
    // Over the workloads that have this figure; one that is skipped leaves no mean to compare.
    const means = names.map((name, column) =>
      (workloads.some((workload) => !find(workload.name, name)) ? NaN : geometricMean(cells.flatMap((row) => row[column]?.value ?? []))));
    return [
      ...cells.map((row, index) => [
        `${workloads[index]?.name}: ${workloads[index]?.title}`,
        ...row.map(({ workload, name, value }) => (value === undefined ? '-' : writeCell(workload.name, name, value))),
      ]),
      ['geometric mean', ...means.map((mean) => (Number.isNaN(mean) ? '-' : write(mean)))],
    ];
  };

  const times = rows(
    (workload, name) => find(workload.name, name)?.[statistic],
    digits,
    (workload, name, value) => `${digits(value)} ±${(find(workload, name)!.spread * 100).toFixed(0).padStart(2)}%`,
  );
  const ratios = rows(
    (workload, name) => over(find(workload.name, name)?.[statistic], find(workload.name, baseline ?? name)?.[statistic]),
    (value) => value.toFixed(2),
  );
  const memory = rows(
    (workload, name) => (workload.peakLiveBytes < LIVE_BYTES_MIN ? undefined : over(find(workload.name, name)?.memoryBytes, workload.peakLiveBytes)),
    (value) => value.toFixed(2),
  );
  const live = ['live KiB', ...workloads.map((workload) => (workload.peakLiveBytes / 1024).toFixed(0)), ''];

  const parts = [
    table([[`TIME, ns per operation (${statistic})`, ...names], ...times]),
    ...(baseline === undefined ? [] : [table([[`TIME over ${baseline}`, ...names], ...ratios])]),
    table([['MEMORY over peak live bytes', ...names], ...memory].map((row, index) => [...row, live[index] ?? ''])),
    table([['CODE, bytes', ...names],
      ['C functions at O3', ...comparison.allocators.map(({ codeBytes }) => String(codeBytes))],
      ['the same, optimised again at Oz', ...comparison.allocators.map(({ codeBytesOz }) => String(codeBytesOz))]]),
    table([['FOOTPRINT', ...names],
      ['wasm pages grown for the first block', ...comparison.allocators.map(({ firstPages }) => String(firstPages))],
      ['handed out when 16 MiB are exhausted, 1-1,024 B', ...comparison.allocators.map(({ exhaustion }) => percent(exhaustion))],
      ['the same, power-law mix, 16 B to 64 KiB', ...comparison.allocators.map(({ exhaustionMixed }) => percent(exhaustionMixed))]]),
    `${comparison.engine}; ${comparison.processor}; rounds: ${comparison.rounds}`,
    [
      ...comparison.allocators.map(({ name, description, skips }) =>
        [`${name}: ${description}`, ...Object.entries(skips).map(([workload, reason]) => `not ${workload}: ${reason}`)].join('; ')),
      ...comparison.unavailable.map(({ name, reason }) => `${name}: not available: ${reason}`),
    ].join('\n'),
    CAVEATS,
  ];
  return parts.join('\n\n');
};
