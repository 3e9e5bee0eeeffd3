/** sum-by, a program in ordinary TypeScript, on every engine: the same figures as JavaScript has. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildTsProgram } from '../../scripts/lib/ts-program.ts';
import { WASI_ENGINES, type Engine } from '../../scripts/lib/wasi-engines.ts';
import { runReluctantly } from './reluctant.ts';

const program = await buildTsProgram(path.join(ROOT, 'wasi/programs/sum-by.ts'));

interface Group { name: string; rows: number; sum: number }

/** What the program should find in a table, which it orders by the sum. */
const groupsOf = (table: string, group: string, value: string): Group[] => {
  const [header, ...lines] = table.split('\n').map((line) => line.split(',').map((cell) => cell.trim()));
  const [groupColumn, valueColumn] = [header!.indexOf(group), header!.indexOf(value)];
  const groups = new Map<string, Group>();
  for (const cells of lines.filter((line) => line.join('') !== '')) {
    const name = cells[groupColumn]!;
    const known = groups.get(name) ?? { name, rows: 0, sum: 0 };
    groups.set(name, { name, rows: known.rows + 1, sum: known.sum + Number(cells[valueColumn]) });
  }
  return [...groups.values()].sort((a, b) => b.sum - a.sum);
};

const expected = (groups: Group[]): string => {
  const width = Math.max(5, ...groups.map(({ name }) => name.length));
  const lines = groups.map(({ name, rows, sum }) =>
    `${name.padEnd(width)}${String(rows).padStart(9)}${sum.toFixed(2).padStart(13)}${(sum / rows).toFixed(2).padStart(13)}\n`);
  return `${'group'.padEnd(width)}     rows          sum         mean\n${lines.join('')}`;
};

const SMALL = 'city,kind,price\nBern,a,10.5\nKöln, b,3\n東京,𝄞,-0.25\nBern ,c,-2\n\nRiga,a,100\r\n';

/** Six megabytes; the sums differ, so that there is one order. */
const LARGE = `city,kind,price\n${Array.from({ length: 200_000 }, (_, index) =>
  `city${(index * 7919) % 40},kind of thing ${index % 3},${(index % 40) / 4 + index % 7}`).join('\n')}`;

const check = async (engine: Engine, table: string, group: string): Promise<void> => {
  const outcome = await engine.run(program, { args: [group, 'price'], input: table });
  assert.equal(outcome, { exitCode: 0, stdout: expected(groupsOf(table, group, 'price')), stderr: '' });
};

for (const engine of WASI_ENGINES) {
  const missing = engine.missing();
  if (missing !== undefined) {
    console.log(`  sum-by is not run on ${engine.name}: ${missing}`);
    continue;
  }
  const test = suite(`wasi: sum-by on ${engine.name}`);
  test('sums a column up', () => check(engine, SMALL, 'city'));
  test('nothing gives nothing', async () => {
    assert.equal(await engine.run(program, { args: ['a', 'b'] }), { exitCode: 0, stdout: expected([]), stderr: '' });
  });
  test('complains about the table and about its use', async () => {
    const COMPLAINTS: [args: string[], input: string, exitCode: number, stderr: string][] = [
      [['town', 'price'], SMALL, 1, 'sum-by: there is no column town\n  there is city\n  there is kind\n  there is price\n'],
      [['city', 'kind'], SMALL, 1, 'sum-by: line 2: no number in column kind\n'],
      [['city', 'price'], 'city,price\nBern,1\nBern\n', 1, 'sum-by: line 3: no number in column price\n'],
      [['city'], '', 2, 'usage: sum-by <column of groups> <column of numbers>\n'],
    ];
    for (const [args, input, exitCode, stderr] of COMPLAINTS) {
      const code = engine.lacks.includes('exit codes') ? 1 : exitCode;
      assert.equal(await engine.run(program, { args, input }), { exitCode: code, stdout: '', stderr });
    }
  });
  test.run();
}

const other = suite('wasi: sum-by');

other('sums a large table up', () => check(WASI_ENGINES[0]!, LARGE, 'city'));

other('reads and writes until everything went', () => {
  const outcome = runReluctantly(program, ['city', 'price'], { input: Buffer.from(SMALL) });
  assert.equal(outcome, { exitCode: 0, stdout: expected(groupsOf(SMALL, 'city', 'price')), stderr: '' });
});

other('memory that somebody else has grown is left alone', () => {
  const { stdout } = runReluctantly(program, ['city', 'price'], { input: Buffer.from(SMALL), taken: 2 });
  assert.is(stdout, expected(groupsOf(SMALL, 'city', 'price')));
});

other('any bytes are read, those that are no UTF-8 as what stands for them', () => {
  const input = Buffer.concat([Buffer.from('a,b\n'), Buffer.from([0xff, 0x20, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98]), Buffer.from(',1\n')]);
  const { stdout } = runReluctantly(program, ['a', 'b'], { input });
  assert.is(stdout, expected(groupsOf(input.toString('utf8'), 'a', 'b')));
});

other.run();
