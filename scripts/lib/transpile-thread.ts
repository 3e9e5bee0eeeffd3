/** Component to JavaScript, by jco; transpile.ts runs it as a thread. */

import { transpile } from '@bytecodealliance/jco';
import { answerRequest } from './thread-answer.ts';
import type { Transpiled } from './transpile.ts';

await answerRequest(async (component: Uint8Array): Promise<Transpiled> => {
  const { files } = await transpile(component, { name: 'program', instantiation: 'async' });
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('.d.ts')));
});
