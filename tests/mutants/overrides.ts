/** Cores that are wrong by one small change. */

import fs from 'node:fs';
import path from 'node:path';
import { CORE, displayPath } from '../../scripts/lib/paths.ts';

export interface Change {
  /** What is wrong. */
  name: string;
  /** The file of kernel-heap/ that is changed, and the text in it that is replaced; it stands there exactly once. */
  file: string;
  original: string;
  replacement: string;
}

/** The changed file, by its path. Throws if the text to replace does not stand in it exactly once. */
export const overridesOf = ({ name, file, original, replacement }: Change): Map<string, string> => {
  const full = path.join(CORE, file);
  const parts = fs.readFileSync(full, 'utf8').split(original);
  if (parts.length !== 2) {
    throw new Error(`${displayPath(full)} has the text that "${name}" replaces ${parts.length - 1} times, not once: ${original}\n`
      + 'The core has changed; name the same place by its new text in the list of mutants.');
  }
  return new Map([[full, parts.join(replacement)]]);
};
