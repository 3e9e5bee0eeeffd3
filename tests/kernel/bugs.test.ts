/** The bug cases on bare metal, in both profiles that notice bugs; where the heap stops, the kernel goes on with the next. */
import { casesOfList } from '../../scripts/lib/kernel-cases.ts';
import { MACHINE_NAMES } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { BUG_PROFILES } from '../bugs/run.ts';
import { runReport, testReport, type SuiteReport } from './suite-run.ts';

const reports = new Map<string, SuiteReport>();
for (const profile of BUG_PROFILES) {
  for (const machine of MACHINE_NAMES) {
    const { file } = await buildKernel(machine, { cases: 'bugs', profile });
    reports.set(`bugs on ${machine}, ${profile}`, await runReport(machine, file, {}));
  }
}

for (const [name, report] of reports) testReport(name, casesOfList('bugs'), report);
