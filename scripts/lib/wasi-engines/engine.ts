/** What an engine for WASI programs is, and running a program on one in a process of its own. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { withFolder } from '../folder.ts';
import { ROOT } from '../paths.ts';

/** How a program ended that was not stopped by a trap. */
export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** The words behind the program's name. */
  args?: string[];
  /** Its standard input; empty by default. */
  input?: string | Uint8Array;
  /** Its whole environment; empty by default. */
  env?: Record<string, string>;
  /** A folder of this machine, which the program finds as `.`. */
  folder?: string;
}

/**
 * What some engines have not.
 * - exit codes: every code but 0 comes out as 1
 * - folders: no files but the standard streams
 * - clock, random: the time stands still, random bytes are the same in every run
 */
export type Lack = 'exit codes' | 'folders' | 'clock' | 'random';

export interface Engine {
  name: string;
  /** What a program cannot have on it. */
  lacks: readonly Lack[];
  /** Why the engine cannot be had here, or undefined if it can. */
  missing(): string | undefined;
  /**
   * Runs a WASI preview 1 command to its end.
   *
   * @param program the module, or the path of its file
   * @throws Trap if the program trapped; another error if the engine failed or lacks what `options` want
   */
  run(program: Uint8Array | string, options?: RunOptions): Promise<Outcome>;
}

/** A program was stopped by a trap, and what it had printed until then. */
export class Trap extends Error {
  readonly stdout: string;
  readonly stderr: string;
  constructor(message: string, { stdout, stderr }: { stdout: string; stderr: string }) {
    super(`${message}\n${stdout}${stderr}`.trimEnd());
    this.name = 'Trap';
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Milliseconds after which a program counts as one that never ends. */
const RUN_TIME_MAX = 300_000;

/** A module's bytes, whether it is given by them or by its file. */
export const bytesOf = (program: Uint8Array | string): Uint8Array =>
  (typeof program === 'string' ? fs.readFileSync(program) : program);

/** Puts a module into `folder` unless it is in a file already, and gives the file's path. */
export const fileOf = (program: Uint8Array | string, folder: string): string => {
  if (typeof program === 'string') return path.resolve(program);
  const file = path.join(folder, 'program.wasm');
  fs.writeFileSync(file, program);
  return file;
};

/** A process that has ended, its streams as text. */
export interface Run {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** What it wrote to descriptor 3. */
  answer: string;
}

export interface ProcessOptions {
  input?: string | Uint8Array;
  /** Variables besides those of this process. */
  env?: Record<string, string>;
  /** Milliseconds after which the process is ended; RUN_TIME_MAX by default. */
  timeMax?: number;
}

/**
 * Runs a process whose streams are files, so that any amount goes through them in one piece, whatever the engine does
 * with pipes. Throws only if it does not start.
 */
export const runProcess = (
  command: string, args: string[], { input = '', env = {}, timeMax = RUN_TIME_MAX }: ProcessOptions = {},
): Promise<Run> =>
  withFolder(async (folder) => {
    const file = (name: string): string => path.join(folder, name);
    fs.writeFileSync(file('input'), input);
    const outputs = ['stdout', 'stderr', 'answer'];
    const stdio = [fs.openSync(file('input'), 'r'), ...outputs.map((name) => fs.openSync(file(name), 'w'))];
    const end = await new Promise<Pick<Run, 'status' | 'signal'>>((resolve, reject) => {
      const options = { cwd: ROOT, env: { ...process.env, ...env }, stdio };
      const child = spawn(command, args, { ...options, timeout: timeMax, killSignal: 'SIGKILL' });
      child.on('error', reject);
      child.on('close', (status, signal) => resolve({ status, signal }));
    }).finally(() => stdio.forEach((descriptor) => fs.closeSync(descriptor)));
    const [stdout, stderr, answer] = outputs.map((name) => fs.readFileSync(file(name), 'utf8'));
    return { ...end, stdout: stdout!, stderr: stderr!, answer: answer! };
  });

/**
 * Runs one of the programs in this folder that take the path of a request, as JSON, and answer it on descriptor 3.
 *
 * @param engine its name, for errors
 * @param command what it is run with
 */
export const ask = (
  engine: string, command: string[], script: string, request: object, options: ProcessOptions = {},
): Promise<Run> => withFolder(async (folder) => {
  const file = path.join(folder, 'request.json');
  fs.writeFileSync(file, JSON.stringify(request));
  const [program, ...args] = command;
  const run = await runProcess(program!, [...args, path.join(import.meta.dirname, script), file], options);
  if (run.answer === '') {
    const end = run.signal ? `was ended by ${run.signal}` : `ended with status ${run.status}`;
    throw new Error(`${engine} ${end} without an answer\n${run.stdout}${run.stderr}`.trimEnd());
  }
  return run;
});

/** How a program ended, from the answer `{"exitCode": number}` or `{"trap": message}`. */
export const outcomeOf = (engine: string, { answer, stdout, stderr }: Run): Outcome => {
  const { exitCode, trap } = JSON.parse(answer) as { exitCode: number; trap?: string };
  if (trap !== undefined) throw new Trap(`${trap}, on ${engine}`, { stdout, stderr });
  return { exitCode, stdout, stderr };
};

/**
 * A flag of Node. V8 11.3 may stop with "Fatal error: unreachable code" when a module grows its memory by megabytes
 * while garbage is being marked in other threads, in ProcessMarkingWorklist; without them it does not.
 */
const NO_CONCURRENT_MARKING = '--no-concurrent-marking';

/** Runs a program by one of the scripts in this folder, plain JavaScript so that it starts at once. */
export const runScript = async (
  engine: string, script: string, request: object, input?: string | Uint8Array,
): Promise<Outcome> => {
  const command = [process.execPath, '--no-warnings', NO_CONCURRENT_MARKING];
  return outcomeOf(engine, await ask(engine, command, script, request, { input }));
};
