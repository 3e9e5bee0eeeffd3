/** The table of cases in README.md. */

import fs from 'node:fs';
import path from 'node:path';

export interface Row {
  /** The heading above the table. */
  section: string;
  /** The case. */
  name: string;
  /** What it does. */
  does: string;
  /** What the profiles say of it. */
  hardened: string;
  debug: string;
}

const HEAD = /^\| case \|.*\|\n\|[-|]+\|\n/m;

/** All rows, section by section. A section is a heading with a table behind it. */
export const rowsOf = (): Row[] => {
  const text = fs.readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8');
  return text.split(/^## /m).flatMap((part) => {
    const [section] = part.split('\n', 1) as [string];
    const [, table] = part.split(HEAD);
    return [...(table ?? '').matchAll(/^\| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
      .map(([, name, does, hardened, debug]) => ({ section, name: name!, does: does!, hardened: hardened!, debug: debug! }));
  });
};

/** The rows without what they do and without reasons, section by section. */
export const shortTable = (rows: Row[]): string => {
  const cells = rows.map(({ section, name, hardened, debug }) =>
    ({ section, line: [name, hardened.replace(/^silent:.*/, 'silent'), debug.replace(/^silent:.*/, 'silent')] }));
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map(({ line }) => line[column]!.length)));
  const format = (line: string[]): string => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const sections = [...new Set(rows.map(({ section }) => section))];
  return sections.flatMap((section) => [
    format([section, 'hardened', 'debug']), format(widths.map((width) => '-'.repeat(width))),
    ...cells.filter((cell) => cell.section === section).map(({ line }) => format(line)),
  ]).join('\n');
};
