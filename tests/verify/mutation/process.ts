/** A process that looks at one mutant after the other; its parent (pool.ts) stops it when a mutant does not end. */

import type { Profile } from '../../../scripts/lib/profiles.ts';
import { buildReferenceCore } from '../../../scripts/lib/reference.ts';
import { constantsOf, HARDENED, RELEASE } from '../heap/scale.ts';
import type { HeapCore } from '../heap/world.ts';
import { findViolation, type Caught } from './checks.ts';

/** A scaled-down core: a module, or TypeScript with the changed files. */
export interface Mutant { profile: Profile; wasm?: Uint8Array; overrides?: Map<string, string> }
export interface Verdict { caught?: Caught }

const constants = new Map<Profile, Promise<Record<string, number>>>();

const judge = async ({ profile, wasm, overrides }: Mutant): Promise<Verdict> => {
  const scale = profile === 'hardened' ? HARDENED : RELEASE;
  if (!constants.has(profile)) constants.set(profile, constantsOf(scale));
  const known = await constants.get(profile)!;
  if (wasm) {
    let module: WebAssembly.Module;
    try {
      module = new WebAssembly.Module(wasm as BufferSource);
    } catch (error) {
      return { caught: { message: `invalid: ${(error as Error).message}` } };
    }
    return { caught: findViolation(scale, known, () => new WebAssembly.Instance(module).exports as HeapCore) };
  }
  const reference = await buildReferenceCore({ profile, overrides });
  return { caught: findViolation(scale, known, () => reference.instantiate() as HeapCore) };
};

process.on('message', (message) => {
  void judge(message as Mutant)
    .catch((error: Error): Verdict => ({ caught: { message: error.message } }))
    .then((verdict) => process.send!(verdict));
});
