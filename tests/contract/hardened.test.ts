/** The contract on the hardened profile: the TypeScript, and the module that is shipped. */

import { instantiate, mergedModule, reference } from './modules.ts';
import { inProcess, runContract } from './run.ts';

runContract(inProcess('typescript, hardened', await reference({ profile: 'hardened' })));
runContract(inProcess('optimised, hardened', instantiate(await mergedModule({ profile: 'hardened' }))));
