/**
 * Sums a column of a table for each value of another one. The table is on standard input: cells between commas, the
 * names of the columns in the first line.
 *
 *   sum-by <column of groups> <column of numbers>
 *
 * Ends with 1 if the table has no such column or a cell is no number, with 2 if it is used otherwise.
 */

import { argument, argumentCount, exit, readLine } from 'tallow/program';

interface Group {
  name: string;
  rows: number;
  sum: number;
}

/** The cells of a line. Each is as long as its text; those of split() would have a page of memory each. */
const cellsOf = (line: string): string[] => {
  const cells: string[] = [];
  let start = 0;
  for (let comma = line.indexOf(','); comma >= 0; comma = line.indexOf(',', start)) {
    cells.push(line.slice(start, comma).trim());
    start = comma + 1;
  }
  cells.push(line.slice(start).trim());
  return cells;
};

/** The cell with that number of a line; undefined if the line is shorter. */
const cellOf = (line: string, column: number): string | undefined => {
  let start = 0;
  for (let skipped = 0; skipped < column; skipped++) {
    const comma = line.indexOf(',', start);
    if (comma < 0) return undefined;
    start = comma + 1;
  }
  const end = line.indexOf(',', start);
  return line.slice(start, end < 0 ? line.length : end).trim();
};

const columnNamed = (header: string[], name: string): number => {
  const column = header.indexOf(name);
  if (column >= 0) return column;
  console.error('sum-by: there is no column', name);
  for (const other of header) console.error('  there is', other);
  return exit(1);
};

const sumUp = (groupName: string, valueName: string): Group[] => {
  const first = readLine();
  if (first === undefined) return [];
  const header = cellsOf(first);
  const groupColumn = columnNamed(header, groupName);
  const valueColumn = columnNamed(header, valueName);

  const groups = new Map<string, Group>();
  let number = 1;
  for (let line = readLine(); line !== undefined; line = readLine()) {
    number++;
    if (line.trim() === '') continue;
    const name = cellOf(line, groupColumn);
    const cell = cellOf(line, valueColumn);
    const value = Number(cell);
    if (name === undefined || cell === undefined || cell === '' || Number.isNaN(value)) {
      console.error(`sum-by: line ${number}: no number in column ${valueName}`);
      exit(1);
    }
    const group = groups.get(name!);
    if (group === undefined) {
      groups.set(name!, { name: name!, rows: 1, sum: value });
    } else {
      group.rows++;
      group.sum += value;
    }
  }
  return [...groups.values()];
};

/** A number with two decimals. (The compiler's toFixed() does not carry: 9.9998 becomes 9.200.) */
const fixed = (value: number): string => {
  const hundredths = Math.round(Math.abs(value) * 100);
  const decimals = String(hundredths % 100).padStart(2, '0');
  return `${value < 0 ? '-' : ''}${Math.trunc(hundredths / 100)}.${decimals}`;
};

const print = (groups: Group[]): void => {
  let width = 5;
  for (const { name } of groups) width = Math.max(width, name.length);
  console.log(`${'group'.padEnd(width)}     rows          sum         mean`);
  for (const { name, rows, sum } of groups) {
    const figures = String(rows).padStart(9) + fixed(sum).padStart(13) + fixed(sum / rows).padStart(13);
    console.log(name.padEnd(width) + figures);
  }
};

if (argumentCount() !== 2) {
  console.error('usage: sum-by <column of groups> <column of numbers>');
  exit(2);
}
const groups = sumUp(argument(0)!, argument(1)!);
groups.sort((a, b) => b.sum - a.sum);
print(groups);
