/** The core with smaller constants, so that all of its states can be visited. */

import fs from 'node:fs';
import path from 'node:path';
import { CORE } from '../../../scripts/lib/paths.ts';
import type { Profile } from '../../../scripts/lib/profiles.ts';
import { buildReference } from '../../../scripts/lib/reference.ts';

const LAYOUT = path.join(CORE, 'layout.ts');

/** A scaled-down core: its profile, and the constants of layout.ts that are others. All offsets of records stay. */
export interface Scale { profile: Profile; constants: Record<string, number> }

/**
 * Frames of 128 bytes, classes up to two frames, two retired pages, one idle node of up to four frames. The first page
 * of descriptors begins in any slot of its frame, so that it has room for as many as a plan says (world.ts).
 */
export const RELEASE: Scale = {
  profile: 'release',
  constants: {
    FRAME_SHIFT: 7,
    BIN_COUNT: 12,
    BIN_LARGE: 12,
    BIN_LAZY: 13,
    BIN_DESCRIPTOR: 14,
    QUEUE_COUNT: 15,
    BIN_IDLE: 15,
    SMALL_SIZE_MAX: 256,
    DIRECT_SIZE_MAX: 64,
    DIRECT_BIN_MAX: 3,
    RETIRED_COUNT: 2,
    IDLE_COUNT_MAX: 1,
    LAZY_ORDER_MAX: 2,
    DESCRIPTOR_RESERVE: 1,
    TABLE_CAPACITY_MIN: 256,
  },
};

/** The same with frames of 1 KiB, which have 8 bytes of the live map: no other shift is 3, so that none are merged. */
export const HARDENED: Scale = {
  profile: 'hardened',
  constants: {
    FRAME_SHIFT: 10,
    LIVE_FRAME_SHIFT: 3,
    TABLE_SHIFT: 4,
    BIN_COUNT: 24,
    BIN_LARGE: 24,
    BIN_LAZY: 25,
    BIN_DESCRIPTOR: 26,
    QUEUE_COUNT: 27,
    BIN_IDLE: 27,
    SMALL_SIZE_MAX: 2048,
    DIRECT_SIZE_MAX: 512,
    DIRECT_BIN_MAX: 15,
    RETIRED_COUNT: 2,
    IDLE_COUNT_MAX: 1,
    LAZY_ORDER_MAX: 2,
    DESCRIPTOR_RESERVE: 1,
  },
};

/** The scaled-down core of a profile. */
export const scaleOf = (profile: Profile): Scale => (profile === 'hardened' ? HARDENED : RELEASE);

/** The text of layout.ts with the constants of `scale`, as an override; on top of the text in `overrides`, if there. */
export const scaled = ({ constants }: Scale, overrides: Map<string, string> = new Map()): Map<string, string> => {
  let text = overrides.get(LAYOUT) ?? fs.readFileSync(LAYOUT, 'utf8');
  for (const [name, value] of Object.entries(constants)) {
    const declaration = new RegExp(`^(export const ${name}: i32 = )[^;]+;`, 'm');
    if (!declaration.test(text)) throw new Error(`kernel-heap/layout.ts has no constant ${name}`);
    text = text.replace(declaration, `$1${value};`);
  }
  return new Map(overrides).set(LAYOUT, text);
};

/** Every constant of layout.ts as it is then. */
export const constantsOf = async (scale: Scale): Promise<Record<string, number>> =>
  (await buildReference({ entry: LAYOUT, profile: scale.profile, overrides: scaled(scale) })).instantiate() as unknown as Record<string, number>;
