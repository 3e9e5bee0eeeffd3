/** The core as plain JavaScript with its inner functions, and what several tests read from its memory. */

import path from 'node:path';
import {
  REGION_END_OFFSET, REGION_SIZE, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_REGIONS_OFFSET,
  STATE_REGION_COUNT_OFFSET, STATE_TABLE_OFFSET, STATE_USED_FRAMES_OFFSET,
} from '../../kernel-heap/layout.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import { buildReference, type ReferenceInstanceOptions } from '../../scripts/lib/reference.ts';

/** One instance: every exported function of every file of the core, over a memory of its own. */
export type Core = typeof import('./internals.ts') & { memory: WebAssembly.Memory };

const entry = path.join(import.meta.dirname, 'internals.ts');
const reference = await buildReference({ entry });

/** A fresh instance, without a heap. */
export const instantiate = (options?: ReferenceInstanceOptions): Core =>
  reference.instantiate(options) as unknown as Core;

/** Fresh instances of another profile than release. */
export const instantiator = async (profile: Profile): Promise<(options?: ReferenceInstanceOptions) => Core> => {
  const built = await buildReference({ entry, profile });
  return (options) => built.instantiate(options) as unknown as Core;
};

/** A word of the state record. */
export const stateWord = (core: Core, offset: number): number => core.load(core.stateAddress() + offset);

/** Frames that are not free, as the core counts them. */
export const usedFrames = (core: Core): number => stateWord(core, STATE_USED_FRAMES_OFFSET);

/** A range of frames, half open. */
export interface Range { first: number; end: number }

/** The regions, in the order of their addresses. */
export const regionsOf = (core: Core): Range[] => {
  const list = stateWord(core, STATE_REGIONS_OFFSET);
  return Array.from({ length: stateWord(core, STATE_REGION_COUNT_OFFSET) }, (_, index) => ({
    first: core.load(list + index * REGION_SIZE),
    end: core.load(list + index * REGION_SIZE + REGION_END_OFFSET),
  })).sort((a, b) => a.first - b.first);
};

/** The frame table: what it describes, and where it lies. */
export interface Table { capacity: number; base: number; address: number; bytes: number }

export const tableOf = (core: Core): Table => {
  const capacity = stateWord(core, STATE_CAPACITY_OFFSET);
  return { capacity, base: stateWord(core, STATE_BASE_FRAME_OFFSET), address: stateWord(core, STATE_TABLE_OFFSET) >>> 0, bytes: 4 * capacity };
};

/** A copy of all of the memory. */
export const image = (core: Core): Buffer => Buffer.from(new Uint8Array(core.memory.buffer));

/** Whether the memory is still what `before` was. */
export const unchanged = (core: Core, before: Buffer): boolean =>
  Buffer.compare(before, new Uint8Array(core.memory.buffer)) === 0;
