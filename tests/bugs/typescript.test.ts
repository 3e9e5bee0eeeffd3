/** The bugs on the TypeScript itself, run as JavaScript by Node. */

import { reference } from '../contract/modules.ts';
import { BUGS, inEachProfile, runBugsInProcess } from './run.ts';

const targets = await inEachProfile(async (profile) => await reference({ suite: BUGS, profile }));
for (const { profile, made } of targets) runBugsInProcess(`typescript, ${profile}`, profile, made);
