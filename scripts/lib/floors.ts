/**
 * The floors of the core, and the check that each file imports from below only.
 *
 * A file may import from every floor below its own, and on its own floor from the files that stand before it.
 */

import fs from 'node:fs';
import path from 'node:path';
import { CORE, displayPath } from './paths.ts';

/** File names without .ts, from the bottom up. Every file of kernel-heap/ stands here once. */
export const FLOORS: string[][] = [
  /* 0 */ ['memory', 'bits', 'words'],
  /* 1 */ ['profile', 'layout', 'stats-layout', 'debug-layout', 'recording-layout', 'audit-layout', 'external-layout'],
  /* 2 */ ['state', 'bitmap', 'size-class', 'guard', 'recorder'],
  /* 3 */ ['panic', 'frame-table', 'live-map'],
  /* 4 */ ['buddy', 'page', 'debug-report'],
  /* 5 */ ['page-queue'],
  /* 6 */ ['retire', 'table', 'region', 'attach'],
  /* 7 */ ['lazy', 'span'],
  /* 8 */ ['large', 'walk', 'misuse'],
  /* 9 */ ['heap', 'check', 'stats'],
  /* 10 */ ['heaps', 'debug-zone', 'debug-records'],
  /* 11 */ ['audit', 'debug-count', 'debug-quarantine', 'debug-operation', 'debug', 'debug-heaps'],
  /* 12 */ ['external'],
  /* 13 */ ['index'],
];

/**
 * Everything that is wrong with the floors, one message each: a file that is not in the table or twice, an import from
 * above, a file whose first comment tells another floor than the table. Empty if nothing is.
 *
 * @param files texts of the core's files by name without .ts
 */
export const floorProblems = (files: Map<string, string>, floors: string[][] = FLOORS): string[] => {
  const order = floors.flat();
  const floorOf = (name: string): number => floors.findIndex((floor) => floor.includes(name));
  const place = (name: string): string => displayPath(path.join(CORE, `${name}.ts`));
  const problems: string[] = [];
  for (const name of order) {
    if (!files.has(name)) {
      problems.push(
        `there is no ${place(name)}, which the table in scripts/lib/floors.ts has on floor ${floorOf(name)}`,
      );
    }
    if (order.indexOf(name) !== order.lastIndexOf(name)) {
      problems.push(`${name} stands twice in the table in scripts/lib/floors.ts`);
    }
  }
  for (const [name, text] of files) {
    const floor = floorOf(name);
    if (floor < 0) {
      problems.push(`${place(name)} is on no floor; add it to the table in scripts/lib/floors.ts`);
      continue;
    }
    const told = /\bFloor (\d+)\b/.exec(text)?.[1];
    if (told !== undefined && Number(told) !== floor) {
      problems.push(`${place(name)} says it is on floor ${told}, but it is on floor ${floor}`);
    }
    for (const [, from] of text.matchAll(/^(?:import|export)\s[^;]*?from\s*['"]\.\/([\w-]+)\.ts['"]/gm)) {
      if (order.indexOf(from!) >= order.indexOf(name)) {
        problems.push(
          `${place(name)} on floor ${floor} imports ${from} from floor ${floorOf(from!)}; imports go down only`,
        );
      }
    }
  }
  return [...new Set(problems)];
};

/** The core's files as floorProblems wants them. */
export const coreFiles = (): Map<string, string> => new Map(fs.readdirSync(CORE)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => [name.replace(/\.ts$/, ''), fs.readFileSync(path.join(CORE, name), 'utf8')]));
