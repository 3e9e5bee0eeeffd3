/** Node's own WASI. */

import { fileOf, runScript, withFolder, type Engine } from './engine.ts';

export const node: Engine = {
  name: 'node',
  lacks: [],
  missing: () => undefined,
  run: (program, { args = [], input, env = {}, folder } = {}) => withFolder((place) =>
    runScript('node', 'node-run.mjs', { file: fileOf(program, place), args, env, folder }, input)),
};
