/** npm run program: a TypeScript program for WASI. */

import { callerPath, countOf, parseFlagsAndWord, runMain } from './lib/arguments.ts';
import { productLine, writeProduct } from './lib/products.ts';
import { PROFILE_NAMES, profileNamed } from './lib/profiles.ts';
import { buildTsProgram } from './lib/ts-program.ts';

const SUMMARY = `npm run program -- <program.ts> [flags]

Compiles a TypeScript program, with all that it imports, to a command for WASI
preview 1, whose whole memory comes from Tallow: run it with wasmtime, with
Node's WASI or as a component.

A program that exports main works on memory directly, in the compiled subset of
TypeScript, as wasi/programs/text-index.ts does. Any other one is ordinary
TypeScript; scripts/lib/ts-program.ts tells what it cannot do.`;

await runMain(async () => {
  const { values, word } = parseFlagsAndWord(SUMMARY, {
    output: { value: 'file', help: '<program>.wasm beside the program by default' },
    profile: { value: 'name', help: `of the heap, one of ${PROFILE_NAMES.join(', ')}; release by default` },
    'page-size': { value: 'KiB', help: 'for each array, object and growing string; 16 by default' },
  }, 'the program');
  const pageSize = values['page-size'] === undefined ? undefined : countOf('page-size', values['page-size']) * 1024;
  const source = callerPath(word);
  const output = callerPath(values.output ?? word.replace(/(\.ts)?$/, '.wasm'));
  const start = performance.now();
  const wasm = await buildTsProgram(source, { profile: profileNamed(values.profile ?? 'release'), pageSize });
  const unchanged = !writeProduct(output, wasm);
  console.log(productLine({ file: output, bytes: wasm, unchanged, time: performance.now() - start }));
});
