/** What the README says against what is there: commands, files, and the transcript of a real run. */

import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';

const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

test('every npm command in the README exists', () => {
  const commands = [...readme.matchAll(/`?npm (start|test|run [a-z]+)/g)].map((match) => match[1]!.replace('run ', ''));
  assert.ok(commands.length > 5);
  for (const command of commands) assert.ok(scripts[command], `npm run ${command} is not in package.json`);
});

test('every file and folder that the README names exists', () => {
  const names = [...readme.matchAll(/`((?:kernel-heap|wasi|qemu|tests|scripts)\/[\w./-]*)`/g)].map((match) => match[1]!);
  assert.ok(names.length > 5);
  for (const name of names) assert.ok(fs.existsSync(path.join(ROOT, name)), `${name} does not exist`);
});

/** Numbers and columns vary with the sizes of the programs and the speed of the machine; the words must not. */
const wordsOf = (line: string): string => line.replace(/0x[0-9a-f]+|\d+/g, '#').replace(/\s+/g, ' ').trim();

/** The lines of the transcript of `command` in the README, without those that stand for others. */
const transcriptOf = (command: string): string[] => {
  const block = readme.split(`<!-- transcript: ${command} -->\n\`\`\`text\n`)[1];
  assert.ok(block, `the README has no transcript of ${command}`);
  return block!.split('```')[0]!.split('\n').filter((line) => line !== '' && line.trim() !== '...');
};

/** Checks that `output` has the lines of the transcript, in their order. */
const compare = (command: string, output: string): void => {
  const printed = output.split('\n').map(wordsOf);
  let next = 0;
  for (const line of transcriptOf(command)) {
    const found = printed.indexOf(wordsOf(line), next);
    assert.ok(found >= 0, `${command} does not print, or not in this order: ${line}\n\n${output}`);
    next = found + 1;
  }
};

const npm = (words: string[], input = ''): string => {
  const { stdout, stderr, status } = spawnSync('npm', words, { cwd: ROOT, encoding: 'utf8', input });
  assert.is(status, 0, stdout + stderr);
  return stdout;
};

test('the transcript of npm start is what npm start prints', () => compare('npm start', npm(['start'])));

test('the transcript of the shell is what the shell answers to its commands', () => {
  const commands = transcriptOf('npm run kernel').filter((line) => line.startsWith('tallow> ')).map((line) => line.slice(8));
  assert.ok(commands.length > 3);
  compare('npm run kernel', npm(['run', 'kernel'], `${commands.join('\n')}\n`));
});

test.run();
