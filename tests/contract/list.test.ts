/** The list of cases itself: complete, numbered, and as the README tells it. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contractCases } from '../../scripts/lib/kernel-cases.ts';
import { caseFiles, FAULTY_CASES, HUGE_CASES } from './run.ts';
import { demandNumbered, writtenCases } from './written.ts';

const test = suite('contract: list of cases');

const written = writtenCases(caseFiles()).filter(({ name }) => !/^(?:case|ledger|snapshot)[A-Z]/.test(name));

test('what is written is in the list, and what is in the list is written', () => {
  const listed = [...contractCases(), ...HUGE_CASES, ...FAULTY_CASES];
  assert.equal(written.map(({ name }) => name).sort(), [...listed].sort());
});

test('no case is listed twice', () => {
  assert.is(new Set(contractCases()).size, contractCases().length);
});

test('the checks of a case are numbered in order', () => {
  for (const item of written) if (!FAULTY_CASES.includes(item.name)) demandNumbered(item);
});

test('the README names cases that exist', () => {
  const readme = fs.readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8');
  const rows = [...readme.split('| theirs | ours |')[1]!.matchAll(/^\| ([^|]+) \| (\w+)(?: in (\S+))? \|$/gm)];
  assert.ok(rows.length > 60);
  for (const [, theirs, ours, file] of rows) {
    const there = file === undefined
      ? contractCases().includes(ours!)
      : fs.readFileSync(path.join(import.meta.dirname, file), 'utf8').includes(`static void ${ours}(`);
    assert.ok(there, `${theirs}: there is no case ${ours}${file ? ` in ${file}` : ''}`);
  }
});

test.run();
