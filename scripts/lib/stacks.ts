/**
 * Call stacks for programs on libtallow-debug.a, where the engine has none to ask: every function keeps a shadow of the
 * innermost four frames in globals, and malloc and its relatives tell the heap what stands there.
 */

import { cached } from './cache.ts';
import { runThread } from './thread.ts';

/** What is done takes a second or two. */
const TIME_MAX = 120_000;

export interface StackResult {
  wasm: Uint8Array;
  /** Functions that are named in stacks, and those that there was no room for. */
  named: number;
  unnamed: number;
}

/**
 * The same program, whose reports tell stacks.
 *
 * @param wasm a program with names (not stripped) that is linked with libtallow-debug.a; throws if it is something else
 */
export const withStacks = async (wasm: Uint8Array): Promise<StackResult> => {
  const make = (): Promise<StackResult> => runThread<StackResult>('stacks-thread.ts', wasm, { timeMax: TIME_MAX });
  return (await cached('stacks', [wasm], make)).value;
};
