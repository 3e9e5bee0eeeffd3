/** Boots a kernel in QEMU, with its serial port as the only way out. */

import { spawn } from 'node:child_process';
import {
  EXIT_CASE_FAILED, EXIT_CHECK_FAILED, EXIT_CONTENTS_CHANGED, EXIT_EXCEPTION, EXIT_MEMORY_LOST, EXIT_NO_MEMORY,
  EXIT_OUT_OF_MEMORY, EXIT_PANIC, EXIT_SUCCESS, EXIT_WRONG_BLOCK,
} from '../../qemu/kernel/exit-code.ts';
import { MACHINES, type Machine } from './kernel-machine.ts';

export interface BootOptions {
  /** The memory of the machine; 64 by default. */
  memoryMiB?: number;
  /** What the kernel finds on its command line. */
  commandLine?: string;
  /** Seconds until the machine is switched off by force; 60 by default. */
  timeLimit?: number;
  /** Is given what the kernel prints, as it comes. */
  onOutput?: (text: string) => void;
}

export interface Boot {
  /** The code that the kernel powered off with: a constant of qemu/kernel/exit-code.ts. */
  exitCode: number;
  /** What it printed, with plain line feeds. */
  output: string;
}

const MEANINGS = new Map<number, string>([
  [EXIT_SUCCESS, 'everything was done and checked'],
  [EXIT_NO_MEMORY, 'no usable memory'],
  [EXIT_OUT_OF_MEMORY, 'out of memory'],
  [EXIT_CHECK_FAILED, 'the heap is broken'],
  [EXIT_CONTENTS_CHANGED, 'a block lost its contents'],
  [EXIT_WRONG_BLOCK, 'the heap gave a wrong block'],
  [EXIT_MEMORY_LOST, 'memory was lost'],
  [EXIT_CASE_FAILED, 'a contract case failed'],
  [EXIT_PANIC, 'the allocator stopped the machine'],
  [EXIT_EXCEPTION, 'the processor raised an exception'],
]);

/** What a kernel's exit code says. */
export const exitMeaning = (exitCode: number): string => MEANINGS.get(exitCode) ?? 'no code of the kernel';

/** The machine did not come to an end of its own: it hung, reset itself, or the emulator failed. */
export class BootError extends Error {}

const lastLine = (output: string): string => {
  const line = output.trimEnd().split('\n').at(-1);
  return line ? `the last line it printed: ${line}` : 'it printed nothing';
};

/**
 * Boots the kernel in `file` and waits until it powers off. Throws a BootError if it does not, with the last line that
 * it printed. Takes a fraction of a second and what the kernel does; QEMU translates code, no virtualisation is needed.
 */
export const bootKernel = (machine: Machine, file: string, options: BootOptions = {}): Promise<Boot> => new Promise((resolve, reject) => {
  const { memoryMiB = 64, commandLine = '', timeLimit = 60, onOutput } = options;
  const { emulator } = MACHINES[machine];
  const child = spawn(emulator, [
    '-accel', 'tcg',
    '-m', String(memoryMiB),
    '-kernel', file,
    '-append', commandLine,
    '-display', 'none',
    '-monitor', 'none',
    '-serial', 'stdio',
    '-no-reboot', // a triple fault ends the run instead of booting anew
    '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04',
  ], { stdio: ['ignore', 'pipe', 'pipe'] });

  let output = '';
  let complaints = '';
  let timedOut = false;
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    const text = chunk.replaceAll('\r', '');
    output += text;
    onOutput?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { complaints += chunk; });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeLimit * 1000);

  child.once('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    reject(error.code === 'ENOENT'
      ? new BootError(`${emulator} is not installed; on Debian: apt-get install --no-install-recommends qemu-system-x86`)
      : error);
  });
  child.once('close', (status, signal) => {
    clearTimeout(timer);
    if (timedOut) reject(new BootError(`the kernel did not power off within ${timeLimit} s; ${lastLine(output)}`));
    else if (signal) reject(new BootError(`${emulator} was ended by ${signal}; ${lastLine(output)}`));
    else if (status === 0) reject(new BootError(`the machine reset itself (a triple fault, as after an exception within an exception); ${lastLine(output)}`));
    else if (status === 1) reject(new BootError(`${emulator} failed: ${complaints.trim() || 'it gave no reason'}`));
    else resolve({ exitCode: (status! - 1) / 2, output });
  });
});
