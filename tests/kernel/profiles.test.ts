/** The kernel on the debug and hardened profiles: what the shell tells of each mistake, and how the machine ends. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT_BUGS_FOUND, EXIT_PANIC, EXIT_SUCCESS } from '../../qemu/kernel/exit-code.ts';
import { bootKernel, exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { assertExit, runCommand, talkTo } from './conversation.ts';

/** Addresses differ between machines, and how far into a function a call is; what counts does not. */
const masked = (text: string): string => text.trimEnd().replace(/0x[\da-f]{8}\b/g, '#').replace(/\+0x[\da-f]+/g, '');

/** A place as a report tells it: a function, and the file that it is in. */
const place = (label: string, ...functions: string[]): string => `${label.padEnd(15)}${functions.join('\n          from ')}`;

const own = (...names: string[]): string[] => names.map((name) => `${name} (shell-mistakes.ts)`);
const shell = (...names: string[]): string[] => names.map((name) => `${name} (shell.ts)`);

const allocated = (mistake: string, runs: string): string =>
  place('  allocated at', ...own('mistakeBlock', mistake), ...shell(runs, 'shellDemo'));
const later = (label: string, mistake: string, runs: string): string =>
  place(`  ${label}`, ...own(mistake), ...shell(runs, 'shellDemo', 'runWithArgument'));

const KERNELS_OWN = [
  place('  1 block, 720 bytes allocated at ', 'shellRun (shell.ts)', 'kmain (kmain.ts)', 'kernel_start', 'machine_main'),
  place('  1 block, 48 bytes allocated at ', 'schedulerInit (scheduler.ts)', 'threadsStart (thread.ts)', 'shellRun (shell.ts)', 'kmain (kmain.ts)'),
].join('\n');

/** What the heap says of each mistake, by the name of its demonstration. */
const REPORTS: Record<string, string> = {
  'double-free': `tallow: double free: block 6 of 40 bytes at # was freed before
${allocated('mistakeDoubleFree', 'runDemo')}
${later('freed at', 'mistakeDoubleFree', 'runDemo')}
${later('again at', 'mistakeDoubleFree', 'runDemo')}`,
  'invalid-free': `tallow: invalid free: # is no block
${later('freed at', 'mistakeInvalidFree', 'runNoticed')}`,
  'unaligned-free': `tallow: unaligned free: # is at offset 8 of block 7 of 40 bytes at #
${allocated('mistakeUnalignedFree', 'runNoticed')}
${later('freed at', 'mistakeUnalignedFree', 'runNoticed')}`,
  'size-mismatch': `tallow: size mismatch: block 8 of 40 bytes at # was freed as one of 400 bytes
${allocated('mistakeSizeMismatch', 'runNoticed')}
${later('freed at', 'mistakeSizeMismatch', 'runNoticed')}`,
  overflow: `tallow: overflow: 2 bytes behind block 9 of 40 bytes at # were overwritten, the first at offset 40, which holds 0x2a
${allocated('mistakeOverflow', 'runDemo')}
${later('noticed at', 'mistakeOverflow', 'runDemo')}`,
  underflow: `tallow: underflow: 1 byte before block 10 of 40 bytes at # was overwritten, at offset -1, which holds 0x2a
${allocated('mistakeUnderflow', 'runNoticed')}
${later('noticed at', 'mistakeUnderflow', 'runNoticed')}`,
  'use-after-free': `tallow: write after free: 1 byte of block 11 of 40 bytes at # was overwritten after it was freed, at offset 4, which holds 0x2a
${allocated('mistakeWriteAfterFree', 'runDemo')}
${later('freed at', 'mistakeWriteAfterFree', 'runDemo')}`,
};

