/**
 * Runs cases on a target, the contract's among them: one uvu test for a case, each case at several places of the address
 * space. What a target is, and which there are, stands in README.md.
 */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STATE_PANIC_ADDRESS_OFFSET, STATE_PANIC_CODE_OFFSET } from '../../kernel-heap/layout.ts';
import { constantsOf } from '../../scripts/lib/declarations.ts';
import { contractCases } from '../../scripts/lib/kernel-cases.ts';
import { displayPath } from '../../scripts/lib/paths.ts';

/** A region for a case, and what is in it before. */
export interface Placement {
  name: string;
  start: number;
  size: number;
  /** The byte that fills the region; none where it is too large to be filled. */
  garbage?: number;
}

/** Where every case is run: with addresses below, around and above 2 GiB, unaligned, and to the very last byte. */
export const PLACEMENTS: Placement[] = [
  { name: 'low memory', start: 0x20028, size: 0x400000, garbage: 0xa5 },
  { name: 'around 2 GiB', start: 0x7fe80001, size: 0x500123, garbage: 0xff },
  { name: 'the end of the address space', start: 0xffb80010, size: 0x47fff0, garbage: 0 },
];

/** Where the cases of huge.ts are run. */
export const HUGE_PLACEMENT: Placement = { name: 'nearly all of the address space', start: 0x30010, size: 0xf0000000 };

/** Wasm pages of all of the address space. */
const WASM_PAGES = 65536;

/** What became of a case: the number of the check that failed, 0 if none did, or what stopped it. */
export type Verdict = { check: number } | { stopped: string };

export interface Target {
  /** As it is listed in the output. */
  name: string;
  run(name: string, placement: Placement): Verdict;
}

/** Calls a function of numbers; an exception means that the machine has stopped. */
export type Call = (name: string, ...operands: number[]) => number;

/** `PANIC_INVALID_FREE at 0x1234` for what the core left behind when it stopped. */
export const panicText = (code: number, address: number): string => {
  const name = constantsOf('PANIC_').find(({ value }) => value === code)?.name ?? `panic code ${code}`;
  return `${name} at 0x${(address >>> 0).toString(16)}`;
};

/** What the core wrote down before it stopped; undefined if it did not. */
const findPanic = (call: Call, { start, size }: Placement): { code: number; address: number } | undefined => {
  const state = call('host_find_panic', start | 0, size);
  if (state === 0) return undefined;
  const word = (offset: number): number => call('host_load', state + offset);
  return { code: word(STATE_PANIC_CODE_OFFSET), address: word(STATE_PANIC_ADDRESS_OFFSET) };
};

/**
 * A target within this process, made of the functions of cases and host.ts.
 *
 * @param options.onStop the cases' function (start, size, code, address) => check for cases that make the core stop;
 *   without it, a stop is a failure
 */
export const inProcess = (name: string, call: Call, { onStop }: { onStop?: string } = {}): Target => {
  if (call('host_reserve', WASM_PAGES) === 0) throw new Error(`${name}: no 4 GiB of memory are to be had`);
  return {
    name,
    run(caseName, placement) {
      if (placement.garbage !== undefined) call('host_fill', placement.start | 0, placement.size, placement.garbage);
      try {
        return { check: call(caseName, placement.start | 0, placement.size | 0) };
      } catch (error) {
        const [reason] = (error as Error).message.split('\n');
        const panic = findPanic(call, placement);
        if (!panic) return { stopped: reason! };
        const { code, address } = panic;
        if (onStop) return { check: call(onStop, placement.start | 0, placement.size | 0, code, address) };
        return { stopped: `${panicText(code, address)}, ${reason}` };
      } finally {
        call('host_forget');
      }
    },
  };
};

/** The files that hold the contract's cases. */
export const caseFiles = (): string[] => {
  const cases = fs.readdirSync(path.join(import.meta.dirname, 'cases')).filter((name) => name.endsWith('.ts'));
  const names = [...cases.map((name) => `cases/${name}`), 'huge.ts', 'faulty.ts'];
  return names.map((name) => path.join(import.meta.dirname, name));
};

/** File, line and text of check `check` of a case, as far as it stands in the case's own function. */
const checkPlace = (name: string, check: number, files: string[]): string => {
  for (const file of files) {
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const first = lines.findIndex((line) => line.startsWith(`export const ${name} = (`));
    if (first === -1) continue;
    const last = lines.findIndex((line, index) => index > first && line === '};');
    const place = lines.findIndex((line, index) => index > first && index < last && line.includes(`return ${check};`));
    if (place === -1) return `, ${displayPath(file)}:${first + 1}`;
    return `, ${displayPath(file)}:${place + 1}: ${lines[place]!.trim()}`;
  }
  return '';
};

/** Throws unless the case, which is one in `files`, has passed, with all that is known. */
export const demandPass = (
  name: string, placement: Placement, verdict: Verdict, files: string[] = caseFiles(),
): void => {
  if ('stopped' in verdict) throw new Error(`${name} in ${placement.name}: stopped by ${verdict.stopped}`);
  if (verdict.check !== 0) {
    throw new Error(`${name} in ${placement.name}: check ${verdict.check} failed${checkPlace(name, verdict.check, files)}`);
  }
};

/** The cases of huge.ts. */
export const HUGE_CASES = ['huge_blocks', 'huge_small_blocks', 'huge_one_block'];

/** The cases of faulty.ts. */
export const FAULTY_CASES = ['faulty_check', 'faulty_free', 'faulty_trap'];

/** One case in one place. */
export interface CaseRun { name: string; placement: Placement }

/** Every run that runContract wants of a target. */
export const contractRuns = (): CaseRun[] => [
  ...[...contractCases(), ...FAULTY_CASES].flatMap((name) => PLACEMENTS.map((placement) => ({ name, placement }))),
  ...HUGE_CASES.map((name) => ({ name, placement: HUGE_PLACEMENT })),
];

/**
 * Runs every case on the target, and the faulty ones, whose failure must be noticed.
 *
 * @param options.without cases that the target is not asked for
 */
export const runContract = (target: Target, { without = [] }: { without?: string[] } = {}): void => {
  const test = suite(`contract: ${target.name}`);
  const wanted = (name: string): boolean => !without.includes(name);
  test('the cases left out are cases', () => {
    const known = [...contractCases(), ...HUGE_CASES];
    assert.equal(without.filter((name) => !known.includes(name)), []);
  });
  for (const name of contractCases().filter(wanted)) {
    test(name, () => {
      for (const placement of PLACEMENTS) demandPass(name, placement, target.run(name, placement));
    });
  }
  for (const name of HUGE_CASES.filter(wanted)) test(name, () => demandPass(name, HUGE_PLACEMENT, target.run(name, HUGE_PLACEMENT)));

  const [placement] = PLACEMENTS as [Placement];
  const failure = (name: string): string => {
    try {
      demandPass(name, placement, target.run(name, placement));
    } catch (error) {
      return (error as Error).message;
    }
    return 'passed';
  };
  test('a failed check is noticed', () => {
    assert.match(failure('faulty_check'), 'faulty_check in low memory: check 3 failed');
  });
  test('misuse that stops the core is noticed', () => {
    const address = placement.start + (placement.size >> 1);
    assert.match(failure('faulty_free'), `faulty_free in low memory: stopped by ${panicText(1, address)}`);
    assert.match(panicText(1, address), 'PANIC_INVALID_FREE at 0x');
  });
  test('a case that traps is noticed', () => {
    assert.match(failure('faulty_trap'), 'faulty_trap in low memory: stopped by ');
  });
  test.run();
};
