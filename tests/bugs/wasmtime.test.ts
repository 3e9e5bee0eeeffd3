/** The bugs on the modules that are shipped, merged with the cases, on Wasmtime with Cranelift. */

import { mergedModule } from '../contract/modules.ts';
import { instantiateOnWasmtime } from '../contract/wasmtime.ts';
import { BUGS, inEachProfile, runBugsInProcess } from './run.ts';

const targets = await inEachProfile(async (profile) => instantiateOnWasmtime(await mergedModule({ suite: BUGS, profile })));
for (const { profile, made } of targets) runBugsInProcess(`wasmtime, ${profile}`, profile, made);
