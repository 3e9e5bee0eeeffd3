/** Page tables on bare metal: the suite, and the faults that end the machine. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT_EXCEPTION, EXIT_STACK_OVERFLOW } from '../../qemu/kernel/exit-code.ts';
import { exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES } from '../../scripts/lib/kernel-machine.ts';
import { runSuite, testSuite } from './suite-run.ts';

await testSuite('paging', 'suite-paging.ts');

/** Each fault of suite-paging.ts: the exit code, and the lines that the report must have. */
const FAULTS: Record<string, [exitCode: number, lines: RegExp[]]> = {
  'stack-overflow': [EXIT_STACK_OVERFLOW, [
    /^thread 1, of kind 5 with argument 0x000f4240, its stack from 0x[\da-f]{5}000 to 0x[\da-f]{5}000$/m,
    /^the address lies in the guard page of thread 1$/m,
    /^0x[\da-f]{8}: \d+ bytes into the live large block 0x[\da-f]{5}000 of 20480 bytes$/m,
  ]],
  'guard-page': [EXIT_STACK_OVERFLOW, [/^thread 2, of kind 7 /m, /^the address lies in the guard page of thread 1$/m]],
  'unmapped-page': [EXIT_EXCEPTION, [/^0x[\da-f]{8}: outside every region of the heap$/m]],
  'unmapped-block': [EXIT_EXCEPTION, [/^0x[\da-f]{8}: 410\d bytes into the live large block 0x[\da-f]{5}000 of 12288 bytes$/m]],
};

const test = suite('faults');

for (const machine of MACHINE_NAMES) {
  for (const [fault, [exitCode, lines]] of Object.entries(FAULTS)) {
    test(`${machine}: ${fault} ends in "${exitMeaning(exitCode)}"`, async () => {
      const { output, end } = await runSuite(machine, { commandLine: `suite=paging ${fault}` });
      assert.is(end, exitMeaning(exitCode), output);
      assert.match(output, /^registers of the interrupted code\n( {2}.*\b\w+ 0x[\da-f]+.*\n){3,}/m);
      for (const line of lines) assert.match(output, line);
      assert.match(output.trimEnd().split('\n').at(-1)!, /^EXCEPTION: number \d+ by the instruction at 0x[\da-f]{16}, page fault address 0x[\da-f]{16}$/);
    });
  }
}

test.run();
