/** The contract on the C build, with the compiler watching every sum, shift and access. */

import { nativeTarget, SANITIZERS } from './native.ts';
import { runContract } from './run.ts';

runContract(await nativeTarget('native with sanitizers', { compiler: 'gcc', flags: SANITIZERS }));