/** Commands and their answers; a demonstration says in one line what it does. */
const ANSWERS: [command: string, answer: string | RegExp][] = [
  ['bugs', '0 bugs found'],
  ['leaks', `tallow: not freed: 2 blocks, 768 bytes\n${KERNELS_OWN}`],
  ['bugs go-on', 'bugs are told and counted'],
  ['demo leak', `a task takes three blocks from its heap, frees one and forgets two
tallow: not freed: 4 blocks, 848 bytes
${KERNELS_OWN}
${place('  2 blocks, 80 bytes allocated at ', ...own('mistakeLeak'), ...shell('runDemo', 'shellDemo', 'runWithArgument'))}
${place('    others from there were freed at ', ...own('mistakeLeak'), ...shell('runDemo', 'shellDemo', 'runWithArgument'))}
the task's heap is destroyed, and the blocks with it`],
  ...Object.entries(REPORTS).map(([name, report]): [string, RegExp] =>
    [`demo ${name}`, new RegExp(`^[a-z0-9 ,]+\\n${report.replaceAll(/[()+.]/g, '\\$&')}$`)]),
  ['bugs', `7 bugs found\n${Object.values(REPORTS).join('\n')}`],
  ['check', 'heap_check() = 0: valid'],
  ['leaks', `tallow: not freed: 2 blocks, 768 bytes\n${KERNELS_OWN}`],
  ['check 2', 'all blocks are looked at every 2 operations'],
  ['check 0', 'blocks are looked at when they are freed'],
  ['check often', 'usage: check, or check N to look at all blocks every N operations'],
  ['bugs often', 'usage: bugs, bugs go-on or bugs stop'],
  ['leaks now', 'no argument is wanted, and here is "now"'],
  ['demo nothing', 'usage: demo and one of the names that help lists'],
  ['help', /\nbugs +what was found so far; .*\nleaks +the live blocks, .*\n/],
];

const test = suite('kernel profiles');

