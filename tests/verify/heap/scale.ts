/** The core with smaller constants, so that all of its states can be visited. */

import fs from 'node:fs';
import path from 'node:path';
import { CORE } from '../../../scripts/lib/paths.ts';
import { buildReference } from '../../../scripts/lib/reference.ts';

const LAYOUT = path.join(CORE, 'layout.ts');

/**
 * Constants of layout.ts and what they are here: frames of 128 bytes, classes up to two frames, a ring of two pages, room
 * for two descriptors at the beginning. The offsets of the state record stay, as does the frame table's smallest size.
 */
export const SCALE: Record<string, number> = {
  FRAME_SHIFT: 7,
  BIN_COUNT: 12,
  BIN_DESCRIPTOR: 12,
  BIN_FULL: 13,
  BIN_LARGE: 14,
  QUEUE_COUNT: 15,
  BIN_TABLE: 15,
  SMALL_SIZE_MAX: 256,
  DIRECT_SIZE_MAX: 64,
  RETIRED_COUNT: 2,
  DESCRIPTOR_RESERVE: 2,
};

/** The text of layout.ts with the constants of `scale`, as an override; on top of the text in `overrides`, if there. */
export const scaled = (scale: Record<string, number>, overrides: Map<string, string> = new Map()): Map<string, string> => {
  let text = overrides.get(LAYOUT) ?? fs.readFileSync(LAYOUT, 'utf8');
  for (const [name, value] of Object.entries(scale)) {
    const declaration = new RegExp(`^(export const ${name}: i32 = )[^;]+;`, 'm');
    if (!declaration.test(text)) throw new Error(`kernel-heap/layout.ts has no constant ${name}`);
    text = text.replace(declaration, `$1${value};`);
  }
  return new Map(overrides).set(LAYOUT, text);
};

/** Every constant of layout.ts under these overrides. */
export const constantsOf = async (overrides: Map<string, string>): Promise<Record<string, number>> =>
  (await buildReference({ entry: LAYOUT, overrides })).instantiate() as unknown as Record<string, number>;
