/**
 * The operations of the heap, each done on the core and judged by a model that knows the live blocks and nothing else.
 * Addresses in sequences are offsets from the region's first byte.
 */

import { Violation } from '../buddy/operations.ts';
import type { Auditor } from './audit.ts';
import { CLASS_SIZES, type World } from './world.ts';

export type OperationKind = 'malloc' | 'calloc' | 'aligned' | 'free' | 'realloc' | 'trim' | 'illegal';
export const KINDS: OperationKind[] = ['malloc', 'calloc', 'aligned', 'free', 'realloc', 'trim', 'illegal'];

/** Kind and operands: `malloc size`, `calloc size`, `aligned alignment size`, `free at`, `realloc at size`, `trim`, `illegal at`. */
export interface Operation { kind: number; a: number; b: number }

export const MALLOC = 0;
export const CALLOC = 1;
export const ALIGNED = 2;
export const FREE = 3;
export const REALLOC = 4;
export const TRIM = 5;
export const ILLEGAL = 6;

const OPERANDS = [1, 1, 2, 1, 2, 0, 1];

export const textOf = (operations: Operation[]): string =>
  operations.map(({ kind, a, b }) => [KINDS[kind], a, b].slice(0, 1 + OPERANDS[kind]!).join(' ')).join(', ');

export const parse = (text: string): Operation[] => text.split(',').map((item) => {
  const [name, ...operands] = item.trim().split(/\s+/);
  const kind = KINDS.indexOf(name as OperationKind);
  if (kind === -1 || operands.length !== OPERANDS[kind] || !operands.every((operand) => /^-?\d+$/.test(operand))) {
    throw new Error(`"${item.trim()}" is none of: malloc <size>, calloc <size>, aligned <alignment> <size>, free <offset>, `
      + 'realloc <offset> <size>, trim, illegal <offset>');
  }
  const [a = 0, b = 0] = operands.map(Number);
  return { kind, a, b };
});

/** The live blocks: by granule of 16 bytes of the region, the usable size of the block that begins there, or 0. */
export type Live = Int32Array;

/** What the last operation did, for the report. */
export interface Done { result: number; live: Live }

export class HeapOperations {
  readonly #world: World;
  readonly #auditor: Auditor;
  readonly #origin: number;
  readonly #core: World['core'];
  readonly #next: Live;
  readonly #smallMax: number;

  constructor(world: World, auditor: Auditor) {
    this.#world = world;
    this.#auditor = auditor;
    this.#core = world.core;
    this.#origin = world.firstFrame * world.frameSize;
    this.#next = new Int32Array(world.plan.frames * world.frameSize >> 4);
    this.#smallMax = world.constants.SMALL_SIZE_MAX!;
  }

