/** The profiles of the core: which constants of kernel-heap/profile.ts each sets. */

import fs from 'node:fs';
import path from 'node:path';
import { CORE, displayPath } from './paths.ts';

export type Profile = 'release' | 'hardened' | 'debug';

/** The file whose constants a profile sets. */
const FILE = path.join(CORE, 'profile.ts');

const PROFILES: Record<Profile, Record<string, number>> = {
  release: { HARDENED: 0, DEBUG: 0 },
  hardened: { HARDENED: 1, DEBUG: 0 },
  debug: { HARDENED: 1, DEBUG: 1 },
};

/** Every profile, the default first. */
export const PROFILE_NAMES = Object.keys(PROFILES) as Profile[];

/** The profile called `name`; an error that lists them all if there is none. */
export const profileNamed = (name: string): Profile => {
  if (!Object.hasOwn(PROFILES, name)) {
    throw new Error(`there is no profile "${name}"; there are ${PROFILE_NAMES.join(', ')}`);
  }
  return name as Profile;
};

/**
 * `overrides` with the text of profile.ts as the profile wants it.
 *
 * @param heapStart where a heap that nobody has initialised begins on its first use; 0 = it does not. As in the source
 *   when left out.
 */
export const withProfile = (
  profile: Profile,
  heapStart?: number,
  overrides: Map<string, string> = new Map(),
): Map<string, string> => {
  let text = overrides.get(FILE) ?? fs.readFileSync(FILE, 'utf8');
  const values = { ...PROFILES[profile], ...(heapStart === undefined ? {} : { HEAP_START: heapStart }) };
  for (const [name, value] of Object.entries(values)) {
    const declaration = new RegExp(`^(export const ${name}: i32 = )\\d+;`, 'm');
    if (!declaration.test(text)) {
      throw new Error(`${displayPath(FILE)}: there is no line "export const ${name}: i32 = <number>;"`);
    }
    text = text.replace(declaration, `$1${value};`);
  }
  return new Map(overrides).set(FILE, text);
};
