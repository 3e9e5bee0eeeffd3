/** Figures that do not depend on the machine, compared with those that were recorded before. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { displayPath, ROOT } from '../paths.ts';
import { codeSize } from '../wasm-binary.ts';
import type { Allocator } from './allocators.ts';
import { OPERATIONS, type Cost, type InstructionCounts, type Operation } from './instructions.ts';

/** The recorded figures. */
export const RECORDED_FILE = path.join(ROOT, 'tests/bench/recorded.json');

/** A rise by more than this part is a failure, a fall by more is told. */
export const TOLERANCE = 0.03;

/** What is recorded of each allocator. */
export type Recorded = Readonly<Record<string, {
  readonly codeBytes: number;
  readonly workloads: Readonly<Record<string, { readonly memoryBytes: number } & Partial<Record<Operation, Cost>>>>;
}>>;

/** A figure that changed by more than the tolerance. */
export interface Change {
  /** Allocator, workload, operation and kind of figure, as far as there are any. */
  readonly what: string;
  readonly before: number;
  readonly now: number;
}

export interface Changes {
  readonly risen: readonly Change[];
  readonly fallen: readonly Change[];
}

/** The figures of these allocators, with the counts of each. */
export const recordOf = (allocators: readonly Allocator[], counts: readonly InstructionCounts[]): Recorded =>
  Object.fromEntries(allocators.map(({ name, file }) => {
    const own = counts.filter(({ allocator }) => allocator === name);
    const workloads = own.map(({ workload, memoryBytes, costs }) => [workload, { memoryBytes, ...costs }]);
    return [name, { codeBytes: codeSize(readFileSync(file)), workloads: Object.fromEntries(workloads) }];
  }));

/** Throws if there is no such file, or it is none of ours. */
export const readRecorded = (file: string): Recorded => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  } catch (error) {
    throw new Error(`${displayPath(file)} cannot be read (${(error as Error).message}); npm run bench -- --record makes it anew`);
  }
};

/** Every figure by a name that tells what it is. The numbers of calls belong to the workloads, not to what they cost. */
const figuresOf = (recorded: Recorded): { figures: Map<string, number>; calls: Map<string, number> } => {
  const figures = new Map<string, number>();
  const calls = new Map<string, number>();
  for (const [name, { codeBytes, workloads }] of Object.entries(recorded)) {
    figures.set(`${name}: bytes of code`, codeBytes);
    for (const [workload, { memoryBytes, ...costs }] of Object.entries(workloads)) {
      figures.set(`${name}, ${workload}: bytes of memory`, memoryBytes);
      for (const operation of OPERATIONS) {
        const cost = costs[operation];
        if (!cost) continue;
        const place = `${name}, ${workload}, ${operation}`;
        calls.set(place, cost.calls);
        figures.set(`${place}: mean instructions`, cost.mean);
        figures.set(`${place}: 99.9th percentile of instructions`, cost.p999);
        figures.set(`${place}: worst instructions`, cost.worst);
      }
    }
  }
  return { figures, calls };
};

/**
 * What rose and what fell by more than the tolerance.
 * @throws an Error when the two are not about the same calls: then the workloads have changed.
 */
export const changesBetween = (before: Recorded, now: Recorded): Changes => {
  const old = figuresOf(before);
  const current = figuresOf(now);
  const sameNames = [...old.figures.keys()].sort().join() === [...current.figures.keys()].sort().join();
  const moved = [...current.calls].find(([place, calls]) => old.calls.get(place) !== calls);
  if (!sameNames || moved) {
    const where = moved ? `${moved[0]}: ${old.calls.get(moved[0]) ?? 0} calls were recorded, ${moved[1]} counted` : 'there are other figures';
    throw new Error(`the workloads are not those that were recorded (${where}); record them anew by npm run bench -- --record`);
  }
  const changes = [...current.figures].map(([what, value]) => ({ what, before: old.figures.get(what)!, now: value }));
  return {
    risen: changes.filter((change) => change.now > change.before * (1 + TOLERANCE)),
    fallen: changes.filter((change) => change.now < change.before * (1 - TOLERANCE)),
  };
};

const grouped = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

const line = ({ what, before, now }: Change): string => {
  const percent = ((now / before - 1) * 100).toFixed(1);
  return `  ${what}: ${grouped(before)} -> ${grouped(now)} (${now > before ? '+' : ''}${percent} %)`;
};

/** The changes as text, the largest first. */
export const changesReport = ({ risen, fallen }: Changes): string => {
  const largestFirst = (changes: readonly Change[]): Change[] =>
    [...changes].sort((a, b) => Math.abs(Math.log(b.now / b.before)) - Math.abs(Math.log(a.now / a.before)));
  const part = (title: string, changes: readonly Change[]): string[] =>
    (changes.length === 0 ? [] : [`${title} by more than ${TOLERANCE * 100} %:`, ...largestFirst(changes).map(line)]);
  const lines = [...part('RISEN', risen), ...part('fallen', fallen)];
  if (lines.length === 0) lines.push(`No figure differs from the recorded one by more than ${TOLERANCE * 100} %.`);
  else lines.push('When that is as it should be: npm run bench -- --record');
  return lines.join('\n');
};
