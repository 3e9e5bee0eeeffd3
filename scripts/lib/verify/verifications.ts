/** Finds the verifications in tests/verify/ and runs them, in processes that can be stopped. */

import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Counterexample, Extent, Verification } from '../../../tests/verify/verification.ts';
import { ROOT } from '../paths.ts';

const FOLDER = path.join(ROOT, 'tests/verify');
const PROCESS = path.join(import.meta.dirname, 'process.ts');

/** The runs, each of which contains those before it. */
const EXTENTS: Extent[] = ['reduced', 'full', 'long'];

/** A verification and the file that has it. */
export interface Listed { file: string; verification: Verification }

/** The verifications of one file. */
export const verificationsOf = async (file: string): Promise<Verification[]> => {
  const { verifications } = await import(pathToFileURL(file).href) as { verifications: Verification[] };
  return verifications;
};

/** All verifications of a run, in the order of their files. */
export const listVerifications = async (extent: Extent): Promise<Listed[]> => {
  const files = fs.readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.verify.ts')).map((name) => path.join(FOLDER, name)).sort();
  const listed: Listed[] = [];
  for (const file of files) {
    for (const verification of await verificationsOf(file)) {
      const known = listed.find((other) => other.verification.name === verification.name);
      if (known) throw new Error(`two verifications are called "${verification.name}"`);
      if (EXTENTS.indexOf(verification.extent) <= EXTENTS.indexOf(extent)) listed.push({ file, verification });
    }
  }
  return listed;
};

/** An outcome as it comes from another process: hashes in place of modules. */
export interface Verified {
  counts: Record<string, number>;
  binaries: { name: string; bytes: number; sha256: string }[];
  counterexample?: Counterexample;
  notes: string[];
}

/** What a process is asked, and what it answers. */
export interface ProcessRequest { file: string; name: string; sequence?: string }
export type ProcessAnswer = { verified: Verified } | { error: string };
/** What comes from it: any number of times how far it is, and once the answer. */
export type ProcessMessage = { progress: string } | ProcessAnswer;

export interface Result extends Listed {
  /** Absent if it could not be run, which `error` explains. */
  verified?: Verified;
  error?: string;
  /** Milliseconds. */
  time: number;
}

/**
 * A process that runs one verification after the other, as each begins by loading what they have in common. It is begun
 * when it is first wanted, and anew when it had to be stopped.
 */
class VerificationProcess {
  #child: ChildProcess | undefined;
  #output = '';
  /** What it is at. */
  at = '';

  #begin(): ChildProcess {
    const child = fork(PROCESS, { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true });
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => { this.#output += chunk; });
    return child;
  }

  /** Runs a verification, or replays `sequence` on it. Never throws. */
  run({ file, verification }: Listed, timeMax: number, sequence?: string): Promise<Result> {
    const child = this.#child ??= this.#begin();
    const start = performance.now();
    this.#output = '';
    this.at = verification.name;
    return new Promise((resolve) => {
      const settle = (answer: ProcessAnswer): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve({ file, verification, time: performance.now() - start, ...answer });
      };
      const fail = (error: string): void => {
        this.end();
        settle({ error });
      };
      const timer = setTimeout(() => fail(`stopped after ${(timeMax / 1000).toFixed(0)} s`), timeMax);
      child.on('message', (message: ProcessMessage) => {
        if ('progress' in message) this.at = `${verification.name}: ${message.progress}`;
        else settle(message);
      });
      child.once('error', (error) => fail(error.message));
      child.once('close', (code, signal) => fail(`ended with ${signal ?? `status ${code}`} and no answer\n${this.#output}`.trim()));
      const request: ProcessRequest = { file, name: verification.name, sequence };
      child.send(request);
    });
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.at = '';
  }
}

/** Runs one verification, or replays `sequence` on it. Never throws. */
export const runVerification = async (listed: Listed, timeMax: number, sequence?: string): Promise<Result> => {
  const child = new VerificationProcess();
  const result = await child.run(listed, timeMax, sequence);
  child.end();
  return result;
};

/** Milliseconds from one word on what is being run to the next. */
const PROGRESS_INTERVAL = 20_000;

/** Runs all of them, `jobs` at once, the longest first. `report` gets each result as it comes, `say` what is being done. */
export const runVerifications = async (
  listed: Listed[], options: { jobs: number; timeMax: number }, report: (result: Result) => void, say: (line: string) => void,
): Promise<Result[]> => {
  const queue = [...listed].sort((a, b) => b.verification.seconds - a.verification.seconds);
  const results: Result[] = [];
  const processes = Array.from({ length: Math.min(options.jobs, listed.length) }, () => new VerificationProcess());
  const timer = setInterval(() => {
    for (const { at } of processes) if (at !== '') say(at);
  }, PROGRESS_INTERVAL);
  await Promise.all(processes.map(async (child) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await child.run(next, options.timeMax);
      results.push(result);
      report(result);
    }
    child.end();
  }));
  clearInterval(timer);
  return results;
};
