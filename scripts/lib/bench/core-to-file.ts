/**
 * Builds the core of a profile and writes it to a file, both named on the command line. A process of its own, so that the
 * compilers leave no trace in the one that measures.
 */
import { writeFileSync } from 'node:fs';
import { runMain } from '../arguments.ts';
import { buildCore } from '../module.ts';
import { profileNamed } from '../profiles.ts';

await runMain(async () => {
  const [, , profile, output] = process.argv;
  if (profile === undefined || output === undefined) throw new Error('core-to-file.ts takes a profile and the path of the file to write');
  writeFileSync(output, (await buildCore({ profile: profileNamed(profile) })).wasm);
});
