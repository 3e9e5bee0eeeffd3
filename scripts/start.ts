/** npm start: builds everything, boots the kernel, runs the WASI program, and tells what happened. */

import fs from 'node:fs';
import { EXIT_SUCCESS } from '../qemu/kernel/exit-code.ts';
import { parseFlags, runMain } from './lib/arguments.ts';
import { bootKernel, exitMeaning } from './lib/kernel-boot.ts';
import { MACHINE_NAMES } from './lib/kernel-machine.ts';
import { buildKernel } from './lib/kernel.ts';
import { displayPath } from './lib/paths.ts';
import { buildProducts, productLine } from './lib/products.ts';
import { engineNamed } from './lib/wasi-engines.ts';
import { buildSampleProgram } from './lib/wasi-program.ts';
import { readNames } from './lib/wasm-binary.ts';

const SUMMARY = `npm start

Builds Tallow from its TypeScript, boots a kernel that has it as its heap, and
runs a C program for WASI that has it as its malloc. Ends with 0 when all went
well.`;

/** What the WASI program reads. */
const TEXT = `A frame is the unit of the buddy
a span is a run of frames
a page is a span carved into equal blocks
and a block is one allocation
`;

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ');

await runMain(async () => {
  parseFlags(SUMMARY, {});

  console.log('Building Tallow from kernel-heap/');
  await buildProducts('release', (product) => console.log(productLine(product)));

  const [machine] = MACHINE_NAMES;
  const kernel = await buildKernel(machine!);
  console.log(`\nBooting ${displayPath(kernel.file)} in QEMU`);
  const { exitCode, output } = await bootKernel(machine!, kernel.file);
  console.log(indent(output));
  if (exitCode !== EXIT_SUCCESS) {
    throw new Error(`The kernel powered off with code ${exitCode}: ${exitMeaning(exitCode)}.`);
  }
  console.log(`The kernel powered off with code ${exitCode}: ${exitMeaning(exitCode)}.`);

  const program = await buildSampleProgram('word-count.c');
  console.log(`\nRunning ${displayPath(program)} on Node's WASI`);
  const result = await engineNamed('node').run(program, { args: ['5'], input: TEXT });
  console.log(indent(result.stdout + result.stderr));
  if (result.exitCode !== 0) throw new Error(`The program ended with code ${result.exitCode}.`);
  const functions = [...readNames(fs.readFileSync(program)).functions.values()];
  if (!functions.includes('tallow_malloc') || functions.includes('dlmalloc')) {
    throw new Error('The program was linked with another malloc than that of Tallow.');
  }
  const ours = functions.filter((name) => /^tallow[._]/.test(name));
  console.log(`The program ended with code 0; ${ours.length} of its ${functions.length} functions are Tallow's, malloc with them.`);
});
