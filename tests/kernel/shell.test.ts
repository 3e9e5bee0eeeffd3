/** The kernel's shell on the serial line: every command, wrong input of every kind, and the two ways out. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT_PANIC, EXIT_SUCCESS } from '../../qemu/kernel/exit-code.ts';
import { LINE_MAX } from '../../qemu/kernel/line-editor.ts';
import { exitMeaning } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { Keys } from '../../scripts/lib/kernel-session.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { answersIn, assertExit, runCommand, talkTo, type Conversation, type Step, type TalkOptions } from './conversation.ts';

const files = new Map<Machine, string>();
for (const machine of MACHINE_NAMES) files.set(machine, (await buildKernel(machine)).file);

/** Talks with the shell of the ordinary kernel. */
const talk = (machine: Machine, steps: Step[], options: TalkOptions = {}): Promise<Conversation> =>
  talkTo(machine, files.get(machine)!, steps, options);

/** Numbers differ between machines and runs, and so does the width of their columns. */
const masked = (text: string): string => text.trimEnd().replace(/0x[\da-f]+|\d+/g, '#').replace(/ +/g, ' ');

const CHECK_VALID = 'heap_check() = #: valid';
const CHECK_LIST = 'heap_check() = #: a list of free blocks leaves its page, runs in a circle or has a wrong length';
const DAMAGE_GONE = `the heap is destroyed, and the damage with it\n${CHECK_VALID}`;

