/** Random operations on a heap, the same for the same seed, on several builds of the core at once. */

import { ShadowHeap } from './shadow-heap.ts';

/** The functions of a core, with plain numbers, and its memory. */
export interface Core {
  name: string;
  call(name: string, ...operands: number[]): number;
  bytes(): Uint8Array;
}

/** A 32-bit xorshift (Marsaglia, 2003). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Spread by the finaliser of MurmurHash3 (Appleby), so that neighbouring seeds have nothing in common.
    let x = seed + 0x9e3779b9 | 0;
    x = Math.imul(x ^ x >>> 16, 0x85ebca6b);
    x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);
    this.#state = (x ^ x >>> 16) || 1;
  }

  /** A number from 0 to `limit` - 1. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  /** A size whose logarithm is evenly spread up to `limit` bytes; small sizes are the most frequent. */
  size(limit: number): number {
    return this.below(2 ** (1 + this.below(Math.floor(Math.log2(limit))))) + this.below(3);
  }
}

export interface Plan {
  seed: number;
  operations: number;
  /** Bytes of the fixed region that the heap begins with; 0 = the heap grows. */
  region: number;
  /** The size of the largest ordinary request in bytes. */
  sizeMax: number;
  /** Live blocks beyond which frees become more frequent. */
  blocksMax: number;
}

/** The shapes of a run: a heap that grows, and fixed regions that are exhausted again and again. */
export const PLANS: Record<string, Omit<Plan, 'seed' | 'operations'>> = {
  growing: { region: 0, sizeMax: 60_000, blocksMax: 600 },
  'growing, small blocks': { region: 0, sizeMax: 1_024, blocksMax: 8_000 },
  'fixed region': { region: 3_000_000, sizeMax: 60_000, blocksMax: 400 },
  'small region': { region: 300_000, sizeMax: 20_000, blocksMax: 400 },
};

/** The memory that the cores begin with, in wasm pages; holds every fixed region. */
export const WASM_PAGES = 64;

/** The command that runs `plan`, of the shape called `shape`, again. */
export const describePlan = (shape: string, plan: Plan): string =>
  `npm run fuzz -- --shape ${JSON.stringify(shape)} --seed ${plan.seed} --operations ${plan.operations}`;

/** How often the memory images are compared and the heaps checked, in operations. */
const CHECK_INTERVAL = 5_000;

/**
 * Runs the plan on all `cores` in lock step: the same results, the same memory image, heap_check() = 0 on the way, and
 * at the end, when everything has been freed, the same free spans as at the beginning. The first core's blocks are
 * shadowed. Throws an error that names the seed and the operation.
 */
