/** Measures programs that others wrote with one allocator against another: time and memory of whole runs. */

import os from 'node:os';
import path from 'node:path';
import { summarise, type Summary } from '../bench/statistics.ts';
import type { Outcome } from '../wasi-engines.ts';
import { ask } from '../wasi-engines/engine.ts';
import { missingPackage, PACKAGE_VARIABLES } from '../wasi-engines/wasmtime.ts';
import { buildProgram, foldersOf, type Allocator, type Program, type Task } from './program.ts';

/** One task of a program with one allocator on one engine; times are milliseconds of the processor. */
export interface Measured extends Summary {
  program: string;
  task: string;
  engine: string;
  allocator: Allocator;
  samples: number[];
  /** Linear memory at the end of a run, which is its peak as it never shrinks. */
  memoryBytes: number;
}

export interface ProgramComparison {
  date: string;
  processor: string;
  rounds: number;
  allocators: Allocator[];
  results: Measured[];
}

/** What a measuring script answers for each build. */
interface Answer extends Outcome {
  samples: number[];
  memoryBytes: number;
}

interface MeasuringEngine {
  name: string;
  /** Why it cannot be had here, or undefined if it can. */
  missing(): string | undefined;
  command: string[];
  script: string;
  variables: Record<string, string>;
}

export const MEASURING_ENGINES: MeasuringEngine[] = [
  {
    name: 'v8',
    missing: () => undefined,
    command: [process.execPath, '--no-warnings'],
    script: 'node-measure.mjs',
    variables: {},
  },
  {
    name: 'wasmtime',
    missing: missingPackage,
    command: ['python3', '-B'],
    script: 'wasmtime-measure.py',
    variables: PACKAGE_VARIABLES,
  },
];

/** Milliseconds that one run of one build may take, on a busy machine too. */
const RUN_TIME_MAX = 120_000;

const answersOf = async (
  engine: MeasuringEngine, modules: string[], { options, files }: Task, rounds: number,
): Promise<Answer[]> => {
  const { args = [], env = {}, input = '' } = options;
  const script = path.join('../programs', engine.script);
  const timeMax = RUN_TIME_MAX * (rounds * modules.length + 1);
  const request = { modules, args, env, files, input, rounds };
  const { answer } = await ask(engine.name, engine.command, script, request, { env: engine.variables, timeMax });
  return JSON.parse(answer) as Answer[];
};

/**
 * Runs every measured task of `programs` with each allocator, in turns within a round, each round beginning with
 * another one, so that a slow moment of the machine meets all of them.
 *
 * @param say takes a line about how far it is
 * @throws an Error if a program does not do what it should, or not the same with each allocator
 */
export const comparePrograms = async (
  programs: Program[], engines: MeasuringEngine[], allocators: Allocator[], rounds: number, say: (line: string) => void,
): Promise<ProgramComparison> => {
  const results: Measured[] = [];
  for (const program of programs) {
    say(`${program.name}: building`);
    const folders = foldersOf(program);
    const modules: string[] = [];
    for (const allocator of allocators) modules.push(await buildProgram(program, folders, allocator, '-O2'));
    for (const task of program.benches(folders)) {
      for (const engine of engines) {
        const begin = performance.now();
        const answers = await answersOf(engine, modules, task, rounds);
        say(`${program.name}, ${task.name}, ${engine.name}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
        const { exitCode, stdout, stderr } = answers[0]!;
        task.check({ exitCode, stdout, stderr });
        answers.forEach((answer, index) => {
          const allocator = allocators[index]!;
          if (answer.exitCode !== exitCode || answer.stdout !== stdout || answer.stderr !== stderr) {
            throw new Error(`${program.name}, ${task.name}: not the same with ${allocator} as with ${allocators[0]}`);
          }
          const { samples, memoryBytes } = answer;
          const which = { program: program.name, task: task.name, engine: engine.name, allocator };
          results.push({ ...which, ...summarise(samples), samples, memoryBytes });
        });
      }
    }
  }
  const processor = os.cpus()[0]?.model ?? 'unknown';
  return { date: new Date().toISOString(), processor, rounds, allocators, results };
};
