/** A module's bytes to a program. */

import fs from 'node:fs';
import path from 'node:path';
import { cached } from '../../../scripts/lib/cache.ts';
import { runThread } from '../../../scripts/lib/thread.ts';
import type { Program } from './program.ts';

const READER = path.join(import.meta.dirname, 'read-program-thread.ts');

/** Reading the largest module takes a second. */
const READ_TIME_MAX = 60_000;

/** Reads a module that imports nothing. Throws if there is anything in it that the machine does not know. */
export const readProgram = async (wasm: Uint8Array): Promise<Program> => {
  const read = (): Promise<Program> => runThread(READER, wasm, { timeMax: READ_TIME_MAX });
  return (await cached('program', [wasm, fs.readFileSync(READER)], read)).value;
};