export const runPlan = (cores: Core[], plan: Plan): void => {
  const random = new Random(plan.seed);
  const [first] = cores as [Core];
  const shadow = new ShadowHeap(() => first.bytes());
  const heaps: number[] = [];
  let operation = 0;

  const call = (name: string, ...operands: number[]): number => {
    const results = cores.map((core) => core.call(name, ...operands) >>> 0);
    const different = results.findIndex((result) => result !== results[0]);
    if (different !== -1) {
      throw new Error(`${name}(${operands.join(', ')}) = ${results[0]} on ${first.name}, ${results[different]} on ${cores[different]!.name}`);
    }
    return results[0]!;
  };
  // What the program writes into its blocks is part of the image: copy it to the other cores.
  const mirror = (address: number, size: number): void => {
    const source = first.bytes().subarray(address, address + size);
    for (const core of cores.slice(1)) core.bytes().set(source, address);
  };
  const keep = (address: number, size: number, alignment = 16, heap = 0): void => {
    if (address === 0) return;
    const usable = call('malloc_usable_size', address);
    if (usable < size) throw new Error(`usable size ${usable} of a block of ${size}`);
    shadow.add(address, size, alignment, heap);
    mirror(address, size);
  };
  const compare = (): void => {
    const code = call('heap_check');
    if (code !== 0) throw new Error(`heap_check() = ${code}`);
    for (const core of cores.slice(1)) {
      if (Buffer.compare(first.bytes(), core.bytes()) === 0) continue;
      const at = first.bytes().findIndex((byte, index) => byte !== core.bytes()[index]);
      throw new Error(`the memory of ${first.name} and ${core.name} differs at 0x${at.toString(16)}`);
    }
  };
  const freeSpans = (): string => {
    call('heap_trim');
    const out = call('malloc', 132);
    call('heap_stats', out);
    const spans = [...new Uint32Array(first.bytes().buffer, out + 48, 21)].join(' ');
    call('free', out);
    call('heap_trim');
    return spans;
  };

  const free = (index: number): void => {
    const block = shadow.blocks[index]!;
    shadow.check(block);
    shadow.remove(index);
    call('free', block.address);
  };
  const resize = (index: number): void => {
    const block = shadow.blocks[index]!;
    const size = random.below(3) === 0 ? Math.floor(block.size * 1.5) + 1 : random.size(plan.sizeMax);
    shadow.check(block);
    const address = call('realloc', block.address, size);
    if (address === 0) {
      shadow.check(block);
    } else {
      shadow.check(block, Math.min(size, block.size), address);
      shadow.remove(index);
      keep(address, size, 16, block.heap);
    }
  };
  /** Something with a heap of one's own: begin one, allocate from it, or end it in either way. */
  const useHeap = (): void => {
    const choice = random.below(10);
    if (heaps.length === 0 || (choice === 0 && heaps.length < 8)) {
      const heap = call('heap_new');
      if (heap !== 0) heaps.push(heap);
      return;
    }
    const index = random.below(heaps.length);
    const heap = heaps[index]!;
    if (choice < 8) {
      for (let count = random.below(40); count > 0; count--) {
        const size = random.size(plan.sizeMax);
        keep(call('heap_malloc', heap, size), size, 16, heap);
      }
    } else {
      heaps.splice(index, 1);
      for (let at = shadow.blocks.length - 1; at >= 0; at--) {
        const block = shadow.blocks[at]!;
        if (block.heap !== heap) continue;
        shadow.check(block);
        if (choice === 8) shadow.remove(at);
        else block.heap = 0;
      }
      call(choice === 8 ? 'heap_destroy' : 'heap_delete', heap);
    }
  };
  const step = (): void => {
    const { blocks } = shadow;
    const choice = random.below(100);
    const full = blocks.length > plan.blocksMax;
    if (blocks.length === 0 || (choice < 42 && !full) || choice < 25) {
      const size = random.below(400) === 0 ? 0xffffffff - random.below(70_000) : random.size(plan.sizeMax);
      keep(call('malloc', size), size);
    } else if (choice < 72) {
      free(random.below(blocks.length));
    } else if (choice < 84) {
      resize(random.below(blocks.length));
    } else if (choice < 90) {
      const alignment = 1 << random.below(16);
      const size = random.size(plan.sizeMax);
      keep(call('aligned_alloc', alignment, size), size, Math.max(alignment, 16));
    } else if (choice < 95) {
      const count = 1 + random.below(20);
      const size = random.size(plan.sizeMax / 16);
      const address = call('calloc', count, size);
      if (address !== 0 && first.bytes().subarray(address, address + count * size).some((byte) => byte !== 0)) {
        throw new Error(`calloc(${count}, ${size}) is not all zero`);
      }
      keep(address, count * size);
    } else if (choice < 98) {
      useHeap();
    } else if (choice < 99) {
      call('free', 0);
    } else {
      call('heap_trim');
    }
  };

  try {
    if (plan.region !== 0) {
      const frames = call('heap_init', 70_000, plan.region);
      if (frames === 0) throw new Error('heap_init refused the region');
    }
    const before = freeSpans();
    for (operation = 1; operation <= plan.operations; operation++) {
      step();
      if (operation % CHECK_INTERVAL === 0) compare();
    }
    while (shadow.blocks.length > 0) free(shadow.blocks.length - 1);
    for (const heap of heaps) call('heap_destroy', heap);
    compare();
    const after = freeSpans();
    if (plan.region !== 0 && after !== before) throw new Error(`free spans by order before: ${before}; after everything was freed: ${after}`);
  } catch (error) {
    throw new Error(`seed ${plan.seed}, operation ${operation}: ${(error as Error).message}`, { cause: error });
  }
};
