/** The core as plain JavaScript with its inner functions, and what several tests read from its memory. */

import path from 'node:path';
import {
  STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_END_FRAME_OFFSET, STATE_OUTSIDE_PAGE_OFFSET, STATE_TABLE_OFFSET,
  STATE_USED_FRAMES_OFFSET,
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

/** The frame table: the frames that it describes, and where it lies. */
export interface Table extends Range { capacity: number; address: number; bytes: number }

export const tableOf = (core: Core): Table => {
  const capacity = stateWord(core, STATE_CAPACITY_OFFSET);
  const first = stateWord(core, STATE_BASE_FRAME_OFFSET);
  return { capacity, first, end: first + capacity * 7 / 8, address: stateWord(core, STATE_TABLE_OFFSET) >>> 0, bytes: 4 * capacity };
};

/** The regions, in the order of their addresses: what the map does not call outside, but for the first page of descriptors. */
export const regionsOf = (core: Core): Range[] => {
  const table = tableOf(core);
  const outside = core.stateAddress() + STATE_OUTSIDE_PAGE_OFFSET;
  const descriptors = stateWord(core, STATE_END_FRAME_OFFSET) - 1;
  const regions: Range[] = [];
  for (let frame = table.first; frame < table.end; frame++) {
    if (frame === descriptors || core.load(table.address + 4 * (frame - table.first)) === outside) continue;
    const last = regions.at(-1);
    if (last?.end === frame) last.end++;
    else regions.push({ first: frame, end: frame + 1 });
  }
  return regions;
};

/** Turns the bit of `node` over, whether or not that is what a buddy would do, and brings the sums up to date. */
export const bitmapToggle = (core: Core, levels: number, node: number): void => {
  if (core.bitmapTest(levels, node) === 1) core.bitmapMerge(levels, node);
  else if (core.bitmapTest(levels, node ^ 1) === 0) core.bitmapMerge(levels, node ^ 1);
  else {
    // The buddy is in the same word, so that no sum changes.
    const word = core.load(levels) + 4 * (node >>> 5);
    core.store(word, core.load(word) | 1 << node);
  }
};

/** A copy of all of the memory. */
export const image = (core: Core): Buffer => Buffer.from(new Uint8Array(core.memory.buffer));

/** Whether the memory is still what `before` was. */
export const unchanged = (core: Core, before: Buffer): boolean =>
  Buffer.compare(before, new Uint8Array(core.memory.buffer)) === 0;
