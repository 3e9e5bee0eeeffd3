/** npm start: builds everything, boots the kernel, runs programs for WASI, and tells what happened. */

import fs from 'node:fs';
import { EXIT_SUCCESS } from '../qemu/kernel/exit-code.ts';
import { parseFlags, runMain } from './lib/arguments.ts';
import { bootKernel, exitMeaning } from './lib/kernel-boot.ts';
import { MACHINE_NAMES } from './lib/kernel-machine.ts';
import { buildKernel } from './lib/kernel.ts';
import { buildCommandComponent } from './lib/component.ts';
import { displayPath } from './lib/paths.ts';
import { buildProducts, productLine } from './lib/products.ts';
import { engineNamed } from './lib/wasi-engines.ts';
import { buildSampleProgram } from './lib/wasi-program.ts';
import { readNames } from './lib/wasm-binary.ts';

const SUMMARY = `npm start

Builds Tallow from its TypeScript, boots a kernel that has it as its heap, and
runs programs for WASI that have it as their malloc, in C, C++, Rust and
TypeScript, and a component. Ends with 0 when all went well.`;

/** What the programs read. */
const TEXT = `A frame is the unit of the buddy
a span is a run of frames
a page is a span carved into equal blocks
and a block is one allocation
`;

const TASKS = `page: span descriptor
span: frame
block: page
`;

const TABLE = `unit,bytes
frame,4096
block,48
block,64
`;

/** A program of each kind, and what it is run with. */
const PROGRAMS: { source: string; args: string[]; input: string }[] = [
  { source: 'word-count.c', args: ['5'], input: TEXT },
  { source: 'dependency-order.cpp', args: [], input: TASKS },
  { source: 'longest-lines.rs', args: ['2'], input: TEXT },
  { source: 'sum-by.ts', args: ['unit', 'bytes'], input: TABLE },
  { source: 'text-index.ts', args: ['--stats', 'span', 'block'], input: TEXT },
];

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ');

/** Throws if a program allocates by anything but Tallow. */
const demandTallow = (source: string, program: Uint8Array): void => {
  const functions = [...readNames(program).functions.values()];
  if (functions.some((name) => /^(?:dl\w*alloc|dlfree|sbrk)$/.test(name))) {
    throw new Error(`${source} was linked with another malloc than that of Tallow.`);
  }
};

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

  const node = engineNamed('node');
  for (const { source, args, input } of PROGRAMS) {
    const program = await buildSampleProgram(source);
    console.log(`\nRunning ${displayPath(program)}, made of wasi/programs/${source}`);
    const result = await node.run(program, { args, input });
    console.log(indent(result.stdout + result.stderr));
    if (result.exitCode !== 0) throw new Error(`The program ended with code ${result.exitCode}.`);
    demandTallow(source, fs.readFileSync(program));
  }

  const [{ source, args, input }] = PROGRAMS as [typeof PROGRAMS[number]];
  const component = await buildCommandComponent(await buildSampleProgram(source));
  console.log(`\nRunning ${displayPath(component)}, the same as a component`);
  const result = await engineNamed('jco').run(component, { args, input });
  console.log(indent(result.stdout + result.stderr));
  if (result.exitCode !== 0) throw new Error(`The component ended with code ${result.exitCode}.`);
  console.log('The programs ended with code 0; none of them has another malloc than that of Tallow.');
});
