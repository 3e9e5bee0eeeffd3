/** Finds the verifications in tests/verify/ and runs them, in processes that can be stopped. */

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Counterexample, Extent, Verification } from '../../../tests/verify/verification.ts';
import { ROOT } from '../paths.ts';
import { AskedProcess } from './asked-process.ts';

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

/** Runs a verification in `child`, or replays `sequence` on it. Never throws. `say` is told how far it is. */
const runIn = async (
  child: AskedProcess<ProcessAnswer>, { file, verification }: Listed, timeMax: number, sequence?: string, say?: (progress: string) => void,
): Promise<Result> => {
  const start = performance.now();
  const answer = await child.ask({ file, name: verification.name, sequence } satisfies ProcessRequest, timeMax, say)
    .catch((error: Error): ProcessAnswer => ({ error: error.message }));
  return { file, verification, time: performance.now() - start, ...answer };
};

/** Runs one verification, or replays `sequence` on it. Never throws. */
export const runVerification = async (listed: Listed, timeMax: number, sequence?: string): Promise<Result> => {
  const child = new AskedProcess<ProcessAnswer>(PROCESS);
  const result = await runIn(child, listed, timeMax, sequence);
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
  const atWork = new Map<string, string>();
  const timer = setInterval(() => {
    for (const [name, progress] of atWork) say(`${name}${progress}`);
  }, PROGRESS_INTERVAL);
  const work = async (): Promise<void> => {
    const child = new AskedProcess<ProcessAnswer>(PROCESS);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { name } = next.verification;
      atWork.set(name, '');
      const result = await runIn(child, next, options.timeMax, undefined, (progress) => atWork.set(name, `: ${progress}`));
      atWork.delete(name);
      results.push(result);
      report(result);
    }
    child.end();
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, listed.length) }, work));
  clearInterval(timer);
  return results;
};
