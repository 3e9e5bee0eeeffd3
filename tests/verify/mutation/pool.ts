/** Judges mutants in a process of their own, and counts one that does not end as caught. */

import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../../scripts/lib/paths.ts';
import type { Caught } from './checks.ts';
import type { Mutant, Verdict } from './process.ts';

const PROCESS = path.join(import.meta.dirname, 'process.ts');

/** Milliseconds for one mutant; an unchanged core takes a tenth of it on a machine with nothing else to do. */
const TIME_MAX = 30_000;

export class Judge {
  #child: ChildProcess | undefined;

  /** What the mutant does wrong; undefined if it gets past everything. */
  judge(mutant: Mutant): Promise<Caught | undefined> {
    const child = this.#child ??= fork(PROCESS, { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true, serialization: 'advanced' });
    return new Promise((resolve) => {
      const settle = (caught: Caught | undefined): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(caught);
      };
      const timer = setTimeout(() => {
        this.end();
        settle({ message: `did not end within ${TIME_MAX / 1000} s` });
      }, TIME_MAX);
      child.once('message', (verdict) => settle((verdict as Verdict).caught));
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        settle({ message: `ended the process with ${signal ?? `status ${code}`}` });
      });
      child.send(mutant);
    });
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
