/** A comparison as text. */
import type { Unavailable } from './allocators.ts';
import type { Comparison, Result } from './compare.ts';
import { geometricMean } from './statistics.ts';
import type { Workload } from './workloads.ts';

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

/** What tables of figures are made of. */
interface Figures<Item extends Workload> {
  readonly allocators: readonly { readonly name: string }[];
  readonly workloads: readonly Item[];
  readonly results: readonly Result[];
}

/** A row per workload and their geometric mean, from a figure that may be missing. */
export const figureRows = <Item extends Workload>(
  { allocators, workloads, results }: Figures<Item>,
  figure: (result: Result, workload: Item) => number | undefined,
  write: (value: number, result?: Result) => string,
): string[][] => {
  const cells = workloads.map((workload) => allocators.map(({ name }) => {
    const result = results.find((candidate) => candidate.workload === workload.name && candidate.allocator === name);
    return { result, value: result && figure(result, workload) };
  }));
  // Over the workloads that have this figure; one that is skipped leaves no mean to compare.
  const means = allocators.map((_, column) =>
    (cells.some((row) => !row[column]?.result) ? NaN : geometricMean(cells.flatMap((row) => row[column]?.value ?? []))));
  return [
    ...cells.map((row, index) => [
      `${workloads[index]?.name}: ${workloads[index]?.title}`,
      ...row.map(({ result, value }) => (value === undefined ? '-' : write(value, result))),
    ]),
    ['geometric mean', ...means.map((mean) => (Number.isNaN(mean) ? '-' : write(mean)))],
  ];
};

/**
 * Tables of time, and of time over the baseline's.
 * @param statistic of the rounds that stands for a time.
 * @param baseline name of the allocator that times are compared with; without it there are no ratios.
 */
export const timeTables = (figures: Figures<Workload>, statistic: 'median' | 'min', baseline: string | undefined): string[] => {
  const names = figures.allocators.map(({ name }) => name);
  const ofBaseline = new Map(figures.results.filter(({ allocator }) => allocator === baseline).map((result) => [result.workload, result[statistic]]));
  const times = figureRows(figures, (result) => result[statistic], (value, result) =>
    digits(value) + (result ? ` ±${(result.spread * 100).toFixed(0).padStart(2)}%` : ''));
  const ratios = figureRows(figures, (result) => over(result[statistic], ofBaseline.get(result.workload)), (value) => value.toFixed(2));
  return [
    table([[`TIME, ns per operation (${statistic})`, ...names], ...times]),
    ...(baseline === undefined ? [] : [table([[`TIME over ${baseline}`, ...names], ...ratios])]),
  ];
};

/** Who took part, and who did not and why. */
export const allocatorLines = (
  allocators: readonly { readonly name: string; readonly description: string; readonly skips?: Readonly<Record<string, string>> }[],
  unavailable: readonly Unavailable[],
): string => [
  ...allocators.map(({ name, description, skips = {} }) =>
    [`${name}: ${description}`, ...Object.entries(skips).map(([workload, reason]) => `not ${workload}: ${reason}`)].join('; ')),
  ...unavailable.map(({ name, reason }) => `${name}: not available: ${reason}`),
].join('\n');

/** Tables of time, time over the baseline's (see timeTables), memory and code, and what to keep in mind. */
export const report = (comparison: Comparison, statistic: 'median' | 'min', baseline: string | undefined): string => {
  const { workloads } = comparison;
  const names = comparison.allocators.map(({ name }) => name);
  const memory = figureRows(
    comparison,
    ({ memoryBytes }, { peakLiveBytes }) => (peakLiveBytes < LIVE_BYTES_MIN ? undefined : over(memoryBytes, peakLiveBytes)),
    (value) => value.toFixed(2),
  );
  const live = ['live KiB', ...workloads.map((workload) => (workload.peakLiveBytes / 1024).toFixed(0)), ''];

  const parts = [
    ...timeTables(comparison, statistic, baseline),
    table([['MEMORY over peak live bytes', ...names], ...memory].map((row, index) => [...row, live[index] ?? ''])),
    table([['CODE, bytes', ...names],
      ['C functions at O3', ...comparison.allocators.map(({ codeBytes }) => String(codeBytes))],
      ['the same, optimised again at Oz', ...comparison.allocators.map(({ codeBytesOz }) => String(codeBytesOz))]]),
    table([['FOOTPRINT', ...names],
      ['wasm pages grown for the first block', ...comparison.allocators.map(({ firstPages }) => String(firstPages))],
      ['handed out when 16 MiB are exhausted, 1-1,024 B', ...comparison.allocators.map(({ exhaustion }) => percent(exhaustion))],
      ['the same, power-law mix, 16 B to 64 KiB', ...comparison.allocators.map(({ exhaustionMixed }) => percent(exhaustionMixed))]]),
    `${comparison.engine}; ${comparison.processor}; rounds: ${comparison.rounds}`,
    allocatorLines(comparison.allocators, comparison.unavailable),
    CAVEATS,
  ];
  return parts.join('\n\n');
};
