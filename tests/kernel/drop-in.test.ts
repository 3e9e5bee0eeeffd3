/** qemu/examples/drop-in, built by the commands of its README from the shipped files, and booted. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bootKernel, type Boot } from '../../scripts/lib/kernel-boot.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildProducts, productPaths } from '../../scripts/lib/products.ts';
import { refusal, type Compiler } from '../c/compilers.ts';

const test = suite('drop-in');

const FOLDER = path.join(ROOT, 'qemu/examples/drop-in');

/** The power-off codes of machine.h. */
const codes = Object.fromEntries([...fs.readFileSync(path.join(FOLDER, 'machine.h'), 'utf8').matchAll(/\b(EXIT_\w+) = (\d+)/g)]
  .map(([, name, value]) => [name!, Number(value)]));

/** The n-th block of README.md that is fenced as `language`. */
const block = (language: string, n = 0): string => {
  const readme = fs.readFileSync(path.join(FOLDER, 'README.md'), 'utf8');
  const found = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))][n]?.[1];
  if (found === undefined) throw new Error(`README.md has no block ${n} of ${language}`);
  return found;
};

/** The image's size, and with it where the heap is, is the compiler's. */
const withoutFrames = (text: string): string =>
  text.replaceAll(/(frames.*): \d+$/gm, '$1').replaceAll(/0x[\da-f]{8}/g, '#').replaceAll(/(panic \d+ at) \d+$/gm, '$1');

/** Where the kernel frees a message. */
const FREE = '        free(list);\n';

const GCC = { compiler: 'gcc', flags: ['-m32', '-fno-pie'] };

const TOOLCHAINS: { name: string; compiler: Compiler; env: Record<string, string> }[] = [
  { name: 'clang and ld.lld, as the README has it', compiler: { compiler: 'clang', flags: ['--target=i386-none-elf'] }, env: {} },
  { name: 'gcc and ld', compiler: GCC, env: { CC: [GCC.compiler, ...GCC.flags].join(' '), LD: 'ld -m elf_i386' } },
];

await buildProducts('release');
await buildProducts('debug');
const products = productPaths('release');
const FILES = [products.c, products.header, productPaths('debug').c, products.cDebugHeader];

/** The blocks of the README: how a kernel is built and what it prints, as it is and to find a bug. */
const ORDINARY = { build: block('sh', 0), output: block('text', 0) };
const DEBUG = { build: block('sh', 2), doubleFree: block('text', 1), leak: block('text', 2) };

interface Changes {
  edit?: (text: string) => string;
  memoryMiB?: number;
  build?: string;
}

/** Builds the kernel with these tools and what `edit` does to its sources, and boots it. */
const boot = async (
  env: Record<string, string>, { edit = (text) => text, memoryMiB = 128, build = ORDINARY.build }: Changes = {},
): Promise<Boot> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-drop-in-'));
  try {
    fs.cpSync(FOLDER, folder, { recursive: true });
    for (const file of FILES) fs.copyFileSync(file, path.join(folder, path.basename(file)));
    const kernel = path.join(folder, 'kernel.c');
    fs.writeFileSync(kernel, edit(fs.readFileSync(kernel, 'utf8')));
    const { status, stdout, stderr } = spawnSync('sh', ['-c', build], { cwd: folder, env: { ...process.env, CC: '', LD: '', ...env }, encoding: 'utf8' });
    assert.is(stdout + stderr, '');
    assert.is(status, 0);
    return await bootKernel('i386', path.join(folder, 'kernel.elf'), { memoryMiB });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};

for (const { name, compiler, env } of TOOLCHAINS) {
  const reason = refusal(compiler);
  if (reason) {
    console.log(`skipped: ${name}: ${reason}`);
    test.skip(`built by ${name}, boots and works`, () => undefined);
    continue;
  }
  test(`built by ${name}, boots and works`, async () => {
    const { exitCode, output } = await boot(env);
    assert.is(withoutFrames(output), withoutFrames(ORDINARY.output));
    assert.is(exitCode, codes.EXIT_DONE, output);
  });
  test(`built by ${name} for the debug profile, works, and tells a block that is freed twice with its places`, async () => {
    const debug = await boot(env, { build: DEBUG.build });
    assert.is(withoutFrames(debug.output), withoutFrames(ORDINARY.output));
    assert.is(debug.exitCode, codes.EXIT_DONE, debug.output);
    const { exitCode, output } = await boot(env, { build: DEBUG.build, edit: (text) => text.replace(FREE, `${FREE}${FREE}`) });
    assert.is(withoutFrames(output), withoutFrames(DEBUG.doubleFree));
    assert.is(exitCode, codes.EXIT_PANIC, output);
  });
}

test('4 MiB are enough', async () => {
  const { exitCode, output } = await boot({}, { memoryMiB: 4 });
  assert.is(exitCode, codes.EXIT_DONE, output);
});

test('a wild pointer ends in a panic that names it', async () => {
  const { exitCode, output } = await boot({}, { edit: (text) => text.replace('exchange_messages(10000);', '$&\n    free((void *)0x00300008);') });
  assert.is(exitCode, codes.EXIT_PANIC, output);
  assert.match(output, /^heap: panic 1 at 3145736$/m);
});

test('memory that is not given back is noticed, and the debug profile knows where it came from', async () => {
  const edit = (text: string): string => text.replace(FREE, '');
  const { exitCode, output } = await boot({}, { edit });
  assert.is(exitCode, codes.EXIT_FAILED, output);
  assert.match(output, /^failed: memory was lost$/m);
  const debug = await boot({}, { edit, build: DEBUG.build });
  assert.is(withoutFrames(debug.output), withoutFrames(DEBUG.leak));
  assert.is(debug.exitCode, codes.EXIT_FAILED, debug.output);
});

test('what is written beside a message, or into a freed one, is told with the byte', async () => {
  const change = (from: string, to: string) => ({ build: DEBUG.build, edit: (text: string): string => text.replace(from, to) });
  const overflow = await boot({}, change('.number = i };', '$& *(char *)(message + 1) = 1;'));
  assert.is(overflow.exitCode, codes.EXIT_PANIC, overflow.output);
  assert.match(overflow.output, /^tallow: overflow: 1 byte behind block \d+ of 60 bytes at 0x[\da-f]{8} was overwritten, at offset 60, which holds 0x01$/m);
  const freed = await boot({}, change(FREE, `${FREE}        list->number = 7;\n`));
  assert.is(freed.exitCode, codes.EXIT_PANIC, freed.output);
  assert.match(freed.output, /^tallow: write after free: 4 bytes of block 10000 of 60 bytes at 0x[\da-f]{8} were overwritten after it was freed, the first at offset 4, which holds 0x07$/m);
});

test.run();
