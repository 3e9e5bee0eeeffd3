/** Boots a kernel in QEMU, with its serial port as the only way out. */

import { spawn } from 'node:child_process';
import {
  EXIT_BUGS_FOUND, EXIT_CASE_FAILED, EXIT_CHECK_FAILED, EXIT_CONTENTS_CHANGED, EXIT_EXCEPTION, EXIT_MAP_BELOW_BASE, EXIT_MAP_DAMAGED,
  EXIT_MAP_EMPTY_ENTRY, EXIT_MAP_OVERLAP, EXIT_MEMORY_LOST, EXIT_NO_BOOT_INFO, EXIT_NO_MEMORY, EXIT_OUT_OF_MEMORY,
  EXIT_PANIC, EXIT_STACK_OVERFLOW, EXIT_SUCCESS, EXIT_WRONG_BLOCK,
} from '../../qemu/kernel/exit-code.ts';
import { MACHINES, type Machine } from './kernel-machine.ts';

export interface BootOptions {
  /** The memory of the machine; 64 by default. */
  memoryMiB?: number;
  /** What the kernel finds on its command line. */
  commandLine?: string;
  /** Further flags for the emulator. */
  flags?: string[];
  /** Seconds until the machine is switched off by force; 60 by default, Infinity for a machine that somebody sits at. */
  timeLimit?: number;
  /** Is given what the kernel prints, as it comes. */
  onOutput?: (text: string) => void;
  /** Is given the other end of the serial line. Without it nothing can be sent. */
  onStart?: (line: SerialLine) => void;
}

/** The serial line as seen from outside the machine. */
export interface SerialLine {
  /** Sends characters up to U+00FF, a byte each. Those that come after the machine's end are lost. */
  send(text: string): void;
  /** Switches the machine off; the boot ends with a BootError. */
  switchOff(): void;
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
  [EXIT_CASE_FAILED, 'a case failed'],
  [EXIT_NO_BOOT_INFO, 'no boot loader that the kernel knows'],
  [EXIT_MAP_DAMAGED, 'the memory map is damaged'],
  [EXIT_MAP_EMPTY_ENTRY, 'the memory map has an empty entry'],
  [EXIT_MAP_OVERLAP, 'entries of the memory map overlap'],
  [EXIT_MAP_BELOW_BASE, 'memory below that of the machine'],
  [EXIT_PANIC, 'the allocator stopped the machine'],
  [EXIT_EXCEPTION, 'the processor raised an exception'],
  [EXIT_STACK_OVERFLOW, "a thread's stack overflowed"],
  [EXIT_BUGS_FOUND, 'the heap found bugs, and went on'],
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
  const { memoryMiB = 64, commandLine = '', flags = [], timeLimit = 60, onOutput, onStart } = options;
  const { emulator, emulatorPackage, emulatorFlags } = MACHINES[machine];
  const child = spawn(emulator, [
    ...emulatorFlags,
    ...flags,
    '-accel', 'tcg',
    '-m', String(memoryMiB),
    '-kernel', file,
    '-append', commandLine,
    '-display', 'none',
    '-monitor', 'none',
    '-serial', 'stdio',
    '-no-reboot', // a reset (x86: a triple fault) ends the run instead of booting anew
  ], { stdio: [onStart ? 'pipe' : 'ignore', 'pipe', 'pipe'] });

  let output = '';
  let complaints = '';
  let timedOut = false;
  child.stdout!.setEncoding('latin1').on('data', (chunk: string) => {
    const text = chunk.replaceAll('\r', '');
    output += text;
    onOutput?.(text);
  });
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => { complaints += chunk; });
  const timer = timeLimit === Infinity ? undefined : setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeLimit * 1000);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('close', () => process.removeListener('exit', endWithUs));
  child.stdin?.on('error', () => {}); // the machine has ended, which is reported below
  onStart?.({
    send: (text) => void child.stdin!.write(text, 'latin1'),
    switchOff: () => void child.kill('SIGKILL'),
  });

  child.once('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    reject(error.code === 'ENOENT'
      ? new BootError(`${emulator} is not installed; on Debian: apt-get install --no-install-recommends ${emulatorPackage}`)
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
