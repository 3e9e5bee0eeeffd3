/** jco: the command is made a component, that one JavaScript, which runs on Node with the package preview2-shim. */

import fs from 'node:fs';
import path from 'node:path';
import { cached } from '../cache.ts';
import { runThread } from '../thread.ts';
import { bytesOf, runScript, withFolder, type Engine } from './engine.ts';

/** A transpiled command: files by their names, among them program.js. */
export type Transpiled = Record<string, Uint8Array>;

/** Making a component and transpiling it takes two seconds. */
const TRANSPILE_TIME_MAX = 120_000;

const transpiled = async (program: Uint8Array): Promise<Transpiled> => {
  const make = (): Promise<Transpiled> =>
    runThread('wasi-engines/jco-thread.ts', program, { timeMax: TRANSPILE_TIME_MAX });
  return (await cached('jco', [program, fs.readFileSync(path.join(import.meta.dirname, 'jco-thread.ts'))], make)).value;
};

export const jco: Engine = {
  name: 'jco',
  lacks: ['exit codes'],
  missing: () => undefined,
  run: (program, { args = [], input, env = {}, folder } = {}) => withFolder(async (place) => {
    const files = await transpiled(bytesOf(program));
    for (const [name, bytes] of Object.entries(files)) fs.writeFileSync(path.join(place, name), bytes);
    return runScript('jco', 'jco-run.mjs', { place, args, env, folder }, input);
  }),
};
