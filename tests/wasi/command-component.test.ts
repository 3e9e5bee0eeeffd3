/** Commands as components: they do what the core module does, and the adapter to WASI lives on Tallow as well. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildCommandComponent, buildComponent, isComponent } from '../../scripts/lib/component.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { readWit } from '../../scripts/lib/wit.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { buildSampleProgram, buildWasiProgram } from '../../scripts/lib/wasi-program.ts';

const EXPORT = '-Wl,--export=cabi_realloc';
const TEXT = fs.readFileSync(path.join(ROOT, 'LICENSE'), 'utf8');

/** How each program is linked: with the adapter's memory from memory.grow, or from Tallow. */
const LINKS: Record<string, string[]> = { 'as it is': [], 'with cabi_realloc exported': [EXPORT] };

const ENGINES = ['jco', 'wasmtime'].map(engineNamed);

const buildWordCount = (flags: string[]): Promise<Uint8Array> =>
  buildWasiProgram(path.join(ROOT, 'wasi/programs/word-count.c'), { flags });

for (const engine of ENGINES) {
  const test = suite(`wasi: commands as components on ${engine.name}`);
  const missing = engine.missing();
  if (missing) console.log(`skipped on ${engine.name}: ${missing}`);

  for (const [link, flags] of missing ? [] : Object.entries(LINKS)) {
    test(`word-count ${link} prints what the core module prints`, async () => {
      const core = await buildWordCount(flags);
      const { component } = await buildComponent(core);
      assert.ok(isComponent(component));
      const options = { args: ['5'], input: TEXT };
      const outcome = await engine.run(component, options);
      assert.equal(outcome, await engineNamed('node').run(core, options));
      assert.is(outcome.exitCode, 0);
      assert.match(outcome.stdout, /^\d{3} words, \d+ of them different\n +\d+ \w+\n/);
    });

    test(`constructors and exit functions ${link} run once`, async () => {
      const core = await buildWasiProgram(path.join(import.meta.dirname, 'start-and-end.c'), { flags });
      const { component } = await buildComponent(core);
      const { exitCode, stdout } = await engine.run(component, { input: 'text' });
      assert.equal({ exitCode, stdout }, { exitCode: 0, stdout: 'constructor 1\nread text\nend 1\n' });
    });
  }
  test.run();
}

const sample = suite('wasi: a sample program as a component');

sample('is a file in dist/component that runs', async () => {
  const file = await buildCommandComponent(await buildSampleProgram('word-count.c'));
  assert.is(file, path.join(ROOT, 'dist/component/word-count.component.wasm'));
  const { stdout } = await engineNamed('jco').run(file, { input: 'a b a' });
  assert.is(stdout, '3 words, 2 of them different\n      2 a\n      1 b\n');
});

sample.run();

const adapting = suite('wasi: where the adapter of a command has its memory from');

/** What is said of it, and what is live in the heap of a program that allocates nothing itself. */
const live = async (flags: string[]): Promise<[string | undefined, string]> => {
  const source = path.join(import.meta.dirname, 'start-and-end.c');
  const core = await buildWasiProgram(source, { flags: ['-DFIGURES', ...flags] });
  const { component, adapterMemory } = await buildComponent(core);
  const { stdout } = await engineNamed('jco').run(component, { input: 'text' });
  return [adapterMemory, /^\d+ blocks, \d+ bytes$/m.exec(stdout)?.[0] ?? stdout];
};

adapting('from memory.grow', async () => assert.equal(await live([]), ['memory.grow', '0 blocks, 0 bytes']));

adapting('from Tallow where the program exports cabi_realloc', async () => {
  assert.equal(await live([EXPORT]), ['cabi_realloc', `2 blocks, ${2 << 16} bytes`]);
});

adapting.run();

const command = suite('npm run component');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-component-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const component = (...words: string[]): { status: number | null; stdout: string; stderr: string } => {
  const script = path.join(ROOT, 'scripts/component.ts');
  const env = { ...process.env, INIT_CWD: folder };
  return spawnSync(process.execPath, ['--import', 'tsx', script, ...words], { cwd: ROOT, encoding: 'utf8', env });
};

const write = (name: string, contents: string | Uint8Array): void => {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), contents);
};

command('writes a component beside the program, or where --output says', async () => {
  write('count.wasm', await buildWordCount([]));
  const { status, stdout, stderr } = component('count.wasm');
  assert.is(status, 0, stderr);
  assert.match(stdout, /^count\.component\.wasm: [\d,]+ bytes\nits adapter to WASI has its memory from memory\.grow\n$/);
  assert.is(component('count.wasm', '--output', 'out/other.wasm').status, 0);
  const [one, other] = ['count.component.wasm', 'out/other.wasm'].map((name) => fs.readFileSync(path.join(folder, name)));
  assert.ok(isComponent(one!));
  assert.equal(one, other);
});

