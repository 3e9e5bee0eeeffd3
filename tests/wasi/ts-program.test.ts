/** Programs in ordinary TypeScript: their memory is Tallow's, what outgrows it is told, and so is what cannot be built. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withSafeSums } from '../../scripts/lib/concatenation.ts';
import { withFolder } from '../../scripts/lib/folder.ts';
import { buildTsProgram, type TsProgramOptions } from '../../scripts/lib/ts-program.ts';
import { WASI_ENGINES, type Engine } from '../../scripts/lib/wasi-engines.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { wrongGrowers } from './memory-grow.ts';

const SOURCE = path.join(import.meta.dirname, 'programs/limits.ts');

const program = await buildTsProgram(SOURCE);
const [node] = WASI_ENGINES;

/** What a case prints first, behind which the heap must be valid; or what it complains about. */
const run = async (name: string, size: number, of = program, engine: Engine = node!): Promise<string> => {
  const { exitCode, stdout, stderr } = await engine.run(of, { args: [name, String(size)] });
  if (exitCode !== 0) {
    assert.is(stdout, '');
    return stderr.trimEnd();
  }
  assert.is(stderr, '');
  const [result, heap] = stdout.split('\n');
  assert.is(heap, '0 true');
  return result!;
};

const OUTGROWN = 'an array, object or string outgrew its page of memory; compile the program with a larger --page-size';

/** Cases, each with the last size that goes, the result for it, and the next one that does not. */
const LIMITS: [name: string, fits: number, result: number | string, outgrows: number][] = [
  ['push', 1816, (1815 * 1816) / 2, 1817],
  ['store', 1816, 7, 1817],
  ['store', 1, 7, 4_000_000_000],
  ['fill', 1816, 3, 1817],
  ['unshift', 1816, 1815, 1817],
  ['map', 1816, 1816, 1817],
  ['concat', 1815, 1816, 1816],
  ['slice', 1816, 1816, 1817],
  ['stringify', 1800, JSON.stringify(Array.from({ length: 1800 }, (_, index) => index)).length, 100_000],
  ['join', 1800, Array.from({ length: 1800 }, (_, index) => index).join(',').length, 100_000],
  ['properties', 908, 907, 909],
  ['entries', 1816, 1815, 1817],
  ['members', 1816, 1816, 1817],
];

const limits = suite('wasi: pages of the runtime');

for (const [name, fits, result, outgrows] of LIMITS) {
  limits(`${name}: ${fits} fit, ${outgrows} do not`, async () => {
    assert.is(await run(name, fits), String(result));
    assert.is(await run(name, outgrows), OUTGROWN);
  });
}

limits('larger pages hold more', async () => {
  const larger = await buildTsProgram(SOURCE, { pageSize: 65536 });
  assert.is(await run('push', 7277, larger), String((7276 * 7277) / 2));
  assert.is(await run('push', 7278, larger), OUTGROWN);
  assert.is(await run('join', 7000, larger), String(Array.from({ length: 7000 }, (_, index) => index).join(',').length));
});

limits.run();

const memory = suite('wasi: memory of the runtime');

memory('is taken from the core, block by block', async () => {
  assert.is(await run('live', 1), '1');
  assert.is(await run('live', 1000), '1000');
});

memory('grows to tens of megabytes', async () => {
  assert.is(await run('bytes', 50_000_000), String((50_000_000 - 1) & 255));
  assert.is(await run('objects', 3000), '3000');
  assert.is(await run('repeat', 20_000_000), '40000000');
  assert.is(await run('append', 8000), '8000');
});

memory('its own allocator is not there, and only the core grows the memory', () => {
  const names = [...readNames(program).functions.values()];
  assert.not.ok(names.some((name) => name.includes('__Porffor_malloc')));
  assert.equal(wrongGrowers(program), []);
});

memory('the longest numbers leave the literals alone', async () => {
  assert.is(await run('digits', 1000), '1001');
});

memory.run();

const strings = suite('wasi: strings of the runtime');

strings('characters beyond U+00FF survive templates and sums', async () => {
  assert.is(await run('template', 0), '東京! 東京 a');
});

strings('functions that would cut them off end the program', async () => {
  for (const name of ['joinWide', 'stringifyWide']) {
    assert.is(await run(name, 0), 'join() and JSON.stringify() take characters up to U+00FF only');
  }
});

strings('sums that may be of strings become calls, and nothing else does', () => {
  const SUMS: [before: string, after: string][] = [
    ['a + b;', 'a + b;'],
    ['a + 1;', 'a + 1;'],
    ["'x' + 1 + a;", "$sum('x' + 1, a);"],
    ['f() + a;', '$sum(f(), a);'],
    ['f() + 1;', 'f() + 1;'],
    ['a + b + c;', '$sum(a + b, c);'],
    [`\`\${a}-\${b + \`\${c}\`}\`;`, "$sum($sum($sum('', a), '-'), $sum(b, $sum('', c)));"],
    ['`plain`;', '`plain`;'],
    [`wasm\`local.get \${a}\`;`, `wasm \`local.get \${a}\`;`],
  ];
  for (const [before, after] of SUMS) assert.is(withSafeSums(before).trim().replaceAll('"', "'"), after);
});

strings.run();

const programs = suite('wasi: programs in ordinary TypeScript');

for (const engine of WASI_ENGINES) {
  const missing = engine.missing();
  if (missing !== undefined) console.log(`  what outgrows its page is not run on ${engine.name}: ${missing}`);
  else programs(`tell on ${engine.name} what outgrew its page, and what was thrown`, async () => {
    assert.is(await run('push', 1000, program, engine), '499500');
    assert.is(await run('push', 2000, program, engine), OUTGROWN);
    assert.is(await run('throw', 5, program, engine), 'Uncaught RangeError: size 5');
    assert.is(await run('no such case', 5, program, engine), 'usage: limits <case> <size>');
  });
}

