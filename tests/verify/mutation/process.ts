/** A process that looks at one mutant after the other; its parent (pool.ts) stops it when a mutant does not end. */

import { withMemoryMax } from '../../../scripts/lib/bench/footprint.ts';
import type { Profile } from '../../../scripts/lib/profiles.ts';
import { buildReferenceCore } from '../../../scripts/lib/reference.ts';
import { BUDDY_FUNCTIONS, WASM_PAGES_FAR, type BuddyCore } from '../buddy/arena.ts';
import { constantsOf, scaleOf } from '../heap/scale.ts';
import type { HeapCore } from '../heap/world.ts';
import { withInner } from '../modules.ts';
import { findBuddyViolation, findViolation, type Caught } from './checks.ts';

/**
 * A core that is wrong: scaled down, a module or TypeScript with changed files; and the same with the constants as they
 * are, for the buddy, a module with the inner functions exported or TypeScript.
 */
export interface Mutant {
  profile: Profile;
  scaledDown: Uint8Array | Map<string, string>;
  asShipped: Uint8Array | Map<string, string>;
}
export interface Verdict { caught?: Caught }

const constants = new Map<Profile, Promise<Record<string, number>>>();

/** A scaled-down heap fits, and has nothing to grow into. */
const HEAP_WASM_PAGES = 1;

const moduleOf = (wasm: Uint8Array): WebAssembly.Module => new WebAssembly.Module(wasm as BufferSource);

const judgeBuddy = async ({ profile, asShipped }: Mutant): Promise<Caught | undefined> => {
  if (asShipped instanceof Uint8Array) {
    const module = moduleOf(asShipped);
    return findBuddyViolation(() => new WebAssembly.Instance(module).exports as BuddyCore);
  }
  const reference = await buildReferenceCore({ profile, overrides: withInner(BUDDY_FUNCTIONS, asShipped) });
  return findBuddyViolation(() => reference.instantiate({ initial: WASM_PAGES_FAR }) as BuddyCore);
};

const judgeHeap = async ({ profile, scaledDown }: Mutant): Promise<Caught | undefined> => {
  const scale = scaleOf(profile);
  if (!constants.has(profile)) constants.set(profile, constantsOf(scale));
  const known = await constants.get(profile)!;
  if (scaledDown instanceof Uint8Array) {
    const module = moduleOf(withMemoryMax(scaledDown, HEAP_WASM_PAGES));
    return findViolation(scale, known, () => new WebAssembly.Instance(module).exports as HeapCore);
  }
  const reference = await buildReferenceCore({ profile, overrides: scaledDown });
  return findViolation(scale, known, () => reference.instantiate({ initial: HEAP_WASM_PAGES, maximum: HEAP_WASM_PAGES }) as HeapCore);
};

const judge = async (mutant: Mutant): Promise<Verdict> => {
  const inHeap = await judgeHeap(mutant);
  if (inHeap || mutant.profile !== 'release') return { caught: inHeap };
  return { caught: await judgeBuddy(mutant) };
};

process.on('message', (message) => {
  void judge(message as Mutant)
    .catch((error: Error): Verdict => ({ caught: { message: error.message } }))
    .then((verdict) => process.send!(verdict));
});
