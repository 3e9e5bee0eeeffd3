/** Call stacks in reports of C++ programs, which tell no places themselves. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withStacks } from '../../scripts/lib/stacks.ts';
import { engineNamed, Trap } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type Allocator } from '../../scripts/lib/wasi-program.ts';

const SOURCE = path.join(import.meta.dirname, 'stacks.cpp');
const node = engineNamed('node');
const build = (allocator: Allocator): Promise<Uint8Array> => buildWasiProgram(SOURCE, { allocator, flags: ['-fno-builtin'] });

const test = suite('wasi: stacks');
test('blocks that are left are told with the functions that allocated them', async () => {
  const { wasm, named } = await withStacks(await build('debug'));
  assert.ok(named > 5);
  const { exitCode, stderr } = await node.run(wasm);
  assert.is(exitCode, 0);
  const lines = stderr.trimEnd().split('\n');
  assert.is(lines[0], 'tallow: not freed: 4 blocks, 120 bytes');
  assert.equal(lines.slice(1, 3), ['  4 blocks, 120 bytes allocated at operator new(unsigned long)', '          from take(char const*)']);
  assert.ok(lines.includes('          from main'));
});
test('a double free is told with all three stacks', async () => {
  const { wasm } = await withStacks(await build('debug'));
  let said = '';
  await node.run(wasm, { args: ['twice'] }).catch((error: unknown) => {
    if (!(error instanceof Trap)) throw error;
    said = error.stderr;
  });
  assert.match(said, /^tallow: double free: block \d+ of 12 bytes at 0x[\da-f]{8} was freed before\n {2}allocated at operator new/);
  assert.match(said, /\n {2}freed at {5}operator delete\(void\*\)\n {10}from main\n/);
  assert.match(said, /\n {2}again at {5}operator delete\(void\*\)\n {10}from cancel\(void\*\)\n {10}from main\n$/);
});
test('a program without stacks says the same of them as before: nothing', async () => {
  assert.is((await node.run(await build('debug'))).stderr, '');
});
test('another program is refused', async () => {
  const refused = async (wasm: Uint8Array): Promise<string> => {
    try {
      await withStacks(wasm);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.match(await refused(await build('release')), /no program that is linked with -ltallow-debug/);
  assert.match(await refused(new Uint8Array(10)), /./);
});
test.run();
