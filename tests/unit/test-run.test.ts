/** npm test's own judgement: no failure, crash or silence passes for success. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DIST, ROOT } from '../../scripts/lib/paths.ts';
import { runTestFile, type TestResult } from '../../scripts/lib/test-run.ts';

/** Runs `text` as a test file; it has uvu's suite and assert at hand. */
const judged = async (text: string, timeMax = 60_000): Promise<TestResult> => {
  fs.mkdirSync(DIST, { recursive: true });
  const folder = fs.mkdtempSync(path.join(DIST, 'test-run-'));
  try {
    const file = path.join(folder, 'sample.ts');
    fs.writeFileSync(file, `import { suite } from 'uvu';\nimport * as assert from 'uvu/assert';\nconst test = suite('sample');\n${text}`);
    return await runTestFile(file, timeMax);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};

const counts = ({ passed, failed, skipped }: TestResult): number[] => [passed, failed, skipped];

const test = suite('test run');

test('passing cases', async () => {
  const result = await judged("test('a', () => assert.is(1, 1));\ntest('b', () => assert.ok(true));\ntest.run();\n");
  assert.equal(counts(result), [2, 0, 0]);
  assert.is(result.problem, undefined);
});

test('several suites in one file', async () => {
  assert.equal(counts(await judged("test('a', () => {});\ntest.run();\nconst other = suite('other');\nother('b', () => assert.is(1, 2));\nother.run();\n")), [1, 1, 0]);
});

test('a failing case', async () => {
  const result = await judged("test('a', () => {});\ntest('fails', () => assert.is(1, 2));\ntest.run();\n");
  assert.equal(counts(result), [1, 1, 0]);
  assert.match(result.output, 'fails');
});

test('a skipped case is told', async () => {
  assert.equal(counts(await judged("test('a', () => {});\ntest.skip('b', () => {});\ntest.run();\n")), [1, 0, 1]);
});

test('a file that throws', async () => {
  const result = await judged("throw new Error('before any case');\n");
  assert.equal(counts(result), [0, 1, 0]);
  assert.match(result.problem!, 'status 1');
  assert.match(result.output, 'before any case');
});

test('a file without a case', async () => {
  const result = await judged('test.run();\n');
  assert.is(result.failed, 1);
  assert.ok(result.problem);
});

test('a file that ends in silence', async () => {
  assert.equal(counts(await judged("test('a', () => {});\n")), [0, 1, 0]);
});

test('a file that dies in the middle', async () => {
  const result = await judged("test('a', () => {});\ntest('b', () => process.kill(process.pid, 'SIGKILL'));\ntest.run();\n");
  assert.equal(counts(result), [0, 1, 0]);
  assert.match(result.problem!, 'SIGKILL');
});

test('a file whose cases pass but that fails at its end', async () => {
  assert.is((await judged("process.on('exit', () => { process.exitCode = 3; });\ntest('a', () => {});\ntest.run();\n")).failed, 1);
});

test('a file that does not end', async () => {
  const result = await judged("setInterval(() => {}, 1000);\ntest('a', () => new Promise(() => {}));\ntest.run();\n", 3000);
  assert.is(result.failed, 1);
  assert.match(result.problem!, 'stopped after');
});

test.run();

const verbs = suite('verbs');
const runVerb = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [path.join(ROOT, 'scripts/run.mjs'), ...args], { encoding: 'utf8' });

verbs('--help lists them', () => {
  const { status, stdout } = runVerb('--help');
  assert.is(status, 0);
  for (const verb of Object.keys(JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).scripts)) assert.match(stdout, new RegExp(`^  ${verb} `, 'm'));
});

verbs('an unknown one ends with 2', () => {
  const { status, stderr } = runVerb('dance');
  assert.is(status, 2);
  assert.match(stderr, 'There is no verb "dance"');
});

verbs('an unknown flag ends with 1 and no stack trace', () => {
  const { status, stderr } = runVerb('build', '--colour');
  assert.is(status, 1);
  assert.match(stderr, '--colour');
  assert.not.match(stderr, /^ +at /m);
});

verbs('an unknown profile is told the known ones', () => {
  const { status, stderr } = runVerb('build', '--profile', 'fast');
  assert.is(status, 1);
  assert.match(stderr, 'release, hardened, debug');
});

verbs('a selection without a file is an error', () => {
  const { status, stderr } = runVerb('test', '--only', 'no such file');
  assert.is(status, 1);
  assert.match(stderr, 'tests/unit/test-run.test.ts');
});

verbs.run();
