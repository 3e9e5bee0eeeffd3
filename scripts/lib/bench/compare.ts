/** Measures allocators against each other, round by round. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Allocator, Unavailable } from './allocators.ts';
import { codeSize } from '../wasm-binary.ts';
import { buildFloor, buildWorkloads, merge, optimisedForSize } from './build.ts';
import type { Engine } from './engines.ts';
import { BrokenError } from './errors.ts';
import { type Footprint, footprintOf } from './footprint.ts';
import { measureLive, measureMemory, measureTime } from './measure.ts';
import { type Summary, summarise } from './statistics.ts';
import { partOf, type Workload } from './workloads.ts';

/** One workload on one allocator; times are nanoseconds per operation. */
export interface Result extends Summary {
  readonly workload: string;
  readonly allocator: string;
  /** Linear memory at the end, without what is not the allocator's; of a native process what was resident at the peak. */
  readonly memoryBytes: number;
  readonly samples: readonly number[];
}

export interface Comparison {
  readonly date: string;
  readonly engine: string;
  readonly processor: string;
  readonly rounds: number;
  readonly allocators: readonly (Pick<Allocator, 'name' | 'description' | 'skips'> & Footprint & { readonly codeBytes: number; readonly codeBytesOz: number })[];
  readonly unavailable: readonly Unavailable[];
  readonly workloads: readonly (Workload & { readonly peakLiveBytes: number })[];
  readonly results: readonly Result[];
}

const load = (file: string): WebAssembly.Module => new WebAssembly.Module(readFileSync(file));

/** Collects garbage, so that the memories of finished instances go away between measurements and not within one. */
const garbageCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
};

/** Does `action`, and says whose fault it is when that fails. */
const blaming = <T>(allocator: Allocator, action: () => T): T => {
  try {
    return action();
  } catch (error) {
    throw error instanceof BrokenError ? new BrokenError(`${allocator.name} is broken: ${error.message}`) : error;
  }
};

/**
 * Measures everything in every row, `rounds` times, and keeps what comes of it as samples. Within a round those in a row
 * take turns, each round beginning with another, so that a slow moment of the machine meets all of them.
 * @param say takes a line about how far it is.
 */
export const measureInTurns = <Contestant extends { readonly samples: number[] }>(
  rows: readonly (readonly Contestant[])[],
  rounds: number,
  measure: (contestant: Contestant) => number,
  say: (line: string) => void,
): void => {
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    for (const row of rows) {
      const first = round % row.length;
      for (const contestant of [...row.slice(first), ...row.slice(0, first)]) contestant.samples.push(measure(contestant));
    }
    say(`round ${round + 1} of ${rounds}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  }
};

/**
 * Runs every workload on every allocator in turns, `rounds` times.
 * @param say takes a line about how far it is.
 * @param unavailable those that would have taken part, for the report.
 * @throws {BrokenError} when an allocator does not keep a workload's bytes.
 */
export const compare = (
  engine: Engine,
  allocators: readonly Allocator[],
  workloads: readonly Workload[],
  rounds: number,
  say: (line: string) => void,
  unavailable: readonly Unavailable[] = [],
): Comparison => {
  const collectGarbage = garbageCollector();
  say('building the workloads, merged with each allocator');
  const timedWorkloads = buildWorkloads(false);
  const contestants = allocators.map((allocator) => ({ allocator, file: merge(allocator.name, allocator.file, timedWorkloads) }));
  const counted = load(merge('floor.counted', buildFloor(), buildWorkloads(true)));

  say('measuring memory');
  const live = workloads.map((workload) => measureLive(counted, workload));
  const rows = workloads.map((workload) =>
    contestants.filter(({ allocator }) => !allocator.skips[workload.name]).map(({ allocator, file }) => {
      collectGarbage();
      const memoryBytes = blaming(allocator, () => measureMemory(load(file), partOf(workload, allocator.part))) - allocator.foreignBytes;
      return { workload, allocator, instantiate: engine.load(file), memoryBytes, samples: [] as number[] };
    }),
  );

  measureInTurns(rows, rounds, ({ workload, allocator, instantiate }) => {
    collectGarbage();
    return blaming(allocator, () => measureTime(instantiate(), partOf(workload, allocator.part)));
  }, say);

  return {
    date: new Date().toISOString(),
    engine: engine.description,
    processor: os.cpus()[0]?.model ?? 'unknown',
    rounds,
    allocators: allocators.map(({ name, description, skips, file, foreignBytes }) => ({
      name,
      description,
      skips,
      codeBytes: codeSize(readFileSync(file)),
      codeBytesOz: codeSize(readFileSync(optimisedForSize(name, file))),
      ...footprintOf(readFileSync(file), foreignBytes),
    })),
    unavailable,
    workloads: workloads.map((workload, index) => ({ ...workload, peakLiveBytes: live[index] ?? NaN })),
    results: rows.flat().map(({ workload, allocator, memoryBytes, samples }) => ({
      workload: workload.name,
      allocator: allocator.name,
      ...summarise(samples),
      memoryBytes,
      samples,
    })),
  };
};
