/** The contract on the TypeScript itself, run as JavaScript by Node. */

import { reference } from './modules.ts';
import { inProcess, runContract } from './run.ts';

runContract(inProcess('typescript', await reference()));
