/** Whether the explorations find what is wrong: on cores that are wrong on purpose. */

import fs from 'node:fs';
import path from 'node:path';
import { buildCore } from '../../scripts/lib/module.ts';
import { CORE } from '../../scripts/lib/paths.ts';
import { BUDDY_FUNCTIONS } from './buddy/arena.ts';
import { RELEASE, scaled, scaleOf } from './heap/scale.ts';
import { KNOWN_BUGS } from './mutation/known.ts';
import { moduleMutations, sourceMutations, type ModuleMutation } from './mutation/operators.ts';
import { Judge } from './mutation/pool.ts';
import type { Mutant } from './mutation/process.ts';
import { reasonFor } from './mutation/survivors.ts';
import { openCore } from './modules.ts';
import type { Extent, Outcome, Verification } from './verification.ts';

const sourceOf = (file: string): string => fs.readFileSync(path.join(CORE, file), 'utf8');

const CHECKED = 'ten explorations of the scaled-down heap, each up to 1,200 states, every size and alignment once, and the '
  + 'inductive step of the buddy on 7 and on 8 frames; an unchanged core passes';

const knownBugs: Verification = {
  name: `every one of ${KNOWN_BUGS.length} known bugs is found, with the operations that show it`,
  bounds: `bugs of published buddies that were called verified, and relatives, in the TypeScript; ${CHECKED}`,
  canonicalisation: 'as in the explorations',
  extent: 'full',
  seconds: 15,
  run: async (): Promise<Outcome> => {
    const judge = new Judge();
    const notes: string[] = [];
    let message: string | undefined;
    try {
      for (const profile of ['release', 'hardened'] as const) {
        await judge.calibrate({ profile, scaledDown: scaled(scaleOf(profile)), asShipped: new Map() });
      }
      for (const { name, file, original, replacement, profile } of KNOWN_BUGS) {
        const parts = sourceOf(file).split(original);
        if (parts.length !== 2) throw new Error(`kernel-heap/${file} has the text that "${name}" replaces ${parts.length - 1} times, not once`);
        const changed = new Map([[path.join(CORE, file), parts.join(replacement)]]);
        const caught = await judge.judge({ profile, scaledDown: scaled(scaleOf(profile), changed), asShipped: changed });
        if (!caught) message = `${message === undefined ? 'not found' : message}: ${name}`;
        else notes.push(`${name}: ${caught.sequence || 'at once'}: ${caught.message}`);
      }
    } finally {
      judge.end();
    }
    return { counts: { 'bugs found': notes.length }, binaries: [], notes, counterexample: message === undefined ? undefined : { message } };
  },
};

/** The share of mutants that have to be found for the claim to hold. Those that are not are listed. */
const FOUND_MIN = 0.6;

interface Named { name: string; mutant: Mutant; trapped?: Mutant }

/** `count` of them, evenly spread. */
const spread = <T>(all: T[], count: number): T[] =>
  (all.length <= count ? all : Array.from({ length: count }, (_, index) => all[Math.floor(index * all.length / count)]!));

const judgeAll = async (
  unchanged: Mutant, mutants: Named[], total: number, binaries: Outcome['binaries'], say: (progress: string) => void,
): Promise<Outcome> => {
  const judge = new Judge();
  const survivors: string[] = [];
  let found = 0;
  let unreached = 0;
  try {
    await judge.calibrate(unchanged);
    for (const [index, { name, mutant, trapped }] of mutants.entries()) {
      say(`${index} of ${mutants.length} mutants, ${survivors.length} survive`);
      if (await judge.judge(mutant)) {
        found++;
      } else if (trapped && !(await judge.judge(trapped))) {
        unreached++;
      } else {
        survivors.push(name);
      }
    }
  } finally {
    judge.end();
  }
  const judged = mutants.length - unreached;
  const unexplained = survivors.filter((name) => reasonFor(name) === undefined).length;
  const counts = {
    mutants: mutants.length, of: total, found, 'never executed': unreached, survive: survivors.length, 'of these not explained': unexplained,
  };
  const notes = survivors.map((name) => `survives: ${name} (${reasonFor(name) ?? 'not explained'})`);
  const counterexample = found >= FOUND_MIN * judged ? undefined
    : { message: `only ${found} of ${judged} mutants that are executed were found` };
  return { counts, binaries, notes, counterexample };
};

