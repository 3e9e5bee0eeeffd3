/** The kernel, booted: with little and much memory, on each machine, and with every mistake it knows how to make. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EXIT_CHECK_FAILED, EXIT_CONTENTS_CHANGED, EXIT_EXCEPTION, EXIT_NO_MEMORY, EXIT_OUT_OF_MEMORY, EXIT_PANIC, EXIT_SUCCESS,
} from '../../qemu/kernel/exit-code.ts';
import { bootKernel, BootError, type BootOptions, exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES, MACHINES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';

const MEBIBYTE = 2 ** 20;
const FRAME_SIZE = 4096;

/** What every machine may keep from the heap: its own image and tables, the firmware's memory, the heap's metadata. */
const OVERHEAD = 1.5 * MEBIBYTE;

/** The window for pages that are mapped at will (qemu/kernel/page-table.ts), which much memory would reach into. */
const WINDOW_SIZE = 16 * MEBIBYTE;

/** The largest block that the kernel asks for when it takes all memory; the highest is not farther from the end. */
const BLOCK_SIZE_MAX = 16 * MEBIBYTE;

interface Range { start: number; end: number }

const rangesOf = (output: string, pattern: RegExp, toRange: (a: number, b: number) => Range): Range[] =>
  [...output.matchAll(pattern)].map(([, a, b]) => toRange(Number(a), Number(b)));

/** What the kernel's account says, in numbers. All ranges are of its addresses: those of the map are physical. */
const readAccount = (machine: Machine, output: string) => {
  const { memoryStart } = MACHINES[machine];
  const number = (pattern: RegExp): number => {
    const match = pattern.exec(output);
    assert.ok(match, `the account says nothing like ${pattern}:\n${output}`);
    return Number(match![1]);
  };
  const map = (kind: string): Range[] =>
    rangesOf(output, new RegExp(`^  at (\\w+) size (\\w+) ${kind}$`, 'gm'), (start, size) => ({ start: start - memoryStart, end: start - memoryStart + size }));
  return {
    usable: map('usable'),
    inUse: map('in use'),
    regions: rangesOf(output, /^  from (\w+) to (\w+): \d+ frames$/gm, (start, end) => ({ start, end })),
    regionFrames: [...output.matchAll(/^  from \w+ to \w+: (\d+) frames$/gm)].reduce((sum, [, frames]) => sum + Number(frames), 0),
    freeFrames: number(/^  (\d+) frames free of/m),
    frames: number(/frames free of (\d+) in/),
    regionCount: number(/frames free of \d+ in (\d+) regions/),
    seed: number(/^workload, seed (\d+)$/m),
    destroyed: number(/, (\d+) destroyed$/m),
    highest: number(/the highest at (\w+);/),
    checks: number(/^done: heap checked (\d+) times, no error$/m),
  };
};

const overlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

const assertExit = (found: { exitCode: number; output: string }, expected: number): void => {
  const show = (exitCode: number): string => `${exitCode} (${exitMeaning(exitCode)})`;
  assert.is(show(found.exitCode), show(expected), found.output);
};

const test = suite('kernel');

const files = new Map<Machine, { ordinary: string; contract: string }>();

for (const machine of MACHINE_NAMES) {
  files.set(machine, {
    ordinary: (await buildKernel(machine)).file,
    contract: (await buildKernel(machine, { cases: 'contract' })).file,
  });
}

const boot = (machine: Machine, options: BootOptions) => bootKernel(machine, files.get(machine)!.ordinary, options);

/** The error that a boot ends with. */
const bootError = async (machine: Machine, options: BootOptions): Promise<BootError> => {
  try {
    await boot(machine, options);
  } catch (error) {
    if (error instanceof BootError) return error;
    throw error;
  }
  throw new Error('the machine powered off by itself');
};

/** Above 3,584 MiB, QEMU's PC has a part of the memory above 4 GiB, where the kernel must leave it alone. */
const MEMORY_SIZES = [4, 64, 512, 3500, 4608];

