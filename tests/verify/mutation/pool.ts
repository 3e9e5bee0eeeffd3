/** Judges mutants in a process of their own, and counts one that does not end as caught. */

import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../../scripts/lib/paths.ts';
import type { Caught } from './checks.ts';
import type { Mutant, Verdict } from './process.ts';

const PROCESS = path.join(import.meta.dirname, 'process.ts');

/** How often a mutant may take as long as the unchanged core took in a process that had just begun, its start included. */
const PATIENCE = 4;

export class Judge {
  #child: ChildProcess | undefined;
  /** Milliseconds for one mutant. */
  #timeMax = Infinity;

  /** Judges the unchanged core, which says how long the others may take. Throws if something is wrong with it. */
  async calibrate(unchanged: Mutant): Promise<void> {
    this.#timeMax = Infinity;
    const start = performance.now();
    const caught = await this.judge(unchanged);
    if (caught) throw new Error(`the unchanged ${unchanged.profile} core, ${caught.sequence ?? ''}: ${caught.message}`);
    this.#timeMax = PATIENCE * (performance.now() - start);
  }

  /** What the mutant does wrong; undefined if it gets past everything. */
  judge(mutant: Mutant): Promise<Caught | undefined> {
    const child = this.#child ??= fork(PROCESS, { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true, serialization: 'advanced' });
    return new Promise((resolve) => {
      const settle = (caught: Caught | undefined): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(caught);
      };
      const timer = this.#timeMax === Infinity ? undefined : setTimeout(() => {
        this.end();
        settle({ message: `did not end in ${PATIENCE} times the time of the unchanged core` });
      }, this.#timeMax);
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
