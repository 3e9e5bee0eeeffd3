/** The contract on the module that is shipped, merged with the cases, on the engine of this process. */

import { instantiate, mergedModule } from './modules.ts';
import { inProcess, runContract } from './run.ts';

runContract(inProcess('optimised', instantiate(await mergedModule())));