programs('export what a command and its adapter need, import from WASI alone, and have no exceptions', () => {
  const compiled = new WebAssembly.Module(program as BufferSource);
  assert.equal(WebAssembly.Module.exports(compiled).map(({ name }) => name).sort(), ['_start', 'cabi_realloc', 'memory']);
  assert.equal([...new Set(WebAssembly.Module.imports(compiled).map(({ module }) => module))], ['wasi_snapshot_preview1']);
});

programs.run();

const subset = suite('wasi: programs in the compiled subset');

subset('whoever calls cabi_realloc first gets blocks behind the literals, however many there are', async () => withFolder(async (folder) => {
  // Sixteen of them end shortly before a wasm page does.
  for (const count of [1, 15, 16, 17]) {
    const source = path.join(folder, `wordy-${count}.ts`);
    const literals = Array.from({ length: count }, (_, index) => `${index} ${'tallow '.repeat(571)}`);
    fs.writeFileSync(source, `import { outputText } from 'tallow/output';
export const main = (): i32 => {
${literals.map((literal) => `  outputText('${literal}');\n`).join('')}  return 0;
};
`);
    const wordy = new WebAssembly.Module(await buildTsProgram(source) as BufferSource);
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(wordy)) (imports[from] ??= {})[name] = () => 0;
    const { exports } = new WebAssembly.Instance(wordy, imports);
    const resize = exports['cabi_realloc'] as (ptr: number, oldSize: number, alignment: number, size: number) => number;
    const sizes = [1000, 16, 100, 500, 5000, 100_000];
    const blocks = sizes.map((size) => resize(0, 0, 16, size) >>> 0);
    const memory = Buffer.from((exports['memory'] as WebAssembly.Memory).buffer);
    blocks.forEach((block, index) => memory.fill(0xff, block, block + sizes[index]!));
    assert.ok(literals.every((literal) => memory.includes(literal)), `one of ${count} literals was overwritten`);
    assert.is(new Set(blocks).size, blocks.length);
  }
}));

subset.run();

const refused = suite('wasi: programs that cannot be built');

/** The error that a program of these files ends in; the first is its entry. In it, their folder has no path. */
const errorOf = (texts: Record<string, string>, options?: TsProgramOptions): Promise<string> => withFolder(async (folder) => {
  for (const [name, text] of Object.entries(texts)) fs.writeFileSync(path.join(folder, name), text);
  try {
    await buildTsProgram(path.join(folder, Object.keys(texts)[0]!), options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}${path.sep}`, '');
  }
  return assert.unreachable('it was built') as never;
});

const CAUGHT = 'nothing can be caught in a program for WASI: what is thrown ends it, with a message';

const REFUSED: [title: string, texts: Record<string, string>, message: string | RegExp][] = [
  ['a syntax error', { 'a.ts': '\nconst a = ;\n' }, 'a.ts:2: Unexpected ";"'],
  ['a missing file', { 'a.ts': "import './b.ts';\n" }, 'a.ts:1: Could not resolve "./b.ts"'],
  ['an error in what it imports', { 'a.ts': "import './b.ts';\n", 'b.ts': '(' }, /^b\.ts:1: Unexpected end of file/],
  ['a module of Node', { 'a.ts': "import fs from 'node:fs';\nconsole.log(fs);\n" }, 'a.ts:1: Could not resolve "node:fs"'],
  ['a name that the package has not', { 'a.ts': "import { a } from 'tallow/a';\nconsole.log(a);\n" }, /^a\.ts:1: there is no tallow\/a/],
  ['try', { 'a.ts': "import './b.ts';\n", 'b.ts': '\ntry { console.log(1); } catch { console.log(2); }\n' }, `b.ts:2: try\n${CAUGHT}`],
  ['an async function', { 'a.ts': 'const later = async () => 1;\nconsole.log(later());\n' }, `async function later\n${CAUGHT}`],
  ['main without a result', { 'a.ts': '\nexport const main = (): void => { };\n' }, 'a.ts:2: write "export const main = (): i32 => …"; its result is the exit code'],
  ['a literal that the compiler would write over others', { 'a.ts': `import { outputText } from 'tallow/output';\nexport const main = (): i32 => {\n  outputText('${'abc '.repeat(5000)}');\n  return 0;\n};\n` },
    /^a literal has 20004 bytes with its length; the compiler takes 16382: "abc abc .*…"$/],
  ['such a literal in ordinary TypeScript', { 'a.ts': `console.log('${'abc '.repeat(5000)}');\n` },
    /^a literal has 20004 bytes with its length; the compiler takes \d+: "abc abc .*…"$/],
  ['a construct outside the compiled subset', { 'a.ts': 'export const main = (): i32 => {\n  const a: i32 = [1];\n  return 0;\n};\n' }, /^main pulls in the JavaScript runtime/],
];
for (const [title, texts, message] of REFUSED) {
  refused(title, async () => {
    const found = await errorOf(texts);
    if (typeof message === 'string') assert.is(found, message);
    else assert.match(found, message);
  });
}

refused('a missing program', async () => {
  const file = path.join(os.tmpdir(), 'no-such-program.ts');
  await buildTsProgram(file).then(() => assert.unreachable('it was built'), (error: Error) => assert.is(error.message, `there is no file ${file}`));
});

refused('a page that is no power of two, or too small', async () => {
  for (const pageSize of [0, 8192, 20000]) {
    assert.match(await errorOf({ 'a.ts': 'console.log(1);\n' }, { pageSize }), /power of two and at least 16384 bytes/);
  }
});

refused.run();
