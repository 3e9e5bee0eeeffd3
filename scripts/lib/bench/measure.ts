/** Runs a workload once: for its time, for its memory, or only to see that it ends well. */
import { type Call, callOf } from './engines.ts';
import { BrokenError } from './errors.ts';
import { type Step, type Trace, traceOf } from './traces.ts';
import type { Workload } from './workloads.ts';

/** Timed runs per instance; the fastest counts, as the others were disturbed. */
export const TIMED_RUNS = 3;

export type Run = (operations: number, seed: number) => void;

/** The state of a replay that knows all its steps. */
const startReplay = (call: Call, { steps, slots }: Trace): number => {
  const state = call('replay_new', steps.length, slots);
  const none: Step = [0, 0];
  for (let index = 0; index < steps.length; index += 2) {
    call('replay_feed', state, index, ...steps[index]!, ...(steps[index + 1] ?? none));
  }
  return state;
};

/**
 * Begins a workload, lets `use` run it, and ends it.
 * @throws {BrokenError} when the workload traps.
 */
export const withWorkload = <Result>(call: Call, { name, trace }: Workload, use: (run: Run) => Result): Result => {
  try {
    const prefix = trace === undefined ? name : 'replay';
    const state = trace === undefined ? call(`${name}_start`) : startReplay(call, traceOf(trace));
    const result = use((operations, seed) => void call(`${prefix}_run`, state, operations, seed));
    call(`${prefix}_stop`, state);
    return result;
  } catch (error) {
    throw error instanceof WebAssembly.RuntimeError ? new BrokenError(`the workload ${name} stopped: ${error.message}`) : error;
  }
};

/** The runs of a measurement: one to warm up, then the timed ones. */
export const eachRun = (run: Run, { operations }: Workload, after: (seed: number) => void = () => {}): void => {
  for (let seed = 0; seed <= TIMED_RUNS; seed++) {
    run(operations, seed);
    after(seed);
  }
};

/** Nanoseconds per operation on a new instance. */
export const measureTime = (call: Call, workload: Workload): number =>
  withWorkload(call, workload, (run) => {
    let fastest = Infinity;
    let begin = process.hrtime.bigint();
    eachRun(run, workload, (seed) => {
      const end = process.hrtime.bigint();
      if (seed > 0) fastest = Math.min(fastest, Number(end - begin));
      begin = process.hrtime.bigint();
    });
    return fastest / workload.operations;
  });

/** Size in bytes of the linear memory after the same runs, which is its peak: it never shrinks. */
export const measureMemory = (module: WebAssembly.Module, workload: Workload): number => {
  const instance = new WebAssembly.Instance(module);
  withWorkload(callOf(instance), workload, (run) => eachRun(run, workload));
  return (instance.exports['memory'] as WebAssembly.Memory).buffer.byteLength;
};

/**
 * Peak of the bytes that a workload has requested and not yet freed, in the
 * same runs. It is the same for every allocator.
 * @param module merged from the workloads that report their live bytes.
 * @throws an Error when the workload does not free what it allocated.
 */
export const measureLive = (module: WebAssembly.Module, workload: Workload): number => {
  let live = 0;
  let peak = 0;
  const countLive = (change: number): void => {
    live += change;
    peak = Math.max(peak, live);
  };
  withWorkload(callOf(new WebAssembly.Instance(module, { host: { countLive } })), workload, (run) => eachRun(run, workload));
  if (live !== 0) throw new Error(`${workload.name} ends with ${live} live bytes`);
  return peak;
};

/** Goes through a workload, to see that it ends. */
export const exercise = (module: WebAssembly.Module, workload: Workload, operations: number): void =>
  withWorkload(callOf(new WebAssembly.Instance(module)), workload, (run) => run(operations, 1));
