/** What the debug and the hardened library say of the bugs in bugs.c, word for word, and that they are silent otherwise. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../../scripts/lib/folder.ts';
import { productPaths } from '../../scripts/lib/products.ts';
import { engineNamed, Trap, type Outcome } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram } from '../../scripts/lib/wasi-program.ts';
import { dhatProblem, type DhatProfile } from '../harness/dhat.ts';

const SOURCE = path.join(import.meta.dirname, 'bugs.c');
const TEXT = fs.readFileSync(SOURCE, 'utf8').split('\n');

/** `bugs.c:12` for the line of `name` in bugs.c on which `call` stands, the `nth` of them. */
const at = (name: string, call: string, nth = 0): string => {
  const first = TEXT.findIndex((line) => line.startsWith(`static void ${name}(`));
  const lines = TEXT.map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line, number }) => number > first + 1 && line.includes(call));
  return `bugs.c:${lines[nth]!.number}`;
};

interface Said { first: RegExp; places: [what: string, place: string][] }

/** The first line of each report, and the lines with places. */
const SAID: Record<string, Said> = {
  overflow: {
    first: /^tallow: overflow: 1 byte behind block \d+ of 5 bytes at 0x[\da-f]{8} was overwritten, at offset 5, which holds 0x00$/,
    places: [['allocated at', at('overflow', 'malloc')], ['noticed at  ', at('overflow', 'free')]],
  },
  underflow: {
    first: /^tallow: underflow: 1 byte before block \d+ of 5 bytes at 0x[\da-f]{8} was overwritten, at offset -1, which holds 0x41$/,
    places: [['allocated at', at('underflow', 'malloc')], ['noticed at  ', at('underflow', 'free')]],
  },
  double_free: {
    first: /^tallow: double free: block \d+ of 40 bytes at 0x[\da-f]{8} was freed before$/,
    places: [
      ['allocated at', at('double_free', 'malloc')], ['freed at    ', at('double_free', 'free(')],
      ['again at    ', at('double_free', 'free(', 1)],
    ],
  },
  write_after_free: {
    first: /^tallow: write after free: 1 byte of block \d+ of 40 bytes at 0x[\da-f]{8} was overwritten after it was freed, at offset 3, which holds 0x41$/,
    places: [['allocated at', at('write_after_free', 'malloc')], ['freed at    ', at('write_after_free', 'free(')]],
  },
  unaligned_free: {
    first: /^tallow: unaligned free: 0x[\da-f]{8} is at offset 4 of block \d+ of 40 bytes at 0x[\da-f]{8}$/,
    places: [['allocated at', at('unaligned_free', 'malloc')], ['freed at    ', at('unaligned_free', 'free(')]],
  },
  invalid_free: {
    first: /^tallow: invalid free: 0x[\da-f]{8} is no block$/,
    places: [['freed at    ', at('invalid_free', 'free(')]],
  },
  stale_pointer: {
    first: /^tallow: stale pointer: 0x[\da-f]{8}, at offset 0 of block \d+ of 8 bytes at 0x[\da-f]{8}, leads to block \d+ of 40 bytes at 0x[\da-f]{8}, which was freed$/,
    places: [
      ['held by block allocated at', at('stale_pointer', 'malloc(2')], ['target allocated at', at('stale_pointer', 'malloc(40)')],
      ['target freed at    ', at('stale_pointer', 'free(')],
    ],
  },
  interior_pointer: {
    first: /^tallow: interior pointer: 0x[\da-f]{8}, at 0x[\da-f]{8}, leads into block \d+ of 40 bytes at 0x[\da-f]{8}$/,
    places: [['target allocated at', at('interior_pointer', 'malloc(40)')]],
  },
  size_mismatch: {
    first: /^tallow: size mismatch: block \d+ of 40 bytes at 0x[\da-f]{8} was freed as one of 41 bytes$/,
    places: [['allocated at', at('size_mismatch', 'malloc')], ['freed at    ', at('size_mismatch', 'free_sized')]],
  },
};

const node = engineNamed('node');
const programs = new Map<string, Uint8Array>();
const run = (allocator: string, ...args: string[]): Promise<Outcome> => node.run(programs.get(allocator)!, { args });

