/** The list of cases itself: complete, numbered, and as the README tells it. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contractCases } from '../../scripts/lib/kernel-contract.ts';
import { displayPath } from '../../scripts/lib/paths.ts';
import { caseFiles, FAULTY_CASES, HUGE_CASES } from './run.ts';

const test = suite('contract: list of cases');

/** Name, file and body of every function that has the form of a case. */
const CASE = /^export const (\w+) = \(_?start: i32, _?size: i32\): i32 =>\s+(?:\{\n([^]*?)^\};|[^{;]*;$)/gm;
const written = caseFiles().flatMap((file) => {
  const text = fs.readFileSync(file, 'utf8');
  return [...text.matchAll(CASE)]
    .filter(([, name]) => !/^(?:case|ledger|snapshot)[A-Z]/.test(name!))
    .map(([, name, body]) => ({ name: name!, file: displayPath(file), body }));
});

test('what is written is in the list, and what is in the list is written', () => {
  const listed = [...contractCases(), ...HUGE_CASES, ...FAULTY_CASES];
  assert.equal(written.map(({ name }) => name).sort(), [...listed].sort());
});

test('no case is listed twice', () => {
  assert.is(new Set(contractCases()).size, contractCases().length);
});

test('the checks of a case are numbered in order', () => {
  for (const { name, file, body } of written) {
    if (body === undefined || FAULTY_CASES.includes(name)) continue;
    const numbers = [...body.matchAll(/return (\d+);/g)].map(([, number]) => Number(number));
    if (numbers.at(-1) === 0) numbers.pop();
    const expected = numbers.map((_, index) => index + 1);
    assert.equal(numbers, expected, `${file}: ${name}`);
  }
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
