/** Who talks to the kernel's shell: a script, line by line, or somebody at this terminal. */

import type { Readable } from 'node:stream';
import type { BootOptions, SerialLine } from './kernel-boot.ts';

/** What the shell prints when it waits for a line. */
export const PROMPT = 'tallow> ';

/** The last line of every script; it does no harm when the machine is off already. */
const LAST_LINE = 'poweroff';

/** What connects a session with a boot. */
export type Session = Required<Pick<BootOptions, 'onOutput' | 'onStart'>>;

/**
 * Sends a line whenever the shell waits for one, so that no command meets what belongs to the next; after the last,
 * poweroff. A line is asked for when it can be sent, and may depend on what was printed until then. `onOutput` is given
 * what the kernel prints.
 */
export const scriptSession = (lines: AsyncIterable<string> | Iterable<string>, onOutput: (text: string) => void): Session => {
  let line: SerialLine | undefined;
  let printed = '';
  let waiting: (() => void) | undefined;
  const check = (): void => {
    if (!waiting || !printed.endsWith(PROMPT)) return;
    const resolve = waiting;
    waiting = undefined;
    printed = '';
    resolve();
  };
  const prompted = (): Promise<void> => new Promise((resolve) => {
    waiting = resolve;
    check();
  });
  const run = async (): Promise<void> => {
    await prompted();
    for await (const text of lines) {
      line!.send(`${text}\r`);
      await prompted();
    }
    line!.send(`${LAST_LINE}\r`);
  };
  return {
    onStart: (serial) => {
      line = serial;
      void run();
    },
    onOutput: (text) => {
      onOutput(text);
      printed = (printed + text).slice(-PROMPT.length);
      check();
    },
  };
};

/** The lines of a stream of text, as they come; nothing is read before it is asked for. */
export const linesOf = async function* (stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('latin1')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
};

const CONTROL_A = '\x01';

/** What to do with the keys of a terminal: Ctrl-A is kept back, as the key behind it decides. */
export class Keys {
  private escaped = false;

  /** What the kernel is to be sent for `text`, and whether Ctrl-A x was in it. */
  read(text: string): { sent: string; ended: boolean } {
    let sent = '';
    for (const key of text) {
      if (!this.escaped) {
        if (key === CONTROL_A) this.escaped = true;
        else sent += key;
        continue;
      }
      this.escaped = false;
      if (key === 'x' || key === 'X') return { sent, ended: true };
      sent += key === CONTROL_A || key === 'a' ? CONTROL_A : CONTROL_A + key;
    }
    return { sent, ended: false };
  }
}

export interface TerminalSession extends Session {
  /** Whether the machine was switched off by Ctrl-A x. */
  ended(): boolean;
  /** Gives the terminal back as it was. Must be called, whatever happened. */
  close(): void;
}

/**
 * Connects this terminal: every key goes to the kernel as it is pressed, Ctrl-C too. Ctrl-A x switches the machine off,
 * Ctrl-A Ctrl-A sends a Ctrl-A. The terminal is also given back when this process exits.
 */
export const terminalSession = (): TerminalSession => {
  const { stdin, stdout } = process;
  const keys = new Keys();
  let ended = false;
  const close = (): void => {
    stdin.setRawMode(false);
    stdin.pause();
    process.removeListener('exit', close);
  };
  return {
    onStart: (serial) => {
      process.once('exit', close);
      stdin.setRawMode(true);
      stdin.setEncoding('latin1');
      stdin.on('data', (text: string) => {
        const read = keys.read(text);
        if (read.sent !== '') serial.send(read.sent);
        if (read.ended) {
          ended = true;
          serial.switchOff();
        }
      });
      stdin.resume();
    },
    onOutput: (text) => void stdout.write(text),
    ended: () => ended,
    close,
  };
};
