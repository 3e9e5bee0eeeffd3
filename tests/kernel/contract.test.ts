/** The contract cases on bare metal: in low memory of each machine, and above 2 GiB. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT_SUCCESS } from '../../qemu/kernel/exit-code.ts';
import { type BootOptions, exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { contractCases } from '../../scripts/lib/kernel-cases.ts';
import { MACHINE_NAMES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { runReport, type SuiteReport } from './suite-run.ts';

const PLACES: { name: string; options: BootOptions }[] = [
  { name: 'low memory', options: { memoryMiB: 64 } },
  { name: 'above 2 GiB', options: { memoryMiB: 3500, commandLine: 'region=3000' } },
];

const CASES = contractCases();

const runCases = async (machine: Machine, options: BootOptions): Promise<SuiteReport> =>
  runReport(machine, (await buildKernel(machine, { cases: 'contract' })).file, options);

const targets = [];
for (const machine of MACHINE_NAMES) {
  for (const { name, options } of PLACES) targets.push({ name: `kernel on ${machine}, ${name}`, report: await runCases(machine, options) });
}

for (const { name, report } of targets) {
  const test = suite(name);

  for (const contractCase of CASES) {
    test(contractCase, () => assert.is(report.verdicts.get(contractCase) ?? `not run; ${report.end}`, 'ok'));
  }

  test('the kernel runs every case and says so', () => {
    assert.ok(CASES.length > 0);
    assert.match(report.output, new RegExp(`^1\\.\\.${CASES.length}$`, 'm'));
    assert.match(report.output, new RegExp(`^${CASES.length} passed, 0 failed$`, 'm'));
    assert.is(report.end, exitMeaning(EXIT_SUCCESS));
  });

  test.run();
}
