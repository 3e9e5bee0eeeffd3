/** The bugs on the modules that are shipped, merged with the cases, on the engine of this process. */

import { instantiate, mergedModule } from '../contract/modules.ts';
import { BUGS, inEachProfile, runBugsInProcess } from './run.ts';

const targets = await inEachProfile(async (profile) => instantiate(await mergedModule({ suite: BUGS, profile })));
for (const { profile, made } of targets) runBugsInProcess(`optimised, ${profile}`, profile, made);