command('tells how it is used', () => {
  const { status, stdout } = component('--help');
  assert.is(status, 0);
  for (const word of ['--wit', '--world', '--output', 'cabi_realloc']) assert.ok(stdout.includes(word), word);
});

/** What is asked for, and what the answer says. */
const MISTAKES: [what: string, words: string[], answer: RegExp][] = [
  ['no program', [], /one program is wanted, none given/],
  ['a program that is not there', ['none.wasm'], /there is no file none\.wasm/],
  ['no Wasm', ['text.wasm'], /text\.wasm: this is no Wasm module/],
  ['a world without a WIT', ['text.wasm', '--world', 'w'], /--world is a name in --wit/],
  ['an output that is the program', ['text.wasm', '--output', './text.wasm'], /is the program itself/],
  ['a flag that is not known', ['text.wasm', '--wat', 'x'], /Unknown option '--wat'/],
];

command.before(() => write('text.wasm', 'some text'));

for (const [what, words, answer] of MISTAKES) {
  command(`${what} is told`, () => {
    const { status, stdout, stderr } = component(...words);
    assert.is(status, 1, stdout);
    assert.match(stderr, answer);
    assert.not(stderr.includes('    at '), 'no stack');
  });
}

command.run();

const worlds = suite('wasi: WIT for a component');

worlds.before(() => {
  write('worlds/worlds.wit', `package a:b@0.1.0;
world hello { export hello: func(); }
world other { export run: func(); }
world text { use used:kinds/kinds.{kind}; export hello: func(name: list<kind>); }
`);
  write('worlds/more.wit', 'package a:b@0.1.0;\ninterface more { f: func(); }\n');
  write('worlds/deps/kinds/kinds.wit', 'package used:kinds;\ninterface kinds { enum kind { one, two } }\n');
  write('several/one.wit', 'package a:b;\n');
  write('several/other.wit', 'package a:c;\n');
  write('nothing/read.me', '');
});

/** A module with a memory and a function `hello` that takes so many numbers and does nothing. */
const library = (parameters = 0): Uint8Array => Uint8Array.from([
  ...Buffer.from('\0asm'), 1, 0, 0, 0,
  1, 4 + parameters, 1, 0x60, parameters, ...Array<number>(parameters).fill(0x7f), 0,
  3, 2, 1, 0,
  5, 3, 1, 0, 1,
  7, 18, 2, 5, ...Buffer.from('hello'), 0, 0, 6, ...Buffer.from('memory'), 2, 0,
  10, 4, 1, 2, 0, 0x0b,
]);

const fromWit = async (place: string, world: string, core = library()): Promise<Uint8Array> => {
  const source = readWit(path.join(folder, place));
  return (await buildComponent(core, { wit: { source, world } })).component;
};

/** Awaits an error and gives its message. */
const messageOf = (result: Promise<unknown>): Promise<string> =>
  result.then(() => 'there is no error', ({ message }: Error) => message);

worlds('a folder is read with the packages that it uses', async () => {
  assert.ok(isComponent(await fromWit('worlds', 'hello')));
});

worlds('what is wrong with the files is told', async () => {
  assert.match(await messageOf(fromWit('none', 'hello')), /there is no .*none/);
  assert.match(await messageOf(fromWit('nothing', 'hello')), /nothing holds no \.wit file/);
  assert.match(await messageOf(fromWit('several', 'hello')), /several has files of several packages: a:b, a:c/);
});

worlds('what is wrong with the text is told', async () => {
  const wit = { source: 'package a:b;\nworld w { export f: func(x: nothing); }\n' };
  assert.match(await messageOf(buildComponent(library(), { wit })), /name `nothing` does not exist/);
  assert.match(await messageOf(fromWit('worlds', 'none')), /World `none` not found/);
});

worlds('what is missing in the module is told', async () => {
  assert.match(await messageOf(buildComponent(library())), /exports no _start.*--wit and --world/);
  assert.match(await messageOf(fromWit('worlds', 'other')), /export.*`run`/);
  assert.match(await messageOf(fromWit('worlds', 'text', library(2))), /cabi_realloc.*-Wl,--export=cabi_realloc/);
  assert.match(await messageOf(buildComponent(await fromWit('worlds', 'hello'))), /is a component already/);
});

worlds.run();
