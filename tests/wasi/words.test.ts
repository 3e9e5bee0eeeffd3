/** The component in C in wasi/examples: strings and lists of any length, on Node by way of jco and on Wasmtime. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildComponent } from '../../scripts/lib/component.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { callComponent, missingPackage } from '../../scripts/lib/wasi-engines/wasmtime.ts';
import { buildWasiProgram, type Allocator } from '../../scripts/lib/wasi-program.ts';
import { instantiate } from './components.ts';
import { onEachEngine } from './engines.ts';

const EXAMPLES = path.join(ROOT, 'wasi/examples');

const build = async (allocator: Allocator): Promise<Uint8Array> => {
  const flags = ['-mexec-model=reactor', '-Wl,--export=cabi_realloc'];
  const core = await buildWasiProgram(path.join(EXAMPLES, 'words.c'), { allocator, flags });
  const source = fs.readFileSync(path.join(EXAMPLES, 'words.wit'), 'utf8');
  return (await buildComponent(core, { wit: { source } })).component;
};

interface Words {
  split: (text: string) => string[];
  join: (words: string[], separator: string) => string;
  histogram: (bytes: Uint8Array) => Uint32Array;
}

const TEXTS: Record<string, string> = {
  'nothing': '',
  'spaces': '  \n ',
  'one word': 'word',
  'words of several alphabets': 'für Ἀλέξανδρος слова 言葉 🙂',
  'ten thousand words': Array.from({ length: 10_000 }, (_, index) => `word${index * 7919 % 10_000}`).join(' '),
  'a word of a million letters': `a ${'b'.repeat(1_000_000)} c`,
};

const wordsOf = (text: string): string[] => text.split(/[ \n]+/).filter(Boolean);

const histogramOf = (bytes: Uint8Array): number[] => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte]!++;
  return counts;
};

for (const allocator of ['release', 'debug'] as const) {
  const test = suite(`wasi: words, a component in C, ${allocator}, on jco`);
  let words: Words;
  let calls: { takeLeak: () => unknown } | undefined;
  test.before(async () => {
    ({ words, calls } = await instantiate(await build(allocator)) as unknown as { words: Words; calls?: typeof calls });
  });
  for (const [name, text] of Object.entries(TEXTS)) {
    test(`splits and joins ${name}`, () => {
      const expected = wordsOf(text);
      assert.equal(words.split(text), expected);
      for (const separator of ['', ' ', '言 ']) assert.is(words.join(expected, separator), expected.join(separator));
      const bytes = Buffer.from(text);
      assert.equal([...words.histogram(bytes)], histogramOf(bytes));
    });
  }
  test('leaves nothing behind', () => {
    for (let index = 0; index < 300; index++) words.join(words.split(`${index} and ${'x'.repeat(index)}`), ' ');
    assert.is(calls?.takeLeak(), undefined);
    assert.is(calls !== undefined, allocator === 'debug');
  });
  test.run();
}

onEachEngine('wasi: words, a component in C', (test) => {
  test('does the same there', async () => {
    const texts = Object.values(TEXTS);
    const call = (name: string, ...args: unknown[]): { interface: string; function: string; args: unknown[] } =>
      ({ interface: 'example:words/words@0.1.0', function: name, args });
    const answers = await callComponent(await build('release'), texts.flatMap((text) => [
      call('split', text), call('join', wordsOf(text), ', '), call('histogram', [...Buffer.from(text.slice(0, 10_000))]),
    ]));
    assert.equal(answers, texts.flatMap((text) => [
      { result: wordsOf(text) }, { result: wordsOf(text).join(', ') },
      { result: histogramOf(Buffer.from(text.slice(0, 10_000))) },
    ]));
  });
}, [{ ...engineNamed('wasmtime'), missing: missingPackage }]);
