/** Runs the bugs on a target: one uvu test for a case. What a target is stands in ../contract/README.md. */

import path from 'node:path';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../scripts/lib/bundle.ts';
import { constantsOf } from '../../scripts/lib/declarations.ts';
import { CORE_EXTERNAL } from '../../scripts/lib/module.ts';
import { PROFILE_NAMES, type Profile } from '../../scripts/lib/profiles.ts';
import type { CaseSuite } from '../contract/modules.ts';
import { demandPass, inProcess, PLACEMENTS, type Call, type CaseRun, type Placement, type Target } from '../contract/run.ts';
import * as support from './cases/support.ts';
import { rowsOf } from './table.ts';

const CASES = path.join(import.meta.dirname, 'cases');
const ENTRY = path.join(CASES, 'index.ts');

/** The cases' function that judges a stop. */
export const ON_STOP = 'bug_stopped';

/** The profiles that notice bugs. */
export type BugProfile = Exclude<Profile, 'release'>;
export const BUG_PROFILES = PROFILE_NAMES.filter((profile): profile is BugProfile => profile !== 'release');

/** The cases of faulty.ts, and the check that each must fail in either profile. */
const FAULTY: Record<string, Record<BugProfile, number>> = {
  faulty_silence: { hardened: support.FAILED_STOP, debug: support.FAILED_BUGS },
  faulty_stop: { hardened: support.FAILED_WENT_ON, debug: support.FAILED_WENT_ON },
  faulty_block: { hardened: support.FAILED_STOP_ADDRESS, debug: support.FAILED_BLOCK },
};

export const BUGS: CaseSuite = {
  entry: ENTRY,
  further: [
    `export { ${ON_STOP}, bug_notes } from './support.ts';`,
    `export { ${Object.keys(FAULTY).join(', ')} } from '../faulty.ts';`,
  ],
};

/** What `make` makes for each of them; all are made before the first suite runs. */
export const inEachProfile = <T>(make: (profile: BugProfile) => Promise<T>): Promise<{ profile: BugProfile; made: T }[]> =>
  Promise.all(BUG_PROFILES.map(async (profile) => ({ profile, made: await make(profile) })));

/** The names of all cases, in the order in which they run. */
export const bugCases = (): string[] => bundle({ entry: ENTRY, externals: CORE_EXTERNAL }).exports;

/** Every case, and the faulty ones, at every place. */
export const bugRuns = (): CaseRun[] =>
  [...bugCases(), ...Object.keys(FAULTY)].flatMap((name) => PLACEMENTS.map((placement) => ({ name, placement })));

/** The files that hold cases. */
export const bugFiles = (): string[] => fs.readdirSync(CASES).map((name) => path.join(CASES, name));

/** What a check above 100 means, by the name of its constant in cases/support.ts. */
const verdictName = (check: number): string =>
  Object.entries(support).find(([name, value]) => name.startsWith('FAILED_') && value === check)?.[0] ?? '';

/** demandPass for the cases of this suite. */
const demand = (name: string, placement: Placement, target: Target): void => {
  const verdict = target.run(name, placement);
  if ('check' in verdict && verdictName(verdict.check)) {
    throw new Error(`${name} in ${placement.name}: ${verdictName(verdict.check)} (cases/support.ts)`);
  }
  demandPass(name, placement, verdict, bugFiles());
};

/** Runs every case, each at every place, and the faulty ones, whose failure must be noticed. */
export const runBugs = (target: Target, profile: BugProfile): void => {
  const test = suite(`bugs: ${target.name}`);
  for (const name of bugCases()) {
    test(name, () => { for (const placement of PLACEMENTS) demand(name, placement, target); });
  }
  for (const [name, checks] of Object.entries(FAULTY)) {
    test(`${name} is noticed`, () => assert.equal(target.run(name, PLACEMENTS[0]!), { check: checks[profile] }));
  }
  test.run();
};

const codeName = (prefix: string, code: number): string =>
  constantsOf(prefix).find(({ value }) => value === code)!.name.slice(prefix.length);

/** In the words of the table: what the case that has just run at `placement` has noted. */
const seen = (call: Call, { start, size }: Placement): string => {
  const notes = call('bug_notes', start | 0, size);
  const word = (offset: number): number => call('host_load', notes + offset);
  const code = word(support.NOTES_CODE_OFFSET);
  const block = `block ${word(support.NOTES_NUMBER_OFFSET)}`;
  const first = word(support.NOTES_FIRST_OFFSET);
  const count = word(support.NOTES_COUNT_OFFSET);
  const bytes = `${count} ${count === 1 ? 'byte' : 'bytes'}`;
  switch (word(support.NOTES_KIND_OFFSET)) {
    case support.SEEN_STOP: return `stops: ${codeName('PANIC_', code)}`;
    case support.SEEN_CHECK: return `check: ${codeName('CHECK_', code)}`;
    case support.SEEN_LEAK: return `LEAK: ${block}`;
    case support.SEEN_RECORDED: {
      const flags = constantsOf('RECORDED_').filter(({ value }) => (code & value) !== 0);
      return `recorded: ${flags.map((flag) => flag.name.slice('RECORDED_'.length)).join(' + ')}`;
    }
    case support.SEEN_REPORT: {
      const name = codeName('PANIC_', code);
      if (name === 'DOUBLE_FREE') return `${name}: ${block}`;
      if (name === 'INVALID_FREE') return `${name}: no block`;
      if (name === 'UNALIGNED_FREE') return `${name}: offset ${first} of ${block}`;
      if (name === 'STRAY_POINTER') return `${name}: ${codeName('AUDIT_', count)} at offset ${first} of ${block}`;
      if (name === 'SIZE_MISMATCH') return `${name}: ${block} as ${bytes}`;
      return `${name}: ${bytes} at offset ${first} of ${block}`;
    }
    default: return 'silent';
  }
};

/** Whether a cell of the table says what was seen: `seen`, or where that is silence, the reason or that all is well. */
const cellSays = (cell: string, words: string): boolean =>
  (words === 'silent' ? cell === 'in order' || /^silent: \S/.test(cell) : cell === words);

/**
 * runBugs for a target within this process. What the cases note is compared with the table in README.md.
 */
export const runBugsInProcess = (name: string, profile: BugProfile, call: Call): void => {
  const target = inProcess(name, call, { onStop: ON_STOP });
  runBugs(target, profile);
  const test = suite(`bugs: ${name}, as the table says`);
  const [placement] = PLACEMENTS as [Placement];
  for (const row of rowsOf()) {
    test(row.name, () => {
      demand(row.name, placement, target);
      const words = seen(call, placement);
      const cell = row[profile];
      assert.ok(cellSays(cell, words), `README.md says "${cell}", but it is "${words}"`);
    });
  }
  test.run();
};
