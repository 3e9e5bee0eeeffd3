/**
 * The heaps that symbolic runs begin with. Each is made by calls on the engine, which keep their own list of what is
 * live; what the allocator knows of itself is read from its memory by the documented layout.
 */

import {
  BIN_COUNT, BIN_DESCRIPTOR, BIN_IDLE, BIN_LAZY, DESCRIPTOR_SIZE, FRAME_SHIFT, PAGE_BIN_MASK, PAGE_CARVED_OFFSET,
  PAGE_FRAMES_OFFSET, PAGE_BLOCK_SIZE_OFFSET, PAGE_FREE_OFFSET, PAGE_RETIRED, PAGE_START_OFFSET, PAGE_USED_OFFSET,
  STATE_BASE_FRAME_OFFSET, STATE_CAPACITY_OFFSET, STATE_EMPTY_PAGE_OFFSET, STATE_END_FRAME_OFFSET, STATE_SIZE,
  STATE_OUTSIDE_PAGE_OFFSET, STATE_TABLE_OFFSET, TABLE_CAPACITY_MIN,
} from '../../../kernel-heap/layout.ts';
import { Engine } from './engine.ts';
import type { Image } from './machine.ts';
import type { Program } from './program.ts';
import { CLASSES, FRAME } from './size-classes.ts';

export interface Block {
  address: number;
  /** As asked for. */
  size: number;
  usable: number;
}

export interface HeapState {
  name: string;
  image: Image;
  /** What is in the hands of callers, by the calls that made the state. */
  live: Block[];
  /** Addresses that blocks may have: [start, end). */
  start: number;
  end: number;
  /** Frames that the memory grows by beyond what is missing, for a larger frame table. */
  growthFrames: number;
}

/** Byte that callers leave in their blocks, so that nothing is zero by accident. */
const DIRT = 0xa5;

/** A heap in the making: calls, and the list of what they left live. */
class Builder {
  readonly #program: Program;
  readonly #engine: Engine;
  readonly live: Block[] = [];

  constructor(program: Program, wasmPages: number) {
    this.#program = program;
    this.#engine = new Engine(program);
    if (wasmPages > program.memory.initial) this.#engine.memory.grow(wasmPages - program.memory.initial);
  }

