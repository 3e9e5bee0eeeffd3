/** What a mutant has to get past: explorations of the scaled-down heap, each stopped at a number of states. */

import { Arena, type BuddyCore } from '../buddy/arena.ts';
import { induct } from '../buddy/induction.ts';
import { explore, type Repertoire } from '../heap/explore.ts';
import { HARDENED, RELEASE, type Scale } from '../heap/scale.ts';
import { World, type HeapCore, type WorldPlan } from '../heap/world.ts';

interface Check { plan: WorldPlan; repertoire: Repertoire }

const STATES_MAX = 1_200;

const CHECKS = new Map<Scale, Check[]>([
  [RELEASE, [
    { plan: { frames: 3, descriptors: 1, garbage: 0xff }, repertoire: { malloc: [128, 257], realloc: [1, 128, 257], aligned: [[256, 1]] } },
    { plan: { frames: 3, descriptors: 2, garbage: 0xff }, repertoire: { malloc: [64] } },
    { plan: { frames: 5, descriptors: 2, garbage: 0xff }, repertoire: { malloc: [257], aligned: [[256, 1], [256, 200]], realloc: [257, 600] } },
    { plan: { frames: 8, descriptors: 2, garbage: 0xa5 }, repertoire: { malloc: [257, 385], realloc: [257, 385, 513] } },
    { plan: { frames: 4, descriptors: 1, garbage: 0xa5 }, repertoire: { malloc: [0, 200, 129], calloc: [200], realloc: [200, 129, 1000] } },
    { plan: { frames: 4, descriptors: 2, garbage: 0xff }, repertoire: { malloc: [80, 129], aligned: [[64, 33], [512, 257]] } },
    { plan: { frames: 4, descriptors: 2, garbage: 0 }, repertoire: { malloc: [128] } },
    { plan: { frames: 3, descriptors: 1, garbage: 0xff }, repertoire: { malloc: [32, 48, 0xfffff001] } },
  ]],
  [HARDENED, [
    { plan: { frames: 4, descriptors: 1, garbage: 0xff }, repertoire: { malloc: [1024, 2049], realloc: [1024, 2049], illegal: true } },
  ]],
]);

export interface Caught { message: string; sequence?: string }

/** What is wrong with the core that `instantiate` gives afresh each time; undefined if nothing shows. */
export const findViolation = (
  scale: Scale, constants: Record<string, number>, instantiate: () => HeapCore,
): Caught | undefined => {
  for (const { plan, repertoire } of CHECKS.get(scale)!) {
    let world: World;
    try {
      world = new World(instantiate(), plan, constants);
    } catch (error) {
      return { message: `heap_init: ${(error as Error).message}` };
    }
    const { failed } = explore(world, repertoire, STATES_MAX);
    if (failed) return failed;
  }
  return undefined;
};

const ARENA = { frames: 7, offset: 3, guards: true, far: false, garbage: 0xff };

/** What the inductive step finds wrong with a core whose inner functions are visible; undefined if nothing. */
export const findBuddyViolation = (core: BuddyCore): Caught | undefined => {
  try {
    induct(new Arena(core, ARENA));
    return undefined;
  } catch (error) {
    return { message: (error as Error).message };
  }
};
