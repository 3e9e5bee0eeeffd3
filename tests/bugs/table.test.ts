/** The list of cases and the tables of README.md tell the same; the tables are printed in short. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demandNumbered, writtenCases } from '../contract/written.ts';
import { bugCases, bugFiles } from './run.ts';
import { rowsOf, shortTable } from './table.ts';

const rows = rowsOf();
const written = writtenCases(bugFiles().filter((file) => !file.endsWith('/support.ts')));

const test = suite('bugs: list and table');

test('what is written is in the list, and what is in the list is written', () => {
  assert.equal(written.map(({ name }) => name).sort(), bugCases().sort());
});

test('the checks of a case are numbered in order', () => written.forEach(demandNumbered));

test('every case has a row, and every bad one a good twin', () => {
  const isGood = (row: typeof rows[0]): boolean => row.hardened === 'in order' && row.debug === 'in order';
  const expected = rows.flatMap((row) => (isGood(row) ? [row.name] : [row.name, `${row.name}_good`]));
  assert.equal(expected.sort(), bugCases().sort());
});

test('silence has its reason wherever a profile does not notice a bug', () => {
  for (const { name, hardened, debug } of rows) {
    for (const cell of [hardened, debug]) assert.not.match(cell, /^silent(?:$|:\s*$)/, name);
  }
});

test.run();

console.log(shortTable(rows));
