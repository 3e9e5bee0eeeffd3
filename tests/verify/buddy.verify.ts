/** The buddy of the shipped module: all states with live spans, and the inductive step from all sets of free frames. */

import { Arena, BUDDY_FUNCTIONS, type ArenaPlan, type BuddyCore } from './buddy/arena.ts';
import { explore, parse, replay } from './buddy/explore.ts';
import { induct, outcomeOf } from './buddy/induction.ts';
import { layoutCount } from './buddy/model.ts';
import { openCore } from './modules.ts';
import type { Extent, Verification } from './verification.ts';

const begin = async (plan: ArenaPlan): Promise<{ arena: Arena; binaries: { name: string; wasm: Uint8Array }[] }> => {
  const opened = await openCore(BUDDY_FUNCTIONS);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(opened.opened as BufferSource));
  return { arena: new Arena(exports as BuddyCore, plan), binaries: [opened] };
};

const placeOf = ({ frames, offset, guards, far, garbage }: ArenaPlan): string => [
  `${frames} frames of 4 KiB from frame ${offset} of an aligned 32`,
  far ? 'four bitmap levels, 2^17 frames' : guards ? 'three bitmap levels, 2^10 frames' : 'two bitmap levels, 2^8 frames',
  guards ? 'free frames of other regions on both sides, one frame away' : 'nothing on either side',
  `memory filled with 0x${garbage.toString(16)} before heap_init`,
].join('; ');

const exploration = (plan: ArenaPlan, extent: Extent, seconds: number): Verification => ({
  name: `buddy, ${plan.frames} frames: every sequence of operations keeps spans apart and the bitmap canonical`,
  bounds: `${placeOf(plan)}; allocations of 1 to ${plan.frames + 1} frames aligned to 1 to 16, from one node or several,`
    + ` frees and resizes of every live span${plan.guards ? '; allocations with the frames of the other regions free, and with them taken' : ''}`,
  canonicalisation: 'live spans exactly; the bitmap, its sums and the counter follow from them in every state; the peak '
    + 'counter is set anew',
  extent,
  seconds,
  run: async () => {
    const { arena, binaries } = await begin(plan);
    const { states, transitions, failed } = explore(arena);
    const expected = layoutCount(plan.frames);
    const counterexample = failed ?? (states === expected ? undefined
      : { message: `${states} states are reached, and there are ${expected} ways to lay out ${plan.frames} frames` });
    return { counts: { states, transitions }, binaries, counterexample,
      notes: failed ? [] : [`as many states as there are layouts: Fibonacci number ${2 * plan.frames + 1} = ${expected}`] };
  },
  replay: async (sequence) => {
    const { arena, binaries } = await begin(plan);
    const notes: string[] = [];
    return { ...outcomeOf(() => {
      replay(arena, parse(sequence), (line) => notes.push(line));
      return { counts: { operations: notes.length }, binaries };
    }), notes };
  },
});

const induction = (plan: ArenaPlan, extent: Extent, seconds: number): Verification => ({
  name: `buddy, ${plan.frames} frames from ${plan.offset}${plan.far ? ', far' : ''}: the inductive step from every set of free frames`,
  bounds: `${placeOf(plan)}; from each of 2^${plan.frames} sets, reachable or not: allocations of 1 to ${plan.frames + 1} `
    + 'frames aligned to 1 to 32, from one node, from several, and packed; every run given back or taken, the runs around every frame',
  canonicalisation: 'the set of free frames; a state satisfies the invariant if its bitmap, sums and counter are those of a set',
  extent,
  seconds,
  run: async () => {
    const { arena, binaries } = await begin(plan);
    return outcomeOf(() => ({ counts: { ...induct(arena) }, binaries }));
  },
});

const near = { guards: false, far: false, garbage: 0xff };

export const verifications: Verification[] = [
  exploration({ ...near, frames: 5, offset: 0 }, 'reduced', 1),
  exploration({ ...near, frames: 6, offset: 1 }, 'full', 1),
  exploration({ ...near, frames: 7, offset: 3, guards: true }, 'reduced', 1),
  exploration({ ...near, frames: 8, offset: 0, far: true }, 'full', 1),
  exploration({ ...near, frames: 11, offset: 5, guards: true, garbage: 0xa5 }, 'full', 3),
  exploration({ ...near, frames: 12, offset: 0 }, 'long', 10),
  exploration({ ...near, frames: 13, offset: 2 }, 'full', 20),
  exploration({ ...near, frames: 14, offset: 0 }, 'long', 60),
  induction({ ...near, frames: 8, offset: 3, guards: true }, 'reduced', 1),
  induction({ ...near, frames: 10, offset: 11, guards: true, far: true, garbage: 0xa5 }, 'full', 2),
  induction({ ...near, frames: 13, offset: 9, guards: true, garbage: 0 }, 'full', 3),
  induction({ ...near, frames: 16, offset: 0 }, 'full', 20),
];
