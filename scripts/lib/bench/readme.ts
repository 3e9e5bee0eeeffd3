/** The table of the README, from a comparison. */
import type { Comparison } from './compare.ts';
import { digits } from './report.ts';
import { geometricMean } from './statistics.ts';

export const BEGIN = '<!-- benchmark -->';
export const END = '<!-- end of benchmark -->';

/** The columns of the table: what is asked first. */
const TIMES = ['floor', 'dlmalloc', 'emmalloc', 'mimalloc2', 'talc', 'tlsf', 'tallow', 'hardened'];
const MEMORIES = ['dlmalloc', 'emmalloc', 'mimalloc2', 'talc', 'tlsf', 'tallow'];

/** Below this a workload says nothing about memory. */
const LIVE_BYTES_MIN = 65_536;

const bold = (name: string, text: string): string => (name === 'tallow' && text !== '' ? `**${text}**` : text);

/**
 * Table and caveats as Markdown; an allocator that was not measured has no column.
 * @param statistic of the rounds that stands for a time.
 */
export const readmeTable = ({ allocators, engine, processor, results, rounds, workloads }: Comparison, statistic: 'median' | 'min'): string => {
  const there = (names: readonly string[]): string[] => names.filter((name) => allocators.some((allocator) => allocator.name === name));
  const times = there(TIMES);
  const memories = there(MEMORIES);
  const find = (workload: string, allocator: string) =>
    results.find((result) => result.workload === workload && result.allocator === allocator);
  const timeOf = (workload: string, name: string): number => find(workload, name)?.[statistic] ?? NaN;
  const memoryOf = ({ name: workload, peakLiveBytes }: Comparison['workloads'][number], name: string): number =>
    (peakLiveBytes < LIVE_BYTES_MIN ? NaN : (find(workload, name)?.memoryBytes ?? NaN) / peakLiveBytes);
  const cell = (value: number, write: (value: number) => string): string => (Number.isNaN(value) ? '-' : write(value));
  const ratio = (value: number): string => value.toFixed(2);
  const row = (title: string, time: (name: string) => string, memory: (name: string) => string): string =>
    `| ${[title, ...times.map((name) => bold(name, time(name))), ...memories.map((name) => bold(name, memory(name)))].join(' | ')} |`;
  const measured = workloads.filter(({ peakLiveBytes }) => peakLiveBytes >= LIVE_BYTES_MIN);
  return [
    row('workload', (name) => name, (name) => (name === memories[0] ? `memory: ${name}` : name)),
    `|${'---|'.repeat(1 + times.length + memories.length)}`,
    ...workloads.map((workload) => row(`${workload.title[0]!.toUpperCase()}${workload.title.slice(1)} (\`${workload.name}\`)`,
      (name) => cell(timeOf(workload.name, name), digits), (name) => cell(memoryOf(workload, name), ratio))),
    row('Geometric mean over dlmalloc; of memory',
      (name) => ratio(geometricMean(workloads.map(({ name: workload }) => timeOf(workload, name) / timeOf(workload, 'dlmalloc')))),
      (name) => ratio(geometricMean(measured.map((workload) => memoryOf(workload, name))))),
    row('Code of the C functions at O3, bytes', (name) => allocators.find((allocator) => allocator.name === name)!.codeBytes.toLocaleString('en'), () => ''),
    '',
    `Times in ns per operation are the ${statistic === 'min' ? 'fastest' : 'medians'} of ${rounds} rounds, on ${engine}; ${processor}, shared with other work.`,
    'Memory is linear memory over peak live bytes; "-": too small to tell.',
  ].join('\n');
};

/** `text` with what is between its marks replaced. Throws if they are not there. */
export const withTable = (text: string, table: string): string => {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`;
};
