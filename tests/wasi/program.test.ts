/** The programs in wasi/programs do with Tallow what they do with wasi-libc's own malloc, on every engine. */

import fs from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { engineNamed, type Outcome } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type Allocator } from '../../scripts/lib/wasi-program.ts';
import { onEachEngine } from './engines.ts';

const build = (source: string, allocator: Allocator): Promise<Uint8Array> =>
  buildWasiProgram(path.join(ROOT, 'wasi/programs', source), { allocator });

/** What the program does with its own malloc, on Node. */
const expected = async (source: string, args: string[], input: string): Promise<Outcome> =>
  engineNamed('node').run(await build(source, 'wasi-libc'), { args, input });

/** What word-count should print: its own definition once more, in another language. */
const wordCount = (input: string, wanted = 10): string => {
  const counts = new Map<string, number>();
  const words = input.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const lines = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, wanted)
    .map(([word, count]) => `${String(count).padStart(7)} ${word}\n`);
  return `${words.length} words, ${counts.size} of them different\n${lines.join('')}`;
};

const LICENCE = fs.readFileSync(path.join(ROOT, 'LICENSE'), 'utf8');

const TEXTS: Record<string, string> = {
  'nothing': '',
  'the licence': LICENCE,
  'a word of a million letters': `a ${'b'.repeat(1_000_000)} a`,
  '200,000 different words': Array.from({ length: 200_000 }, (_, index) => `word${(index * 7919) % 200_000}`).join(' '),
};

onEachEngine('wasi: word-count', (test, engine) => {
  let program: Uint8Array;
  test.before(async () => { program = await build('word-count.c', 'release'); });

  for (const [name, input] of Object.entries(TEXTS)) {
    test(`counts the words of ${name}`, async () => {
      const outcome = await engine.run(program, { input });
      assert.equal(outcome, { exitCode: 0, stdout: wordCount(input), stderr: '' });
      assert.equal(outcome, await expected('word-count.c', [], input));
    });
  }

  test('takes the number of words to print', async () => {
    const { stdout } = await engine.run(program, { args: ['3'], input: LICENCE });
    assert.is(stdout, wordCount(LICENCE, 3));
  });

  test('ends with 2 on words that it does not understand', async () => {
    const outcome = await engine.run(program, { args: ['many'] });
    assert.is(outcome.exitCode, engine.lacks.includes('exit codes') ? 1 : 2);
    assert.match(outcome.stderr, /^usage: /);
    assert.is(outcome.stdout, '');
  });
});

const TASKS = 'bread: dough oven\ndough: flour water salt\n\nsoup: water salt  \n  water:\ntea:water\n';

onEachEngine('wasi: dependency-order', (test, engine) => {
  let program: Uint8Array;
  test.before(async () => { program = await build('dependency-order.cpp', 'release'); });

  test('puts tasks behind those that they depend on', async () => {
    const outcome = await engine.run(program, { input: TASKS });
    const order = ['flour', 'oven', 'salt', 'water', 'dough', 'bread', 'soup', 'tea'];
    assert.equal(outcome, { exitCode: 0, stdout: `${order.join('\n')}\n`, stderr: '' });
    assert.equal(outcome, await expected('dependency-order.cpp', [], TASKS));
  });

  test('names a circle, and does what is outside of it', async () => {
    const outcome = await engine.run(program, { input: 'a: b x\nb: c\nc: a\nd: c\n' });
    assert.equal(outcome, { exitCode: 1, stdout: 'x\n', stderr: 'dependency-order: a circle: a b c a\n' });
  });

  test('orders 20,000 tasks as with the other malloc', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `t${(index * 7919) % 20_000}: t${index} u${index % 100}`);
    const input = lines.filter((_, index) => (index * 7919) % 20_000 > index).join('\n');
    const outcome = await engine.run(program, { input });
    assert.equal(outcome, await expected('dependency-order.cpp', [], input));
    assert.is(outcome.exitCode, 0);
  });
});

onEachEngine('wasi: containers of C++', (test, engine) => {
  test('hold the same with Tallow as with the other malloc', async () => {
    const [program, other] = await Promise.all((['release', 'wasi-libc'] as const).map((allocator) =>
      buildWasiProgram(path.join(import.meta.dirname, 'containers.cpp'), { allocator, flags: ['-std=c++17'] })));
    const outcome = await engine.run(program!);
    assert.equal(outcome, await engineNamed('node').run(other!));
    assert.is(outcome.stdout.split('\n').length, 8);
  });
});
