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

const GCC = { compiler: 'gcc', flags: ['-m32', '-fno-pie'] };

const TOOLCHAINS: { name: string; compiler: Compiler; env: Record<string, string> }[] = [
  { name: 'clang and ld.lld, as the README has it', compiler: { compiler: 'clang', flags: ['--target=i386-none-elf'] }, env: {} },
  { name: 'gcc and ld', compiler: GCC, env: { CC: [GCC.compiler, ...GCC.flags].join(' '), LD: 'ld -m elf_i386' } },
];

await buildProducts('release');
const products = productPaths('release');

/** Builds the kernel with these tools and what `edit` does to its sources, and boots it. */
const boot = async (env: Record<string, string>, edit = (text: string): string => text, memoryMiB = 128): Promise<Boot> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-drop-in-'));
  try {
    fs.cpSync(FOLDER, folder, { recursive: true });
    for (const file of [products.c, products.header]) fs.copyFileSync(file, path.join(folder, path.basename(file)));
    const kernel = path.join(folder, 'kernel.c');
    fs.writeFileSync(kernel, edit(fs.readFileSync(kernel, 'utf8')));
    const { status, stdout, stderr } = spawnSync('sh', ['-c', block('sh')], { cwd: folder, env: { ...process.env, CC: '', LD: '', ...env }, encoding: 'utf8' });
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
    // The image's size, and with it the number of frames, is the compiler's.
    const withoutFrames = (text: string): string => text.replaceAll(/(frames.*): \d+$/gm, '$1');
    assert.is(withoutFrames(output), withoutFrames(block('text')));
    assert.is(exitCode, codes.EXIT_DONE, output);
  });
}

test('4 MiB are enough', async () => {
  const { exitCode, output } = await boot({}, undefined, 4);
  assert.is(exitCode, codes.EXIT_DONE, output);
});

test('a wild pointer ends in a panic that names it', async () => {
  const { exitCode, output } = await boot({}, (text) => text.replace('exchange_messages(10000);', '$&\n    free((void *)0x00300008);'));
  assert.is(exitCode, codes.EXIT_PANIC, output);
  assert.match(output, /^heap: panic 1 at 3145736$/m);
});

test('memory that is not given back is noticed', async () => {
  const { exitCode, output } = await boot({}, (text) => text.replace('        free(list);\n', ''));
  assert.is(exitCode, codes.EXIT_FAILED, output);
  assert.match(output, /^failed: memory was lost$/m);
});

test.run();
