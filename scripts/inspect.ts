/** npm run inspect: a heap of the debug profile in a copy of a memory, examined from outside. */

import fs from 'node:fs';
import path from 'node:path';
import { callerPath, parseFlagsAndWord, runMain } from './lib/arguments.ts';
import { buildProducts } from './lib/products.ts';
import { describeBug, describeLeaks, dhatOf, heapInCopy } from '../tests/harness/index.ts';
import { SETTING_GO_ON } from '../kernel-heap/debug-layout.ts';

const SUMMARY = `npm run inspect -- <memory file> [flags]

Examines a heap of the debug profile in a copy of the memory that it ran in: the
bytes of a Wasm memory, or of a kernel's memory from TALLOW_BASE on, such as
QEMU's monitor writes by pmemsave. Tells the bugs that were found, those that a
look at everything finds now, and the live blocks by where they were allocated.
Ends with 0 if there is no bug, and with 3 if there is.`;

/** How a copy with bugs is told from one that cannot be read. */
const EXIT_BUGS = 3;

await runMain(async () => {
  const { values: flags, word } = parseFlagsAndWord(SUMMARY, {
    state: { value: 'address', help: 'where the state record is; it is searched for by default' },
    dhat: { value: 'file', help: "write the live blocks as a profile for the viewer of valgrind's DHAT" },
    json: { help: 'all of it as JSON' },
  }, 'the memory file');
  const state = flags.state === undefined ? undefined : Number(flags.state);
  if (state !== undefined && !(Number.isInteger(state) && state >= 0 && state < 2 ** 32)) {
    throw new Error(`--state takes an address, not ${flags.state}`);
  }
  const file = callerPath(word);
  if (!fs.existsSync(file)) throw new Error(`there is no file ${word}`);
  await buildProducts('debug');
  const heap = heapInCopy(fs.readFileSync(file), state === undefined ? {} : { state });
  heap.exports.heap_debug!(SETTING_GO_ON, 1);
  const known = heap.bugs();
  const before = heap.exports.heap_bugs!();
  heap.exports.heap_audit!();
  heap.exports.heap_settle!();
  const found = heap.bugs(before);
  const check = heap.exports.heap_check!();
  const groups = heap.groups();
  if (flags.dhat !== undefined) fs.writeFileSync(callerPath(flags.dhat), `${JSON.stringify(dhatOf(groups, path.basename(file)))}\n`);
  if (flags.json) {
    console.log(JSON.stringify({ bugs: known, found, check, live: groups }, undefined, 2));
  } else {
    const told = (title: string, texts: string[]): string => (texts.length > 0 ? `${title}\n${texts.join('')}` : '');
    process.stdout.write([
      told('Found while it ran:', known.map(describeBug)),
      told('Found in the copy:', found.map(describeBug)),
      check === 0 ? '' : `heap_check() = ${check}\n`,
      describeLeaks(groups).replace('not freed', 'live'),
    ].join('') || 'no bug, and no block is live\n');
  }
  if (known.length + found.length > 0 || check !== 0) process.exitCode = EXIT_BUGS;
});
