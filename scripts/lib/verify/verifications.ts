/** Finds the verifications in tests/verify/ and runs each in a process of its own. */

import { fork } from 'node:child_process';
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

export interface Result extends Listed {
  /** Absent if it could not be run, which `error` explains. */
  verified?: Verified;
  error?: string;
  /** Milliseconds. */
  time: number;
}

/** Runs a verification, or replays `sequence` on it. Never throws. */
export const runVerification = (
  { file, verification }: Listed, timeMax: number, sequence?: string,
): Promise<Result> => new Promise((resolve) => {
  const start = performance.now();
  const child = fork(PROCESS, { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true });
  let output = '';
  let answer: ProcessAnswer | undefined;
  let timedOut = false;
  child.stdout!.on('data', (chunk) => { output += chunk; });
  child.stderr!.on('data', (chunk) => { output += chunk; });
  child.on('message', (message) => { answer = message as ProcessAnswer; });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeMax);
  child.on('error', (error) => { output += error.message; });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    const result = { file, verification, time: performance.now() - start };
    if (answer !== undefined && 'verified' in answer) resolve({ ...result, verified: answer.verified });
    else if (answer !== undefined) resolve({ ...result, error: answer.error });
    else if (timedOut) resolve({ ...result, error: `stopped after ${(timeMax / 1000).toFixed(0)} s` });
    else resolve({ ...result, error: `ended with ${signal ?? `status ${code}`} and no answer\n${output}`.trim() });
  });
  const request: ProcessRequest = { file, name: verification.name, sequence };
  child.send(request);
});

/** Runs all of them, `jobs` at once, the longest first. `report` gets each result as it comes. */
export const runVerifications = async (
  listed: Listed[], options: { jobs: number; timeMax: number }, report: (result: Result) => void,
): Promise<Result[]> => {
  const queue = [...listed].sort((a, b) => b.verification.seconds - a.verification.seconds);
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await runVerification(next, options.timeMax);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results;
};
