/** A million random operations, all of them correct, raise no alarm in the modules that are shipped. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SETTING_CHECK_EVERY, SETTING_GO_ON } from '../../kernel-heap/debug-layout.ts';
import { buildCore } from '../../scripts/lib/module.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { inEachProfile, type BugProfile } from './run.ts';

const OPERATIONS = 1_000_000;
const BLOCKS = 400;
const HEAPS = 4;
/** heap_check is asked every so many operations; it looks at everything. */
const CHECK_EVERY = 10_000;
const LARGE_MAX = 40_000;

type Core = Record<string, (...operands: number[]) => number> & { memory: WebAssembly.Memory };

interface Block {
  address: number;
  size: number;
  alignment: number;
  /** The byte that it is full of. */
  content: number;
  /** The index of its heap; -1 is the main one. */
  heap: number;
}

/** Operations on a core by the names of the contract; each is correct, and what blocks hold is verified. */
class Program {
  readonly #core: Core;
  readonly #random: Random;
  readonly #blocks: (Block | undefined)[] = Array.from({ length: BLOCKS });
  readonly #heaps: number[];
  #bytes: Uint8Array;

  constructor(core: Core, seed: number) {
    this.#core = core;
    this.#random = new Random(seed);
    this.#heaps = Array.from({ length: HEAPS }, () => core.heap_new!());
    this.#bytes = new Uint8Array(core.memory.buffer);
  }

  /** Mostly small, one in a hundred large. */
  #size(): number {
    return this.#random.below(100) === 0 ? this.#random.below(LARGE_MAX) : this.#random.below(1 + this.#random.below(400));
  }

  /** The `size` bytes at `address`, in the memory as it is now. */
  #range(address: number, size: number): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#core.memory.buffer);
    return this.#bytes.subarray(address, address + size);
  }

  /** Writes all bytes of a new block, the first and the last of which are verified when it goes. */
  #enter(index: number, block: Omit<Block, 'content'>): void {
    assert.is.not(block.address, 0, 'there is memory');
    const content = this.#random.below(256);
    this.#range(block.address, block.size).fill(content);
    this.#blocks[index] = { ...block, content };
  }

  #verify({ address, size, content }: Block): void {
    if (size === 0) return;
    const range = this.#range(address, size);
    if (range[0] !== content || range[size - 1] !== content) throw new Error(`a block of ${size} bytes has changed`);
  }

  #allocate(index: number): void {
    const core = this.#core;
    const size = this.#size();
    const own = { size, alignment: 1, heap: -1 };
    switch (this.#random.below(6)) {
      case 0: return this.#enter(index, { ...own, address: core.calloc!(1, size) >>> 0 });
      case 1: return this.#enter(index, { ...own, address: core.realloc!(0, size) >>> 0 });
      case 2: {
        const alignment = 1 << this.#random.below(10);
        return this.#enter(index, { ...own, alignment, address: core.aligned_alloc!(alignment, size) >>> 0 });
      }
      case 3: {
        const heap = this.#random.below(HEAPS);
        return this.#enter(index, { ...own, heap, address: core.heap_malloc!(this.#heaps[heap]!, size) >>> 0 });
      }
      default: return this.#enter(index, { ...own, address: core.malloc!(size) >>> 0 });
    }
  }

  #free(index: number, block: Block): void {
    const core = this.#core;
    this.#blocks[index] = undefined;
    this.#verify(block);
    const { address, size, alignment } = block;
    switch (this.#random.below(3)) {
      case 0: return void core.free!(address);
      case 1: return void core.free_aligned_sized!(address, alignment, size);
      default: return void (alignment === 1 ? core.free_sized!(address, size) : core.free!(address));
    }
  }

  #resize(index: number, block: Block): void {
    this.#verify(block);
    const size = this.#size();
    const address = this.#core.realloc!(block.address, size) >>> 0;
    assert.is.not(address, 0, 'there is memory');
    this.#verify({ ...block, address, size: Math.min(block.size, size, 1) });
    this.#enter(index, { address, size, alignment: 1, heap: block.heap });
  }

  /** A heap goes, with its blocks or without. */
  #renewHeap(): void {
    const core = this.#core;
    const heap = this.#random.below(HEAPS);
    const destroys = this.#random.below(2) === 0;
    this.#blocks.forEach((block, index) => {
      if (block?.heap !== heap) return;
      this.#verify(block);
      this.#blocks[index] = destroys ? undefined : { ...block, heap: -1 };
    });
    if (destroys) core.heap_destroy!(this.#heaps[heap]!);
    else core.heap_delete!(this.#heaps[heap]!);
    this.#heaps[heap] = core.heap_new!();
  }

  step(): void {
    const core = this.#core;
    const index = this.#random.below(BLOCKS);
    const block = this.#blocks[index];
    const kind = this.#random.below(1000);
    if (kind === 0) return this.#renewHeap();
    if (kind === 1) return void core.heap_trim!();
    if (!block) return this.#allocate(index);
    if (kind < 100) return assert.ok(core.malloc_usable_size!(block.address) >= block.size);
    return kind < 300 ? this.#resize(index, block) : this.#free(index, block);
  }

  /** Frees everything. */
  end(): void {
    this.#blocks.forEach((block, index) => { if (block) this.#free(index, block); });
    for (const heap of this.#heaps) this.#core.heap_destroy!(heap);
  }
}

const SEED = testSeed();
const cores = await inEachProfile(async (profile) => new WebAssembly.Module((await buildCore({ profile })).wasm as BufferSource));
const instantiate = (profile: BugProfile): Core => {
  const { made } = cores.find((core) => core.profile === profile)!;
  const core = { ...new WebAssembly.Instance(made).exports } as Core;
  core.malloc!(0);
  return core;
};

/** `operations` correct operations; throws if something stops, the heap is not in order, or a bug is reported. */
const run = (core: Core, operations: number): void => {
  const program = new Program(core, SEED);
  for (let count = 1; count <= operations; count++) {
    program.step();
    if (count % CHECK_EVERY === 0) assert.is(core.heap_check!(), 0, `after ${count} operations`);
  }
  program.end();
  core.heap_trim!();
  assert.is(core.heap_check!(), 0);
  assert.is(core.heap_bugs!(), 0);
};

const test = suite('bugs: no false alarm');
test(`hardened: ${OPERATIONS} operations`, () => run(instantiate('hardened'), OPERATIONS));
test(`debug: ${OPERATIONS} operations`, () => {
  const core = instantiate('debug');
  core.heap_debug!(SETTING_GO_ON, 1);
  run(core, OPERATIONS);
});
test('debug: everything is looked at in every tenth operation', () => {
  const core = instantiate('debug');
  core.heap_debug!(SETTING_CHECK_EVERY, 10);
  run(core, OPERATIONS / 100);
});
test('a wrong operation among them is noticed', () => {
  const freeTwice = (core: Core): void => {
    run(core, 1_000);
    const block = core.malloc!(40);
    core.free!(block);
    core.free!(block);
  };
  assert.throws(() => freeTwice(instantiate('hardened')), (error: unknown) => error instanceof WebAssembly.RuntimeError);
  const core = instantiate('debug');
  core.heap_debug!(SETTING_GO_ON, 1);
  freeTwice(core);
  assert.is(core.heap_bugs!(), 1);
});
test.run();
