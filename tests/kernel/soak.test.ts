/** The soak on bare metal: a million heap operations by preempted threads, then every free count as at boot. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MACHINE_NAMES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { testSeed } from '../harness/seed.ts';
import { casesOf, runSuite, type SuiteReport, testReport } from './suite-run.ts';

const OPERATIONS = 1_000_000;
const SEED = testSeed();

const reports = new Map<Machine, SuiteReport>();
for (const machine of MACHINE_NAMES) {
  reports.set(machine, await runSuite(machine, { commandLine: `suite=soak operations=${OPERATIONS} seed=${SEED}`, timeLimit: 120 }));
}

const ACCOUNT = /^# seed \d+: (\d+) heap operations by (\d+) threads, (\d+) switches, (\d+) ticks, heap checked (\d+) times$/m;

for (const [machine, report] of reports) {
  testReport(`soak on ${machine}`, casesOf('suite-soak.ts'), report);

  const test = suite(`the account of the soak on ${machine}`);
  test('tells of a million operations, of preemption and of checks', () => {
    const account = ACCOUNT.exec(report.output);
    assert.ok(account, report.output);
    const [operations, threads, switches, ticks, checks] = account!.slice(1).map(Number) as [number, number, number, number, number];
    assert.ok(operations >= OPERATIONS, `${operations} operations`);
    assert.ok(threads > 8, `${threads} threads`);
    assert.ok(switches > 0 && ticks > 0, `${switches} switches, ${ticks} ticks`);
    assert.ok(checks > 20, `heap checked ${checks} times`);
  });
  test.run();
}
