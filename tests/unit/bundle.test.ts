/** The type-preserving bundle: order, names, host functions, and an error with its place for all that it does not know. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle, type Bundle } from '../../scripts/lib/bundle.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

const at = (name: string): string => path.join(ROOT, 'example', name);

/** A bundle of texts by file name; the first is the entry. */
const bundleOf = (texts: Record<string, string>, externals: Record<string, string> = {}): Bundle => bundle({
  entry: at(Object.keys(texts)[0]!),
  overrides: new Map(Object.entries(texts).map(([name, text]) => [at(name), text])),
  externals: new Map(Object.entries(externals).map(([name, module]) => [at(name), module])),
});

const failsWith = (texts: Record<string, string>, message: string): void => {
  assert.throws(() => bundleOf(texts), (error: Error) => error.message.includes(message) || assert.unreachable(`another message: ${error.message}`));
};

const test = suite('bundle');

test('what is imported comes before what imports it', () => {
  const { text, exports } = bundleOf({
    'main.ts': "import { low, high } from './library.ts';\nexport const main = (): i32 => low() + high();\n",
    'library.ts': "import { base } from './base.ts';\nexport const low = (): i32 => base();\nexport const high = (): i32 => base();\n",
    'base.ts': 'export const base = (): i32 => 1;\n',
  });
  assert.is(text, 'const base = (): i32 => 1;\nconst low = (): i32 => base();\nconst high = (): i32 => base();\nexport const main = (): i32 => low() + high();\n');
  assert.equal(exports, ['main']);
});

test('a file that is imported twice is there once', () => {
  const { text } = bundleOf({
    'main.ts': "import { a } from './a.ts';\nimport { b } from './b.ts';\nexport const main = (): i32 => a() + b();\n",
    'a.ts': "import { b } from './b.ts';\nexport const a = (): i32 => b();\n",
    'b.ts': 'export const b = (): i32 => 1;\n',
  });
  assert.is(text.split('const b =').length, 2);
});

test('an import over several lines', () => {
  const { text } = bundleOf({
    'main.ts': "import {\n  a,\n  b,\n} from './library.ts';\nexport const main = (): i32 => a() + b();\n",
    'library.ts': 'export const a = (): i32 => 1;\nexport const b = (): i32 => 2;\n',
  });
  assert.match(text, 'const a = ');
  assert.not.match(text, 'import');
});

test('re-exported names are exports', () => {
  const { text, exports } = bundleOf({
    'index.ts': "export { a } from './library.ts';\nexport const c = (): i32 => 3;\n",
    'library.ts': 'export const a = (): i32 => 1;\nexport const b = (): i32 => 2;\n',
  });
  assert.match(text, /^export const a = /m);
  assert.match(text, /^const b = /m);
  assert.equal(exports, ['c', 'a']);
});

test('annotations stay', () => {
  assert.match(bundleOf({ 'main.ts': 'export const f = (a: i32): boolean => (a as i32) == 1;\n' }).text, '(a: i32): boolean => (a as i32) == 1');
});

test('a declared function becomes an import from the host', () => {
  const { text, hostImports } = bundleOf({
    'main.ts': 'declare const put: (c: i32) => void;\ndeclare const get: () => i32;\nexport const main = (): i32 => { put(get()); return get() + get(); };\n',
  });
  assert.equal(hostImports, [
    { name: 'put', module: 'host', symbol: 'put$host', parameters: 1, results: 0 },
    { name: 'get', module: 'host', symbol: 'get$host', parameters: 0, results: 1 },
  ]);
  assert.match(text, 'const put = (c: i32): void => { put$host(c); };');
  assert.match(text, 'const get = (): i32 => { const $result: i32 = get$host(); return $result; };');
  assert.not.match(text, 'declare');
});

