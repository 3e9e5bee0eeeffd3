/** Processes that can be stopped: their work may never end, or end them. */

import { fork, type ChildProcess, type Serializable } from 'node:child_process';
import { ROOT } from '../paths.ts';

/** What comes from such a process: any number of times how far it is, and once the answer. */
export type ProcessMessage<Answer> = { progress: string } | Answer;

export class TimeOut extends Error {}

/**
 * A process that answers one request after the other, as each would begin by loading what they have in common. It is begun
 * when it is first asked, and anew when it has ended or had to be stopped.
 */
export class AskedProcess<Answer extends object> {
  readonly #script: string;
  #child: ChildProcess | undefined;
  #output = '';

  /** @param script its TypeScript, which receives requests as messages and answers each with ProcessMessage<Answer> */
  constructor(script: string) {
    this.#script = script;
  }

  #begin(): ChildProcess {
    const child = fork(this.#script, { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true, serialization: 'advanced' });
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => { this.#output += chunk; });
    return child;
  }

  /**
   * The answer to `request`. Throws a TimeOut after `timeMax` milliseconds, Infinity for none, and another error if the
   * process ends; it is stopped then. `say` is told how far it is.
   */
  ask(request: Serializable, timeMax: number, say: (progress: string) => void = () => {}): Promise<Answer> {
    const child = this.#child ??= this.#begin();
    this.#output = '';
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        child.removeAllListeners();
      };
      const fail = (error: Error): void => {
        leave();
        this.end();
        reject(error);
      };
      const stop = (): void => fail(new TimeOut(`stopped after ${(timeMax / 1000).toFixed(0)} s`));
      const timer = timeMax === Infinity ? undefined : setTimeout(stop, timeMax);
      child.on('message', (message: ProcessMessage<Answer>) => {
        if ('progress' in message) {
          say(message.progress);
          return;
        }
        leave();
        resolve(message);
      });
      child.once('error', fail);
      child.once('close', (code, signal) =>
        fail(new Error(`ended with ${signal ?? `status ${code}`} and no answer\n${this.#output}`.trim())));
      child.send(request);
    });
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
