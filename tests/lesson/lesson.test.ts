/** The lesson's programs say what the README has them say, in C and in TypeScript. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { displayPath, ROOT } from '../../scripts/lib/paths.ts';
import { buildProducts, productPaths } from '../../scripts/lib/products.ts';
import { engineNamed, Trap } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type ProgramOptions } from '../../scripts/lib/wasi-program.ts';

await buildProducts('debug');

const FOLDER = import.meta.dirname;
const README = fs.readFileSync(path.join(FOLDER, 'README.md'), 'utf8');

/** What a text has the programs say. */
const saidIn = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^<!-- said by: (\S+) -->\n```text\n(.*?)^```$/gms)].map(([, name, said]) => [name!, said!]));
const SAID = saidIn(README);
const PROGRAMS = ['correct', 'never-freed', 'freed-too-early', 'freed-twice', 'freed-twice-another-owner'];

const node = engineNamed('node');

/** Addresses are those of a build. */
const withoutAddresses = (text: string): string => text.replace(/0x[\da-f]{8}/g, '0x…');

interface Ended { isGood: boolean; stdout: string; stderr: string }

const runC = async (name: string, allocator: ProgramOptions['allocator']): Promise<Ended> => {
  const flags = ['-fno-builtin', '-include', productPaths('debug').debugHeader, `-fmacro-prefix-map=${ROOT}/=`];
  const program = await buildWasiProgram(path.join(FOLDER, `${name}.c`), { allocator, flags });
  try {
    const { exitCode, stdout, stderr } = await node.run(program);
    return { isGood: exitCode === 0 && stderr === '', stdout, stderr };
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { isGood: false, stdout: error.stdout, stderr: error.stderr };
  }
};

const runTypeScript = (name: string): Ended => {
  const file = displayPath(path.join(FOLDER, `${name}.ts`));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, encoding: 'utf8' });
  return { isGood: status === 0 && stderr === '', stdout, stderr };
};

const test = suite('lesson');
test('the README has a word for each program that makes a mistake, in both languages', () => {
  const expected = PROGRAMS.slice(1).flatMap((name) => [`${name}.c`, `${name}.ts`]);
  assert.equal([...SAID.keys()], expected);
  assert.equal([...README.matchAll(/^## (\S+)$/gm)].map(([, name]) => name), PROGRAMS);
});
test('the README of the project says the same', () => {
  const told = saidIn(fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8'));
  assert.ok(told.size > 0);
  for (const [name, text] of told) assert.is(withoutAddresses(text), withoutAddresses(SAID.get(name) ?? ''));
});
for (const name of PROGRAMS) {
  for (const [file, run] of [[`${name}.c`, () => runC(name, 'debug')], [`${name}.ts`, () => runTypeScript(name)]] as const) {
    test(`${file} says ${name === 'correct' ? 'nothing' : 'what it did wrong, and where'}`, async () => {
      const ended = await run();
      assert.is(ended.isGood, name === 'correct');
      assert.is(withoutAddresses(ended.stderr), withoutAddresses(SAID.get(file) ?? ''));
      if (name === 'correct') assert.is(ended.stdout, 'serving tea\nserving cake\nserving jam\n');
    });
  }
}
test('without the debug profile nothing is said of what the second owner lost; hardened stops the plain double free', async () => {
  assert.is((await runC('freed-twice-another-owner', 'release')).stderr, '');
  assert.is((await runC('freed-twice-another-owner', 'hardened')).stdout, 'serving cake\n');
  assert.match((await runC('freed-twice', 'hardened')).stderr, /^tallow: double free: 0x[\da-f]{8}\n$/);
});
test.run();
