/** The contract on the C build, with the compiler watching every sum, shift and access. */

import { nativeTarget } from './native.ts';
import { runContract } from './run.ts';

const SANITIZERS = ['-fsanitize=undefined,address', '-fno-sanitize-recover=all'];

runContract(await nativeTarget('native with sanitizers', 'gcc', ['-O1', '-g', ...SANITIZERS]));