/** How the program ends, and what it said; a trap is told as an exit code of undefined. */
const ended = async (allocator: string, ...args: string[]): Promise<Partial<Outcome>> => {
  try {
    return await run(allocator, ...args);
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { stdout: error.stdout, stderr: error.stderr };
  }
};

const build = async (): Promise<void> => {
  for (const allocator of ['debug', 'hardened'] as const) {
    // The place is the path that the compiler was told; as the README has it, the file's name alone.
    const flags = ['-fno-builtin', '-include', productPaths(allocator).debugHeader, `-fmacro-prefix-map=${import.meta.dirname}/=`];
    programs.set(allocator, await buildWasiProgram(SOURCE, { allocator, flags }));
  }
};

const debug = suite('wasi: debug library');
debug.before(build);
for (const [name, { first, places }] of Object.entries(SAID)) {
  debug(`${name} is reported and stops the program`, async () => {
    const { exitCode, stdout, stderr } = await ended('debug', name);
    const [line, ...others] = stderr!.trimEnd().split('\n');
    assert.is(exitCode, undefined);
    assert.is(stdout, '');
    assert.match(line!, first);
    assert.equal(others, places.map(([what, place]) => `  ${what} ${place}`));
  });
  debug(`${name} is reported and counted`, async () => {
    const { exitCode, stdout, stderr } = await ended('debug', name, 'go-on');
    assert.is(exitCode, 0);
    assert.is(stdout, 'went on\n');
    assert.match(stderr!.split('\n')[0]!, first);
  });
}
debug('blocks that are left are told at the end, by place, with where their siblings were freed', async () => {
  const { exitCode, stderr } = await ended('debug', 'leak');
  assert.is(exitCode, 0);
  assert.equal(stderr!.trimEnd().split('\n'), [
    'tallow: not freed: 3 blocks, 84 bytes',
    `  2 blocks, 80 bytes allocated at ${at('leak', 'malloc')}`,
    `    others from there were freed at ${at('leak', 'free(')}`,
    `  1 block, 4 bytes allocated at ${at('leak', 'strdup')}`,
  ]);
});
debug('a recording tells what is left over, and a profile of it can be read', async () => {
  await withFolder(async (folder) => {
    const { exitCode, stderr } = await node.run(programs.get('debug')!, { args: ['recorded'], folder });
    assert.is(exitCode, 0);
    const lines = stderr.trimEnd().split('\n').map((line) => line.replace(/0x[\da-f]{8}/, '0x…'));
    assert.equal(lines.slice(0, 4), [
      'tallow: recorded: 3 allocations, 2 frees, at most 80 bytes at once: leak',
      '  not freed: 0x…, 40 bytes',
      `    allocated at ${at('recorded', 'malloc')}`,
      `    others from there were freed at ${at('recorded', 'free(')}`,
    ]);
    const profile = JSON.parse(fs.readFileSync(path.join(folder, 'profile.json'), 'utf8')) as DhatProfile;
    assert.is(dhatProblem(profile), undefined);
    const point = profile.pps.find(({ fs: [frame] }) => profile.ftbl[frame!] === at('recorded', 'malloc'));
    assert.is(point?.tb, 40);
    assert.is(point?.tbk, 1);
  });
});
debug('a correct program is left in peace', async () => {
  assert.equal(await ended('debug', 'none'), { exitCode: 0, stdout: 'went on\n', stderr: '' });
});
debug.run();

const HARDENED: Record<string, RegExp> = {
  double_free: /^tallow: double free: 0x[\da-f]{8}\n$/,
  unaligned_free: /^tallow: free of an address inside of a block: 0x[\da-f]{8}\n$/,
  invalid_free: /^tallow: free of what is no block: 0x[\da-f]{8}\n$/,
  size_mismatch: /^$/,
  none: /^$/,
};

const hardened = suite('wasi: hardened library');
hardened.before(build);
for (const [name, said] of Object.entries(HARDENED)) {
  hardened(`${name}: ${said.source === '^$' ? 'silent' : 'stops with a line'}`, async () => {
    const { exitCode, stderr } = await ended('hardened', name);
    assert.match(stderr!, said);
    assert.is(exitCode, said.source === '^$' ? 0 : undefined);
  });
}
hardened.run();
