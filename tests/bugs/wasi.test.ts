/** The bugs in a C program on WASI that is linked with the libraries: the same cases, by the standard names. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { C_FUNCTIONS } from '../../scripts/lib/c-names.ts';
import { DIST } from '../../scripts/lib/paths.ts';
import { writeProduct } from '../../scripts/lib/products.ts';
import { engineNamed, Trap, type Outcome } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram } from '../../scripts/lib/wasi-program.ts';
import { verdictsIn } from '../contract/c-verdicts.ts';
import { casesC } from '../contract/native.ts';
import type { Target } from '../contract/run.ts';
import { BUGS, bugRuns, inEachProfile, ON_STOP, runBugs, type BugProfile } from './run.ts';

const SOURCE = path.join(import.meta.dirname, 'wasi.c');
const CASES = [...new Set(bugRuns().map(({ name }) => name))];

/** The functions by their standard names, where they have one. */
const functions = C_FUNCTIONS.map((f) => ({ ...f, name: f.standard ?? f.name }));

const build = async (profile: BugProfile, ...flags: string[]): Promise<Uint8Array> => {
  // Always at the same place, so that the program is compiled once.
  const folder = path.join(DIST, 'tests/bugs', profile);
  const text = await casesC({ suite: BUGS, profile, runs: bugRuns(), onStop: ON_STOP, functions });
  writeProduct(path.join(folder, 'cases.c'), Buffer.from(text));
  return buildWasiProgram(SOURCE, { allocator: profile, flags: ['-fno-builtin', '-Wno-unused-function', `-I${folder}`, ...flags] });
};

const node = engineNamed('node');

/**
 * What the program says of every case; its region is where it is, whatever the placement. A case that stops the core ends
 * it, so it is begun again with the rest.
 */
const targetOf = async (name: string, program: Uint8Array): Promise<Target> => {
  const verdicts = new Map<string, string>();
  for (let rest = CASES; rest.length > 0; rest = CASES.filter((found) => !verdicts.has(found))) {
    const { exitCode, stdout, stderr } = await node.run(program, { args: rest });
    const told = verdictsIn(stdout);
    if (told.size === 0) throw new Error(`the program ends with ${exitCode} at ${rest[0]}\n${stderr}`);
    for (const [found, verdict] of told) verdicts.set(found, verdict);
  }
  const checkOf = (verdict: string): number => (verdict === 'ok' ? 0 : Number(verdict.replace('check ', '')));
  return { name, run: (found) => ({ check: checkOf(verdicts.get(found)!) }) };
};

/** What the program says on its standard error, whether it ends by a trap or not. */
const said = async (program: Uint8Array, name: string): Promise<{ end: string; stderr: string }> => {
  try {
    const { exitCode, stderr }: Outcome = await node.run(program, { args: [name] });
    return { end: `exit code ${exitCode}`, stderr };
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { end: 'trap', stderr: error.stderr };
  }
};

const targets = await inEachProfile(async (profile) => targetOf(`wasi, ${profile}`, await build(profile)));
for (const { profile, made } of targets) runBugs(made, profile);

/** What the libraries themselves say of some of them, and how the program ends. */
const SAID: Record<BugProfile, Record<string, [end: string, stderr: RegExp]>> = {
  hardened: {
    double_free_small: ['trap', /^tallow: double free: 0x[\da-f]{8}\n$/],
    unaligned_free_large: ['trap', /^tallow: free of an address inside of a block: 0x[\da-f]{8}\n$/],
    write_after_free_small: ['trap', /^tallow: a free block was written to: 0x[\da-f]{8}\n$/],
    double_free_small_good: ['exit code 0', /^$/],
  },
  debug: {
    overflow_small_8_byte: ['exit code 0',
      /^tallow: overflow: 8 bytes behind block 1 of 64 bytes at 0x[\da-f]{8} were overwritten, the first at offset 64, which holds 0x41\n$/],
    kmem_cache_double_destroy: ['trap', /^tallow: this is no heap: 0x[\da-f]{8}\n$/],
    overflow_small_8_byte_good: ['exit code 0', /^$/],
  },
};

const texts = await inEachProfile((profile) => build(profile, '-DLIBRARY_PANIC'));
for (const { profile, made: program } of texts) {
  const test = suite(`bugs: wasi, ${profile}, as the library tells them`);
  for (const [name, [end, stderr]] of Object.entries(SAID[profile])) {
    test(name, async () => {
      const outcome = await said(program, name);
      assert.match(outcome.stderr, stderr);
      assert.is(outcome.end, end);
    });
  }
  test.run();
}
