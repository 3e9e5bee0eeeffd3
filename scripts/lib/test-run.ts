/** Runs one test file in a process of its own and reads what it says of its cases. */

import { spawn } from 'node:child_process';
import { ROOT } from './paths.ts';

export interface TestResult {
  passed: number;
  failed: number;
  skipped: number;
  /** Why the file as a whole failed, if it did other than by its cases. */
  problem?: string;
  /** All it printed. */
  output: string;
  /** Milliseconds it took. */
  time: number;
}

/** The totals that uvu prints behind the cases; skipped ones are not in Total. */
const total = (output: string, label: string): number | undefined => {
  const match = new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output);
  return match ? Number(match[1]) : undefined;
};

/** How the process ended. */
interface End {
  code: number | null;
  signal: string | null;
  time: number;
  timedOut: boolean;
}

/** What the output and the end of the process come to. A file without cases, or that dies, counts as one failure. */
const judge = (output: string, { code, signal, time, timedOut }: End): TestResult => {
  const all = total(output, 'Total');
  const passed = total(output, 'Passed') ?? 0;
  const skipped = total(output, 'Skipped') ?? 0;
  const failed = (all ?? 0) - passed;
  const result = { passed, failed, skipped, output, time };
  const wholly = (problem: string): TestResult => ({ ...result, failed: Math.max(failed, 1), problem });
  if (timedOut) return wholly(`stopped after ${(time / 1000).toFixed(0)} s; --time-limit allows more`);
  if (all === undefined) return wholly(`ended with ${signal ?? `status ${code}`} before it told its totals`);
  if (all === 0) return wholly('ran no case');
  if (failed === 0 && code !== 0) return wholly(`all cases passed, but it ended with ${signal ?? `status ${code}`}`);
  return result;
};

/**
 * Runs `file`, an absolute path. Never throws.
 *
 * @param timeMax milliseconds after which the file and all it started are stopped
 */
export const runTestFile = (file: string, timeMax: number): Promise<TestResult> => new Promise((resolve) => {
  const start = performance.now();
  // A group of its own, so that what the file started ends with it.
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let timedOut = false;
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { output += chunk; });
  const timer = setTimeout(() => {
    timedOut = true;
    process.kill(-child.pid!, 'SIGKILL');
  }, timeMax);
  child.on('error', (error) => {
    clearTimeout(timer);
    resolve({ passed: 0, failed: 1, skipped: 0, problem: error.message, output, time: performance.now() - start });
  });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    resolve(judge(output, { code, signal, time: performance.now() - start, timedOut }));
  });
});
