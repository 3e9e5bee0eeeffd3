/** dist/c/tallow.c with every compiler, machine and configuration: no warning, and nothing needed from outside but what the header says. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { C_FUNCTIONS } from '../../scripts/lib/c-names.ts';
import { withFolder } from '../../scripts/lib/folder.ts';
import { buildProducts, productPaths } from '../../scripts/lib/products.ts';
import { run } from '../../scripts/lib/tools.ts';
import { COMPILERS, refusal } from './compilers.ts';

const test = suite('tallow.c');

const FLAGS = [
  '-std=c11', '-pedantic', '-Wall', '-Wextra', '-Wshadow', '-Wundef', '-Wstrict-prototypes', '-Wmissing-prototypes', '-Wpointer-arith', '-Werror',
  '-ffreestanding', '-fno-pic', '-fno-stack-protector', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks',
];

const LEVELS = ['-O0', '-O2'];

interface Configuration { name: string; source: string; macros: string[]; undefined: string[]; defined: string[] }

await buildProducts('release');
await buildProducts('debug');
const { c: SOURCE, cDebugHeader: DEBUG_HEADER } = productPaths('release');
const { c: DEBUG_SOURCE } = productPaths('debug');

const STANDARD_NAMES = [...C_FUNCTIONS.flatMap(({ standard }) => standard ?? []), 'posix_memalign'];

/** What tells bugs in plain words; the second list calls the first with the function that prints. */
const DESCRIBED = ['tallow_describe', 'tallow_describe_dhat', 'tallow_describe_leaks', 'tallow_describe_recording'];
const REPORTS = ['tallow_report_bug', 'tallow_report_dhat', 'tallow_report_leaks', 'tallow_report_recording'];

/** What each choice of macros makes the file need and have, besides memory functions and its own names. */
const CONFIGURATIONS: Configuration[] = [
  { name: 'as it is', source: SOURCE, macros: [], undefined: ['tallow_panic'], defined: [] },
  {
    name: 'all macros',
    source: SOURCE,
    macros: ['-DTALLOW_STANDARD_NAMES', '-DTALLOW_PANIC=stop_machine', '-DTALLOW_INSTANCE=this_instance', '-DTALLOW_BASE=0xc0000000'],
    undefined: ['stop_machine', 'this_instance'],
    defined: STANDARD_NAMES,
  },
  {
    name: 'debug profile with reports and places',
    source: DEBUG_SOURCE,
    macros: ['-include', DEBUG_HEADER, '-DTALLOW_STANDARD_NAMES', '-DTALLOW_PUT=put', '-DTALLOW_PLACE=put_place'],
    undefined: ['put', 'put_place', 'tallow_panic'],
    defined: [...STANDARD_NAMES, ...DESCRIBED, ...REPORTS],
  },
];

const MEMORY_FUNCTIONS = ['memset', 'memcpy', 'memmove'];

/** The global symbols of an object file, of the kinds that nm names by these letters. */
const symbols = (object: string, kinds: RegExp): string[] => run('nm', ['-g', object]).split('\n')
  .map((line) => /(\w) (\w+)$/.exec(line)).filter((match) => match && kinds.test(match[1]!)).map((match) => match![2]!).sort();

for (const { compiler, flags } of COMPILERS) {
  const reason = refusal({ compiler, flags });
  if (reason) console.log(`skipped: ${reason}`);
  for (const { name, source, macros, undefined: needed, defined } of CONFIGURATIONS) {
    (reason ? test.skip : test)(`${compiler} ${flags[0]}, ${name}`, () => withFolder((folder) => {
      for (const level of LEVELS) {
        const object = path.join(folder, 'tallow.o');
        const { status, stdout, stderr } = spawnSync(compiler, [...flags, ...FLAGS, ...macros, level, '-c', source, '-o', object], { encoding: 'utf8' });
        assert.is(stdout + stderr, '', level);
        assert.is(status, 0, level);
        assert.equal(symbols(object, /^U$/).filter((symbol) => !MEMORY_FUNCTIONS.includes(symbol)), [...needed].sort(), level);
        assert.equal(symbols(object, /^[TDBVRWC]$/i), [...C_FUNCTIONS.map((f) => f.name), ...defined].sort(), level);
      }
    }));
  }
}

test('a heap keeps all its variables in one structure', () => withFolder((folder) => {
  const object = path.join(folder, 'tallow.o');
  run('clang', ['--target=x86_64-none-elf', ...FLAGS, '-O0', '-c', SOURCE, '-o', object]);
  const variables = run('nm', [object]).split('\n').flatMap((line) => / [bBdDC] (\w+)$/.exec(line)?.[1] ?? []);
  assert.equal(variables, ['only_instance']);
  run('clang', ['--target=x86_64-none-elf', ...FLAGS, '-O2', '-DTALLOW_INSTANCE=this_instance', '-c', SOURCE, '-o', object]);
  assert.not.match(run('nm', [object]), / [bBdDC] \w+$/m);
}));

test('two heaps in one program do not know of each other', () => withFolder((folder) => {
  const program = path.join(folder, 'instances');
  const main = path.join(import.meta.dirname, 'instances.c');
  run('gcc', [
    '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks', '-no-pie',
    '-DTALLOW_INSTANCE=this_instance', '-DTALLOW_PANIC=stop_machine', `-I${path.dirname(SOURCE)}`, main, SOURCE, '-o', program,
  ]);
  const { status, stdout } = spawnSync(program, { encoding: 'utf8' });
  assert.is(stdout, 'stopped with 1 at 524296\n');
  assert.is(status, 0);
}));

test('functions are named as in the TypeScript, and no helper is there in vain', () => {
  const text = fs.readFileSync(SOURCE, 'utf8');
  for (const name of ['heapAlloc', 'pageExtend', 'buddyAlloc', 'frameMapFill', 'mainAlloc', 'mainAllocZeroed']) {
    assert.match(text, new RegExp(`^(?:COLD |FAST )?static \\w+ core_${name}\\(`, 'm'));
  }
  const definitions = [...text.matchAll(/^(?:#define (\w+)|INLINE \w+ \*?(\w+)\(|DEFINE_\w+\((\w+),)/gm)].map((match) => (match[1] ?? match[2] ?? match[3])!);
  for (const name of definitions) assert.ok(text.split(new RegExp(`\\b${name}\\b`)).length > 2, `${name} is not used`);
});

test.run();
