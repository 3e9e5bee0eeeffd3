/** A module's bytes to a program. */

import path from 'node:path';
import { runThread } from '../../../scripts/lib/thread.ts';
import type { Program } from './program.ts';

/** Reading the largest module takes a second. */
const READ_TIME_MAX = 60_000;

/** Reads a module that imports nothing. Throws if there is anything in it that the machine does not know. */
export const readProgram = (wasm: Uint8Array): Promise<Program> =>
  runThread(path.join(import.meta.dirname, 'read-program-thread.ts'), wasm, { timeMax: READ_TIME_MAX });