for (const machine of MACHINE_NAMES) {
  const { file } = await buildKernel(machine, { profile: 'debug' });

  test(`${machine}, debug: each mistake is told with the functions concerned`, async () => {
    const conversation = await talkTo(machine, file, ANSWERS.map(([command]) => command));
    for (const [index, [command, expected]] of ANSWERS.entries()) {
      const answer = masked(conversation.answers[index] ?? 'there is no answer');
      if (typeof expected === 'string') assert.is(answer, expected, command);
      else assert.match(answer, expected, `${command}\n${answer}`);
    }
    assertExit(conversation, EXIT_BUGS_FOUND);
  });

  test(`${machine}, debug: an address leads to its block, and to where that came from`, async () => {
    const address = (answer: string, offset: number): string => `0x${(Number(/0x[\da-f]{8}/.exec(answer)![0]) + offset).toString(16)}`;
    let block = '';
    const { answers, exitCode, output } = await talkTo(machine, file, [
      'alloc 100',
      (answer) => `what ${address(block = answer, 40)}`,
      () => `what ${address(block, -3)}`,
      () => `free ${address(block, 0)}`,
      () => `what ${address(block, 103)}`,
      () => `free ${address(block, 0)}`,
      'tasks 2',
      'stress 0',
      'check',
    ]);
    const [given, inside, before, freed, behind, refused, , stressed, checked] = answers.map(masked);
    const from = place('  allocated at', 'shellAlloc (shell-heap.ts)', ...shell('runWithArgument', 'runLine', 'shellRun'));
    const freedFrom = place('  freed at', 'freeLive (shell-heap.ts)', 'shellFree (shell-heap.ts)', ...shell('runWithArgument', 'runLine'));
    assert.is(given, `#: block 4 of 100 bytes, which is live\n${from}`);
    assert.is(inside, `#: 40 bytes into block 4 of 100 bytes at #, which is live\n${from}`);
    assert.is(before, `#: 3 bytes before block 4 of 100 bytes at #, which is live\n${from}`);
    assert.is(freed, `freed. #: block 4 of 100 bytes, which is freed\n${from}\n${freedFrom}`);
    assert.is(behind, `#: 3 bytes behind block 4 of 100 bytes at #, which is freed\n${from}\n${freedFrom}`);
    assert.is(refused, `not freed: double free. #: block 4 of 100 bytes, which is freed\n${from}\n${freedFrom}`);
    assert.match(stressed, /^\d+ operations, 0 refused for want of memory; everything freed; heap_check\(\) = 0$/);
    assert.is(checked, 'heap_check() = 0: valid');
    assert.is(exitMeaning(exitCode), exitMeaning(EXIT_SUCCESS), output);
  });

  test(`${machine}, debug: the commands between are recorded, and words that lead astray are told`, async () => {
    const conversation = await talkTo(machine, file, [
      'record end', 'alloc 10', 'record', 'alloc 100', 'record end', 'record', 'alloc 50',
      (answer) => `free ${/0x[\da-f]{8}/.exec(answer)![0]}`, 'record end', 'audit', 'bugs go-on', 'demo stray-pointer', 'record now', 'audit',
    ]);
    const answers = conversation.answers.map(masked);
    assert.is(answers[0], 'nothing is being recorded; record begins it');
    assert.is(answers[2], 'recording; record end tells whether everything was freed');
    assert.match(answers[4]!, /^tallow: recorded: 1 allocation, 0 frees, at most 100 bytes at once: leak\n {2}not freed: #, 100 bytes\n {4}allocated at shellAlloc \(shell-heap\.ts\)\n/);
    assert.is(answers[8], 'tallow: recorded: 1 allocation, 1 free, at most 50 bytes at once: no error');
    assert.is(answers[9], '0 stray pointers');
    assert.match(answers[11]!, /^a block is freed that another one still leads to\ntallow: stale pointer: #, at offset 4 of block \d+ of 8 bytes at #, leads to block \d+ of 40 bytes at #, which was freed\n {2}held by block allocated at mistakeStrayPointer \(shell-mistakes\.ts\)\n/);
    assert.is(answers[12], 'usage: record, then record end');
    assert.is(answers[13], '0 stray pointers');
    assertExit(conversation, EXIT_BUGS_FOUND);
  });

  test(`${machine}, debug: the first bug stops the machine unless it is to go on, after the report`, async () => {
    const conversation = await talkTo(machine, file, ['bugs go-on', 'bugs stop', 'demo unaligned-free']);
    assertExit(conversation, EXIT_PANIC);
    assert.is(conversation.answers.length, 3);
    const report = REPORTS['unaligned-free']!.replace('block 7', 'block 3');
    assert.is(masked(conversation.answers[2]!), `the address of the third word of a block is freed\n${report}\nPANIC: allocator code 4 at #`);
  });

  test(`${machine}, debug: the work of the ordinary kernel is without a bug`, async () => {
    const { exitCode, output } = await bootKernel(machine, file, { commandLine: 'operations=5000 objects=500', memoryMiB: 16 });
    assert.is(exitMeaning(exitCode), exitMeaning(EXIT_SUCCESS), output);
    assert.match(output, /^debug profile of the heap$/m);
  });
}

/** The hardened profile's codes (kernel-heap/panic.ts) by demonstration. */
const REFUSED: Record<string, number> = { 'double-free': 3, 'invalid-free': 1, 'unaligned-free': 4, 'size-mismatch': 5 };

for (const [index, [name, code]] of Object.entries(REFUSED).entries()) {
  const machine = MACHINE_NAMES[index % MACHINE_NAMES.length]!;
  test(`${machine}, hardened: demo ${name} stops the machine with a code and an address`, async () => {
    const { file } = await buildKernel(machine, { profile: 'hardened' });
    const conversation = await talkTo(machine, file, ['bugs', `demo ${name}`]);
    assertExit(conversation, EXIT_PANIC);
    assert.is(masked(conversation.answers[0]!), 'there is no command "bugs"; help lists them');
    assert.match(masked(conversation.answers[1]!), new RegExp(`^[a-z0-9 ]+\\n#: .*\\nPANIC: allocator code ${code} at #$`));
    assert.match(conversation.output, /^hardened profile of the heap$/m);
  });
}

test('the command knows the profiles, and ends with the code of the kernel', async () => {
  const unknown = await runCommand(['--profile', 'careful'], '');
  assert.is(unknown.status, 1);
  assert.is(unknown.stderr.trim(), 'there is no profile "careful"; there are release, hardened, debug');
  const silent = await runCommand(['--bugs', '--profile', 'release'], '');
  assert.is(silent.status, 1);
  assert.is(silent.stderr.trim(), '--bugs is for the profiles debug and hardened; release notices no bugs');
  const { status, stdout, stderr } = await runCommand(['--profile', 'debug', '--time-limit', '60'], 'bugs go-on\ndemo overflow\n');
  assert.is(status, EXIT_BUGS_FOUND, stdout + stderr);
  assert.match(stderr, /kernel-x86_64-debug\.elf/);
  assert.match(stderr, /powered off with code 35: the heap found bugs, and went on/);
});

test.run();
