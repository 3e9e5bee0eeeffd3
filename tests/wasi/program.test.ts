/** The program in wasi/programs does with Tallow what it does with wasi-libc's own malloc, of which nothing is left. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { buildProgram, runProgram, type Program } from './build.ts';

const test = suite('wasi: word-count');

const SOURCE = path.join(ROOT, 'wasi/programs/word-count.c');

let tallow: Program;
let own: Program;

test.before(async () => {
  tallow = await buildProgram(SOURCE, { tallow: true });
  own = await buildProgram(SOURCE, { tallow: false });
});

/** What the program should print: its own definition once more, in another language. */
const expected = (input: string, wanted = 10): string => {
  const counts = new Map<string, number>();
  const words = input.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const lines = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, wanted)
    .map(([word, count]) => `${String(count).padStart(7)} ${word}\n`);
  return `${words.length} words, ${counts.size} of them different\n${lines.join('')}`;
};

const TEXTS: Record<string, string> = {
  'nothing': '',
  'one word': 'word',
  'the licence': fs.readFileSync(path.join(ROOT, 'LICENSE'), 'utf8'),
  'the lock file': fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'),
  'a word of a million letters': `a ${'b'.repeat(1_000_000)} a`,
  '200,000 different words': Array.from({ length: 200_000 }, (_, index) => `word${(index * 7919) % 200_000}`).join(' '),
};

for (const [name, text] of Object.entries(TEXTS)) {
  test(`counts the words of ${name}`, () => {
    const outcome = runProgram(tallow, [], text);
    assert.equal(outcome, runProgram(own, [], text));
    assert.equal(outcome, { exitCode: 0, stdout: expected(text), stderr: '' });
  });
}

test('takes the number of words to print', () => {
  const text = TEXTS['the licence']!;
  assert.is(runProgram(tallow, ['3'], text).stdout, expected(text, 3));
  assert.is(runProgram(tallow, ['0'], text).stdout, expected(text, 0));
});

test('ends with 2 on words that it does not understand', () => {
  const outcome = runProgram(tallow, ['many']);
  assert.is(outcome.exitCode, 2);
  assert.match(outcome.stderr, /^usage: /);
  assert.equal(outcome, runProgram(own, ['many']));
});

/** Functions of wasi-libc's allocator, and what it takes memory with. */
const OTHER_ALLOCATOR = /^(?:dl\w+|sbrk|(?:try_realloc|dispose)_chunk|internal_memalign|prepend_alloc|sys_alloc)$/;

const functionNames = (program: Program): string[] => [...readNames(program).functions.values()];

test('nothing of the other allocator is linked', () => {
  const found = (program: Program): string[] => functionNames(program).filter((name) => OTHER_ALLOCATOR.test(name));
  assert.ok(found(own).includes('dlmalloc') && found(own).includes('sbrk'), 'the names are the right ones to look for');
  assert.equal(found(tallow), []);
  assert.ok(functionNames(tallow).includes('tallow_malloc') || functionNames(tallow).includes('malloc'));
});

test('nothing of C++ is linked', () => {
  assert.equal(functionNames(tallow).filter((name) => name.startsWith('_Z')), []);
});

test('the program imports what it imported before, and no more', () => {
  const imports = (program: Program): string[] => {
    const module = new WebAssembly.Module(program as BufferSource);
    return WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`).sort();
  };
  assert.equal(imports(tallow), imports(own));
});

test.run();
