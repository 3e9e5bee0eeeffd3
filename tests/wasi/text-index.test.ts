/** text-index on every engine: what it finds, and that its memory is Tallow's and comes back. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CORE, ROOT } from '../../scripts/lib/paths.ts';
import { PROFILE_NAMES } from '../../scripts/lib/profiles.ts';
import { buildTsProgram } from '../../scripts/lib/ts-program.ts';
import { WASI_ENGINES } from '../../scripts/lib/wasi-engines.ts';
import { wrongGrowers } from './memory-grow.ts';
import { runReluctantly } from './reluctant.ts';

const SOURCE = path.join(ROOT, 'wasi/programs/text-index.ts');

/** The index once more: lines by word. */
const indexOf = (text: Buffer): { lines: Map<string, number[]>; total: number } => {
  const lines = new Map<string, number[]>();
  let total = 0;
  text.toString('latin1').split('\n').forEach((line, index) => {
    const words = line.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).match(/[a-z0-9\x80-\xff]+/g) ?? [];
    total += words.length;
    for (const word of new Set(words)) {
      const known = lines.get(word);
      if (known) known.push(index + 1);
      else lines.set(word, [index + 1]);
    }
  });
  return { lines, total };
};

/** What the program should print with --stats, but for the count of blocks. */
const expected = (text: Buffer, words: string[]): string => {
  const { lines, total } = indexOf(text);
  const answers = words.map((word) => {
    const key = Buffer.from(word).toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    return `${word}: ${lines.get(key)?.join(' ') ?? 'none'}\n`;
  });
  return `${answers.join('')}${total} words, ${lines.size} of them different, in # blocks\n`
    + 'freed: 0 live blocks, heap_check 0\n';
};

const withoutBlocks = (output: string): string => output.replace(/in \d+ blocks/, 'in # blocks');

const sources = fs.readdirSync(CORE).map((name) => fs.readFileSync(path.join(CORE, name)));
const binary = Buffer.from(Array.from({ length: 300_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24));

const TEXTS: Record<string, { text: Buffer; words: string[] }> = {
  'the sources of the core': { text: Buffer.concat(sources), words: ['malloc', 'FRAME_SIZE', 'Frame', 'zebra', '4096'] },
  'nothing': { text: Buffer.alloc(0), words: ['a'] },
  'a word and no line feed': { text: Buffer.from('word'), words: ['WORD', 'wor', 'words'] },
  'letters beyond ASCII': { text: Buffer.from('naïve\r\nNaïve, déjà\r\n東京 vu'), words: ['naïve', 'déjà', '東京', 'na'] },
  'any bytes, zeros among them': { text: binary, words: ['a', '0'] },
};

const LARGE: typeof TEXTS = {
  'twelve megabytes': { text: Buffer.concat(Array.from({ length: 100 }, () => sources).flat()), words: ['retire', 'none'] },
  '200,000 different words in a line each': {
    text: Buffer.from(Array.from({ length: 200_000 }, (_, index) => `word${(index * 7919) % 200_000}`).join('\n')),
    words: ['word0', 'word199999', 'word200000'],
  },
  'a word of four million letters': { text: Buffer.alloc(4_000_000, 'Ab'), words: ['ab'] },
};

const program = await buildTsProgram(SOURCE);

const check = async (engine: typeof WASI_ENGINES[number], { text, words }: { text: Buffer; words: string[] }): Promise<void> => {
  const outcome = await engine.run(program, { args: ['--stats', ...words], input: text });
  assert.equal({ ...outcome, stdout: withoutBlocks(outcome.stdout) }, { exitCode: 0, stdout: expected(text, words), stderr: '' });
};

for (const engine of WASI_ENGINES) {
  const test = suite(`wasi: text-index on ${engine.name}`);
  const missing = engine.missing();
  if (missing !== undefined) {
    console.log(`  text-index is not run on ${engine.name}: ${missing}`);
    continue;
  }
  for (const [name, text] of Object.entries(TEXTS)) test(`finds words in ${name}`, () => check(engine, text));
  test('without words, it tells how it is used', async () => {
    for (const args of [[], ['--stats']]) {
      const { exitCode, stdout, stderr } = await engine.run(program, { args, input: 'text' });
      assert.is(stdout, '');
      assert.is(stderr, 'usage: text-index [--stats] word...\n');
      assert.is(exitCode, engine.lacks.includes('exit codes') ? 1 : 2);
    }
  });
  test.run();
}

const large = suite('wasi: text-index, large texts');
for (const [name, text] of Object.entries(LARGE)) large(`finds words in ${name}`, () => check(WASI_ENGINES[0]!, text));
large.run();

const reluctant = suite('wasi: text-index on a reluctant system');

const { text, words } = TEXTS['letters beyond ASCII']!;

reluctant('reads and writes until everything went', () => {
  const outcome = runReluctantly(program, ['--stats', ...words], { input: text });
  assert.equal({ ...outcome, stdout: withoutBlocks(outcome.stdout) }, { exitCode: 0, stdout: expected(text, words), stderr: '' });
});

reluctant('memory that somebody else has grown is left alone', () => {
  const sample = TEXTS['the sources of the core']!;
  for (const taken of [1, 2, 3]) {
    const outcome = runReluctantly(program, ['--stats', ...sample.words], { input: sample.text.subarray(0, 60_000), taken });
    assert.is(withoutBlocks(outcome.stdout), expected(sample.text.subarray(0, 60_000), sample.words));
  }
});

reluctant('a read error ends it', () => {
  assert.equal(runReluctantly(program, words, { readError: 29 }),
    { exitCode: 1, stdout: '', stderr: 'cannot read standard input: error 29 of WASI\n' });
});

reluctant('a write error ends it', () => {
  assert.equal(runReluctantly(program, words, { input: text, writeError: 64 }),
    { exitCode: 1, stdout: '', stderr: 'cannot write to standard output\n' });
});

reluctant.run();

const module = suite('wasi: text-index, the module');

module('exports what a command and its adapter to components need, and imports from WASI alone', () => {
  const compiled = new WebAssembly.Module(program as BufferSource);
  assert.equal(WebAssembly.Module.exports(compiled).map(({ name }) => name).sort(), ['_start', 'cabi_realloc', 'memory']);
  assert.equal([...new Set(WebAssembly.Module.imports(compiled).map(({ module: from }) => from))], ['wasi_snapshot_preview1']);
});

module('only the core grows the memory', () => {
  assert.equal(wrongGrowers(program), []);
});

module('does the same in every profile', async () => {
  for (const profile of PROFILE_NAMES) {
    const built = await buildTsProgram(SOURCE, { profile });
    const outcome = runReluctantly(built, ['--stats', ...words], { input: text });
    assert.is(withoutBlocks(outcome.stdout), expected(text, words), profile);
  }
});

module.run();
