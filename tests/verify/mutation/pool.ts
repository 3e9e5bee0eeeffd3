/** Judges mutants in a process of their own, and counts one that does not end as caught. */

import path from 'node:path';
import { AskedProcess, TimeOut } from '../../../scripts/lib/verify/asked-process.ts';
import type { Caught } from './checks.ts';
import type { Mutant, Verdict } from './process.ts';

const PROCESS = path.join(import.meta.dirname, 'process.ts');

/** How often a mutant may take as long as the unchanged core took in a process that had just begun, its start included. */
const PATIENCE = 4;

export class Judge {
  readonly #child = new AskedProcess<Verdict>(PROCESS);
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
  async judge(mutant: Mutant): Promise<Caught | undefined> {
    try {
      return (await this.#child.ask(mutant, this.#timeMax)).caught;
    } catch (error) {
      if (error instanceof TimeOut) return { message: `did not end in ${PATIENCE} times the time of the unchanged core` };
      return { message: (error as Error).message };
    }
  }

  end(): void {
    this.#child.end();
  }
}
