/** Conversations with the kernel's shell. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import * as assert from 'uvu/assert';
import { bootKernel, exitMeaning, type SerialLine } from '../../scripts/lib/kernel-boot.ts';
import type { Machine } from '../../scripts/lib/kernel-machine.ts';
import { PROMPT, scriptSession } from '../../scripts/lib/kernel-session.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

/** A line to type, or how it follows from what the line before was answered. */
export type Step = string | ((answer: string) => string);

export interface Conversation {
  exitCode: number;
  /** What was printed between a prompt and the next, without the line that was typed; for every prompt. */
  answers: string[];
  output: string;
}

/** The answers in what was printed, one for each prompt. */
export const answersIn = (output: string): string[] =>
  output.split(`\n${PROMPT}`).slice(1).map((text) => text.slice(text.indexOf('\n') + 1));

export interface TalkOptions {
  /** Is given what is printed, and may type as well. */
  onOutput?: (text: string, line: SerialLine) => void;
  memoryMiB?: number;
}

/** Boots the shell of the kernel in `file` and types the steps, then poweroff. */
export const talkTo = async (
  machine: Machine, file: string, steps: Step[], { onOutput, memoryMiB }: TalkOptions = {},
): Promise<Conversation> => {
  let output = '';
  let line: SerialLine | undefined;
  const lines = function* (): Generator<string> {
    for (const step of steps) yield typeof step === 'string' ? step : step(answersIn(`\n${output}`).at(-2) ?? '');
  };
  const session = scriptSession(lines(), (text) => {
    output += text;
    onOutput?.(text, line!);
  });
  const { exitCode } = await bootKernel(machine, file, {
    commandLine: 'shell',
    memoryMiB,
    onOutput: session.onOutput,
    onStart: (serial) => {
      line = serial;
      session.onStart(serial);
    },
  });
  return { exitCode, answers: answersIn(output), output };
};

/** The machine ended with this code. */
export const assertExit = ({ exitCode, output }: Conversation, expected: number): void =>
  assert.is(exitMeaning(exitCode), exitMeaning(expected), output);

/** Runs `npm run kernel` as a program, with something on its standard input. */
export const runCommand = (args: string[], input: string): Promise<{ status: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'scripts/kernel.ts'), ...args], { cwd: ROOT });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => { stdout += chunk; });
    child.stderr.on('data', (chunk) => { stderr += chunk; });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
    child.stdin.end(input);
  });
