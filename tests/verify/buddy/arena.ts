/** A core whose buddy has nothing but one window of frames to give, set to any set of free frames. */

import {
  FRAME_SIZE, LEVEL_COUNT_MAX, STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_LEVELS_OFFSET,
  STATE_USED_FRAMES_OFFSET, STATE_USED_FRAMES_PEAK_OFFSET,
} from '../../../kernel-heap/layout.ts';
import { BuddyModel, countOf, runOf, WINDOW_FRAMES } from './model.ts';

/** The inner functions that are called. */
export const BUDDY_FUNCTIONS = [
  'buddyAlloc', 'buddyFree', 'buddyFlip', 'buddyRunEdge', 'spanAllocPresentSlow',
];

export type BuddyCore = Record<string, (...operands: number[]) => number> & { memory: WebAssembly.Memory };

type Inner = (...operands: number[]) => number;

export interface ArenaPlan {
  /** Frames that are explored. */
  frames: number;
  /** The first of them, counted from the beginning of the window: how they lie to the orders' boundaries. */
  offset: number;
  /** Whether the frames of the window but for one on each side belong to other regions, and stay free. */
  guards: boolean;
  /** Whether the window is 384 MiB up: a frame table of 2^17 frames, with four levels, in place of two levels. */
  far: boolean;
  /** The byte that all memory is filled with before. */
  garbage: number;
}

const START = 16;
const NEAR_WINDOW = 64;
const FAR_WINDOW = 98_304;
/** The first region, which is used up: room for the larger frame table. */
const NEAR_FRAMES = 2;
const NEAR_FRAMES_FAR = 300;
/** A further region, above the frames that the first table describes: it needs a larger one, and has room for it. */
const TABLE_FRAME = 240;
const TABLE_FRAMES = 4;
const WASM_PAGES = 16;
export const WASM_PAGES_FAR = 24;

export class Arena {
  readonly core: BuddyCore;
  readonly plan: ArenaPlan;
  readonly model: BuddyModel;
  /** The frame that bit 0 of a set stands for. */
  readonly windowFrame: number;
  /** The node of order 0 of that frame. */
  readonly windowNode: number;
  /** All frames that are explored. */
  readonly all: number;
  /** Frames of the guards. */
  readonly guards: number;
  readonly buddyAlloc: Inner;
  readonly buddyFree: Inner;
  readonly buddyFlip: Inner;
  readonly buddyRunEdge: Inner;
  readonly spanAllocPresentSlow: Inner;
  readonly #words: Int32Array;
  readonly #indices: Int32Array;
  readonly #usedIndex: number;
  readonly #peakIndex: number;
  /** What is counted as used when the frames of the window are free, explored ones and guards. */
  readonly #usedBase: number;
  readonly #image: Buffer;

