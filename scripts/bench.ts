/** Compares Tallow with other allocators. `npm run bench -- --help` tells how. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runMain } from './lib/arguments.ts';
import { ALLOCATORS, allocatorFromOption, buildAllocators, DEFAULT_NAMES, type Allocator, type Unavailable } from './lib/bench/allocators.ts';
import { compare, type Comparison } from './lib/bench/compare.ts';
import { ENGINES } from './lib/bench/engines.ts';
import { countAll, instructionReport } from './lib/bench/instructions.ts';
import { KERNEL_HEAP_NAMES, kernelCostReport, measureKernelCost, type KernelCost } from './lib/bench/kernel-cost.ts';
import { NATIVE_NAMES } from './lib/bench/native.ts';
import { compareNative, nativeReport } from './lib/bench/native-compare.ts';
import { changesBetween, changesReport, readRecorded, RECORDED_FILE, recordOf, type Recorded } from './lib/bench/recorded.ts';
import { readmeTable, withTable } from './lib/bench/readme.ts';
import { report } from './lib/bench/report.ts';
import { type Workload, WORKLOADS } from './lib/bench/workloads.ts';
import { beyondBound, countedCores, worstCalls, worstReport } from './lib/bench/worst-case.ts';
import { comparePrograms, MEASURING_ENGINES } from './lib/programs/measure.ts';
import { programReport } from './lib/programs/report.ts';
import { ROOT } from './lib/paths.ts';
import { PROFILE_NAMES, profileNamed } from './lib/profiles.ts';
import { PROGRAMS } from '../tests/programs/index.ts';

const ROUNDS = 11;
const ROUNDS_QUICK = 5;

/** Whole programs take seconds each. */
const PROGRAM_ROUNDS = 5;
const PROGRAM_ROUNDS_QUICK = 2;

/** Logarithms of the memories in frames in which the dearest calls are looked for: 256 KiB to 64 MiB. */
const WORST_ORDERS = [6, 8, 10, 12, 14];

const WORKLOAD_NAMES = WORKLOADS.map(({ name }) => name);
const ALLOCATOR_NAMES = ALLOCATORS.map(({ name }) => name);
const PROGRAM_NAMES = PROGRAMS.map(({ name }) => name);

const HELP = `npm run bench -- [options]

Times workloads on Tallow and on other allocators, and prints time, memory and
code size; then counts the instructions of malloc and free in a kernel, and
runs whole programs with dlmalloc and with Tallow on both engines.
tests/bench/README.md and tests/programs/README.md explain the measuring.

  --rounds <n>          rounds over all workloads and allocators (default ${ROUNDS})
  --quick               ${ROUNDS_QUICK} rounds: a first look, not a result
  --only <names>        these workloads, separated by commas:
                        ${WORKLOAD_NAMES.slice(0, 7).join(', ')},
                        ${WORKLOAD_NAMES.slice(7).join(', ')}
  --allocators <names>  these allocators, separated by commas:
                        ${ALLOCATOR_NAMES.join(', ')}
  --wasm <name=path>    another allocator: a module without imports that exports
                        memory, malloc, free, calloc, realloc and aligned_alloc;
                        may be repeated
  --engine <name>       ${Object.keys(ENGINES).join(' or ')} (default v8)
  --statistic <name>    median or min of the rounds (default median); min is the
                        steadier one on a machine that is busy with other work
  --baseline <name>     what times are compared with (default dlmalloc)
  --instructions        only how many instructions calls execute, for the same
                        allocators and workloads; --json is for them then
  --check               compares the instructions, memory and code of every
                        profile with the recorded ones; fails if any rose
  --record              records them anew
  --worst               only the dearest calls of sequences that were made to be
                        dear, and the published bound; some 20 s
  --kernel              only the instructions in a kernel
  --native              only the C build in native processes, and the allocators
                        of Linux; --only, --rounds, --quick, --statistic,
                        --baseline (default glibc), --json and --allocators are
                        for them then:
                        ${NATIVE_NAMES.join(', ')}
  --programs            only whole programs; --only, --engine, --rounds (default
                        ${PROGRAM_ROUNDS}), --quick and --json are for them then:
                        ${PROGRAM_NAMES.join(', ')}
  --profiles <names>    the profiles of Tallow that programs are run with, of
                        ${PROFILE_NAMES.join(', ')} (default release)
  --trace               records anew what programs call, for the replays
  --svg <file>          also draws time and memory of all allocators
  --readme              also writes the table into README.md, and the chart to
                        tests/bench/chart.svg
  --json <file>         also writes every sample and figure to this file
  --help                this text

To compare two builds of Tallow:
  npm run bench -- --allocators tallow --wasm before=old.wasm --baseline before
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The names in a list separated by commas, each of which must be a known one. */
const namesFrom = (option: string, list: string | undefined, known: readonly string[]): readonly string[] => {
  if (list === undefined) return known;
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${option} does not know ${unknown}; it takes ${known.join(', ')}`);
  return names;
};

