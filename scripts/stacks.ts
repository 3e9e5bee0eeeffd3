/** npm run stacks: a program on libtallow-debug.a whose reports tell call stacks. */

import fs from 'node:fs';
import { callerPath, parseFlagsAndWord, runMain } from './lib/arguments.ts';
import { withStacks } from './lib/stacks.ts';

const SUMMARY = `npm run stacks -- <program.wasm> [flags]

Puts call stacks into a program for WASI that is linked with -ltallow-debug: its
functions keep note of the innermost four, and what the heap reports tells them.
For programs in C, C++ and Rust; what the compiler has inlined has no frame.`;

await runMain(async () => {
  const { values: flags, word } = parseFlagsAndWord(SUMMARY, {
    output: { value: 'file', help: 'where to; by default <program>.stacks.wasm' },
  }, 'the program');
  if (!fs.existsSync(callerPath(word))) throw new Error(`there is no file ${word}`);
  const output = flags.output ?? `${word.replace(/\.wasm$/, '')}.stacks.wasm`;
  const { wasm, named, unnamed } = await withStacks(fs.readFileSync(callerPath(word)));
  fs.writeFileSync(callerPath(output), wasm);
  const left = unnamed > 0 ? `; ${unnamed} more have no room for their names` : '';
  console.log(`${output}: ${wasm.length.toLocaleString('en')} bytes, ${named} functions have frames${left}`);
});
