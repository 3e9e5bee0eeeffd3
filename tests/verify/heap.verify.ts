/** Pages and heap with smaller constants: all states; and that the smaller constants are all that is different. */

import { withMemoryMax } from '../../scripts/lib/bench/footprint.ts';
import { buildCore } from '../../scripts/lib/module.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';
import { exportsOf } from '../../scripts/lib/wasm-exports.ts';
import { Violation } from './buddy/operations.ts';
import { Auditor } from './heap/audit.ts';
import { explore, type Repertoire } from './heap/explore.ts';
import { HeapOperations, parse, textOf } from './heap/operations.ts';
import { constantsOf, HARDENED, RELEASE, scaled, type Scale } from './heap/scale.ts';
import { World, type HeapCore, type WorldPlan } from './heap/world.ts';
import { functionsOf, type FunctionCode } from './instructions.ts';
import type { Extent, Outcome, Verification } from './verification.ts';

const nameOf = ({ profile, constants }: Scale): string =>
  `${profile} core with ${Object.entries(constants).map(([name, value]) => `${name} ${value}`).join(', ')}`;

const begin = async (scale: Scale, plan: WorldPlan): Promise<{ world: World; binaries: Outcome['binaries'] }> => {
  const { wasm } = await buildCore({ profile: scale.profile, overrides: scaled(scale) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module((plan.grows ? withMemoryMax(wasm, 1) : wasm) as BufferSource));
  return { world: new World(exports as HeapCore, plan, await constantsOf(scale)), binaries: [{ name: nameOf(scale), wasm }] };
};

const repertoireText = ({ malloc, calloc, aligned, realloc, illegal }: Repertoire): string => [
  `malloc of ${malloc.join(', ')}`,
  calloc && `calloc of ${calloc.join(', ')}`,
  aligned && `aligned_alloc of ${aligned.map(([alignment, size]) => `${size} at ${alignment}`).join(', ')}`,
  realloc && `realloc of every live block to ${realloc.join(', ')}`,
  'free of every live block, heap_trim',
  illegal && 'free of every address that is no live block: each multiple of 16 around the region, odd and far ones',
].filter(Boolean).join('; ');

const exploration = (
  what: string, scale: Scale, plan: WorldPlan, repertoire: Repertoire, extent: Extent, seconds: number,
): Verification => ({
  name: `${scale.profile === 'release' ? 'heap' : `${scale.profile} heap`}, ${what}: every sequence of operations keeps blocks apart and untouched, and every structure consistent`,
  bounds: `${plan.frames} frames of ${2 ** scale.constants.FRAME_SHIFT!} bytes, room for ${plan.descriptors} descriptors before one is taken, 2 slots for retired pages; `
    + (plan.grows ? 'a memory that grows, and cannot grow further; one idle node; ' : '')
    + `${repertoireText(repertoire)} (bytes); memory filled with 0x${plan.garbage.toString(16)} before heap_init`,
  canonicalisation: 'all words that the heap may change, lists in their order, with the live blocks; dead bytes are '
    + 'overwritten with a pattern, the peak counter with the present count',
  extent,
  seconds,
  run: async () => {
    const { world, binaries } = await begin(scale, plan);
    const { states, transitions, illegal, failed } = explore(world, repertoire);
    const counts = { states, transitions, ...(repertoire.illegal ? { 'illegal frees refused': illegal } : {}) };
    return { counts, binaries, counterexample: failed };
  },
  replay: async (sequence) => {
    const { world, binaries } = await begin(scale, plan);
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

/** What explorations call. */
const EXPLORED = ['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc', 'malloc_usable_size', 'heap_init', 'heap_trim', 'heap_check'];

const CALL = 0x10;
const I32_CONST = 0x41;
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;

/**
 * A function without its numbers, the functions that it calls by their names. The optimiser writes x + 64 as x - -64,
 * which is shorter: both are the addition.
 */
const shapeOf = ({ locals, instructions }: FunctionCode, names: Map<number, string>): string => {
  const list = instructions.map(({ opcode, others }, at) => [
    opcode === I32_SUB && instructions[at - 1]?.opcode === I32_CONST ? I32_ADD : opcode,
    opcode === CALL ? [names.get(others[0]!)] : others,
  ]);
  return JSON.stringify([locals, list]);
};

/** Function by function and instruction by instruction, numbers alone left out. */
const constantsAlone = (scale: Scale): Verification => ({
  name: `the scaled-down ${scale.profile} module differs from the shipped one in constants alone`,
  bounds: `every function that ${EXPLORED.join(', ')} lead to: locals and instructions; the numbers of i32.const and the `
    + 'offsets of loads and stores left out; subtracting a constant is adding its negative',
  canonicalisation: 'none',
  extent: 'reduced',
  seconds: 2,
  run: async () => {
    const { profile } = scale;
    const [shipped, small] = await Promise.all([buildCore({ profile }), buildCore({ profile, overrides: scaled(scale) })]);
    const binaries = [{ name: `tallow.wasm as shipped, ${profile}`, wasm: shipped.wasm }, { name: nameOf(scale), wasm: small.wasm }];
    const names = readNames(shipped.wasm).functions;
    const smallNames = readNames(small.wasm).functions;
    const smallIndices = new Map([...smallNames].map(([index, name]) => [name, index]));
    const [ours, theirs] = [functionsOf(shipped.wasm), functionsOf(small.wasm)];
    // By its exports: the function behind one may have another name.
    const reached = new Set(exportsOf(shipped.wasm).filter(({ name }) => EXPLORED.includes(name)).map(({ index }) => index));
    for (const index of reached) {
      for (const { opcode, others } of ours[index]!.instructions) if (opcode === CALL) reached.add(others[0]!);
    }
    let instructions = 0;
    let constants = 0;
    let wrong = ours.length === theirs.length ? undefined : `one has ${ours.length} functions, the other ${theirs.length}`;
    const elsewhere: string[] = [];
    for (let index = 0; wrong === undefined && index < ours.length; index++) {
      const called = names.get(index)!;
      const [a, b] = [ours[index]!, theirs[smallIndices.get(called) ?? -1]];
      const same = b !== undefined && shapeOf(a, names) === shapeOf(b, smallNames);
      if (!same && reached.has(index)) wrong = `${called} has other instructions`;
      else if (!same) elsewhere.push(called);
      if (!same || !reached.has(index)) continue;
      instructions += a.instructions.length;
      constants += a.instructions.filter(({ constants: list }, at) => String(list) !== String(b.instructions[at]!.constants)).length;
    }
    return {
      counts: { functions: reached.size, instructions, 'constants that differ': constants },
      binaries,
      notes: elsewhere.length === 0 ? [] : [`not called here, and optimised differently: ${elsewhere.join(', ')}`],
      counterexample: wrong === undefined ? undefined : { message: wrong },
    };
  },
});

const SIZE_MAX = 70_000;

/** Every size class of the shipped core: multiples of 16 up to 128, then four to a doubling, up to 8 KiB. */
const allClasses = (): number[] => {
  const sizes = Array.from({ length: 8 }, (_, index) => 16 * (index + 1));
  for (let doubling = 128; doubling < 8192; doubling *= 2) for (let quarter = 1; quarter <= 4; quarter++) sizes.push(doubling + quarter * doubling / 4);
  return sizes;
};

/** The block that each size gets, by the public functions of the module as it is shipped. */
const everySize = (profile: Profile): Verification => ({
  name: `${profile}: every size gets the smallest class that holds it, or the fewest frames`,
  bounds: `sizes 0 to ${SIZE_MAX.toLocaleString('en')}, each allocated and freed once in a heap of 8 MiB: usable size, alignment, end within the memory`,
  canonicalisation: 'none',
  extent: 'reduced',
  seconds: 1,
  run: async (): Promise<Outcome> => {
    const { wasm } = await buildCore({ profile });
    const core = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as HeapCore;
    core.memory.grow(128);
    core.heap_init!(16, 8 << 20);
    const classes = allClasses();
    const binaries = [{ name: `tallow.wasm as shipped, ${profile}`, wasm }];
    for (let size = 0; size <= SIZE_MAX; size++) {
      const address = core.malloc!(size);
      const usable = core.malloc_usable_size!(address);
      const expected = classes.find((classSize) => classSize >= size) ?? Math.ceil(size / 4096) * 4096;
      if (address === 0 || address % 16 !== 0 || usable !== expected || address + usable > 16 + (8 << 20)) {
        const message = `malloc(${size}) gives ${usable} bytes at 0x${address.toString(16)}, not ${expected}`;
        return { counts: { sizes: size }, binaries, counterexample: { message } };
      }
      core.free!(address);
    }
    return { counts: { sizes: SIZE_MAX + 1 }, binaries };
  },
});

const plan = (frames: number, descriptors: number, garbage = 0xff, grows = false): WorldPlan => ({ frames, descriptors, garbage, grows });

/** A plan whose heap would take more memory, if there were any. */
const growing = (frames: number, descriptors: number): WorldPlan => plan(frames, descriptors, 0xff, true);

export const verifications: Verification[] = [
  constantsAlone(RELEASE),
  constantsAlone(HARDENED),
  everySize('release'),
  everySize('hardened'),
  exploration('one class', RELEASE, plan(3, 2), { malloc: [64] }, 'reduced', 2),
  exploration('two classes', RELEASE, plan(3, 2), { malloc: [64, 128], realloc: [64, 128] }, 'full', 6),
  exploration('pages of four blocks', RELEASE, plan(3, 1, 0), { malloc: [32] }, 'full', 12),
  exploration('small and large blocks', RELEASE, plan(3, 1), { malloc: [128, 257], realloc: [128, 257], aligned: [[256, 1]] }, 'reduced', 2),
  exploration('pages of several frames', RELEASE, plan(4, 2, 0xa5), { malloc: [80, 129], aligned: [[256, 1], [512, 257]] }, 'full', 8),
  exploration('odd sizes', RELEASE, plan(3, 1), { malloc: [48, 128], aligned: [[32, 64]] }, 'full', 5),
  exploration('large blocks', RELEASE, plan(8, 2), { malloc: [257, 385], realloc: [257, 385, 513] }, 'full', 2),
  exploration('lazy blocks', RELEASE, growing(9, 2), { malloc: [257, 513], realloc: [257, 385, 513] }, 'full', 2),
  exploration('lazy blocks, short of descriptors', RELEASE, growing(9, 1), { malloc: [257, 513], realloc: [257, 385, 513] }, 'reduced', 1),
  exploration('lazy and small blocks', RELEASE, growing(6, 1), { malloc: [129, 257], realloc: [257, 129] }, 'reduced', 2),
  exploration('large blocks, aligned', RELEASE, plan(5, 2), { malloc: [257], aligned: [[256, 1], [256, 200]], realloc: [257, 600] }, 'reduced', 2),
  exploration('calloc', RELEASE, plan(4, 1, 0xa5), { malloc: [200, 129], calloc: [200], realloc: [200, 129, 1000] }, 'full', 2),
  exploration('small and large blocks', HARDENED, plan(4, 1), { malloc: [1024, 2049], realloc: [1024, 2049], illegal: true }, 'reduced', 6),
  exploration('lazy blocks', HARDENED, growing(9, 2), { malloc: [2049], realloc: [2049, 3073], illegal: true }, 'full', 6),
  exploration('one class', HARDENED, plan(2, 2), { malloc: [512], illegal: true }, 'full', 10),
  exploration('pages of several frames', HARDENED, plan(4, 2, 0xa5), { malloc: [640, 2048], aligned: [[2048, 1]] }, 'long', 60),
  exploration('lazy blocks, twelve frames', RELEASE, growing(12, 2), { malloc: [257, 513], realloc: [257, 385, 513] }, 'long', 60),
  exploration('four frames', RELEASE, plan(4, 2), { malloc: [128] }, 'long', 30),
  exploration('two frames of four blocks', RELEASE, plan(2, 2), { malloc: [32] }, 'long', 30),
];
