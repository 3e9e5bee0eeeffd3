/** The published bound of what a call costs at worst: the dearest calls that are known stay below it, in counted instructions. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATIONS } from '../../scripts/lib/bench/instructions.ts';
import { beyondBound, countedCores, GROWTH_BOUND, growthCost, LAZY_FREES, lazyCost, worstBound, worstCalls, worstReport } from '../../scripts/lib/bench/worst-case.ts';

/** Memories of 256 KiB to 16 MiB. */
const ORDERS = [6, 8, 10, 12];

/** Of the random sequence: always the same, so that a failure is one of the core and none of luck. */
const SEED = 1;

const GROWN_MIB = 128;

const test = suite('worst case');

for (const { name, instantiate } of countedCores()) {
  for (const order of ORDERS) {
    test(`${name}: no call is beyond the bound in 2^${order} frames`, () => {
      const worst = worstCalls(instantiate, order, SEED);
      assert.equal(beyondBound(worst, order), []);
      // The sequences are about what they should be: they find calls that are far dearer than usual.
      for (const operation of OPERATIONS) {
        const { instructions } = worst[operation];
        assert.ok(instructions > worstBound(operation, order) / 20, `${operation}: ${instructions}`);
      }
    });
  }
  test(`${name}: a larger frame table is within its bound, be the memory in use or free`, () => {
    for (const free of [false, true]) {
      const cost = growthCost(instantiate(), GROWN_MIB, free);
      assert.ok(cost > 0, 'no table was replaced');
      assert.ok(cost < GROWTH_BOUND, `${cost.toFixed(1)} instructions for each frame`);
    }
  });
  test(`${name}: merging idle nodes and taking room back is within its bound`, () => {
    const { instructions, bound } = lazyCost(instantiate());
    assert.ok(instructions > LAZY_FREES * 50, `${instructions} instructions: nothing was given back`);
    assert.ok(instructions < bound, `${instructions} instructions, ${bound} is the bound`);
  });
}

test('the bound grows with the square of the logarithm of the memory, that of free with the logarithm', () => {
  assert.is(worstBound('malloc', 10), 75_000);
  assert.is(worstBound('free', 10), 2_500);
});

test('what is beyond the bound is named', () => {
  const dear = Object.fromEntries(OPERATIONS.map((operation) => [operation, { instructions: 2_501, sequence: 'a test' }]));
  const worst = dear as ReturnType<typeof worstCalls>;
  assert.equal(beyondBound(worst, 10), ['free in 2^10 frames: 2501 instructions in the sequence a test, 2500 is the bound']);
  assert.match(worstReport([{ profile: 'release', order: 10, worst }]), /release, 2\^10 frames +2,501 \/ 75,000 +2,501 \/ 2,500/);
});

test.run();
