/** The bugs on the C build, compiled for this machine as it is meant to be, and with the compiler watching. */

import { nativeTarget, SANITIZERS } from '../contract/native.ts';
import type { Target } from '../contract/run.ts';
import { BUGS, bugRuns, inEachProfile, ON_STOP, runBugs, type BugProfile } from './run.ts';

const COMPILERS: Record<string, string[]> = { native: ['-O2'], 'native with sanitizers': SANITIZERS };

const cases = { suite: BUGS, runs: bugRuns(), onStop: ON_STOP };
const targets: { profile: BugProfile; made: Target }[] = [];
for (const [name, flags] of Object.entries(COMPILERS)) {
  targets.push(...await inEachProfile((profile) =>
    nativeTarget(`${name}, ${profile}`, { ...cases, profile, compiler: 'gcc', flags })));
}
for (const { profile, made } of targets) runBugs(made, profile);