  constructor(core: BuddyCore, plan: ArenaPlan) {
    const { frames, offset, guards, far, garbage } = plan;
    this.core = core;
    const { buddyAlloc, buddyFree, buddyFlip, buddyRunEdge, spanAllocPresentSlow } = core as Record<string, Inner>;
    this.buddyAlloc = buddyAlloc!;
    this.buddyFree = buddyFree!;
    this.buddyFlip = buddyFlip!;
    this.buddyRunEdge = buddyRunEdge!;
    this.spanAllocPresentSlow = spanAllocPresentSlow!;
    this.plan = plan;
    this.windowFrame = far ? FAR_WINDOW : NEAR_WINDOW;
    this.all = runOf(offset, frames);
    const missing = (far ? WASM_PAGES_FAR : WASM_PAGES) - core.memory.buffer.byteLength / 65536;
    if (missing > 0) core.memory.grow(missing);
    new Uint8Array(core.memory.buffer).fill(garbage);
    const give = (first: number, count: number, from = this.windowFrame): void => {
      if (count <= 0) return;
      const given = core.heap_add_region!((from + first) * FRAME_SIZE, count * FRAME_SIZE);
      if (given !== count) throw new Error(`heap_add_region took ${given} frames of ${count}`);
    };
    if (core.heap_init!(START, (far ? NEAR_FRAMES_FAR : NEAR_FRAMES) * FRAME_SIZE) === 0) throw new Error('heap_init refused');
    if (guards && !far) give(0, TABLE_FRAMES, TABLE_FRAME);
    give(offset, frames);
    let guardFrames = 0;
    if (guards) {
      give(0, offset - 1);
      give(offset + frames + 1, WINDOW_FRAMES - offset - frames - 1);
      guardFrames = runOf(0, Math.max(offset - 1, 0)) | ~runOf(0, offset + frames + 1);
      if (offset + frames + 1 >= WINDOW_FRAMES) guardFrames = runOf(0, Math.max(offset - 1, 0));
    }
    this.guards = guardFrames;

    this.#words = new Int32Array(core.memory.buffer);
    const stateWord = (field: number): number => this.#words[(START + field) >> 2]!;
    const base = stateWord(STATE_BASE_FRAME_OFFSET);
    const capacity = stateWord(STATE_CAPACITY_OFFSET);
    this.windowNode = this.windowFrame - base;
    this.#usedIndex = (START + STATE_USED_FRAMES_OFFSET) >> 2;
    this.#peakIndex = (START + STATE_USED_FRAMES_PEAK_OFFSET) >> 2;
    // Everything is taken, in the window and outside; from here on the window's words alone change.
    while (core.buddyAlloc!(1, 0, 0) !== 0);
    const levels: number[] = [];
    for (let level = 0; level < LEVEL_COUNT_MAX; level++) {
      const address = stateWord(STATE_LEVELS_OFFSET + 4 * level);
      if (address === 0) break;
      levels.push(address);
    }
    const place = { capacity, windowFirst: this.windowFrame - base, levels };
    this.model = new BuddyModel(place, { frames, offset, others: this.guards });
    this.#indices = Int32Array.from(this.model.addresses, (address) => address >> 2);
    this.#usedBase = this.#words[this.#usedIndex]! - countOf(this.all | this.guards);
    // The core's own way to the state in which everything is free; the first thing that is compared.
    for (const set of [this.all, runOf(0, 16) & this.guards, ~runOf(0, 16) & this.guards]) {
      for (let frame = 0; frame < WINDOW_FRAMES; frame++) if ((set >> frame & 1) !== 0) core.buddyFree!(this.windowFrame + frame, 1);
    }
    this.#words[this.#peakIndex] = 0;
    this.#image = Buffer.from(new Uint8Array(core.memory.buffer));
  }

  #usedFor(free: number): number {
    return this.#usedBase + countOf((this.all | this.guards) & ~free);
  }

  /** Makes `free` the frames of the window that are free. */
  set(free: number): void {
    const image = this.model.image(free);
    for (let at = 0; at < image.length; at++) this.#words[this.#indices[at]!] = image[at]!;
    const used = this.#usedFor(free);
    this.#words[this.#usedIndex] = used;
    this.#words[this.#peakIndex] = used;
  }

  /** Whether the core's state is the one in which exactly the frames of `free` are free. */
  is(free: number): boolean {
    const image = this.model.image(free);
    for (let at = 0; at < image.length; at++) if (this.#words[this.#indices[at]!] !== image[at]) return false;
    return this.#words[this.#usedIndex] === this.#usedFor(free);
  }

  /** Whether the peak of used frames is that of the two states, of which `before` was set. */
  isPeak(before: number, after: number): boolean {
    return this.#words[this.#peakIndex] === Math.max(this.#usedFor(after), this.#usedFor(before));
  }

  /** What is wrong where is(free) does not hold. */
  wrong(free: number): string | undefined {
    if (this.is(free)) return undefined;
    const image = this.model.image(free);
    const at = image.findIndex((word, index) => this.#words[this.#indices[index]!] !== word);
    if (at === -1) return `${this.#words[this.#usedIndex]} frames counted as used, which are ${this.#usedFor(free)}`;
    const found = (this.#words[this.#indices[at]!]! >>> 0).toString(16);
    const expected = (image[at]! >>> 0).toString(16);
    return `word 0x${this.model.addresses[at]!.toString(16)} of the bitmap as 0x${found}, which must be 0x${expected} `
      + 'for the frames that are free: not merged, not split, or a frame lost';
  }

  /** Counts frames as used (or, negative, as free) where the inner function leaves that to its caller. */
  addUsed(frames: number): void {
    this.#words[this.#usedIndex] = this.#words[this.#usedIndex]! + frames;
    this.#words[this.#peakIndex] = Math.max(this.#words[this.#peakIndex]!, this.#words[this.#usedIndex]!);
  }

  /** What is wrong with all other memory, frames and frame table: the first byte that is not what it was. */
  wrongElsewhere(): string | undefined {
    this.set(this.all | this.guards);
    this.#words[this.#peakIndex] = 0;
    const bytes = new Uint8Array(this.core.memory.buffer);
    if (Buffer.compare(this.#image, bytes) === 0) return undefined;
    const at = bytes.findIndex((byte, index) => byte !== this.#image[index]);
    return `the byte at 0x${at.toString(16)}, which the buddy has nothing to do with, was changed`;
  }
}
