/** jco: the command is made a component, that one JavaScript, which runs on Node with the package preview2-shim. */

import fs from 'node:fs';
import path from 'node:path';
import { buildComponent, isComponent } from '../component.ts';
import { transpileComponent } from '../transpile.ts';
import { withFolder } from '../folder.ts';
import { bytesOf, runScript, type Engine } from './engine.ts';

export const jco: Engine = {
  name: 'jco',
  lacks: ['exit codes'],
  missing: () => undefined,
  /** Takes a command that is a component, too. */
  run: (program, { args = [], input, env = {}, folder } = {}) => withFolder(async (place) => {
    const bytes = bytesOf(program);
    const component = isComponent(bytes) ? bytes : (await buildComponent(bytes)).component;
    const files = await transpileComponent(component);
    for (const [name, contents] of Object.entries(files)) fs.writeFileSync(path.join(place, name), contents);
    return runScript('jco', 'jco-run.mjs', { place, args, env, folder }, input);
  }),
};
