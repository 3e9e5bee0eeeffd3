/** Boots the kernel with its serial port in this terminal. `npm run kernel -- --help` tells how. */

import fs from 'node:fs';
import { EXIT_SUCCESS } from '../qemu/kernel/exit-code.ts';
import { countOf, parseFlags, runMain } from './lib/arguments.ts';
import { bootKernel, BootError, exitMeaning, type BootOptions } from './lib/kernel-boot.ts';
import { MACHINE_NAMES, machineNamed } from './lib/kernel-machine.ts';
import { linesOf, scriptSession, terminalSession } from './lib/kernel-session.ts';
import { buildKernel } from './lib/kernel.ts';
import { displayPath } from './lib/paths.ts';
import { PROFILE_NAMES, profileNamed } from './lib/profiles.ts';

const SUMMARY = `npm run kernel -- [flags]

Builds the kernel where needed, boots it in QEMU and connects its shell with this
terminal: every key goes to the kernel, Ctrl-C too; Ctrl-A x switches the machine
off. Commands from a file or from a pipe are sent a line at a time, each when the
shell asks for one. With --profile debug the heap tells each bug, with the functions
that allocated and freed the block; help in the shell lists what else there is.
Ends with 0 when the kernel powered off in success, with the kernel's own exit code
(qemu/kernel/exit-code.ts) when it did not, and with 1 when it had to be stopped.`;

/** The word on the command line that makes the kernel run its shell. */
const SHELL = 'shell';

const print = (text: string): void => void process.stdout.write(text);

/** Boots, connected with whoever talks to the shell; the kernel's exit code, or undefined after Ctrl-A x. */
const bootShell = async (boot: (options: BootOptions) => Promise<{ exitCode: number }>, script: string | undefined): Promise<number | undefined> => {
  if (script === undefined && process.stdin.isTTY) {
    const session = terminalSession();
    try {
      return (await boot(session)).exitCode;
    } catch (error) {
      if (error instanceof BootError && session.ended()) return undefined;
      throw error;
    } finally {
      session.close();
    }
  }
  const input = script === undefined ? process.stdin : fs.createReadStream(script);
  try {
    return (await boot(scriptSession(linesOf(input), print))).exitCode;
  } finally {
    input.destroy();
  }
};

/** Exits in good order, machine off and terminal as it was, when this process is told to end. */
const exitOnSignals = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
};

await runMain(async () => {
  const flags = parseFlags(SUMMARY, {
    arch: { value: 'name', help: `machine: ${MACHINE_NAMES.join(', ')}; ${MACHINE_NAMES[0]} by default` },
    machine: { value: 'name', help: 'the same as --arch' },
    profile: { value: 'name', help: `profile of the heap: ${PROFILE_NAMES.join(', ')}; ${PROFILE_NAMES[0]} by default` },
    memory: { value: 'MiB', help: 'memory of the machine; 64 by default' },
    script: { value: 'file', help: 'commands for the shell; poweroff follows the last' },
    'command-line': { value: 'text', help: `for the kernel, in place of "${SHELL}": seed=N objects=N operations=N, or a mistake (qemu/kernel/mistake.ts)` },
    'time-limit': { value: 's', help: 'stop the machine after so many seconds; 60 by default, none with the shell' },
    contract: { help: 'boot the kernel that runs the contract cases (tests/contract)' },
    bugs: { help: 'boot the kernel that runs the bug cases (tests/bugs), of the debug profile by default' },
    'build-only': { help: 'build, do not boot' },
  });
  const machine = machineNamed(flags.arch ?? flags.machine ?? MACHINE_NAMES[0]!);
  const cases = flags.contract !== undefined ? 'contract' : flags.bugs !== undefined ? 'bugs' : undefined;
  const profile = profileNamed(flags.profile ?? (cases === 'bugs' ? 'debug' : PROFILE_NAMES[0]!));
  if (cases === 'bugs' && profile === 'release') throw new Error('--bugs is for the profiles debug and hardened; release notices no bugs');
  const commandLine = flags['command-line'] ?? (cases ? '' : SHELL);
  const hasShell = !cases && commandLine.split(' ').includes(SHELL);
  if (flags.script !== undefined && !hasShell) throw new Error(`--script is for the shell, and the kernel boots without it: "${commandLine}"`);
  if (flags.script !== undefined && !fs.existsSync(flags.script)) throw new Error(`--script: there is no file ${flags.script}`);
  const timeLimit = flags['time-limit'] === undefined ? undefined : countOf('time-limit', flags['time-limit']);
  const options: BootOptions = {
    memoryMiB: flags.memory === undefined ? undefined : countOf('memory', flags.memory),
    timeLimit: timeLimit ?? (hasShell ? Infinity : undefined),
    commandLine,
    onOutput: print,
  };

  const { file, unchanged } = await buildKernel(machine, { cases, profile });
  console.error(`${displayPath(file)}: ${unchanged ? 'up to date' : 'built'}`);
  if (flags['build-only']) return;
  exitOnSignals();
  const boot = (session: BootOptions): Promise<{ exitCode: number }> => bootKernel(machine, file, { ...options, ...session });
  const exitCode = hasShell ? await bootShell(boot, flags.script) : (await boot({})).exitCode;
  if (exitCode === undefined) {
    console.error('\nswitched off by Ctrl-A x');
    return;
  }
  console.error(`powered off with code ${exitCode}: ${exitMeaning(exitCode)}`);
  process.exitCode = exitCode === EXIT_SUCCESS ? 0 : exitCode;
});
