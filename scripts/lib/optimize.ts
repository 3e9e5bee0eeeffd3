/** Raw module to clean module: plain signatures, no start-up code, optimised. binaryen-thread.ts does it. */

import type { RawModule } from './compile.ts';
import { runThread } from './thread.ts';

export interface OptimizeOptions {
  /** 'export': own memory, exported as `memory`. Otherwise the memory is imported under these names. */
  memory?: 'export' | { module: string; name: string };
  /** Stops after the wrappers: what the compiler made, callable. */
  raw?: boolean;
  /** Functions by name that become constants, such as memoryGrow where no memory can grow. */
  constants?: Record<string, number>;
  /** Globals by name that begin with another value than the source gives them. */
  globals?: Record<string, number>;
  /** Functions by name that the module shall import instead of having them. */
  imported?: Record<string, { module: string; name: string }>;
  /** Functions that are never inlined into their callers; `*` stands for any letters. Slow paths by default. */
  noInline?: string[];
  /** Functions that are inlined wherever they are called, whatever their size. The fast paths by default. */
  inline?: string[];
  /** Inlining thresholds, in binaryen's units (about one per instruction). */
  inlineSizeMax?: { always?: number; flexible?: number; oneCaller?: number };
  /** 3 and 0 by default: speed first. */
  optimizeLevel?: number;
  shrinkLevel?: number;
}

/** Bytes that a module wants in memory before it runs; the loader's task where the memory is imported. */
export interface DataSegment { offset: number; bytes: Uint8Array }

export interface OptimizedModule {
  wasm: Uint8Array;
  /** Only of a module that imports its memory: taken out of it. */
  data: DataSegment[];
}

/**
 * Slow paths stay out of the fast ones; the verification finds buddyRunEdge and sizeClassBin in the shipped module; a
 * single copy of sizeClassSize is 64 bytes smaller; and the C file is not to have several copies of the last two.
 */
const NO_INLINE = [
  '*_slow', '*Slow', 'buddyRunEdge', 'sizeClassBin', 'sizeClassSize', 'spanAllocPresent', 'mainAlloc',
];

/** What malloc and free are made of: a call costs more than all they do. */
const INLINE = ['heapAlloc', 'blockNext', 'liveSet', 'liveTake'];

/** Optimising takes a second or two. */
const OPTIMIZE_TIME_MAX = 120_000;

/**
 * Makes a clean module of a raw one: exports without type parameters, globals with their initial values, the memory
 * where `options` want it. Throws if top-level code does more than set globals, or binaryen finds fault.
 */
export const optimize = (raw: RawModule, options: OptimizeOptions = {}): Promise<OptimizedModule> => {
  const request = { raw, options: { noInline: NO_INLINE, inline: INLINE, ...options } };
  return runThread('binaryen-thread.ts', request, { timeMax: OPTIMIZE_TIME_MAX });
};
