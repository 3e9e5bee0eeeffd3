/** npm run inspect on the memory of a program that made mistakes, and on what is no such memory. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../../scripts/lib/folder.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildProducts } from '../../scripts/lib/products.ts';
import { KIND_POINTERS } from '../../kernel-heap/audit-layout.ts';
import { debugModule, dhatProblem, type DhatProfile } from './index.ts';

await buildProducts('debug');

const inspect = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ['--import', 'tsx', path.join(ROOT, 'scripts/inspect.ts'), ...args], { encoding: 'utf8', cwd: ROOT });

/** A memory with texts for places at 0x8000, and a heap behind them. */
const memoryOf = (act: (heap: ReturnType<typeof debugModule>, at: (line: number) => void) => void): Uint8Array => {
  const heap = debugModule();
  heap.heap_forget!();
  heap.memory.grow(16);
  const at = (line: number): void => {
    const address = 0x8000 + 32 * line;
    new Uint8Array(heap.memory.buffer).set(Buffer.from(`orders.c:${line}\0`), address);
    heap.heap_at!(address, 0, 0, 0);
  };
  assert.ok(heap.heap_init!(0x10000, 0x80000) > 0);
  act(heap, at);
  return new Uint8Array(heap.memory.buffer).slice();
};

const test = suite('inspect');
test('live blocks by their places, bugs that are found in the copy, and a profile', async () => withFolder(async (folder) => {
  const memory = memoryOf((heap, at) => {
    for (let count = 0; count < 3; count++) {
      at(5);
      heap.malloc!(40);
    }
    at(7);
    const block = heap.malloc!(10);
    new Uint8Array(heap.memory.buffer)[block + 10] = 0x41;
    at(8);
    const pointers = heap.calloc!(1, 4);
    heap.heap_kind!(pointers, KIND_POINTERS);
    new DataView(heap.memory.buffer).setUint32(pointers, 42, true);
  });
  const file = path.join(folder, 'memory.bin');
  const profile = path.join(folder, 'profile.json');
  fs.writeFileSync(file, memory);
  const { status, stdout, stderr } = inspect(file, '--dhat', profile);
  assert.is(stderr, '');
  assert.is(status, 3);
  assert.equal(stdout.replace(/0x[\da-f]{8}/g, '0x…').trimEnd().split('\n'), [
    'Found in the copy:',
    'tallow: pointer out of all memory: 0x…, at offset 0 of block 5 of 4 bytes at 0x…',
    '  held by block allocated at orders.c:8',
    'tallow: overflow: 1 byte behind block 4 of 10 bytes at 0x… was overwritten, at offset 10, which holds 0x41',
    '  allocated at orders.c:7',
    'tallow: live: 5 blocks, 134 bytes',
    '  3 blocks, 120 bytes allocated at orders.c:5',
    '  1 block, 10 bytes allocated at orders.c:7',
    '  1 block, 4 bytes allocated at orders.c:8',
  ]);
  const dhat = JSON.parse(fs.readFileSync(profile, 'utf8')) as DhatProfile;
  assert.is(dhatProblem(dhat), undefined);
  assert.equal(dhat.pps[0], { tb: 120, tbk: 3, fs: [1] });
  assert.is(dhat.ftbl[1], 'orders.c:5');
  const json = JSON.parse(inspect(file, '--json').stdout) as { live: { bytes: number }[]; found: unknown[]; check: number };
  assert.equal([json.live.length, json.found.length, json.check], [3, 2, 0]);
}));
test('a heap in order ends with 0', async () => withFolder(async (folder) => {
  const file = path.join(folder, 'memory.bin');
  fs.writeFileSync(file, memoryOf((heap) => heap.free!(heap.malloc!(10))));
  const { status, stdout } = inspect(file);
  assert.equal([status, stdout], [0, 'no bug, and no block is live\n']);
}));
test('what is no memory of the debug profile is refused with a reason', async () => withFolder(async (folder) => {
  const file = path.join(folder, 'memory.bin');
  fs.writeFileSync(file, new Uint8Array(100_000));
  assert.equal([inspect(file).status, inspect(file).stderr], [1, 'there is no heap of the debug profile in this memory, or one of another version\n']);
  assert.match(inspect(file, '--state', 'x').stderr, /--state takes an address, not x/);
  assert.match(inspect(path.join(folder, 'nothing')).stderr, /there is no file/);
  assert.match(inspect().stderr, /the memory file is missing/);
}));
test('a profile that the viewer would not open is told from one that it does', () => {
  const good: DhatProfile = {
    dhatFileVersion: 2, mode: 'm', verb: 'v', bklt: false, bkacc: false, tu: 't', Mtu: 'T', cmd: 'c', pid: 1, te: 1,
    pps: [{ tb: 1, tbk: 1, fs: [1] }], ftbl: ['[root]', 'a'],
  };
  assert.is(dhatProblem(good), undefined);
  assert.ok(dhatProblem({ ...good, ftbl: ['a', 'b'] }));
  assert.ok(dhatProblem({ ...good, bklt: true }));
  assert.ok(dhatProblem({ ...good, pps: [{ tb: 1, tbk: 1, fs: [2] }] }));
  assert.ok(dhatProblem({ ...good, pps: [{ tb: 1, tbk: 1, fs: [] }] }));
});
test.run();