  /**
   * Does one operation in the state that the core is in, with these blocks live. Returns the blocks that are live then,
   * in an array that the next call uses again, with the core's state audited and canonical. Throws a Violation.
   */
  step({ kind, a, b }: Operation, live: Live): Done {
    const next = this.#next;
    next.set(live);
    const result = this.#perform(kind, a, b, live, next);
    for (let granule = 0; granule < live.length; granule++) {
      // The contents of every block that was live and is so still.
      const size = Math.min(live[granule]!, next[granule]!);
      if (size !== 0 && !this.#auditor.holdsPattern(this.#origin + granule * 16, size)) {
        throw new Violation(`the contents of the block at ${granule * 16} were changed`);
      }
    }
    const wrong = this.#auditor.audit();
    if (wrong !== undefined) throw new Violation(wrong);
    for (let granule = 0; granule < next.length; granule++) {
      if (this.#auditor.live[granule] !== next[granule]) {
        throw new Violation(`at ${granule * 16} there is ${describe(next[granule]!)}, and the heap has ${describe(this.#auditor.live[granule]!)}`);
      }
      // What was handed out is written to.
      if (next[granule]! > live[granule]!) this.#auditor.writePattern(this.#origin + granule * 16, next[granule]!);
    }
    if (kind === TRIM && this.#auditor.uncarvedFrames !== 0) throw new Violation('heap_trim leaves frames that no block was carved from');
    if (kind === TRIM && this.#auditor.emptyDescriptorPages !== 0) throw new Violation('heap_trim leaves an empty page of descriptors');
    if (result === 0 && (kind < ALIGNED || kind === ALIGNED && isPowerOfTwo(a))) {
      this.#demandExhausted(kind === ALIGNED ? b : a, kind === ALIGNED ? a : 1);
      this.#demandRefusedAgain(kind === ALIGNED ? b : a, kind === ALIGNED ? a : 1);
    }
    return { result, live: next };
  }

  #perform(kind: number, a: number, b: number, live: Live, next: Live): number {
    const core = this.#core;
    switch (kind) {
      case MALLOC: return this.#add(next, core.malloc!(a), a, 16);
      case CALLOC: {
        const address = core.calloc!(1, a);
        this.#add(next, address, a, 16);
        if (address !== 0) for (let index = address >> 2; index < (address + a) >> 2; index++) {
          if (this.#world.words[index] !== 0) throw new Violation(`calloc ${a} gives memory that is not zero`);
        }
        return address;
      }
      case ALIGNED: {
        const address = core.aligned_alloc!(a, b);
        if (address !== 0 && !isPowerOfTwo(a)) throw new Violation(`aligned_alloc gives a block although ${a} is no power of two`);
        return this.#add(next, address, b, a);
      }
      case FREE:
        next[a >> 4] = 0;
        core.free!(this.#origin + a);
        return 0;
      case REALLOC: return this.#resize(a, b, live, next);
      case TRIM: {
        const before = this.#world.stateWord('STATE_USED_FRAMES_OFFSET');
        const frames = core.heap_trim!();
        const given = before - this.#world.stateWord('STATE_USED_FRAMES_OFFSET');
        if (frames !== given) throw new Violation(`heap_trim tells ${frames} frames, and gives ${given} back`);
        return frames;
      }
      case ILLEGAL: return this.misuse(a);
    }
    throw new Error(`no operation ${kind}`);
  }

  /** Frees what is no live block, which stops the machine; the reason and the address stand in the state record. */
  misuse(offset: number): number {
    const { words, state, constants: c } = this.#world;
    const address = this.#origin + offset;
    const code = (state + c.STATE_PANIC_CODE_OFFSET!) >> 2;
    const told = (state + c.STATE_PANIC_ADDRESS_OFFSET!) >> 2;
    try {
      this.#core.free!(address);
    } catch {
      if (words[told] !== (address | 0) || words[code] === 0) {
        throw new Violation(`free of what is no block stops with code ${words[code]!} and address 0x${(words[told]! >>> 0).toString(16)}`);
      }
      words[code] = 0;
      words[told] = 0;
      return 0;
    }
    throw new Violation('free of what is no block goes through');
  }

  /** Enters a block of `size` bytes at `address` in the model, if the address is not 0. */
  #add(next: Live, address: number, size: number, alignment: number): number {
    if (address === 0) return 0;
    const { frameSize } = this.#world;
    const usable = alignment > frameSize ? Math.max(Math.ceil(size / frameSize), 1) * frameSize
      : this.#world.usableFor(alignment > 16 ? Math.ceil(Math.max(size, 1) / alignment) * alignment : size);
    this.#place(next, address, usable, alignment);
    return address;
  }

  #place(next: Live, address: number, usable: number, alignment: number): void {
    const offset = address - this.#origin;
    if (offset < 0 || offset + usable > next.length * 16) throw new Violation(`0x${(address >>> 0).toString(16)} is out of bounds`);
    if (address % Math.max(alignment, 16) !== 0) throw new Violation(`the block at ${offset} is not aligned to ${Math.max(alignment, 16)}`);
    for (let granule = 0; granule < next.length; granule++) {
      const size = next[granule]!;
      if (size !== 0 && granule * 16 < offset + usable && offset < granule * 16 + size) {
        throw new Violation(`the block of ${usable} bytes at ${offset} overlaps the live one of ${size} bytes at ${granule * 16}`);
      }
    }
    const told = this.#core.malloc_usable_size!(address);
    if (told !== usable) throw new Violation(`malloc_usable_size of the block at ${offset} is ${told}, not ${usable}`);
    next[offset >> 4] = usable;
  }

  #resize(offset: number, size: number, live: Live, next: Live): number {
    const before = this.#origin + offset;
    const usable = live[offset >> 4]!;
    const address = this.#core.realloc!(before, size);
    if (address === 0) {
      if (size <= usable) throw new Violation(`realloc of the block of ${usable} bytes at ${offset} to ${size} fails, although it becomes smaller`);
      return 0;
    }
    const kept = Math.min(size, usable) & -4;
    if (!this.#auditor.holdsPatternOf(before, address, kept)) throw new Violation(`realloc of the block at ${offset} to ${size} does not keep its contents`);
    next[offset >> 4] = 0;
    if (address !== before) return this.#add(next, address, size, 16);
    const isLarge = usable > this.#smallMax || this.#core.malloc_usable_size!(before) > this.#smallMax;
    const after = isLarge && size > this.#smallMax ? this.#world.usableFor(size) : usable;
    if (after < size) throw new Violation(`realloc of the block at ${offset} to ${size} leaves it at ${after}`);
    this.#place(next, address, after, 16);
    return address;
  }

  /** Nothing was found: then there is no block of the class, and no run of frames for a page or the block. */
  #demandExhausted(size: number, alignment: number): void {
    const { frameSize } = this.#world;
    const { free, hasBlock, emptyPages, lazyBlocks, uncarvedFrames } = this.#auditor;
    const aligned = alignment > 16 && alignment <= frameSize ? Math.ceil(Math.max(size, 1) / alignment) * alignment : size;
    let frames = Math.ceil(Math.max(aligned, 1) / frameSize);
    if (aligned <= this.#smallMax && alignment <= frameSize) {
      const classSize = this.#world.usableFor(aligned);
      const bin = CLASS_SIZES.indexOf(classSize);
      if (hasBlock[bin] !== 0) throw new Violation(`there is no block for ${size} bytes, although a page of its class has one`);
      frames = 1;
      while (frames * frameSize < classSize || (frames * frameSize) % classSize > frames * frameSize / 8) frames++;
    }
    if (frames > this.#world.plan.frames) return; // and is told so at once, with everything left as it is
    if (emptyPages !== 0) throw new Violation(`there is no block for ${size} bytes, although an empty page or an idle node is kept back`);
    if (uncarvedFrames !== 0) throw new Violation(`there is no block for ${size} bytes, although pages have frames that no block was carved from`);
    if (lazyBlocks !== 0) throw new Violation(`there is no block for ${size} bytes, although blocks have room behind them`);
    // A page of descriptors may take frames out of the middle of a run, even if they are given back in the end; of the
    // two parts one is long enough if the run had 2 * frames - 1 besides.
    const run = frames + Math.max(alignment / frameSize, 1) - 1;
    const needed = 2 * run - 1 + 1 + this.#world.constants.GUARD_FRAMES!;
    let length = 0;
    for (let frame = 0; frame < 32; frame++) {
      length = (free >>> frame & 1) === 0 ? 0 : length + 1;
      if (length === needed) throw new Violation(`there is no block for ${size} bytes, although ${needed} frames in a row are free`);
    }
  }

  /**
   * A large block that was refused is refused again: all that could be done for it was done the first time. (For a page of
   * blocks the descriptor is taken first, and may take the frame that it needs.) Changes nothing.
   */
  #demandRefusedAgain(size: number, alignment: number): void {
    if (size <= this.#smallMax && alignment <= this.#world.frameSize) return;
    const { words } = this.#world;
    const image = words.slice();
    const address = alignment === 1 ? this.#core.malloc!(size) : this.#core.aligned_alloc!(alignment, size);
    if (address !== 0) throw new Violation(`there is no block for ${size} bytes, and the same request gets one when it is made again`);
    words.set(image);
  }
}

const isPowerOfTwo = (value: number): boolean => Math.log2(value) % 1 === 0;

const describe = (size: number): string => (size === 0 ? 'no block' : `a block of ${size} bytes`);
