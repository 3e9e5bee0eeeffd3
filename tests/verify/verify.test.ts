/** The reduced verifications, as npm run verify -- --reduced makes them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listVerifications, runVerification } from '../../scripts/lib/verify/verifications.ts';

const TIME_MAX = 120_000;

for (const listed of await listVerifications('reduced')) {
  test(listed.verification.name, async () => {
    const { verified, error } = await runVerification(listed, TIME_MAX);
    assert.is(error, undefined);
    assert.is(verified?.counterexample, undefined, `${verified?.counterexample?.message}: ${verified?.counterexample?.sequence}`);
    const covered = Object.values(verified!.counts).reduce((sum, count) => sum + count, 0);
    assert.ok(covered > 0, 'it covered nothing');
  });
}

test.run();
