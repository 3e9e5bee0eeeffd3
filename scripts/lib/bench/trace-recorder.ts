/** Records the calls of malloc and its relatives that a whole program makes. */
import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';
import { brotliCompressSync } from 'node:zlib';
import { buildProgram, foldersOf, withTaskFolder, type Program } from '../programs/program.ts';
import { leb } from '../wasm-binary.ts';
import {
  STEP_FREE, STEP_KIND_BITS, STEP_KIND_MASK, STEP_MALLOC, STEP_REALLOC, traceFile, TRACES, type Step,
} from './traces.ts';

/** Calls of a program that are recorded; then it is stopped. */
const STEPS_MAX = 60_000;

/** Makes steps of calls: blocks get the lowest free slot. */
export class StepWriter {
  readonly steps: Step[] = [];
  readonly #slotOf = new Map<number, number>();
  readonly #free: number[] = [];
  slots = 0;

  /** A call that gave the block `after` (0 = none) for the block `before` (0 = none). */
  call(kind: number, before: number, after: number, size: number): void {
    if (kind === STEP_FREE ? before === 0 : after === 0) return;
    // realloc without a block is malloc. A size of 0 is replayed as 1: the workload writes into every block.
    const meant = kind === STEP_REALLOC && before === 0 ? STEP_MALLOC : kind;
    const slot = before === 0 ? this.#free.pop() ?? this.slots++ : this.#slotOf.get(before);
    if (slot === undefined) return; // a block from before
    this.#slotOf.delete(before);
    if (kind === STEP_FREE) this.#free.push(slot);
    else this.#slotOf.set(after, slot);
    this.steps.push([slot << STEP_KIND_BITS | meant, kind === STEP_FREE ? 0 : Math.max(size, 1)]);
  }
}

// As in node-run.mjs.
setFlagsFromString('--no-turbo-fast-api-calls');

/**
 * Runs the first measured task of a program, and writes the trace of its first calls.
 * @returns the file's size in bytes.
 */
export const recordTrace = async (program: Program): Promise<number> => {
  const wrapped = ['malloc', 'calloc', 'realloc', 'free'].map((name) => `-Wl,--wrap=${name}`);
  const traced = { ...program, name: `${program.name}-traced`, linkFlags: [...program.linkFlags, ...wrapped, path.join(TRACES, 'recorder.c')] };
  const folders = foldersOf(program);
  const module = new WebAssembly.Module(readFileSync(await buildProgram(traced, folders, 'dlmalloc', '-O1')));
  const [task] = program.benches(folders);
  const writer = new StepWriter();
  await withTaskFolder(task!, async (folder) => {
    const { args = [], env = {}, input = '' } = task!.options;
    const file = `${folder}.input`;
    writeFileSync(file, input);
    const stdin = openSync(file, 'r');
    rmSync(file);
    const wasi = new WASI({ version: 'preview1', args: ['program', ...args], env, preopens: { '.': folder }, stdin, returnOnExit: true });
    const enough = new Error('enough');
    const call = (kind: number, before: number, after: number, size: number): void => {
      writer.call(kind, before, after, size >>> 0);
      if (writer.steps.length === STEPS_MAX) throw enough;
    };
    try {
      wasi.start(new WebAssembly.Instance(module, { ...(wasi.getImportObject() as WebAssembly.Imports), trace: { call } }));
    } catch (error) {
      if (error !== enough) throw error;
    }
  });
  const numbers = writer.steps.flatMap(([call, size]) => ((call & STEP_KIND_MASK) === STEP_FREE ? leb(call) : [...leb(call), ...leb(size)]));
  const bytes = brotliCompressSync(Uint8Array.from([...leb(writer.slots), ...numbers]));
  writeFileSync(traceFile(program.name), bytes);
  return bytes.length;
};
