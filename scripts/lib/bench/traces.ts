/** Traces: calls of malloc and its relatives that whole programs made, to be replayed by a workload. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { Reader } from '../wasm-binary.ts';
import { SOURCES } from './build.ts';

/** A step as workloads.c takes it: kind and slot, and size. */
export type Step = readonly [call: number, size: number];

export interface Trace {
  readonly steps: readonly Step[];
  /** Blocks that are live at a time, at most. */
  readonly slots: number;
}

/** Kinds of steps, the low bits of `call`. */
export const STEP_MALLOC = 0;
export const STEP_REALLOC = 2;
export const STEP_FREE = 3;
export const STEP_KIND_BITS = 2;
export const STEP_KIND_MASK = 3;

export const TRACES = path.join(SOURCES, 'traces');

/**
 * The file of a program's trace: the number of slots, then each step, all as LEB128 and packed by Brotli; a step is the
 * slot and the kind, and unless it is a free the size.
 */
export const traceFile = (name: string): string => path.join(TRACES, `${name}.trace`);

const traces = new Map<string, Trace>();

/** The recorded trace of the program called `name`. */
export const traceOf = (name: string): Trace => {
  const known = traces.get(name);
  if (known) return known;
  const reader = new Reader(brotliDecompressSync(readFileSync(traceFile(name))));
  const slots = reader.number();
  const steps: Step[] = [];
  while (!reader.atEnd) {
    const call = reader.number();
    steps.push([call, (call & STEP_KIND_MASK) === STEP_FREE ? 0 : reader.number()]);
  }
  const trace = { steps, slots };
  traces.set(name, trace);
  return trace;
};
