/** All programs that others wrote and we run. */

import type { Program } from '../../scripts/lib/programs/program.ts';
import { jq } from './jq.ts';
import { quickjs } from './quickjs.ts';
import { sqlite } from './sqlite.ts';
import { treeSitter } from './tree-sitter.ts';

export const PROGRAMS: Program[] = [sqlite, jq, quickjs, treeSitter];
