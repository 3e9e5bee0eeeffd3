/**
 * A heap of the debug profile from outside: its blocks, bugs and recordings as objects. The heap may run in a Wasm module
 * of this process, or lie in a copy of another machine's memory.
 */

import fs from 'node:fs';
import * as layout from '../../kernel-heap/debug-layout.ts';
import { HEAP_START } from '../../kernel-heap/profile.ts';
import * as panics from '../../kernel-heap/panic.ts';
import { STATE_MAGIC, STATE_MAGIC_OFFSET } from '../../kernel-heap/layout.ts';
import { displayPath } from '../../scripts/lib/paths.ts';
import { productPaths } from '../../scripts/lib/products.ts';

/** The functions of the core, and its memory. */
export type DebugExports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };

/** A block as the heap knows it. */
export interface Block {
  /** Counts allocations from 1 on. */
  number: number;
  ptr: number;
  /** Bytes that were asked for. */
  bytes: number;
  /** Address of the heap that it is of. */
  heap: number;
  /** Where it was allocated, and where it was freed: the innermost place first. */
  place: string[];
  freedPlace: string[];
  isFreed: boolean;
}

/** What was found to be wrong. */
export interface Bug {
  /** The name of the PANIC_ code, without that. */
  code: string;
  /** What was passed, the first wrong byte, or the slot of a stray pointer. */
  address: number;
  /** That address, counted from the block's ptr. */
  offset: number;
  /** Wrong bytes, the size that was told, or the AUDIT_ verdict. */
  count: number;
  /** What the first wrong byte holds; the stray pointer. */
  found: number;
  /** Where it was noticed. */
  place: string[];
  block?: Block;
  /** The block that a stray pointer leads to. */
  target?: Block;
}

/** Blocks that were allocated at the same place. */
export interface LeakGroup {
  place: string[];
  blocks: number;
  bytes: number;
  /** Where others from there were freed, of those still in quarantine. */
  siblingsFreed: string[][];
}

const PANIC_NAMES = new Map(Object.entries(panics).filter(([name]) => name.startsWith('PANIC_'))
  .map(([name, code]) => [code as number, name.slice('PANIC_'.length)]));

const sameKey = (place: string[]): string => place.join('\n');

export class DebugHeap {
  /** The core's functions by their names. */
  readonly exports: DebugExports;
  readonly #placeText: (word: number) => string;

  /**
   * @param exports of a module of the debug profile
   * @param placeText what a word of a place (heap_at) means; by default the address of a text that ends with 0
   */
  constructor(exports: DebugExports, placeText?: (word: number) => string) {
    this.exports = exports;
    this.#placeText = placeText ?? ((word) => this.textAt(word));
  }

  word(address: number): number {
    return new DataView(this.exports.memory.buffer).getUint32(address, true);
  }

  /** The text from `address` on, which ends with 0; the address itself where there is none. */
  textAt(address: number): string {
    const bytes = new Uint8Array(this.exports.memory.buffer);
    const end = bytes.indexOf(0, address);
    const text = end > address ? Buffer.from(bytes.slice(address, Math.min(end, address + 1000))).toString('utf8') : '';
    return /^[\x20-\x7e\u00a0-\uffff]+$/.test(text) ? text : `0x${address.toString(16).padStart(8, '0')}`;
  }

  #place(address: number): string[] {
    const words = [0, 4, 8, 12].map((offset) => this.word(address + offset));
    return words.filter((word) => word !== 0).map(this.#placeText);
  }

