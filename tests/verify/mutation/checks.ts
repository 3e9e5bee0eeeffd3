/** What a mutant has to get past: explorations of the scaled-down heap, each stopped at a number of states. */

import { Arena, type BuddyCore } from '../buddy/arena.ts';
import { induct } from '../buddy/induction.ts';
import { explore, type Repertoire } from '../heap/explore.ts';
import { HARDENED, RELEASE, type Scale } from '../heap/scale.ts';
import { World, type HeapCore, type WorldPlan } from '../heap/world.ts';

interface Check {
  plan: WorldPlan;
  repertoire: Repertoire;
  /** The exploration stops when it has found so many states; STATES_MAX if left out. */
  statesMax?: number;
}

const STATES_MAX = 1_200;

/** Most of what is wrong shows soon: so all explorations are begun before one is made to its end. */
const STATES_MAX_FIRST = 40;

/** All sizes of classes, some of large blocks, and those about the largest that can be asked for. */
const SIZES = [
  ...Array.from({ length: 260 }, (_, size) => size), 300, 383, 384, 385, 512, 513, 640, 641, 0x7ffffff0, 0xfffff000, 0xfffff001, 0xffffffff,
];
const ALIGNMENTS = [0, 1, 2, 8, 16, 17, 24, 32, 48, 64, 128, 256, 512, 0x80000000];
const ALIGNED_SIZES = [0, 1, 16, 17, 33, 64, 100, 127, 128, 129, 200, 255, 256, 257, 300, 512, 513, 0xfffff001];
const ROOMY = { frames: 12, descriptors: 2, garbage: 0xff };

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
    { plan: { frames: 9, descriptors: 2, garbage: 0xff, grows: true }, repertoire: { malloc: [257, 513], realloc: [257, 385] } },
    { plan: { frames: 9, descriptors: 1, garbage: 0xff, grows: true }, repertoire: { malloc: [257, 513] } },
    // Every size and alignment once, in a heap that has nothing yet, and from one block of each kind to every size.
    { plan: ROOMY, repertoire: { malloc: SIZES, calloc: [0, 1, 16, 17, 32, 33, 48, 49, 63, 64, 65, 129, 257, 0xffffffff], aligned: ALIGNMENTS.flatMap((alignment) => ALIGNED_SIZES.map((size): [number, number] => [alignment, size])) }, statesMax: 1 },
    { plan: ROOMY, repertoire: { malloc: [0, 48, 128, 160, 256, 257, 600], realloc: SIZES }, statesMax: 9 },
  ]],
  [HARDENED, [
    { plan: { frames: 4, descriptors: 1, garbage: 0xff }, repertoire: { malloc: [1024, 2049], realloc: [1024, 2049], illegal: true } },
  ]],
]);

export interface Caught { message: string; sequence?: string }

/** What one exploration finds wrong. */
const tryCheck = (
  { plan, repertoire, statesMax = STATES_MAX }: Check, cap: number, instantiate: () => HeapCore, constants: Record<string, number>,
): Caught | undefined => {
  let world: World;
  try {
    world = new World(instantiate(), plan, constants);
  } catch (error) {
    return { message: `heap_init: ${(error as Error).message}` };
  }
  return explore(world, repertoire, Math.min(statesMax, cap)).failed;
};

/** What is wrong with the core that `instantiate` gives afresh each time; undefined if nothing shows. */
export const findViolation = (
  scale: Scale, constants: Record<string, number>, instantiate: () => HeapCore,
): Caught | undefined => {
  for (const cap of [STATES_MAX_FIRST, STATES_MAX]) {
    for (const check of CHECKS.get(scale)!) {
      if (cap === STATES_MAX && check.statesMax! <= STATES_MAX_FIRST) continue;
      const caught = tryCheck(check, cap, instantiate, constants);
      if (caught) return caught;
    }
  }
  return undefined;
};

const ARENAS = [
  { frames: 7, offset: 3, guards: true, far: false, garbage: 0xff },
  { frames: 8, offset: 12, guards: false, far: true, garbage: 0xff },
];

/** What the inductive step finds wrong with a core that `instantiate` gives afresh, its inner functions visible; undefined if nothing. */
export const findBuddyViolation = (instantiate: () => BuddyCore): Caught | undefined => {
  try {
    for (const arena of ARENAS) induct(new Arena(instantiate(), arena));
    return undefined;
  } catch (error) {
    return { message: (error as Error).message };
  }
};
