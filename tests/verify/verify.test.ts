/** The reduced verifications, as npm run verify -- --reduced makes them, here in one process. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listVerifications } from '../../scripts/lib/verify/verifications.ts';

for (const { verification } of await listVerifications('reduced')) {
  test(verification.name, async () => {
    const { counts, counterexample } = await verification.run(() => {});
    assert.is(counterexample, undefined, `${counterexample?.message}: ${counterexample?.sequence}`);
    const covered = Object.values(counts).reduce((sum, count) => sum + count, 0);
    assert.ok(covered > 0, 'it covered nothing');
  });
}

test.run();
