/** A process of verifications: runs what it is asked by its parent (verifications.ts), and answers, one after the other. */

import { createHash } from 'node:crypto';
import type { ProcessMessage } from './asked-process.ts';
import { verificationsOf, type ProcessAnswer, type ProcessRequest, type Verified } from './verifications.ts';

const verify = async ({ file, name, sequence }: ProcessRequest): Promise<Verified> => {
  const verification = (await verificationsOf(file)).find((other) => other.name === name)!;
  if (sequence !== undefined && !verification.replay) throw new Error(`"${name}" has no sequences to replay`);
  const { counts, binaries, counterexample, notes = [] } = sequence === undefined
    ? await verification.run((progress) => process.send!({ progress } satisfies ProcessMessage<ProcessAnswer>))
    : await verification.replay!(sequence);
  const hashed = binaries.map(({ name: called, wasm }) =>
    ({ name: called, bytes: wasm.length, sha256: createHash('sha256').update(wasm).digest('hex') }));
  return { counts, binaries: hashed, counterexample, notes };
};

process.on('message', (request) => {
  void verify(request as ProcessRequest)
    .then((verified): ProcessAnswer => ({ verified }), (error: Error): ProcessAnswer => ({ error: (process.env.TALLOW_TRACE && error.stack) || error.message }))
    .then((answer) => process.send!(answer));
});
