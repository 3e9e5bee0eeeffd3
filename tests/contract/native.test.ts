/** The contract on the C build, compiled for this machine as it is meant to be. */

import { nativeTarget } from './native.ts';
import { runContract } from './run.ts';

runContract(await nativeTarget('native', { compiler: 'gcc', flags: ['-O2'] }));