test('what an external module exports is imported with its signature, and not bundled', () => {
  const { text, hostImports } = bundleOf({
    'main.ts': "import { malloc, free } from './heap.ts';\nexport const main = (): void => { free(malloc(1)); };\n",
    'heap.ts': "export { free } from './free.ts';\nexport const malloc = (\n  size: i32,\n): i32 => size;\nexport const unused = (): i32 => 1;\n",
    'free.ts': 'export const free = (ptr: i32): void => {\n};\n',
  }, { 'heap.ts': 'tallow' });
  assert.equal(hostImports.map(({ name, module, parameters, results }) => [name, module, parameters, results]),
    [['malloc', 'tallow', 1, 1], ['free', 'tallow', 1, 0]]);
  assert.not.match(text, 'unused');
});

test('every line knows where it came from', () => {
  const { text, locate } = bundleOf({
    'main.ts': "import { a } from './library.ts';\n\nexport const main = (): i32 => a();\n",
    'library.ts': '\n\nexport const a = (): i32 => 1;\n',
  });
  const line = (part: string): number => text.split('\n').findIndex((candidate) => candidate.includes(part)) + 1;
  assert.is(locate(line('const a')), 'example/library.ts:3');
  assert.is(locate(line('const main')), 'example/main.ts:3');
});

/** An insertion in the inline assembler. */
const insert = (name: string): string => `\${${name}}`;

test('a name that several files keep to themselves gets a number', () => {
  const { text } = bundleOf({
    'main.ts': "import { one } from './one.ts';\nimport { two } from './two.ts';\nconst start = (): i32 => 0;\nexport const main = (): i32 => start() + one() + two();\n",
    'one.ts': 'let start: i32 = 1;\nexport const one = (): i32 => { start++; return start; };\n',
    'two.ts': "import { text } from './text.ts';\nconst start: i32 = 2; // start\nexport const two = (): i32 => text('start', start) + start;\n",
    'text.ts': `const load = (start: i32): i32 => Porffor.wasm\`local.get ${insert('start')}\nstart.load\`;\nexport const text = (name: string, start: i32): i32 => load(start);\n`,
  });
  assert.match(text, 'let start: i32 = 1;\nconst one = (): i32 => { start++; return start; };');
  assert.match(text, "const start$2: i32 = 2; // start\nconst two = (): i32 => text('start', start$2) + start$2;");
  assert.match(text, 'const start$3 = (): i32 => 0;\nexport const main = (): i32 => start$3() + one() + two();');
  assert.match(text, `Porffor.wasm\`local.get ${insert('start')}\nstart.load\``);
});

test('an exported name has precedence over one that a file keeps to itself', () => {
  const { text } = bundleOf({
    'main.ts': "import { b } from './library.ts';\nexport const a = (): i32 => b();\n",
    'library.ts': `const a = (x: i32): i32 => Porffor.wasm\`local.get ${insert('x')}\`;\nexport const b = (): i32 => a(1);\n`,
  });
  assert.match(text, 'const a$2 = (x: i32)');
  assert.match(text, 'const b = (): i32 => a$2(1);\nexport const a = (): i32 => b();');
});

test('insertions in the inline assembler are renamed, its words are not', () => {
  const { text } = bundleOf({
    'main.ts': `import { local } from './library.ts';\nexport const get = (): i32 => Porffor.wasm\`local.get ${insert('got')}\`;\n`,
    'library.ts': `import { b } from './base.ts';\nconst get: i32 = 2;\nexport const local = (): i32 => Porffor.wasm\`local.get ${insert('get')}\` + b();\n`,
    'base.ts': 'export const b = (): i32 => 1;\n',
  });
  assert.match(text, `const get$2: i32 = 2;\nconst local = (): i32 => Porffor.wasm\`local.get ${insert('get$2')}\` + b();`);
});

test('functions of a file can come from another module, and take an i64', () => {
  const file = at('system.ts');
  const { text, hostImports } = bundle({
    entry: file,
    overrides: new Map([[file, 'declare const seek: (file: i32, offset: i64) => i32;\nexport const f = (): i32 => seek(1, 2);\n']]),
    hostModules: new Map([[file, 'system']]),
  });
  assert.equal(hostImports, [{ name: 'seek', module: 'system', symbol: 'seek$host', parameters: 2, results: 1, wide: [1] }]);
  assert.match(text, 'const seek = (file: i32, offset: i32): i32 =>');
});

