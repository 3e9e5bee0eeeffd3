/** Pages and heap with smaller constants: all states; and that the smaller constants are all that is different. */

import { buildCore } from '../../scripts/lib/module.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { Violation } from './buddy/operations.ts';
import { Auditor } from './heap/audit.ts';
import { explore, type Repertoire } from './heap/explore.ts';
import { HeapOperations, parse, textOf } from './heap/operations.ts';
import { constantsOf, scaled, SCALE } from './heap/scale.ts';
import { World, type HeapCore, type WorldPlan } from './heap/world.ts';
import { functionsOf } from './instructions.ts';
import type { Extent, Outcome, Verification } from './verification.ts';

const SCALED_NAME = `tallow.wasm with ${Object.entries(SCALE).map(([name, value]) => `${name} ${value}`).join(', ')}`;

const begin = async (plan: WorldPlan): Promise<{ world: World; binaries: Outcome['binaries'] }> => {
  const overrides = scaled(SCALE);
  const { wasm } = await buildCore({ overrides });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  return { world: new World(exports as HeapCore, plan, await constantsOf(overrides)), binaries: [{ name: SCALED_NAME, wasm }] };
};

const repertoireText = ({ malloc, calloc, aligned, realloc }: Repertoire): string => [
  `malloc of ${malloc.join(', ')}`,
  calloc && `calloc of ${calloc.join(', ')}`,
  aligned && `aligned_alloc of ${aligned.map(([alignment, size]) => `${size} at ${alignment}`).join(', ')}`,
  realloc && `realloc of every live block to ${realloc.join(', ')}`,
  'free of every live block, heap_trim',
].filter(Boolean).join('; ');

const exploration = (
  what: string, plan: WorldPlan, repertoire: Repertoire, extent: Extent, seconds: number,
): Verification => ({
  name: `heap, ${what}: every sequence of operations keeps blocks apart and untouched, and every structure consistent`,
  bounds: `${plan.frames} frames of 128 bytes, room for ${plan.descriptors} descriptors before one is taken, a ring of 2 pages; `
    + `${repertoireText(repertoire)} (bytes); memory filled with 0x${plan.garbage.toString(16)} before heap_init`,
  canonicalisation: 'all words that the heap may change, lists in their order, with the live blocks; dead bytes are '
    + 'overwritten with a pattern, the peak counter with the present count',
  extent,
  seconds,
  run: async () => {
    const { world, binaries } = await begin(plan);
    const { states, transitions, failed } = explore(world, repertoire);
    return { counts: { states, transitions }, binaries, counterexample: failed };
  },
  replay: async (sequence) => {
    const { world, binaries } = await begin(plan);
    const operations = parse(sequence);
    const auditor = new Auditor(world);
    const steps = new HeapOperations(world, auditor);
    const notes: string[] = [];
    auditor.audit();
    let live = new Int32Array(auditor.live.length);
    try {
      for (const operation of operations) {
        notes.push(textOf([operation]));
        if ((operation.kind === 3 || operation.kind === 4) && !live[operation.a >> 4]) throw new Error(`${notes.at(-1)!}: no live block begins there`);
        const done = steps.step(operation, live);
        live = done.live.slice() as Int32Array<ArrayBuffer>;
        const blocks = [...live.entries()].filter(([, size]) => size !== 0).map(([granule, size]) => `${granule * 16}+${size}`);
        notes[notes.length - 1] = `${notes.at(-1)!.padEnd(18)} live: ${blocks.join(' ')}`;
      }
    } catch (error) {
      if (!(error instanceof Violation) && !(error instanceof WebAssembly.RuntimeError)) throw error;
      return { counts: { operations: notes.length }, binaries, notes, counterexample: { message: (error as Error).message } };
    }
    return { counts: { operations: notes.length }, binaries, notes };
  },
});

/** Function by function and instruction by instruction, numbers alone left out. */
const constantsAlone: Verification = {
  name: 'the scaled-down module differs from the shipped one in constants alone',
  bounds: 'every function, local and instruction of both modules; the numbers of i32.const and the offsets of loads and stores left out',
  canonicalisation: 'none',
  extent: 'reduced',
  seconds: 1,
  run: async () => {
    const [shipped, small] = await Promise.all([buildCore(), buildCore({ overrides: scaled(SCALE) })]);
    const binaries = [{ name: 'tallow.wasm as shipped', wasm: shipped.wasm }, { name: SCALED_NAME, wasm: small.wasm }];
    const names = readNames(shipped.wasm).functions;
    const [ours, theirs] = [functionsOf(shipped.wasm), functionsOf(small.wasm)];
    let instructions = 0;
    let constants = 0;
    let wrong: string | undefined;
    if (ours.length !== theirs.length) wrong = `one has ${ours.length} functions, the other ${theirs.length}`;
    for (let index = 0; wrong === undefined && index < ours.length; index++) {
      const [a, b] = [ours[index]!, theirs[index]!];
      const called = names.get(index) ?? String(index);
      if (String(a.locals) !== String(b.locals) || a.instructions.length !== b.instructions.length) wrong = `${called} has other locals, or another length`;
      a.instructions.forEach((instruction, at) => {
        const other = b.instructions[at];
        if (!other || instruction.opcode !== other.opcode || String(instruction.others) !== String(other.others)) {
          wrong ??= `instruction ${at} of ${called} is another one`;
        } else {
          instructions++;
          if (String(instruction.constants) !== String(other.constants)) constants++;
        }
      });
    }
    return { counts: { functions: ours.length, instructions, 'constants that differ': constants }, binaries,
      counterexample: wrong === undefined ? undefined : { message: wrong } };
  },
};

const plan = (frames: number, descriptors: 1 | 2, garbage = 0xff): WorldPlan => ({ frames, descriptors, garbage });

export const verifications: Verification[] = [
  constantsAlone,
  exploration('one class', plan(3, 2), { malloc: [64] }, 'reduced', 2),
  exploration('two classes', plan(3, 2), { malloc: [64, 128], realloc: [64, 128] }, 'full', 6),
  exploration('pages of four blocks', plan(3, 1, 0), { malloc: [32] }, 'full', 12),
  exploration('small and large blocks', plan(3, 1), { malloc: [128, 257], realloc: [128, 257], aligned: [[256, 1]] }, 'reduced', 2),
  exploration('pages of several frames', plan(4, 2, 0xa5), { malloc: [80, 129], aligned: [[256, 1], [512, 257]] }, 'full', 8),
  exploration('odd sizes', plan(3, 1), { malloc: [48, 128], aligned: [[32, 64]] }, 'full', 5),
  exploration('large blocks', plan(8, 2), { malloc: [257, 385], realloc: [257, 385, 513] }, 'full', 2),
  exploration('large blocks, aligned', plan(5, 2), { malloc: [257], aligned: [[256, 1], [256, 200]], realloc: [257, 600] }, 'reduced', 2),
  exploration('calloc', plan(4, 1, 0xa5), { malloc: [200, 129], calloc: [200], realloc: [200, 129, 1000] }, 'full', 2),
  exploration('four frames', plan(4, 2), { malloc: [128] }, 'long', 30),
  exploration('two frames of four blocks', plan(2, 2), { malloc: [32] }, 'long', 30),
];