  #block(record: number): Block {
    return {
      number: this.word(record + layout.RECORD_NUMBER_OFFSET),
      ptr: this.word(record + layout.RECORD_PTR_OFFSET),
      bytes: this.word(record + layout.RECORD_BYTES_OFFSET),
      heap: this.word(record + layout.RECORD_HEAP_OFFSET),
      place: this.#place(record + layout.RECORD_PLACE_OFFSET),
      freedPlace: this.#place(record + layout.RECORD_FREED_PLACE_OFFSET),
      isFreed: this.word(record + layout.RECORD_FREED_OFFSET) !== 0,
    };
  }

  #walk(next: 'heap_live' | 'heap_freed'): Block[] {
    const blocks: Block[] = [];
    for (let record = this.exports[next]!(0) >>> 0; record !== 0; record = this.exports[next]!(record) >>> 0) {
      blocks.push(this.#block(record));
    }
    return blocks;
  }

  /** The live blocks, oldest first; of `heap` only, if that is told. */
  live(heap?: number): Block[] {
    return this.#walk('heap_live').filter((block) => heap === undefined || block.heap === heap);
  }

  /** The freed blocks that are still in quarantine, longest freed first. */
  freed(): Block[] {
    return this.#walk('heap_freed');
  }

  /** The bugs from number `from` on that are still kept. */
  bugs(from = 0): Bug[] {
    const bugs: Bug[] = [];
    for (let number = from; number < this.exports.heap_bugs!(); number++) {
      const report = this.exports.heap_bug!(number) >>> 0;
      if (report === 0) continue;
      const block = this.#block(report + layout.REPORT_RECORD_OFFSET);
      const target = this.#block(report + layout.REPORT_TARGET_OFFSET);
      bugs.push({
        code: PANIC_NAMES.get(this.word(report + layout.REPORT_CODE_OFFSET)) ?? 'UNKNOWN',
        address: this.word(report + layout.REPORT_ADDRESS_OFFSET),
        offset: this.word(report + layout.REPORT_FIRST_OFFSET) | 0,
        count: this.word(report + layout.REPORT_COUNT_OFFSET),
        found: this.word(report + layout.REPORT_FOUND_OFFSET),
        place: this.#place(report + layout.REPORT_NOW_PLACE_OFFSET),
        ...block.number === 0 ? {} : { block },
        ...target.number === 0 ? {} : { target },
      });
    }
    return bugs;
  }

  /** `blocks`, live ones, put together by where they were allocated; the place that has most bytes first. */
  groups(blocks = this.live()): LeakGroup[] {
    const groups = new Map<string, LeakGroup>();
    for (const { place, bytes } of blocks) {
      const key = sameKey(place);
      const group = groups.get(key) ?? { place, blocks: 0, bytes: 0, siblingsFreed: [] };
      groups.set(key, { ...group, blocks: group.blocks + 1, bytes: group.bytes + bytes });
    }
    for (const { place, freedPlace } of this.freed()) {
      const siblings = groups.get(sameKey(place))?.siblingsFreed;
      if (siblings && freedPlace.length > 0 && !siblings.some((other) => sameKey(other) === sameKey(freedPlace))) {
        siblings.push(freedPlace);
      }
    }
    return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
  }
}

let compiled: WebAssembly.Module | undefined;

/**
 * A fresh instance of the shipped debug module, dist/wasm/tallow.debug.wasm. Throws an error that tells how to build it
 * if it is not there.
 */
export const debugModule = (): DebugExports => {
  const { wasm } = productPaths('debug');
  if (!compiled && !fs.existsSync(wasm)) {
    throw new Error(`there is no ${displayPath(wasm)}; make it by: npm run build -- --profile debug`);
  }
  compiled ??= new WebAssembly.Module(fs.readFileSync(wasm));
  const exports = new WebAssembly.Instance(compiled).exports as unknown as DebugExports;
  exports.heap_init!(HEAP_START, 0); // as on its first use, which then has a place already
  return exports;
};

/**
 * The heap in a copy of a memory in which a program or a kernel with the debug profile ran.
 *
 * @param memory its bytes from the address that the heap counts from (0, or TALLOW_BASE) on
 * @param options.state address of the state record; it is searched for by default
 * @param options.placeText as for DebugHeap
 * @throws an error if there is no such heap
 */
export const heapInCopy = (
  memory: Uint8Array, options: { state?: number; placeText?: (word: number) => string } = {},
): DebugHeap => {
  const exports = debugModule();
  const pages = Math.ceil(memory.length / 65536) - exports.memory.buffer.byteLength / 65536;
  if (pages > 0) exports.memory.grow(pages);
  new Uint8Array(exports.memory.buffer).set(memory);
  const words = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const isThere = (state: number): boolean => exports.heap_attach!(state) === 1;
  let state = options.state;
  for (let at = 0; state === undefined && at + STATE_MAGIC_OFFSET + 4 <= memory.length; at += 16) {
    if (words.getUint32(at + STATE_MAGIC_OFFSET, true) === STATE_MAGIC && isThere(at)) state = at;
  }
  if (state === undefined || !isThere(state)) {
    throw new Error('there is no heap of the debug profile in this memory, or one of another version');
  }
  return new DebugHeap(exports, options.placeText);
};