/** Functions that explorations do not call, or only once, with the one region that they have. */
const NOT_EXPLORED = /^(check|walk|heap_|heapBegin|cabi|stats|memalign|region|table|spanAllocGrown|free_)/;

const moduleMutants = (count: number, extent: Extent, seconds: number): Verification => ({
  name: `${count === Infinity ? 'all' : count} mutants of the optimised module: explorations find them`,
  bounds: `operators exchanged, constants one more, stores and branches left out, in the functions that explorations call, initialisation left out; ${CHECKED}; `
    + 'four times the time of the unchanged core for each',
  canonicalisation: 'a mutant whose place can be made a trap without being noticed is never executed',
  extent,
  seconds,
  run: async (say) => {
    const [{ wasm }, { opened }] = await Promise.all([buildCore({ overrides: scaled(RELEASE) }), openCore(BUDDY_FUNCTIONS)]);
    // The two differ in constants alone, so a place in the one is a place in the other; what a constant is named by is not.
    const [small, shipped] = [wasm, opened].map((module) => moduleMutations(module, (name) => !NOT_EXPLORED.test(name))) as
      [ModuleMutation[], ModuleMutation[]];
    const twins = new Map(shipped.map((mutation) => [mutation.place, mutation]));
    const all = small.filter(({ place }) => twins.has(place));
    const mutants = spread(all, count).map(({ place, name, wasm: scaledDown, trapped }): Named => {
      const twin = twins.get(place)!;
      return {
        name,
        mutant: { profile: 'release', scaledDown, asShipped: twin.wasm },
        trapped: { profile: 'release', scaledDown: trapped, asShipped: twin.trapped },
      };
    });
    return judgeAll({ profile: 'release', scaledDown: wasm, asShipped: opened }, mutants, all.length, [{ name: 'release core scaled down', wasm }], say);
  },
});

/** The files whose mutants are of interest: what explorations execute. */
const MUTATED_FILES = [
  'bitmap.ts', 'buddy.ts', 'frame-table.ts', 'heap.ts', 'large.ts', 'page-queue.ts', 'page.ts', 'retire.ts', 'size-class.ts', 'span.ts',
];

const sourceMutants = (count: number, extent: Extent, seconds: number): Verification => ({
  name: `${count === Infinity ? 'all' : count} mutants of the TypeScript: explorations find them`,
  bounds: `operators exchanged, statements left out, in ${MUTATED_FILES.join(', ')}; ${CHECKED}; four times the time of the unchanged core for each`,
  canonicalisation: 'as in the explorations',
  extent,
  seconds,
  run: (say) => {
    const all = MUTATED_FILES.flatMap((file) => sourceMutations(file, sourceOf(file)).map((mutation) => ({ file, ...mutation })));
    const mutantOf = (file: string, text: string): Mutant => {
      const changed = new Map([[path.join(CORE, file), text]]);
      return { profile: 'release', scaledDown: scaled(RELEASE, changed), asShipped: changed };
    };
    const mutants = spread(all, count).map(({ file, name, text, trapped }): Named =>
      ({ name, mutant: mutantOf(file, text), trapped: mutantOf(file, trapped) }));
    return judgeAll({ profile: 'release', scaledDown: scaled(RELEASE), asShipped: new Map() }, mutants, all.length, [], say);
  },
});

export const verifications: Verification[] = [
  knownBugs,
  moduleMutants(16, 'full', 10),
  sourceMutants(6, 'full', 8),
  moduleMutants(Infinity, 'long', 1500),
  sourceMutants(Infinity, 'long', 1500),
];
