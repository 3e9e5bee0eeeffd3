/** A scaled-down core with a fixed region of a few frames, and where everything of it lies. */

import { BuddyModel } from '../buddy/model.ts';

export type HeapCore = Record<string, (...operands: number[]) => number> & { memory: WebAssembly.Memory };

/** The classes, by bin; written down here, not computed as the core does. A scaled-down core has the first of them. */
export const CLASS_SIZES = [
  16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
  1280, 1536, 1792, 2048,
];

export interface WorldPlan {
  /** Frames that can be handed out. */
  frames: number;
  /** Descriptors there is room for before a frame must be taken for more: at least 1. */
  descriptors: number;
  /** The byte that all memory is filled with before. */
  garbage: number;
  /** Whether the heap takes more memory by memory.grow, of which there is none: then large blocks are lazy until it has tried. */
  grows?: boolean;
}

const WINDOW_FRAMES = 32;

/** The place behind the first frame table: which frame has the first descriptors, and how many of them are not in use. */
const firstDescriptors = (start: number, constants: Record<string, number>): { frame: number; room: number } => {
  const frameSize = 2 ** constants.FRAME_SHIFT!;
  const tableEnd = start + constants.STATE_SIZE! + (constants.TABLE_CAPACITY_MIN! << constants.TABLE_SHIFT!);
  const reserve = 32 * constants.DESCRIPTOR_RESERVE!;
  const page = Math.ceil(tableEnd / reserve) * reserve;
  // The page's own descriptor, and one that counts as used for ever.
  return { frame: Math.floor(page / frameSize), room: (frameSize - page % frameSize) / 32 - 2 };
};

/** Where a state record must begin for the room behind the frame table to be that of so many descriptors. */
const startFor = (descriptors: number, constants: Record<string, number>): number => {
  for (let start = 16; start <= 16 + 2 ** constants.FRAME_SHIFT!; start += 16) {
    if (firstDescriptors(start, constants).room === descriptors) return start;
  }
  throw new Error(`there is no place with room for ${descriptors} descriptors`);
};

export class World {
  readonly core: HeapCore;
  readonly plan: WorldPlan;
  readonly constants: Record<string, number>;
  readonly words: Int32Array;
  /** Address of the state record. */
  readonly state: number;
  readonly frameSize: number;
  readonly hardened: boolean;
  /** The first page of descriptors, the first frame of the region, the frame behind it. */
  readonly descriptorFrame: number;
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Index of the word of the map for frame 0. */
  readonly map: number;
  readonly buddy: BuddyModel;
  readonly windowFrame: number;
  /** The whole of it, from the state record to the end of the region, in words. */
  readonly firstWord: number;
  readonly endWord: number;

  constructor(core: HeapCore, plan: WorldPlan, constants: Record<string, number>) {
    this.core = core;
    this.plan = plan;
    this.constants = constants;
    this.frameSize = 2 ** constants.FRAME_SHIFT!;
    this.hardened = constants.GUARD_FRAMES !== 0;
    this.state = startFor(plan.descriptors, constants);
    const bytes = new Uint8Array(core.memory.buffer);
    bytes.fill(plan.garbage);
    const firstFrame = firstDescriptors(this.state, constants).frame + 1;
    const end = (firstFrame + plan.frames) * this.frameSize;
    const given = core.heap_init!(this.state, end - this.state);
    if (given !== plan.frames) throw new Error(`heap_init gives ${given} frames, not ${plan.frames}`);
    this.words = new Int32Array(core.memory.buffer);
    if (plan.grows) this.words[(this.state + constants.STATE_GROWS_OFFSET!) >> 2] = constants.GROWS!;
    this.firstFrame = firstFrame;
    this.descriptorFrame = firstFrame - 1;
    this.endFrame = firstFrame + plan.frames;
    const base = this.stateWord('STATE_BASE_FRAME_OFFSET');
    this.map = (this.stateWord('STATE_TABLE_OFFSET') >> 2) - base;
    this.firstWord = this.state >> 2;
    this.endWord = end >> 2;
    this.windowFrame = Math.floor(firstFrame / WINDOW_FRAMES) * WINDOW_FRAMES;
    if (this.endFrame > this.windowFrame + WINDOW_FRAMES) throw new Error('the frames do not lie in one window');
    const levels: number[] = [];
    for (let level = 0; ; level++) {
      const address = this.words[(this.state + constants.STATE_LEVELS_OFFSET! + 4 * level) >> 2]!;
      if (address === 0) break;
      levels.push(address);
    }
    const place = { capacity: this.stateWord('STATE_CAPACITY_OFFSET'), windowFirst: this.windowFrame - base, levels };
    this.buddy = new BuddyModel(place, { frames: plan.frames, offset: firstFrame - this.windowFrame, others: 0 });
  }

  /** What a request of `size` bytes gets: the smallest class that holds it, or whole frames. */
  usableFor(size: number): number {
    const classSize = CLASS_SIZES.find((candidate) => candidate >= size)!;
    return size <= this.constants.SMALL_SIZE_MAX! ? classSize : Math.ceil(size / this.frameSize) * this.frameSize;
  }

  /** Index of the word of the live map with the first frame's bits; the hardened profile has one. */
  get liveMap(): number {
    return (this.stateWord('STATE_LIVE_OFFSET') >> 2) + (this.firstFrame * this.frameSize >> 9);
  }

  /** A word of the state record. */
  stateWord(field: string): number {
    return this.words[(this.state + this.constants[field]!) >> 2]!;
  }

  /** The words that operations may change at all. */
  changeable(): Set<number> {
    const { constants: c } = this;
    const indices = new Set<number>();
    const add = (from: number, bytes: number): void => {
      for (let address = from; address < from + bytes; address += 4) indices.add(address >> 2);
    };
    add(this.state, c.HEAP_SIZE!);
    for (const field of ['STATE_USED_FRAMES_OFFSET', 'STATE_USED_FRAMES_PEAK_OFFSET']) {
      add(this.state + c[field]!, 4);
    }
    add(this.state + c.STATE_RETIRED_OFFSET!, 4 * c.RETIRED_COUNT!);
    if (this.plan.grows) {
      add(this.state + c.STATE_GROWS_OFFSET!, 4);
      add(this.state + c.STATE_IDLE_COUNT_OFFSET!, 4);
      add(this.state + c.STATE_IDLE_OFFSET!, 4 * (c.LAZY_ORDER_MAX! + 1));
    }
    add(4 * (this.map + this.firstFrame), 4 * this.plan.frames);
    for (const address of this.buddy.addresses) add(address, 4);
    if (this.hardened) add(4 * this.liveMap, this.plan.frames * this.frameSize >> 7);
    add(this.descriptorFrame * this.frameSize, (this.plan.frames + 1) * this.frameSize);
    return indices;
  }
}
