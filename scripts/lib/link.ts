/**
 * A program with the compiler's JavaScript runtime, and what is under it (wasi/host/runtime.ts with the core), to one
 * WASI command. link-thread.ts does it.
 */

import path from 'node:path';
import type { RuntimeProgram } from './compile.ts';
import type { DataSegment } from './optimize.ts';
import { ROOT } from './paths.ts';
import { runThread } from './thread.ts';

export interface LinkRequest {
  program: RuntimeProgram;
  /** The other module: it imports the memory and programMain() from the module "program", and exports `_start`. */
  host: { wasm: Uint8Array; data: DataSegment[]; heapStart: number };
  /** Path of binaryen's wasm-merge. */
  mergeTool: string;
}

/** Optimising the library takes ten seconds and more. */
const LINK_TIME_MAX = 300_000;

/** The command: it exports `_start`, `memory` and `cabi_realloc` and imports from WASI alone. Its exceptions are taken out. */
export const link = (program: RuntimeProgram, host: LinkRequest['host']): Promise<Uint8Array> => {
  const request: LinkRequest = { program, host, mergeTool: path.join(ROOT, 'node_modules/binaryen/bin/wasm-merge') };
  return runThread('link-thread.ts', request, { timeMax: LINK_TIME_MAX });
};
