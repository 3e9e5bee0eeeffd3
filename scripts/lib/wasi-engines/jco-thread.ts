/** The thread that makes a component of a WASI command and transpiles it to JavaScript. */

import fs from 'node:fs';
import { componentNew, preview1AdapterCommandPath, transpile } from '@bytecodealliance/jco';
import { answerRequest } from '../thread-answer.ts';
import type { Transpiled } from './jco.ts';

await answerRequest<Uint8Array, Transpiled>(async (program) => {
  const adapter = fs.readFileSync(preview1AdapterCommandPath());
  const component = await componentNew(program, [['wasi_snapshot_preview1', adapter]]);
  const { files } = await transpile(component, { name: 'program', instantiation: 'async' });
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('.d.ts')));
});