test('files tells what was read', () => {
  const { files } = bundleOf({ 'main.ts': "export { a } from './library.ts';\n", 'library.ts': 'export const a = (): i32 => 1;\n' });
  assert.equal(files, [at('main.ts'), at('library.ts')]);
});

const LIBRARY = 'export const a = (): i32 => 1;\n';
const ERRORS: [title: string, texts: Record<string, string>, message: string][] = [
  ['a missing file', { 'main.ts': "import { a } from './nowhere.ts';\n" }, 'example/main.ts:1: there is no file example/nowhere.ts'],
  ['a missing name', { 'main.ts': "\nimport { b } from './library.ts';\n", 'library.ts': LIBRARY }, 'example/main.ts:2: example/library.ts does not export b'],
  ['a name that is not exported', { 'main.ts': "import { b } from './library.ts';\n", 'library.ts': 'const b = (): i32 => 1;\n' }, 'does not export b'],
  ['a renamed import', { 'main.ts': "import { a as b } from './library.ts';\n", 'library.ts': LIBRARY }, 'example/main.ts:1: "a as b"'],
  ['a package', { 'main.ts': "import { a } from 'library';\n" }, "example/main.ts:1: cannot import 'library'"],
  ['a default import', { 'main.ts': "import a from './library.ts';\n", 'library.ts': LIBRARY }, 'example/main.ts:1: not understood'],
  ['a type import', { 'main.ts': "import type { a } from './library.ts';\n", 'library.ts': LIBRARY }, 'example/main.ts:1: not understood'],
  ['an export of everything', { 'main.ts': "export * from './library.ts';\n", 'library.ts': LIBRARY }, 'example/main.ts:1: not understood'],
  ['an export list', { 'main.ts': 'const a = (): i32 => 1;\nexport { a };\n' }, 'example/main.ts:2: not understood'],
  ['a function declaration', { 'main.ts': '\n\nexport function a(): i32 { return 1; }\n' }, 'example/main.ts:3: not understood'],
  ['a class', { 'main.ts': 'class A { }\n' }, 'not understood'],
  ['an exported name in two files', { 'main.ts': "import { b } from './library.ts';\nexport const a = (): i32 => b();\n", 'library.ts': 'export const a = (): i32 => 1;\nexport const b = (): i32 => a();\n' }, 'example/main.ts:2: a collides with example/library.ts:1'],
  ['a name twice in a file', { 'main.ts': 'export const a: i32 = 1;\nconst a: i32 = 2;\n' }, 'example/main.ts:2: a is declared a second time; the first is in line 1'],
  ['a name that is also a host function', { 'main.ts': 'declare const a: () => i32;\nexport const b = (): i32 => a();\nconst a: i32 = 1;\n' }, 'a collides with'],
  ['imports in a circle', { 'main.ts': "import { a } from './a.ts';\nexport const main = (): i32 => a();\n", 'a.ts': "import { b } from './b.ts';\nexport const a = (): i32 => b();\n", 'b.ts': "import { a } from './a.ts';\nexport const b = (): i32 => a();\n" }, 'example/a.ts -> example/b.ts -> example/a.ts'],
  ['an entry without exports', { 'main.ts': 'const a = (): i32 => 1;\n' }, 'example/main.ts exports nothing'],
  ['a host function with a foreign type', { 'main.ts': 'declare const a: (b: u64) => i32;\nexport const c = (): i32 => 1;\n' }, 'parameter "b: u64"'],
];
for (const [title, texts, message] of ERRORS) test(`error: ${title}`, () => failsWith(texts, message));

test('error: a constant of an external module', () => {
  assert.throws(() => bundleOf({ 'main.ts': "import { SIZE } from './heap.ts';\nexport const main = (): i32 => SIZE;\n", 'heap.ts': 'export const SIZE: i32 = 1;\n' }, { 'heap.ts': 'tallow' }),
    'only functions can be imported');
});

test.run();
