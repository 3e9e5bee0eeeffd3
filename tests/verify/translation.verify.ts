/** What the compiler, the optimiser and the way to C make of the TypeScript: the same results and the same memory. */

import { buildCore } from '../../scripts/lib/module.ts';
import { buildReferenceCore } from '../../scripts/lib/reference.ts';
import { buildCores } from '../fuzz/cores.ts';
import { PLANS, runPlan, WASM_PAGES, type Core } from '../fuzz/operations.ts';
import { Violation } from './buddy/operations.ts';
import { explore, type Repertoire } from './heap/explore.ts';
import { ALIGNED, CALLOC, MALLOC, REALLOC, textOf, TRIM, type Operation } from './heap/operations.ts';
import { constantsOf, RELEASE, scaled } from './heap/scale.ts';
import { World, type HeapCore, type WorldPlan } from './heap/world.ts';
import { Script } from './translation/native.ts';
import type { Extent, Outcome, Verification } from './verification.ts';

/** The call that an operation is. */
const callOf = ({ kind, a, b }: Operation, origin: number): [name: string, operands: number[]] => {
  switch (kind) {
    case MALLOC: return ['malloc', [a]];
    case CALLOC: return ['calloc', [1, a]];
    case ALIGNED: return ['aligned_alloc', [a, b]];
    case REALLOC: return ['realloc', [origin + a, b]];
    case TRIM: return ['heap_trim', []];
    default: return ['free', [origin + a]];
  }
};

const graph = (what: string, plan: WorldPlan, repertoire: Repertoire, extent: Extent, seconds: number): Verification => ({
  name: `translation, ${what}: TypeScript, raw module, optimised module and C agree state by state`,
  bounds: `every operation from every state of an exploration (${plan.frames} frames of 128 bytes; malloc of ${repertoire.malloc.join(', ')}): `
    + 'results, and all words from the state record to the end of the region; for C a 32-bit hash of the words',
  canonicalisation: 'as in the exploration; each build is set to the state before each operation',
  extent,
  seconds,
  run: async (): Promise<Outcome> => {
    const overrides = scaled(RELEASE);
    const constants = await constantsOf(RELEASE);
    const [optimised, raw, reference] = await Promise.all([
      buildCore({ overrides }), buildCore({ overrides, raw: true }), buildReferenceCore({ overrides }),
    ]);
    const instantiate = (wasm: Uint8Array): HeapCore =>
      new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as HeapCore;
    const lead = new World(instantiate(optimised.wasm), plan, constants);
    const builds: [name: string, world: World][] = [
      ['optimised module', new World(instantiate(optimised.wasm), plan, constants)],
      ['raw module', new World(instantiate(raw.wasm), plan, constants)],
      ['TypeScript', new World(reference.instantiate() as HeapCore, plan, constants)],
    ];
    const [, first] = builds[0]!;
    const length = lead.endWord - lead.firstWord;
    const origin = lead.firstFrame * lead.frameSize;
    const script = new Script(65536, plan.garbage, lead.firstWord, length);
    script.call('heap_init', [lead.state, 4 * lead.endWord - lead.state], plan.frames, first.words.subarray(lead.firstWord, lead.endWord));
    const image = new Int32Array(length);
    const { states, transitions, failed } = explore(lead, repertoire, Infinity, (_state, operation) => {
      image.set(lead.words.subarray(lead.firstWord, lead.endWord));
      const [name, operands] = callOf(operation, origin);
      const results = builds.map(([, { core, words, firstWord }]) => {
        words.set(image, firstWord);
        return (core[name]!(...operands) ?? 0) >>> 0;
      });
      for (const [index, [build, { words }]] of builds.entries()) {
        if (results[index] !== results[0]) {
          throw new Violation(`${textOf([operation])} gives ${results[index]!} on the ${build}, ${results[0]!} on the optimised module`);
        }
        for (let word = lead.firstWord; word < lead.endWord; word++) {
          if (words[word] === first.words[word]) continue;
          throw new Violation(`${textOf([operation])} leaves another word at 0x${(4 * word).toString(16)} on the ${build}`);
        }
      }
      script.set(image);
      script.call(name, operands, results[0]!, first.words.subarray(lead.firstWord, lead.endWord));
    });
    const binaries = [{ name: 'release core scaled down', wasm: optimised.wasm }, { name: 'release core scaled down, raw', wasm: raw.wasm }];
    if (failed) return { counts: { states, transitions }, binaries, counterexample: failed };
    const { different, binary } = await script.run(overrides);
    return { counts: { states, transitions, 'calls in C': script.calls }, binaries: [...binaries, binary],
      counterexample: different === undefined ? undefined : { message: different } };
  },
});

const OPERATIONS = 10_000_000;
const SEED = 1;

/** A core that does what the optimised module does, and writes the calls down. */
const recorded = (core: Core, script: Script): Core => ({
  ...core,
  name: 'C',
  call: (name, ...operands) => {
    const result = core.call(name, ...operands);
    script.call(name, operands, result);
    return result;
  },
});

/** Functions of a void result answer 0 in C; what they write is compared by what comes later. */
const random = (shape: string): Verification => ({
  name: `translation, ${shape}: the builds agree on random operations`,
  bounds: `${(OPERATIONS / Object.keys(PLANS).length).toLocaleString('en')} operations of the fuzz's shape "${shape}", seed ${SEED}, on the shipped sizes: `
    + 'results, and the memory every 5,000 operations; in C the results alone, where the region is fixed (C cannot grow memory)',
  canonicalisation: 'none',
  extent: 'long',
  seconds: 300,
  run: async (): Promise<Outcome> => {
    const plan = { ...PLANS[shape]!, seed: SEED, operations: OPERATIONS / Object.keys(PLANS).length };
    const [builds, optimised] = await Promise.all([buildCores(), buildCore()]);
    const cores = builds.instantiate(WASM_PAGES);
    const script = new Script(WASM_PAGES * 65536, 0, 0, 0);
    const inC = plan.region !== 0;
    // The recorder has an instance of its own.
    if (inC) cores.push(recorded(builds.instantiate(WASM_PAGES)[2]!, script));
    const binaries = [{ name: 'tallow.wasm as shipped', wasm: optimised.wasm }];
    try {
      runPlan(cores, plan);
    } catch (error) {
      return { counts: {}, binaries, counterexample: { message: (error as Error).message } };
    }
    if (!inC) return { counts: { operations: plan.operations }, binaries };
    const { different, binary } = await script.run();
    return { counts: { operations: plan.operations, 'calls in C': script.calls }, binaries: [...binaries, binary],
      counterexample: different === undefined ? undefined : { message: different } };
  },
});

const plan = (frames: number, descriptors: number): WorldPlan => ({ frames, descriptors, garbage: 0xff });

export const verifications: Verification[] = [
  graph('small and large blocks', plan(3, 1), { malloc: [128, 257], realloc: [128, 257], aligned: [[256, 1]] }, 'reduced', 6),
  graph('calloc', plan(4, 1), { malloc: [200, 129], calloc: [200], realloc: [200, 129, 1000] }, 'full', 5),
  graph('one class', plan(3, 2), { malloc: [64] }, 'full', 6),
  graph('pages of several frames', plan(4, 2), { malloc: [80, 129], aligned: [[256, 1], [512, 257]] }, 'long', 60),
  ...Object.keys(PLANS).map(random),
];
