/** Threads on bare metal: ticks, preemption, stacks, a heap for each task, object pools and a key-value store. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bootKernel, BootError } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { testSuite } from './suite-run.ts';

await testSuite('threads', 'suite-threads.ts');

const test = suite('a case that never ends');

for (const machine of MACHINE_NAMES) {
  test(`${machine}: is stopped and known by name`, async () => {
    const { file } = await buildKernel(machine);
    try {
      await bootKernel(machine, file, { commandLine: 'suite=threads hang', timeLimit: 4 });
    } catch (error) {
      assert.instance(error, BootError);
      assert.match((error as Error).message, /did not power off within 4 s; the last line it printed: # yield_switches$/);
      return;
    }
    throw new Error('the machine powered off by itself');
  });
}

test.run();