/** The allocator that --baseline names, which must take part; or the usual one, if that does. */
const baselineFrom = (option: string | undefined, names: readonly string[], usual: string): string | undefined => {
  if (option !== undefined && !names.includes(option)) throw new Error(`--baseline ${option} is not among ${names.join(', ')}`);
  return option ?? names.find((name) => name === usual);
};

const readOptions = (args: string[]) => {
  return parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      allocators: { type: 'string' },
      wasm: { type: 'string', multiple: true, default: [] },
      engine: { type: 'string' },
      statistic: { type: 'string', default: 'median' },
      baseline: { type: 'string' },
      instructions: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      worst: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      kernel: { type: 'boolean', default: false },
      native: { type: 'boolean', default: false },
      programs: { type: 'boolean', default: false },
      profiles: { type: 'string', default: 'release' },
      svg: { type: 'string' },
      readme: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }).values;
};

/** Counts and prints what calls cost in a kernel. */
const reportKernelCost = async (): Promise<void> => {
  const costs: KernelCost[] = [];
  for (const heap of KERNEL_HEAP_NAMES) {
    say(`counting instructions in a kernel: ${heap}`);
    costs.push(await measureKernelCost(heap));
  }
  process.stdout.write(`${kernelCostReport(costs)}\n`);
};

