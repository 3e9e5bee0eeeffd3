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

/** Numbers vary with the sizes of the programs and the speed of the machine; the words must not. */
const withoutNumbers = (line: string): string => line.trimEnd().replace(/0x[0-9a-f]+|\d+/g, '#');

test('the transcript of npm start is what npm start prints', () => {
  const transcript = /<!-- transcript: npm start -->\n```text\n([^`]*)```/.exec(readme)![1]!;
  const { stdout, status } = spawnSync('npm', ['start'], { cwd: ROOT, encoding: 'utf8' });
  assert.is(status, 0, stdout);
  const printed = stdout.split('\n').map(withoutNumbers);
  let next = 0;
  for (const line of transcript.split('\n').map(withoutNumbers)) {
    if (line === '' || line.trim() === '...') continue;
    const found = printed.indexOf(line, next);
    assert.ok(found >= 0, `npm start does not print, or not in this order: ${line}\n\n${stdout}`);
    next = found + 1;
  }
});

test.run();
