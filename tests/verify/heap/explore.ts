/** All states of a scaled-down heap, breadth first, until there is no further one. */

import { Violation } from '../buddy/operations.ts';
import { Auditor } from './audit.ts';
import { ALIGNED, CALLOC, FREE, HeapOperations, ILLEGAL, MALLOC, REALLOC, textOf, TRIM, type Operation } from './operations.ts';
import { StateStore } from './store.ts';
import type { World } from './world.ts';

/** Which operations are made in every state. */
export interface Repertoire {
  malloc: number[];
  calloc?: number[];
  aligned?: [alignment: number, size: number][];
  realloc?: number[];
  /** Whether everything that is no live block is freed as well: the hardened profile refuses, and nothing changes. */
  illegal?: boolean;
}

export interface Exploration { states: number; transitions: number; illegal: number; failed?: { message: string; sequence: string } }

/** The operations that do not depend on the state. */
const requestsOf = ({ malloc, calloc = [], aligned = [] }: Repertoire): Operation[] => [
  ...malloc.map((size) => ({ kind: MALLOC, a: size, b: 0 })),
  ...calloc.map((size) => ({ kind: CALLOC, a: size, b: 0 })),
  ...aligned.map(([alignment, size]) => ({ kind: ALIGNED, a: alignment, b: size })),
  { kind: TRIM, a: 0, b: 0 },
];

/**
 * Addresses to free that may be none of a live block, as offsets from the region's first byte: every multiple of 16
 * from the first descriptors to a frame behind the region, odd ones, some of the state record and the table, far ones.
 */
const illegalOffsets = (world: World): number[] => {
  const origin = world.firstFrame * world.frameSize;
  const end = (world.endFrame + 1) * world.frameSize;
  const offsets: number[] = [];
  for (let address = world.descriptorFrame * world.frameSize; address < end; address += 16) offsets.push(address - origin);
  for (let address = world.state; address < world.descriptorFrame * world.frameSize; address += 256) offsets.push(address - origin);
  for (let address = origin + 1; address < end; address += 117) offsets.push(address - origin);
  return [...offsets, 4 - origin, 0x7ffffff0 - origin, 0x80000000 - origin, 0xfffffff0 - origin];
};

/** How often the words that no operation may change are looked at, in states: all of the memory each time. */
const CONSTANT_INTERVAL = 1_000;

const demandConstant = (words: Int32Array, indices: Int32Array, expected: Int32Array): void => {
  for (let at = 0; at < indices.length; at++) {
    if (words[indices[at]!] === expected[at]) continue;
    throw new Violation(`the word at 0x${(4 * indices[at]!).toString(16)}, which no operation may change, was changed`);
  }
};

/**
 * Explores until no state is new, an operation goes wrong, or there are more states than `statesMax`.
 *
 * @param before called before each operation with the number of the state, which the core is in
 */
export const explore = (
  world: World, repertoire: Repertoire, statesMax = Infinity, before?: (state: number, operation: Operation) => void,
): Exploration => {
  const { words, core } = world;
  const auditor = new Auditor(world);
  const operations = new HeapOperations(world, auditor);
  const live = new Int32Array(auditor.live.length);
  const after = new Int32Array(auditor.live.length);
  const requests = requestsOf(repertoire);
  const changeable = world.changeable();
  // A trap's trace takes longer than the operation that it ends.
  Error.stackTraceLimit = 0;
  const misuses = repertoire.illegal ? illegalOffsets(world) : [];
  let transitions = 0;
  let illegal = 0;
  let state = 0;
  let current: Operation | undefined;
  let store: StateStore | undefined;
  try {
    const wrong = auditor.auditOutside() ?? auditor.audit();
    if (wrong !== undefined) throw new Violation(`behind heap_init ${wrong}`);
    const allFree = auditor.free;
    store = new StateStore(words, changeable);
    const constant = Int32Array.from({ length: words.length }, (_, index) => index).filter((index) => !changeable.has(index));
    const constantWords = constant.map((index) => words[index]!);
    store.add(words, live, -1, 0, 0, 0);

    const visit = (operation: Operation): void => {
      current = operation;
      store!.restore(state, words, live);
      before?.(state, operation);
      const done = operations.step(operation, live);
      transitions++;
      after.set(done.live);
      store!.add(words, after, state, operation.kind, operation.a, operation.b);
      if (operation.kind === TRIM && auditor.free !== allFree && !after.some((size) => size !== 0)) {
        throw new Violation('nothing is live, and trim does not give all frames back');
      }
    };
    const blocks: number[] = [];
    for (; state < store.count; state++) {
      if (store.count > statesMax) break;
      current = undefined;
      if (state % CONSTANT_INTERVAL === 0) demandConstant(words, constant, constantWords);
      store.restore(state, words, live);
      const code = core.heap_check!();
      if (code !== 0) throw new Violation(`heap_check() = ${code}`);
      blocks.length = 0;
      for (let granule = 0; granule < live.length; granule++) if (live[granule] !== 0) blocks.push(granule * 16);
      for (const request of requests) visit(request);
      for (const block of blocks) {
        visit({ kind: FREE, a: block, b: 0 });
        for (const size of repertoire.realloc ?? []) visit({ kind: REALLOC, a: block, b: size });
      }
      if (misuses.length > 0) store.restore(state, words, live);
      for (const offset of misuses) {
        if (offset >= 0 && offset % 16 === 0 && offset >> 4 < live.length && live[offset >> 4] !== 0) continue;
        current = { kind: ILLEGAL, a: offset, b: 0 };
        operations.misuse(offset);
        if (!store.isState(state, words)) throw new Violation('free of what is no block was refused, and changed the state');
        illegal++;
      }
    }
    current = undefined;
    demandConstant(words, constant, constantWords);
  } catch (error) {
    if (!(error instanceof Violation) && !(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    const path = store && state < store.count ? store.path(state) : [];
    const sequence = textOf(current === undefined ? path : [...path, current]);
    return { states: store?.count ?? 0, transitions, illegal, failed: { message: error.message, sequence } };
  }
  return { states: store.count, transitions, illegal };
};