/** Commands and what they answer, masked. */
const ANSWERS: [command: string, answer: RegExp | string][] = [
  ['', ''],
  ['   ', ''],
  ['help', /^mem regions and totals\n(.*\n)+poweroff ends\n/],
  ['mem', /^(region # to #: # frames # KiB\n)+total # frames # KiB\nfree # frames # KiB\nused # frames # KiB\npeak # frames # KiB\ntables # frames # KiB\npages of small blocks: #, empty ones among them: #\nlive blocks: #, large ones among them: #, bytes: #$/],
  ['buddyinfo', /^Node #, zone Tallow( #){11}\n from order #( #){10}$/],
  ['slabinfo', /^name active_objs num_objs objsize pages frames\n(size- ?# # # # # #\n?)+$/],
  ['map', /^(# [.sSlLtT+]{1,64}\n)+a character is # KiB: \. free S small blocks L large blocks T tables\n/],
  ['check', CHECK_VALID],
  ['tasks', /^number kind turns stack heap\n # # # the shell, /],
  ['tasks 3', /^number kind turns stack heap\n # # # the shell, .*\n( # # # # to # #\n)+# tasks have ended, and their heaps with them$/],
  ['tasks 0', 'usage: tasks, or tasks N to start N of them, up to #'],
  ['tasks many', 'usage: tasks, or tasks N to start N of them, up to #'],
  ['alloc 100', '#: live block of # bytes'],
  ['alloc 0x186a0', '#: live large block of # bytes'],
  ['  alloc   0  ', '#: live block of # bytes'],
  ['alloc 4294967295', 'no memory for # bytes; free something, or see mem'],
  ['what 0', '#: outside every region of the heap'],
  ['what 0xFFFFFFFF', '#: outside every region of the heap'],
  ['bench', /^cycles a call, the best of # rounds of # blocks\n bytes malloc free\n( # # #\n?){5}$/],
  ['stress 0', '# operations, # refused for want of memory; everything freed; heap_check() = #'],
  ['stress 1', '# s: # operations, # checks\n# operations, # refused for want of memory; everything freed; heap_check() = #'],
  ['demo leak', `before # live blocks, # free frames
a task allocates # blocks from its heap and forgets them
leaked # live blocks, # free frames
the last one #: live block of # bytes
heap destroyed # live blocks, # free frames
${CHECK_VALID}`],
  ['demo double-free', `freed once: #: free block of # bytes
freed twice, which nothing stopped
${CHECK_LIST}
malloc gives #
and again #
two owners of one block; the command free asks before it frees
${DAMAGE_GONE}`],
  ['demo use-after-free', `freed: #: free block of # bytes
it held #, and a read now gives #
${CHECK_VALID}
what it held was the link to the next free block; now it is written over with #
${CHECK_LIST}
${DAMAGE_GONE}`],
  ['demo overflow', `a block: #: live block of # bytes
its neighbour: #: live block of # bytes
writing # bytes into the block
the neighbour held #, and now #
${CHECK_VALID}
the heap cannot know what a live block should hold. With the neighbour free:
${CHECK_LIST}
${DAMAGE_GONE}`],
  // Wrong input: one clear line each
  ['frobnicate', 'there is no command "frobnicate"; help lists them'],
  ['MEM', 'there is no command "MEM"; help lists them'],
  ['mem now', 'no argument is wanted, and here is "now"'],
  ['poweroff now', 'no argument is wanted, and here is "now"'],
  ['alloc', 'usage: alloc N, a number of bytes'],
  ['alloc lots', 'usage: alloc N, a number of bytes'],
  ['alloc -1', 'usage: alloc N, a number of bytes'],
  ['alloc 1 2', 'usage: alloc N, a number of bytes'],
  ['alloc 4294967296', 'usage: alloc N, a number of bytes'],
  ['alloc 99999999999999999999', 'usage: alloc N, a number of bytes'],
  ['alloc 0x', 'usage: alloc N, a number of bytes'],
  ['alloc 0x100000000', 'usage: alloc N, a number of bytes'],
  ['alloc 12a', 'usage: alloc N, a number of bytes'],
  ['free', 'usage: free ADDR, an address such as alloc prints'],
  ['what', 'usage: what ADDR, any address'],
  ['stress', 'usage: stress SECONDS, a number'],
  ['stress long', 'usage: stress SECONDS, a number'],
  ['demo', 'usage: demo leak, double-free, use-after-free or overflow'],
  ['demo all', 'usage: demo leak, double-free, use-after-free or overflow'],
  ['demo leak twice', 'no argument is wanted, and here is "twice"'],
  ['free 0', 'not freed: not memory of the heap. #: outside every region of the heap'],
];

const addressIn = (answer: string): number => Number(/0x[\da-f]{8}/.exec(answer)?.[0]);

const hexadecimal = (address: number): string => `0x${address.toString(16)}`;

const test = suite('shell');

for (const machine of MACHINE_NAMES) {
  test(`${machine}: every command answers, and what is wrong is answered by one line`, async () => {
    const conversation = await talk(machine, ANSWERS.map(([command]) => command));
    assertExit(conversation, EXIT_SUCCESS);
    assert.is(conversation.answers.length, ANSWERS.length + 1, conversation.output);
    for (const [index, [command, expected]] of ANSWERS.entries()) {
      const answer = masked(conversation.answers[index]!);
      if (typeof expected === 'string') assert.is(answer, expected, command);
      else assert.match(answer, expected, command);
    }
  });

  test(`${machine}: free frees a block of alloc once, and nothing else`, async () => {
    let small = 0;
    let large = 0;
    const { exitCode, answers, output } = await talk(machine, [
      'alloc 64',
      (answer) => `free ${hexadecimal((small = addressIn(answer)) + 16)}`,
      () => `free ${hexadecimal(small)}`,
      () => `free ${hexadecimal(small)}`,
      () => `what ${hexadecimal(small + 1)}`,
      'alloc 100000',
      (answer) => `what ${large = addressIn(answer)}`,
      () => `what ${hexadecimal(large + 70000)}`,
      () => `free ${hexadecimal(large + 4096)}`,
      () => `free ${hexadecimal(large)}`,
      () => `free ${hexadecimal(large)}`,
      'slabinfo',
      'check',
    ]);
    assert.is(exitCode, EXIT_SUCCESS, output);
    const at = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;
    const end = (answer: string | undefined): string => answer!.trimEnd();
    assert.ok(small > 0 && small % 16 === 0 && large % 4096 === 0);
    assert.is(end(answers[1]), `not freed: not the start of a block. ${at(small + 16)}: 16 bytes into the live block ${at(small)} of 64 bytes`);
    assert.is(end(answers[2]), `freed. ${at(small)}: free block of 64 bytes`);
    assert.is(end(answers[3]), `not freed: double free. ${at(small)}: free block of 64 bytes`);
    assert.is(end(answers[4]), `${at(small + 1)}: 1 bytes into the free block ${at(small)} of 64 bytes`);
    assert.is(end(answers[6]), `${at(large)}: live large block of 102400 bytes`);
    assert.is(end(answers[7]), `${at(large + 70000)}: 70000 bytes into the live large block ${at(large)} of 102400 bytes`);
    assert.match(answers[8], /^not freed: not the start of a block\. /);
    assert.match(answers[9], /^freed\. 0x[\da-f]{8}: .*free span/);
    assert.match(answers[10], /^not freed: free memory, perhaps a double free\. /);
    assert.is(end(answers[12]), 'heap_check() = 0: valid');
  });

  test(`${machine}: what the kernel holds cannot be freed from the shell`, async () => {
    // The first block of a class that has only one is the kernel's own.
    const { exitCode, answers, output } = await talk(machine, [
      'alloc 720',
      (answer) => `free ${hexadecimal(addressIn(answer) - 768)}`,
    ]);
    assert.is(exitCode, EXIT_SUCCESS, output);
    assert.match(answers[1], /^not freed: a live block that the kernel holds, not one of alloc\. /, output);
  });

  test(`${machine}: stress ends when a key is pressed`, async () => {
    let pressed = false;
    const { exitCode, answers, output } = await talk(machine, ['stress 1000000', 'check'], {
      onOutput: (text, line) => {
        if (pressed || !text.includes('operations')) return;
        pressed = true;
        line.send('x');
      },
    });
    assert.is(exitCode, EXIT_SUCCESS, output);
    assert.match(answers[0], /stopped by a key\n.*everything freed; heap_check\(\) = 0$/);
    assert.is(answers[1]!.trimEnd(), 'heap_check() = 0: valid');
  });

  test(`${machine}: stress with little memory is refused blocks, and nothing breaks`, async () => {
    const { exitCode, answers, output } = await talk(machine, ['bench', 'stress 2'], { memoryMiB: 4 });
    assert.is(exitCode, EXIT_SUCCESS, output);
    assert.match(answers[0], / not enough memory for 1000 blocks/);
    assert.match(answers[1], / [1-9]\d* refused for want of memory; everything freed; heap_check\(\) = 0$/);
  });

  test(`${machine}: lines that are too long, escape sequences, bytes of all kinds`, async () => {
    const random = new Random(testSeed());
    const garbage = Array.from({ length: 3000 }, () => String.fromCharCode(random.below(256))).join('');
    const { exitCode, answers, output } = await talk(machine, [
      'x'.repeat(LINE_MAX + 1),
      'm'.repeat(5000),
      `check\x1b[5~\x1b[Z\x1bOP\x80\xff`,
      `kchec\x1b[H\x1b[3~\x05k`,
      `nonsense\x15check`,
      '\x1b[A',
      `${garbage}\x03check`,
    ]);
    assert.is(exitCode, EXIT_SUCCESS, output);
    const refused = `the line is too long, and was not carried out; at most ${LINE_MAX} characters`;
    assert.is(answers[0]!.trimEnd(), refused);
    assert.is(answers[1]!.trimEnd(), refused);
    for (const index of [2, 3, 4, 5]) assert.is(answers[index]!.trimEnd(), 'heap_check() = 0: valid', `line ${index}`);
    assert.is(answers.at(-2)!.trimEnd(), 'heap_check() = 0: valid', output);
  });

  test(`${machine}: panic ends in "${exitMeaning(EXIT_PANIC)}"`, async () => {
    const conversation = await talk(machine, ['panic']);
    assertExit(conversation, EXIT_PANIC);
    assert.match(conversation.answers[0], /^0x[\da-f]{8}: outside every region of the heap\nPANIC: allocator code 1 at 0x[\da-f]{8}\n$/);
  });
}

test('the keys of a terminal: Ctrl-A x ends, Ctrl-A Ctrl-A is Ctrl-A, everything else is sent', () => {
  const keys = new Keys();
  assert.equal(keys.read('mem\r\x03\x1b[A'), { sent: 'mem\r\x03\x1b[A', ended: false });
  assert.equal(keys.read('\x01'), { sent: '', ended: false });
  assert.equal(keys.read('\x01'), { sent: '\x01', ended: false });
  assert.equal(keys.read('\x01b'), { sent: '\x01b', ended: false });
  assert.equal(keys.read('x\x01'), { sent: 'x', ended: false });
  assert.equal(keys.read('xy'), { sent: '', ended: true });
});

test('the command takes lines from a pipe', async () => {
  const { status, stdout, stderr } = await runCommand(['--time-limit', '60'], 'alloc 100\ncheck');
  assert.is(status, 0, stdout + stderr);
  assert.equal(answersIn(stdout).map(masked), ['#: live block of # bytes', CHECK_VALID, '']);
  assert.match(stderr, /powered off with code 16: everything was done and checked/);
});

test('the command takes lines from a file, and ends with the code of the kernel', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-shell-'));
  try {
    const script = path.join(folder, 'script');
    fs.writeFileSync(script, 'check\npanic\nmem\n');
    const { status, stdout, stderr } = await runCommand(['--script', script, '--time-limit', '60'], '');
    assert.is(status, EXIT_PANIC, stdout + stderr);
    assert.match(stderr, /powered off with code 32: the allocator stopped the machine/);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a script that is not there, or that nothing would read, is an error', async () => {
  const missing = await runCommand(['--script', 'no-such-file'], '');
  assert.is(missing.status, 1);
  assert.is(missing.stderr.trim(), '--script: there is no file no-such-file');
  const unread = await runCommand(['--script', 'README.md', '--command-line', 'seed=1'], '');
  assert.is(unread.status, 1);
  assert.is(unread.stderr.trim(), '--script is for the shell, and the kernel boots without it: "seed=1"');
});

test.run();
