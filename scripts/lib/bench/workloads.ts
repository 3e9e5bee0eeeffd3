/** A workload of `tests/bench/workloads.c`, and how much of it is one timed run. */
export interface Workload {
  /** Prefix of its three exports: `<name>_start`, `<name>_run`, `<name>_stop`. */
  readonly name: string;
  readonly title: string;
  /** Operations of one run: some milliseconds, and several generations of its live set. */
  readonly operations: number;
  /** Its exports are those of `replay`, which is fed the recorded calls of this program. */
  readonly trace?: string;
}

export const WORKLOADS: readonly Workload[] = [
  { name: 'pairs', title: 'pairs of 64 B', operations: 400_000 },
  { name: 'random', title: 'random 1-1,024 B, 10,000 live', operations: 150_000 },
  { name: 'lifo', title: 'LIFO 16-128 B, 4,000 deep', operations: 320_000 },
  { name: 'fifo', title: 'FIFO 48 B, 4,000 long', operations: 400_000 },
  { name: 'realloc_16k', title: 'realloc x1.5 to 16 KiB', operations: 30_000 },
  { name: 'realloc_1m', title: 'realloc x1.5 to 1 MiB', operations: 3_000 },
  { name: 'live_1k', title: 'random 1-128 B, 1,000 live', operations: 150_000 },
  { name: 'live_100k', title: 'random 1-128 B, 100,000 live', operations: 150_000 },
  { name: 'live_1m', title: 'random 1-128 B, 1,000,000 live', operations: 150_000 },
  { name: 'larson_1k', title: 'larson-like, 1,000 live', operations: 150_000 },
  { name: 'larson_50k', title: 'larson-like, 50,000 live', operations: 200_000 },
  { name: 'large', title: 'large 4 KiB-1 MiB, 64 live', operations: 60_000 },
  { name: 'mixed', title: 'power-law mix, 4,000 live', operations: 150_000 },
  { name: 'calloc', title: 'calloc 1-1,024 B, 4,000 live', operations: 80_000 },
  { name: 'trees', title: 'binary trees', operations: 300_000 },
  { name: 'aligned', title: 'aligned 32-4,096, 1,000 live', operations: 100_000 },
  { name: 'shifting', title: 'shifting sizes 64 B-8 KiB', operations: 150_000 },
  { name: 'producer', title: 'producer and consumer 16 B-8 KiB', operations: 102_400 },
  { name: 'replay_jq', title: "replay of jq's calls", operations: 60_000, trace: 'jq' },
  { name: 'replay_quickjs', title: "replay of QuickJS's calls", operations: 60_000, trace: 'quickjs' },
  { name: 'replay_sqlite', title: "replay of SQLite's calls", operations: 60_000, trace: 'sqlite' },
];

/** The same with a part of its operations. */
export const partOf = (workload: Workload, part: number): Workload => ({ ...workload, operations: Math.ceil(workload.operations * part) });