/** The number that --rounds tells, or the default. */
const roundsOf = (text: string | undefined, byDefault: number): number => {
  const rounds = Number(text ?? byDefault);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number from 1 upwards, not ${text}`);
  return rounds;
};

const writeJson = (file: string, value: object): void => {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  say(`written: ${file}`);
};

const README = path.join(ROOT, 'README.md');
const CHART = path.join(ROOT, 'tests/bench/chart.svg');

const writeChart = async (file: string, comparison: Comparison, baseline: string | undefined): Promise<void> => {
  // The library is loaded when it is wanted: it takes a while.
  const { chartOf } = await import('./lib/bench/chart.ts');
  writeFileSync(file, await chartOf(comparison, baseline ?? 'dlmalloc'));
  say(`written: ${file}`);
};

/** Measures and prints whole programs, those whose names are wanted, on the engine that is wanted or on each. */
const reportPrograms = async (options: ReturnType<typeof readOptions>): Promise<void> => {
  const names = namesFrom('--only', options.only, PROGRAM_NAMES);
  const engineNames = namesFrom('--engine', options.engine, MEASURING_ENGINES.map(({ name }) => name));
  const engines = MEASURING_ENGINES.filter(({ name }) => engineNames.includes(name)).filter(({ name, missing }) => {
    const reason = missing();
    if (reason !== undefined) say(`skipped: programs on ${name}: ${reason}`);
    return reason === undefined;
  });
  const rounds = roundsOf(options.rounds, options.quick ? PROGRAM_ROUNDS_QUICK : PROGRAM_ROUNDS);
  const programs = PROGRAMS.filter(({ name }) => names.includes(name));
  const profiles = options.profiles.split(',').map(profileNamed);
  const comparison = await comparePrograms(programs, engines, ['dlmalloc', ...profiles], rounds, say);
  process.stdout.write(`${programReport(comparison)}\n`);
  if (options.programs && options.json !== undefined) writeJson(options.json, comparison);
};

/** Measures and prints the C build and other allocators in native processes. */
const reportNative = async (
  options: ReturnType<typeof readOptions>, workloads: Workload[], rounds: number, statistic: 'median' | 'min',
): Promise<void> => {
  const names = namesFrom('--allocators', options.allocators, NATIVE_NAMES);
  const baseline = baselineFrom(options.baseline, names, 'glibc');
  const comparison = await compareNative(names, workloads, rounds, say);
  process.stdout.write(`${nativeReport(comparison, statistic, baseline)}\n`);
  if (options.json !== undefined) writeJson(options.json, { ...comparison, baseline });
};

/** Prints the instructions of `allocators` on `workloads`. */
const reportInstructions = (allocators: Allocator[], workloads: Workload[], json: string | undefined): void => {
  const counts = countAll(allocators, workloads, say);
  process.stdout.write(`${instructionReport(counts)}\n`);
  if (json !== undefined) writeJson(json, counts);
};

/** The figures of every profile that do not depend on the machine. */
const recordNow = (): Recorded => {
  say('building the profiles');
  const allocators = buildAllocators(['tallow', 'hardened', 'debug']);
  return recordOf(allocators, countAll(allocators, WORKLOADS, say));
};

/** Compares with the recorded figures, and fails if any rose. */
const check = (): void => {
  const before = readRecorded(RECORDED_FILE);
  const changes = changesBetween(before, recordNow());
  process.stdout.write(`${changesReport(changes)}\n`);
  if (changes.risen.length > 0) process.exitCode = 1;
};

/** Prints the dearest calls in memories of several sizes; fails if one is beyond the bound. */
const reportWorst = (json: string | undefined): void => {
  const results = countedCores().flatMap(({ name, instantiate }) => WORST_ORDERS.map((order) => {
    say(`looking for the dearest calls: ${name}, 2^${order} frames`);
    return { profile: name, order, worst: worstCalls(instantiate, order, 1) };
  }));
  process.stdout.write(`${worstReport(results)}\n`);
  if (json !== undefined) writeJson(json, results);
  const beyond = results.flatMap(({ worst, order }) => beyondBound(worst, order));
  if (beyond.length > 0) throw new Error(`beyond the bound:\n${beyond.join('\n')}`);
};

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  if (options.record) {
    writeJson(RECORDED_FILE, recordNow());
    return;
  }
  if (options.check) {
    check();
    return;
  }
  if (options.trace) {
    const { recordTrace } = await import('./lib/bench/trace-recorder.ts');
    for (const program of PROGRAMS.filter(({ name }) => WORKLOADS.some(({ trace }) => trace === name))) {
      say(`recording ${program.name}`);
      say(`${await recordTrace(program)} bytes`);
    }
    return;
  }
  if (options.worst) {
    reportWorst(options.json);
    return;
  }
  if (options.kernel) {
    await reportKernelCost();
    return;
  }
  if (options.programs) {
    await reportPrograms(options);
    return;
  }
  const rounds = roundsOf(options.rounds, options.quick ? ROUNDS_QUICK : ROUNDS);
  const openEngine = ENGINES[options.engine ?? 'v8'];
  if (!openEngine) throw new Error(`--engine does not know ${options.engine}; it takes ${Object.keys(ENGINES).join(', ')}`);
  const { statistic } = options;
  if (statistic !== 'median' && statistic !== 'min') throw new Error(`--statistic takes median or min, not ${statistic}`);
  const workloadNames = namesFrom('--only', options.only, WORKLOAD_NAMES);
  const workloads = WORKLOADS.filter(({ name }) => workloadNames.includes(name));
  if (options.native) {
    await reportNative(options, workloads, rounds, statistic);
    return;
  }
  say('building the allocators');
  const unavailable: Unavailable[] = [];
  const wanted = options.allocators === undefined ? DEFAULT_NAMES : namesFrom('--allocators', options.allocators, ALLOCATOR_NAMES);
  const allocators = [
    ...buildAllocators(wanted, (which) => {
      say(`not available: ${which.name}: ${which.reason}`);
      unavailable.push(which);
    }),
    ...options.wasm.map(allocatorFromOption),
  ];
  const names = allocators.map(({ name }) => name);
  if (workloads.length === 0 || allocators.length === 0) throw new Error('there is nothing to measure');
  if (new Set(names).size < names.length) throw new Error(`two allocators have the same name: ${names.join(', ')}`);
  if (options.instructions) {
    reportInstructions(allocators, workloads, options.json);
    return;
  }
  const baseline = baselineFrom(options.baseline, names, 'dlmalloc');

  const comparison = compare(openEngine(), allocators, workloads, rounds, say, unavailable);
  process.stdout.write(`${report(comparison, statistic, baseline)}\n`);
  if (options.json !== undefined) {
    writeJson(options.json, { ...comparison, baseline });
  }
  if (options.svg !== undefined) await writeChart(options.svg, comparison, baseline);
  if (options.readme) {
    await writeChart(CHART, comparison, baseline);
    writeFileSync(README, withTable(readFileSync(README, 'utf8'), readmeTable(comparison, statistic)));
    say('written: README.md');
  }
  const everything = options.only === undefined && options.allocators === undefined && options.wasm.length === 0 && !options.readme;
  if (everything) {
    process.stdout.write('\n');
    await reportKernelCost();
    process.stdout.write('\n');
    await reportPrograms({ ...options, rounds: undefined, json: undefined });
  }
});
