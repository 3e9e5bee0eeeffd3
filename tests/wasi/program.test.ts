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
