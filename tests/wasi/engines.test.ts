/** The engines give a program what it needs, and tell how it ended. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { engineNamed, Trap, WASI_ENGINES } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type ProgramOptions } from '../../scripts/lib/wasi-program.ts';
import { onEachEngine } from './engines.ts';

/** Awaits an error and gives it. */
const errorOf = (result: Promise<unknown>): Promise<Error> =>
  result.then(() => new Error('there is no error'), (error: Error) => error);

onEachEngine('wasi: engines', (test, engine) => {
  let program: Uint8Array;

  test.before(async () => {
    // The stack comes first, so that a program that goes too deep runs into its end.
    const options: ProgramOptions = { allocator: 'wasi-libc', flags: ['-Wl,--stack-first', '-Wno-infinite-recursion'] };
    program = await buildWasiProgram(path.join(import.meta.dirname, 'behaviours.c'), options);
  });

  test('arguments and environment come as they are given', async () => {
    const outcome = await engine.run(program, { args: ['tell', 'a b', '', 'ü'], env: { NAME: 'value', OTHER: 'x=y z' } });
    const lines = ['argument program', 'argument tell', 'argument a b', 'argument ', 'argument ü',
      'variable NAME=value', 'variable OTHER=x=y z'];
    assert.equal(outcome, { exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' });
  });

  test('megabytes go in and come out', async () => {
    const input = Array.from({ length: 100_000 }, (_, index) => `line ${index}, ü\n`).join('');
    assert.ok(input.length > 1e6);
    const { exitCode, stdout } = await engine.run(program, { args: ['copy'], input });
    assert.is(exitCode, 0);
    assert.ok(stdout === input);
  });

  test('the exit code is told', async () => {
    assert.is((await engine.run(program, { args: ['exit', '0'] })).exitCode, 0);
    const expected = engine.lacks.includes('exit codes') ? 1 : 42;
    assert.is((await engine.run(program, { args: ['exit', '42'] })).exitCode, expected);
  });

  test('a trap is no exit code, and what was printed before it is kept', async () => {
    const error = await errorOf(engine.run(program, { args: ['stop'] }));
    assert.instance(error, Trap);
    assert.equal([(error as Trap).stdout, (error as Trap).stderr], ['said\n', 'warned\n']);
  });

  test('a stack that overflows is a trap', async () => {
    assert.instance(await errorOf(engine.run(program, { args: ['recurse'] })), Trap);
  });

  test(`a folder is ${engine.lacks.includes('folders') ? 'refused' : "the program's own"}`, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-folder-'));
    try {
      fs.writeFileSync(path.join(folder, 'in.txt'), 'HAL');
      const result = engine.run(program, { args: ['files'], folder });
      if (engine.lacks.includes('folders')) {
        assert.match((await errorOf(result)).message, /cannot give a program a folder/);
      } else {
        assert.is((await result).exitCode, 0);
        assert.is(fs.readFileSync(path.join(folder, 'out.txt'), 'utf8'), 'IBM');
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('without a folder there are no files', async () => {
    assert.is((await engine.run(program, { args: ['files'] })).exitCode, 1);
  });

  test('a module that is none is an error, and no trap', async () => {
    const error = await errorOf(engine.run(Buffer.from('no module')));
    assert.not.instance(error, Trap);
    assert.not.match(error.message, /there is no error/);
  });
});

const list = suite('wasi: the list of engines');

list('names every engine once', () => {
  const names = WASI_ENGINES.map(({ name }) => name);
  assert.equal(names, ['node', 'jco', 'wasmtime-npm', 'wasmtime']);
  for (const name of names) assert.is(engineNamed(name).name, name);
});

list('an engine that is not there is told with those that are', () => {
  assert.throws(() => engineNamed('spidermonkey'), /no engine "spidermonkey"; there are node, jco/);
});

/** Runs missing-engine.ts, whose only engine is missing. */
const withoutEngine = (env: Record<string, string>): { status: number | null; stdout: string } => {
  const script = path.join(import.meta.dirname, 'missing-engine.ts');
  return spawnSync(process.execPath, ['--import', 'tsx', script], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } });
};

list('suites of a missing engine are skipped, and the reason is told', () => {
  const { status, stdout } = withoutEngine({ CI: '' });
  assert.is(status, 0);
  assert.match(stdout, /^Skipped: suite, on none: it was never built$/m);
  assert.match(stdout, /Skipped: +1/);
});

list('in CI a missing engine is a failure', () => {
  const { status, stdout } = withoutEngine({ CI: 'true' });
  assert.is(status, 1);
  assert.match(stdout, /it was never built/);
});

list.run();
