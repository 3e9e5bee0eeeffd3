/** Every detector is alive: when it is switched off, just the cases that are named fail (detectors.ts), and no others. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reference } from '../contract/modules.ts';
import { inProcess, PLACEMENTS } from '../contract/run.ts';
import { overridesOf } from '../mutants/overrides.ts';
import { DETECTORS } from './detectors.ts';
import { bugCases, BUGS, ON_STOP } from './run.ts';

const CASES = bugCases();
const [PLACEMENT] = PLACEMENTS as [typeof PLACEMENTS[0]];

const test = suite('bugs: detectors');
for (const detector of DETECTORS) {
  const { name, profile, cases } = detector;
  test(`${profile}, without ${name}: ${cases.join(', ')}`, async () => {
    const call = await reference({ suite: BUGS, profile, overrides: overridesOf(detector) });
    const target = inProcess(name, call, { onStop: ON_STOP });
    const passes = (verdict: ReturnType<typeof target.run>): boolean => 'check' in verdict && verdict.check === 0;
    assert.equal(CASES.filter((found) => !passes(target.run(found, PLACEMENT))).sort(), [...cases].sort());
  });
}
test.run();
