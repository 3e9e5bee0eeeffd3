/** Boots the kernel with its serial port in this terminal. `npm run kernel -- --help` tells how. */

import { EXIT_SUCCESS } from '../qemu/kernel/exit-code.ts';
import { parseFlags, runMain } from './lib/arguments.ts';
import { bootKernel, exitMeaning } from './lib/kernel-boot.ts';
import { MACHINE_NAMES, machineNamed } from './lib/kernel-machine.ts';
import { buildKernel } from './lib/kernel.ts';
import { displayPath } from './lib/paths.ts';

const SUMMARY = `npm run kernel -- [flags]

Builds the kernel where needed, boots it in QEMU and prints what it prints. Ends
with 0 when the kernel powered off in success, with the kernel's own exit code
(qemu/kernel/exit-code.ts) when it did not, and with 1 when it had to be stopped.`;

const countOf = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${flag} takes a whole number from 1 upwards, not ${text}`);
  return Number(text);
};

await runMain(async () => {
  const flags = parseFlags(SUMMARY, {
    machine: { value: 'name', help: `${MACHINE_NAMES.join(' or ')}; ${MACHINE_NAMES[0]} by default` },
    memory: { value: 'MiB', help: 'memory of the machine; 64 by default' },
    'command-line': { value: 'text', help: 'for the kernel: seed=N objects=N operations=N, or a mistake to make (qemu/kernel/mistake.ts)' },
    'time-limit': { value: 's', help: 'stop the machine after so many seconds; 60 by default' },
    contract: { help: 'boot the kernel that runs the contract cases' },
    'build-only': { help: 'build, do not boot' },
  });
  const machine = machineNamed(flags.machine ?? MACHINE_NAMES[0]!);
  const options = {
    memoryMiB: countOf('memory', flags.memory),
    timeLimit: countOf('time-limit', flags['time-limit']),
    commandLine: flags['command-line'],
    onOutput: (text: string): void => void process.stdout.write(text),
  };
  const { file, unchanged } = await buildKernel(machine, { contract: flags.contract !== undefined });
  console.error(`${displayPath(file)}: ${unchanged ? 'up to date' : 'built'}`);
  if (flags['build-only']) return;
  const { exitCode } = await bootKernel(machine, file, options);
  console.error(`powered off with code ${exitCode}: ${exitMeaning(exitCode)}`);
  process.exitCode = exitCode === EXIT_SUCCESS ? 0 : exitCode;
});