  init(start: number, size: number): void {
    if (this.#engine.call('heap_init', start, size) === 0) throw new Error('the heap of a state could not be begun');
  }

  /** A block, or undefined where there is no memory. */
  tryAlloc(size: number): Block | undefined {
    const address = this.#engine.call('malloc', size) >>> 0;
    if (address === 0) return undefined;
    const block = { address, size, usable: this.#engine.call('malloc_usable_size', address) >>> 0 };
    this.#engine.bytes.fill(DIRT, address, address + block.usable);
    this.live.push(block);
    return block;
  }

  alloc(size: number): Block {
    const block = this.tryAlloc(size);
    if (!block) throw new Error(`a state has no room for a block of ${size} bytes`);
    return block;
  }

  free(block: Block): void {
    this.#engine.call('free', block.address);
    this.live.splice(this.live.indexOf(block), 1);
  }

  /** Gives back all that can be. */
  trim(): void {
    this.#engine.call('heap_trim');
  }

  /** What is left. */
  get room(): Room {
    return roomOf(this.#engine.image(this.#program, 0));
  }

  state(name: string, start: number, end: number, growth = 0, growthFrames = 0): HeapState {
    const code = this.#engine.call('heap_check');
    if (code !== 0) throw new Error(`heap_check() = ${code} in the state "${name}"`);
    const wasmPages = this.#engine.bytes.length / 65536;
    return { name, image: this.#engine.image(this.#program, wasmPages + growth), live: this.live, start, end, growthFrames };
  }
}

/** Where the regions of the states begin: not at the beginning of a frame. */
const START = 0x10000 + 0x230;

const fixed = (program: Program, frames: number): Builder => {
  const builder = new Builder(program, 1 + Math.ceil((frames + 1) * FRAME / 65536));
  builder.init(START, frames * FRAME);
  return builder;
};

/** Of every other one, so that free blocks lie between live ones. */
const everySecond = <T>(items: T[]): T[] => items.filter((_, index) => index % 2 === 1);

const FRAGMENTED_SIZES = [1, 16, 24, 40, 64, 100, 128, 200, 300, 500, 1000, 1500, 3000, 5000];

export type StateName = 'fresh' | 'initialised' | 'fragmented' | 'nearly exhausted' | 'exhausted' | 'growing' | 'full table' | 'a few blocks';

const STATES: Record<StateName, (program: Program) => HeapState> = {
  /** A module that nobody has called. */
  'fresh': (program) => new Builder(program, 1).state('fresh', 16, 3 * 65536, 2),

  /** A fixed region of 20 frames without a block. */
  'initialised': (program) => fixed(program, 20).state('initialised', START, START + 20 * FRAME),

  /** Blocks of many classes, and large ones, of which every other has been freed. */
  'fragmented': (program) => {
    const builder = fixed(program, 64);
    const blocks = FRAGMENTED_SIZES.flatMap((size) => [builder.alloc(size), builder.alloc(size), builder.alloc(size)]);
    const large = [9000, 20000, 12000, 9000].map((size) => builder.alloc(size));
    everySecond(blocks).forEach((block) => builder.free(block));
    everySecond(large).forEach((block) => builder.free(block));
    return builder.state('fragmented', START, START + 64 * FRAME);
  },

  /** A few frames, and a few blocks of some classes, are left. */
  'nearly exhausted': (program) => {
    const builder = fixed(program, 24);
    const kept = [builder.alloc(5000), builder.alloc(40)];
    const filling = [32, 700];
    for (const size of filling) for (let count = 0; count < 3; count++) builder.alloc(size);
    const gap = builder.alloc(3 * FRAME);
    while (builder.tryAlloc(2 * FRAME + 1));
    builder.free(gap);
    builder.free(kept[1]!);
    return builder.state('nearly exhausted', START, START + 24 * FRAME);
  },

  /** Nothing is left for any size. */
  'exhausted': (program) => {
    const builder = fixed(program, 12);
    for (const size of [...CLASSES].reverse()) while (builder.tryAlloc(size));
    return builder.state('exhausted', START, START + 12 * FRAME);
  },

  /** A small block, a middle one, and two large ones, one of which has free frames behind it. */
  'a few blocks': (program) => {
    const builder = fixed(program, 20);
    const [, , , gap] = [24, 3000, 9000, 2 * FRAME + 1, 9000].map((size) => builder.alloc(size));
    builder.free(gap!);
    return builder.state('a few blocks', START, START + 20 * FRAME);
  },

  /** A memory that has grown, may grow by a wasm page more, and has blocks in it. */
  'growing': (program) => {
    const builder = new Builder(program, 1);
    const blocks = [30, 30, 2000, 30000, 20000, 100].map((size) => builder.alloc(size));
    builder.free(blocks[1]!);
    builder.free(blocks[3]!);
    return builder.state('growing', 16, 3 * 65536, 1);
  },

  /**
   * As much memory as the frame table describes, which may grow by a wasm page; in it a run of six frames, and no
   * descriptor: the last of them goes with a page of descriptors, or that needs more memory and a larger table.
   */
  'full table': (program) => {
    const wasmPages = TABLE_CAPACITY_MIN * 7 / 8 * FRAME / 65536;
    const builder = new Builder(program, wasmPages);
    // Nodes of four frames, and before the first of them a page of each class, up to a node's beginning, and two of two frames.
    for (const size of CLASSES) if (builder.alloc(size).address / FRAME % 4 === 3) break;
    for (const size of CLASSES.slice(-2)) builder.alloc(size);
    const spans: Block[] = [];
    while (builder.room.descriptor) spans.push(builder.alloc(4 * FRAME));
    builder.free(spans.pop()!);
    builder.trim();
    const last = builder.room.runs.at(-1)!;
    builder.alloc((last.end - last.first - 6) * FRAME);
    const { runs, descriptor } = builder.room;
    if (runs.length !== 1 || runs[0]!.end - runs[0]!.first !== 6 || descriptor) throw new Error('the state "full table" is another one');
    return builder.state('full table', 16, (wasmPages + 1) * 65536, 1, 2);
  },
};

export const heapState = (program: Program, name: StateName): HeapState => STATES[name](program);

/** A run of frames, half open. */
export interface Run { first: number; end: number }

/** What a heap could hand out, as its memory says. */
export interface Room {
  /**
   * Runs of frames that are free, idle, room behind lazy blocks, of pages without live blocks, or at the end of pages,
   * where no block was carved from them.
   */
  runs: Run[];
  /** Classes of which a page has a block left. */
  classes: Set<number>;
  /** Whether a descriptor is left for a new span. */
  descriptor: boolean;
}

/** Reads what is left in a heap. */
export const roomOf = ({ memory, globals }: Image): Room => {
  const view = new DataView(memory.buffer, memory.byteOffset);
  const word = (address: number): number => view.getUint32(address, true);
  const half = (address: number): number => view.getUint16(address, true);
  const state = Number(globals.get('stateRecord')) >>> 0;
  // A module that nobody has called takes its first frame for itself.
  if (Number(globals.get('frameMap')) === 0) return { runs: [{ first: 1, end: memory.length / FRAME }], classes: new Set(), descriptor: true };

  const base = word(state + STATE_BASE_FRAME_OFFSET);
  const map = word(state + STATE_TABLE_OFFSET) - 4 * base;
  // All frames of the heap, in ascending order: those of the regions, and the first page of descriptors before them.
  const frames = Array.from({ length: word(state + STATE_CAPACITY_OFFSET) * 7 / 8 }, (_, index) => base + index)
    .filter((frame) => word(map + 4 * frame) !== state + STATE_OUTSIDE_PAGE_OFFSET);
  const spans = new Set(frames.map((frame) => word(map + 4 * frame)));
  spans.delete(state + STATE_EMPTY_PAGE_OFFSET);

  const room: Room = { runs: [], classes: new Set(), descriptor: false };
  const taken = new Set<number>();
  for (const page of spans) {
    const start = word(page + PAGE_START_OFFSET);
    const bin = start & PAGE_BIN_MASK;
    const frames = bin === BIN_LAZY ? word(page + PAGE_BLOCK_SIZE_OFFSET) / FRAME : word(page + PAGE_FRAMES_OFFSET);
    const isEmpty = bin === BIN_IDLE || (bin < BIN_COUNT && (half(page + PAGE_USED_OFFSET) & (PAGE_RETIRED - 1)) === 0);
    const size = bin === BIN_DESCRIPTOR ? DESCRIPTOR_SIZE : CLASSES[bin]!;
    const held = bin < BIN_COUNT ? Math.ceil(half(page + PAGE_CARVED_OFFSET) * size / FRAME) : frames;
    if (!isEmpty) for (let frame = 0; frame < held; frame++) taken.add((start >>> FRAME_SHIFT) + frame);
    const slots = Math.floor((frames * FRAME) / size);
    const hasRoom = word(page + PAGE_FREE_OFFSET) !== 0 || half(page + PAGE_CARVED_OFFSET) < slots;
    if (bin === BIN_DESCRIPTOR) room.descriptor ||= hasRoom;
    else if (bin < BIN_COUNT && hasRoom) room.classes.add(size);
  }
  const table = word(state + STATE_TABLE_OFFSET);
  const tableFrames = table === state + STATE_SIZE ? 0 : word(state + STATE_CAPACITY_OFFSET) * 4 / FRAME;
  for (let frame = 0; frame < tableFrames; frame++) taken.add(table / FRAME + frame);
  for (const frame of frames) {
    if (taken.has(frame) || frame === word(state + STATE_END_FRAME_OFFSET) - 1) continue;
    const last = room.runs.at(-1);
    if (last?.end === frame) last.end++;
    else room.runs.push({ first: frame, end: frame + 1 });
  }
  return room;
};
