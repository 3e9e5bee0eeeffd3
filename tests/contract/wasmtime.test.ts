/** The contract on the shipped module, on Wasmtime with Cranelift. */

import { mergedModule } from './modules.ts';
import { inProcess, runContract } from './run.ts';
import { instantiateOnWasmtime } from './wasmtime.ts';

runContract(inProcess('wasmtime', instantiateOnWasmtime(await mergedModule())));
