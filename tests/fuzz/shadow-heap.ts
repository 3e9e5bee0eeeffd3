/**
 * An independent witness of a heap: it knows each live block by its own records and shares no code with the allocator.
 * Every block is filled with a pattern of its own, and checked when it is resized or freed.
 */

/** The memory of the heap under test, fetched anew on every use because it may grow. */
export type Bytes = () => Uint8Array;

export interface Block {
  address: number;
  size: number;
  /** The heap it came from; 0 = the main heap. */
  heap: number;
  seed: number;
}

/** Contents are written and checked in full up to this many bytes at either end of a block. */
const EDGE = 64;

export class ShadowHeap {
  readonly blocks: Block[] = [];
  /** The live blocks by address, to find neighbours: sorted addresses would cost more than a map of frames. */
  readonly #frames = new Map<number, Set<Block>>();
  readonly #bytes: Bytes;
  #seed = 1;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** Records a new block of `size` bytes and fills it, or throws an error that says what is wrong with it. */
  add(address: number, size: number, alignment: number, heap: number): void {
    if (address % alignment !== 0) throw new Error(`block ${hex(address)} is not aligned to ${alignment}`);
    if (address === 0 || address + size > this.#bytes().length) throw new Error(`block ${hex(address)} + ${size} leaves the memory`);
    const block = { address, size, heap, seed: this.#seed = (this.#seed * 5 + 1) & 0xff };
    for (const frame of framesOf(block)) {
      const set = this.#frames.get(frame) ?? new Set();
      for (const other of set) {
        const apart = address + Math.max(size, 1) <= other.address || other.address + Math.max(other.size, 1) <= address;
        if (!apart) throw new Error(`block ${hex(address)} + ${size} overlaps ${hex(other.address)} + ${other.size}`);
      }
      this.#frames.set(frame, set.add(block));
    }
    this.blocks.push(block);
    this.#write(block);
  }

  /** Forgets the block at `index`. */
  remove(index: number): void {
    const block = this.blocks[index]!;
    const last = this.blocks.pop()!;
    if (last !== block) this.blocks[index] = last;
    for (const frame of framesOf(block)) {
      const set = this.#frames.get(frame)!;
      set.delete(block);
      if (set.size === 0) this.#frames.delete(frame);
    }
  }

  /** Checks that `address` holds the first `size` bytes that were written into `block`. */
  check(block: Block, size = block.size, address = block.address): void {
    const bytes = this.#bytes();
    const wrong = (offset: number): boolean => bytes[address + offset] !== patternOf(block, offset);
    for (const offset of offsets(Math.min(size, block.size), block.size)) {
      if (wrong(offset)) throw new Error(`byte ${offset} of block ${hex(address)} + ${size} was overwritten`);
    }
  }

  #write(block: Block): void {
    const bytes = this.#bytes();
    for (const offset of offsets(block.size, block.size)) bytes[block.address + offset] = patternOf(block, offset);
  }
}

const hex = (address: number): string => `0x${address.toString(16)}`;

const patternOf = (block: Block, offset: number): number => (block.seed + offset * 7) & 0xff;

/** The offsets below `limit` among those written into a block of `size` bytes: the two edges, and samples between. */
function* offsets(limit: number, size: number): Generator<number> {
  for (let offset = 0; offset < Math.min(EDGE, limit); offset++) yield offset;
  for (let offset = EDGE; offset < Math.min(size - EDGE, limit); offset += 1021) yield offset;
  for (let offset = Math.max(EDGE, size - EDGE); offset < limit; offset++) yield offset;
}

function* framesOf({ address, size }: Block): Generator<number> {
  for (let frame = address >>> 12; frame <= (address + Math.max(size, 1) - 1) >>> 12; frame++) yield frame;
}
