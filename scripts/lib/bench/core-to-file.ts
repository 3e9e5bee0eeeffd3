/**
 * Builds the release core and writes it to the file named on the command line. A process of its own, so that the
 * compilers leave no trace in the one that measures.
 */
import { writeFileSync } from 'node:fs';
import { runMain } from '../arguments.ts';
import { buildCore } from '../module.ts';

await runMain(async () => {
  const [, , output] = process.argv;
  if (output === undefined) throw new Error('core-to-file.ts takes the path of the file to write');
  writeFileSync(output, (await buildCore({ profile: 'release' })).wasm);
});
