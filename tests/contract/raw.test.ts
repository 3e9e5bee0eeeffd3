/** The contract on the module that the compiler makes: wrappers around its exports, nothing optimised. */

import { instantiate, rawModule } from './modules.ts';
import { inProcess, runContract } from './run.ts';

runContract(inProcess('raw', instantiate(await rawModule())));
