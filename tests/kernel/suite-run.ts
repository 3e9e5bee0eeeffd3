/** Boots the kernel as its own test and turns what it reports into cases of this test. */
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT_SUCCESS } from '../../qemu/kernel/exit-code.ts';
import { bootKernel, BootError, type BootOptions, exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

export interface SuiteReport {
  output: string;
  /** The meaning of the exit code, or why there was none. */
  end: string;
  /** 'ok' or the check that failed, by case. */
  verdicts: Map<string, string>;
}

/** The names of the cases that a file of the kernel reports. */
export const casesOf = (file: string): string[] => {
  const text = fs.readFileSync(path.join(ROOT, 'qemu/kernel', file), 'utf8');
  return [...text.matchAll(/\bsuiteReport\('(\w+)'/g)].map(([, name]) => name!);
};

/** Boots the kernel `file` and reads what it reports. A machine that does not power off is a report too. */
export const runReport = async (machine: Machine, file: string, options: BootOptions): Promise<SuiteReport> => {
  let output = '';
  let end: string;
  try {
    const { exitCode } = await bootKernel(machine, file, { ...options, onOutput: (text) => { output += text; } });
    end = exitMeaning(exitCode);
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    end = error.message;
  }
  const lines = output.matchAll(/^(ok|not ok) (\w+)(?:: (check \d+))?$/gm);
  return { output, end, verdicts: new Map([...lines].map(([, verdict, name, check]) => [name!, check ?? verdict!])) };
};

/** Boots the ordinary kernel with a word that chooses a suite. */
export const runSuite = async (machine: Machine, options: BootOptions): Promise<SuiteReport> =>
  runReport(machine, (await buildKernel(machine)).file, options);

/** Defines and runs the tests for what a machine reported of these cases. */
export const testReport = (name: string, cases: string[], report: SuiteReport): void => {
  const test = suite(name);
  for (const suiteCase of cases) {
    test(suiteCase, () => assert.is(report.verdicts.get(suiteCase) ?? `not run; ${report.end}`, 'ok'));
  }
  test('the kernel runs every case, gives all memory back and says so', () => {
    assert.ok(cases.length > 0);
    assert.match(report.output, new RegExp(`^1\\.\\.${cases.length}$`, 'm'));
    assert.match(report.output, new RegExp(`^${cases.length} passed, 0 failed$`, 'm'));
    assert.is(report.end, exitMeaning(EXIT_SUCCESS), report.output);
  });
  test.run();
};

/** Runs a suite on every machine, with little and with ordinary memory. */
export const testSuite = async (word: string, file: string): Promise<void> => {
  const cases = casesOf(file);
  const reports = new Map<string, SuiteReport>();
  for (const machine of MACHINE_NAMES) {
    for (const memoryMiB of [8, 64]) {
      reports.set(`${word} on ${machine}, ${memoryMiB} MiB`, await runSuite(machine, { commandLine: `suite=${word}`, memoryMiB }));
    }
  }
  for (const [name, report] of reports) testReport(name, cases, report);
};