for (const machine of MACHINE_NAMES) {
  for (const memoryMiB of MEMORY_SIZES) {
    test(`${machine} with ${memoryMiB} MiB boots, works, gives everything back`, async () => {
      const result = await boot(machine, { memoryMiB });
      assertExit(result, EXIT_SUCCESS);
      const account = readAccount(machine, result.output);

      assert.ok(result.output.startsWith(`Tallow kernel on ${machine}\n`));
      assert.is(account.regionCount, account.regions.length);
      assert.is(account.frames, account.regionFrames);
      assert.ok(account.freeFrames > 0 && account.freeFrames <= account.frames);
      for (const region of account.regions) {
        assert.ok(account.usable.some(({ start, end }) => region.start >= start && region.end <= end), 'a region lies outside usable memory');
        assert.not(account.inUse.some((range) => overlap(region, range)), 'a region overlaps memory in use');
        assert.is(account.regions.filter((other) => overlap(region, other)).length, 1, 'two regions overlap');
      }
      const reachable = account.usable.filter(({ start }) => start < 2 ** 32);
      const size = reachable.reduce((sum, { start, end }) => sum + Math.min(end, 2 ** 32) - start, 0);
      const metadata = size / 512; // generous: 8 bytes for each frame
      const window = machine === 'riscv64' && memoryMiB > 4064 ? WINDOW_SIZE : 0;
      assert.ok(account.frames * FRAME_SIZE > size - OVERHEAD - metadata - window, `the heap has ${account.frames} frames of ${size} bytes`);

      assert.ok(account.destroyed > 0 && account.checks > 0);
      const top = Math.max(...account.regions.map(({ end }) => end));
      assert.ok(account.highest < top && account.highest >= top - BLOCK_SIZE_MAX, 'memory was not taken to its end');
      if (memoryMiB >= 3500) assert.ok(account.highest > 2 ** 31, 'no block lies above 2 GiB');
      if (memoryMiB > 4096) assert.ok(account.usable.some(({ end }) => end > 2 ** 32), 'the machine has no memory above 4 GiB');
    });
  }
}

test('the same seed gives the same account, another seed another', async () => {
  const outputs = [];
  for (const seed of [7, 7, 8]) {
    const result = await boot('x86_64', { commandLine: `operations=5000 seed=${seed}` });
    assertExit(result, EXIT_SUCCESS);
    assert.is(readAccount('x86_64', result.output).seed, seed);
    outputs.push(result.output.replace(/seed \d+/, ''));
  }
  assert.is(outputs[0], outputs[1]);
  assert.is.not(outputs[0], outputs[2]);
});

/** How each machine calls an invalid instruction, and where its image lies. */
const INVALID_INSTRUCTION: Record<Machine, RegExp> = {
  x86_64: /^EXCEPTION: number 6 by the instruction at 0x00000000001[\da-f]{5},/,
  i386: /^EXCEPTION: number 6 by the instruction at 0x00000000001[\da-f]{5},/,
  riscv64: /^EXCEPTION: number 2 by the instruction at 0xffffffc0000[\da-f]{5},/,
};

/** Each mistake of qemu/kernel/mistake.ts that ends in an exit code: the code, and the last line. */
const mistakes = (machine: Machine): Record<string, [exitCode: number, lastLine: RegExp]> => ({
  'free-wild-pointer': [EXIT_PANIC, /^PANIC: allocator code 1 at 0x00[\da-f]{6}$/],
  'write-after-free': [EXIT_CHECK_FAILED, /^FAILED: heap_check\(\) found broken invariant 0x[\da-f]*[1-9a-f]$/],
  'overwrite-object': [EXIT_CONTENTS_CHANGED, /^FAILED: an object has changed at 0x[\da-f]{8}$/],
  trap: [EXIT_EXCEPTION, INVALID_INSTRUCTION[machine]],
});

for (const machine of MACHINE_NAMES) {
  for (const [mistake, [exitCode, lastLine]] of Object.entries(mistakes(machine))) {
    test(`${machine}: ${mistake} ends in "${exitMeaning(exitCode)}"`, async () => {
      const result = await boot(machine, { commandLine: mistake });
      assertExit(result, exitCode);
      assert.match(result.output.trimEnd().split('\n').at(-1)!, lastLine);
    });
  }

  test(`${machine}: more objects than memory end in "${exitMeaning(EXIT_OUT_OF_MEMORY)}"`, async () => {
    const result = await boot(machine, { memoryMiB: 16, commandLine: 'objects=100000' });
    assertExit(result, EXIT_OUT_OF_MEMORY);
    assert.match(result.output, /^FAILED: no memory for an object of size 0x[\da-f]{8}$/m);
  });

  test(`${machine}: a triple fault is no success`, async () => {
    const { message } = await bootError(machine, { commandLine: 'triple-fault' });
    assert.match(message, /the machine reset itself.*the last line it printed: {3}populate/);
  });

  test(`${machine}: a kernel that hangs is stopped, and its last line told`, async () => {
    const { message } = await bootError(machine, { commandLine: 'hang', timeLimit: 3 });
    assert.match(message, /did not power off within 3 s; the last line it printed: {3}populate/);
  });

  test(`${machine}: too little memory for the contract cases ends in "${exitMeaning(EXIT_NO_MEMORY)}"`, async () => {
    assertExit(await bootKernel(machine, files.get(machine)!.contract, { memoryMiB: 4 }), EXIT_NO_MEMORY);
  });
}

test.run();
