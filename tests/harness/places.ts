/** Where in the sources of a JavaScript program a call comes from. */

import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The harness itself is no place, but for its own tests. */
const isHarness = (file: string): boolean => file.startsWith(import.meta.dirname + path.sep) && !file.endsWith('.test.ts');

/** `file:line` of a line of a stack, the path counted from the working directory; undefined for what is no source. */
const placeIn = (line: string): string | undefined => {
  const [, file, number] = /(?:\(|at )(?:async )?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/.exec(line) ?? [];
  if (file === undefined) return undefined;
  const absolute = file.startsWith('file:') ? fileURLToPath(file) : file;
  if (isHarness(absolute) || absolute.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  return `${path.relative(process.cwd(), absolute)}:${number}`;
};

/** The innermost places, four at most, that the caller of the harness was called from. */
export const placesOf = (): string[] => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 30;
  const lines = new Error().stack?.split('\n').slice(1) ?? [];
  Error.stackTraceLimit = stackTraceLimit;
  return lines.map(placeIn).filter((place) => place !== undefined).slice(0, 4);
};
