/** Counts the instructions of every call that the workloads make. The figures are the same on every machine and in every run. */
import { readFileSync } from 'node:fs';
import type { Allocator } from './allocators.ts';
import { buildWorkloads } from './build.ts';
import { callOf } from './engines.ts';
import { COUNTER, withInstructionCounter } from './instruction-counter.ts';
import { eachRun, withWorkload } from './measure.ts';
import { table } from './report.ts';
import { partOf, type Workload } from './workloads.ts';

export const OPERATIONS = ['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc'] as const;

export type Operation = (typeof OPERATIONS)[number];

/** What the calls of one operation cost, in instructions. */
export interface Cost {
  readonly calls: number;
  readonly mean: number;
  /** 999 of 1,000 calls cost no more. */
  readonly p999: number;
  readonly worst: number;
}

export interface InstructionCounts {
  readonly allocator: string;
  readonly workload: string;
  /** Size of the linear memory at the end. */
  readonly memoryBytes: number;
  readonly costs: Readonly<Partial<Record<Operation, Cost>>>;
}

/** How often each number of instructions came up. */
export class Histogram {
  readonly #calls = new Map<number, number>();

  add(instructions: number): void {
    this.#calls.set(instructions, (this.#calls.get(instructions) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Of at least one call. */
  cost(): Cost {
    const sorted = [...this.#calls].sort(([a], [b]) => a - b);
    const calls = sorted.reduce((sum, [, times]) => sum + times, 0);
    const total = sorted.reduce((sum, [instructions, times]) => sum + instructions * times, 0);
    let below = 0;
    const [p999] = sorted.find(([, times]) => (below += times) * 1000 >= calls * 999)!;
    return { calls, mean: total / calls, p999, worst: sorted.at(-1)![0] };
  }
}

type Functions = Record<Operation, (...args: number[]) => number>;

/** An instance of an allocator of which every call is counted. */
export interface Counted extends Functions {
  readonly memory: WebAssembly.Memory;
  /** The instructions of the last call. */
  readonly last: () => number;
  /** Any other exported function, counted as well. */
  readonly other: (name: string) => (...args: number[]) => number;
}

/** A module of an allocator, ready to be counted; the result makes a new instance each time. */
export const loadCounted = (wasm: Uint8Array): (() => Counted) => {
  const module = new WebAssembly.Module(withInstructionCounter(wasm) as BufferSource);
  return () => {
    const { exports } = new WebAssembly.Instance(module);
    const counter = exports[COUNTER] as WebAssembly.Global;
    const other = (name: string) => {
      const called = exports[name] as (...args: number[]) => number;
      return (...args: number[]): number => {
        counter.value = 0;
        return called(...args);
      };
    };
    const functions = Object.fromEntries(OPERATIONS.map((name) => [name, other(name)])) as Functions;
    return { ...functions, memory: exports['memory'] as WebAssembly.Memory, last: () => counter.value as number, other };
  };
};

/**
 * Runs the workload as it is timed, every call counted. The allocator has been called once before: what the first call
 * does is done once in a program, and would hide the others.
 * @param workloads the module of all workloads.
 * @throws {BrokenError} when the allocator does not keep the workload's bytes.
 */
export const countInstructions = (counted: Counted, workloads: WebAssembly.Module, workload: Workload): InstructionCounts['costs'] => {
  const histograms = new Map<Operation, Histogram>();
  const functions = Object.fromEntries(OPERATIONS.map((name) => {
    const histogram = new Histogram();
    histograms.set(name, histogram);
    return [name, (...args: number[]): number => {
      const result = counted[name](...args);
      histogram.add(counted.last());
      return result;
    }];
  }));
  counted.free(counted.malloc(1));
  const { memory } = counted;
  const instance = new WebAssembly.Instance(workloads, { env: { memory, ...functions } });
  withWorkload(callOf(instance), workload, (run) => eachRun(run, workload));
  return Object.fromEntries([...histograms].flatMap(([name, histogram]) => (histogram.isEmpty ? [] : [[name, histogram.cost()]])));
};

/** Counts every workload on every allocator: some ten seconds for each. */
export const countAll = (
  allocators: readonly Allocator[], workloads: readonly Workload[], say: (line: string) => void,
): InstructionCounts[] => {
  const module = new WebAssembly.Module(readFileSync(buildWorkloads(false)));
  return allocators.flatMap((allocator) => {
    say(`counting instructions: ${allocator.name}`);
    const instantiate = loadCounted(readFileSync(allocator.file));
    return workloads.filter(({ name }) => !allocator.skips[name]).map((workload) => {
      const counted = instantiate();
      const costs = countInstructions(counted, module, partOf(workload, allocator.part));
      const memoryBytes = counted.memory.buffer.byteLength - allocator.foreignBytes;
      return { allocator: allocator.name, workload: workload.name, memoryBytes, costs };
    });
  });
};

const CAVEATS = `\
Executed Wasm instructions of the allocator's functions alone, as Wasmtime counts fuel: mean / 99.9th percentile / worst
of all calls of a workload. Copying and zeroing count as one instruction, whatever their length. The first call of an
instance is left out. Instructions are no time: what waits for memory counts the same as what does not.`;

const grouped = (value: number): string => value.toLocaleString('en');

/** A row for each workload and operation, a column for each allocator. */
export const instructionReport = (counts: readonly InstructionCounts[]): string => {
  const names = [...new Set(counts.map(({ allocator }) => allocator))];
  const workloads = [...new Set(counts.map(({ workload }) => workload))];
  const rows = workloads.flatMap((workload) => {
    const found = names.map((name) => counts.find((count) => count.workload === workload && count.allocator === name)?.costs ?? {});
    return OPERATIONS.filter((operation) => found.some((costs) => costs[operation])).map((operation) => [
      `${workload}: ${operation}`,
      ...found.map(({ [operation]: cost }) =>
        (cost ? `${cost.mean.toFixed(1)} / ${grouped(cost.p999)} / ${grouped(cost.worst)}` : '-')),
    ]);
  });
  return [table([['INSTRUCTIONS of a call', ...names], ...rows]), CAVEATS].join('\n\n');
};
