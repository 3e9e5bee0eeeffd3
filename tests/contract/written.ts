/** Cases as they are written, which is compared with the list of those that run. */

import fs from 'node:fs';
import { displayPath } from '../../scripts/lib/paths.ts';

export interface WrittenCase {
  name: string;
  /** To be displayed. */
  file: string;
  /** Without its frame; undefined if it is an expression. */
  body: string | undefined;
}

const CASE = /^export const (\w+) = \(_?start: i32, _?size: i32\): i32 =>\s+(?:\{\n([^]*?)^\};|[^{;]*;$)/gm;

/** Every function in `files` that has the form of a case. */
export const writtenCases = (files: string[]): WrittenCase[] => files.flatMap((file) =>
  [...fs.readFileSync(file, 'utf8').matchAll(CASE)].map(([, name, body]) => ({ name: name!, file: displayPath(file), body })));

/** Throws unless the checks of the case are numbered in order, from 1 on. */
export const demandNumbered = ({ name, file, body }: WrittenCase): void => {
  const numbers = [...(body ?? '').matchAll(/return (\d+);/g)].map(([, number]) => Number(number));
  if (numbers.at(-1) === 0) numbers.pop();
  const wrong = numbers.findIndex((number, index) => number !== index + 1);
  if (wrong !== -1) throw new Error(`${file}: ${name} has the check ${numbers[wrong]} where ${wrong + 1} is due`);
};
