/** Node's own WASI. */

import { withFolder } from '../folder.ts';
import { fileOf, runScript, type Engine } from './engine.ts';

export const node: Engine = {
  name: 'node',
  lacks: [],
  missing: () => undefined,
  run: (program, { args = [], input, env = {}, folder } = {}) => withFolder(async (place) =>
    runScript('node', 'node-run.mjs', { file: fileOf(program, place), args, env, folder }, input)),
};
