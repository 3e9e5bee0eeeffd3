/**
 * What a call costs at worst: sequences of calls that were made to be dear, in heaps of 2^k frames that cannot grow.
 *
 * Each sequence looks for the longest way through one of the core's loops; a random one looks for what nobody thought
 * of. They need nothing but the contract, and end with an empty heap.
 */
import { readFileSync } from 'node:fs';
import { IDLE_COUNT_MAX, LAZY_TRIM_MAX } from '../../../kernel-heap/layout.ts';
import { Random } from '../../../tests/fuzz/operations.ts';
import { buildTallow } from './build.ts';
import { loadCounted, OPERATIONS, type Counted, type Operation } from './instructions.ts';
import { table } from './report.ts';

const FRAME_SHIFT = 12;
const FRAME_SIZE = 1 << FRAME_SHIFT;
const WASM_PAGE_SHIFT = 16;

/** Blocks above it have spans of their own. */
const SMALL_SIZE_MAX = 8192;

/** The cores whose calls are counted, by their names among the allocators: all of each, as heaps of a given size are begun. */
export const countedCores = (): { name: string; instantiate: () => Counted }[] =>
  ([['tallow', 'release'], ['hardened', 'hardened']] as const)
    .map(([name, profile]) => ({ name, instantiate: loadCounted(readFileSync(buildTallow(profile))) }));

/** The dearest call of each operation, and the sequence that it is in. */
export type WorstCalls = Readonly<Record<Operation, { readonly instructions: number; readonly sequence: string }>>;

type Heap = Record<Operation, (...args: number[]) => number> & {
  /** Bytes of its region. */
  readonly size: number;
};

/** Calls `allocate` until it gives no block; those it gave. */
const exhaust = (allocate: () => number): number[] => {
  const blocks: number[] = [];
  for (let block = allocate(); block !== 0; block = allocate()) blocks.push(block);
  return blocks;
};

/** Frees every other block and then the rest, so that each free of the second half merges spans. */
const freeAlternately = (heap: Heap, blocks: readonly number[]): void => {
  for (const rest of [0, 1]) blocks.filter((_, index) => index % 2 === rest).forEach((block) => heap.free(block));
};

/**
 * One used frame at each multiple of a power of two, and behind it free spans of every order below: runs of frames that
 * are one too short for whoever wants the power of two, which has to be seen of each. And in place, each frame can grow
 * over all the spans behind it.
 */
const combs = (heap: Heap): void => {
  for (let size = 4 * FRAME_SIZE; size <= heap.size / 2; size *= 2) {
    const teeth = exhaust(() => heap.aligned_alloc(size, 1));
    const resize = (index: number, wanted: number): void => {
      const tooth = teeth[index];
      if (tooth) teeth[index] = heap.realloc(tooth, wanted) || tooth;
    };
    for (const wanted of [size, size - FRAME_SIZE + 1, size / 2 + 1, 7168]) {
      // Between the teeth all is empty pages, as many of them retired as may be.
      exhaust(() => heap.malloc(SMALL_SIZE_MAX)).forEach((block) => heap.free(block));
      heap.free(heap.malloc(wanted));
      heap.free(heap.calloc(1, wanted));
      heap.free(heap.aligned_alloc(size, wanted));
    }
    const blocks = [16, 1024, 7168].map((wanted) => heap.malloc(wanted));
    [size, size + 1, size - FRAME_SIZE, size / 2 + 1].forEach((wanted, index) => resize(index, wanted));
    blocks.forEach((block) => heap.free(block));
    freeAlternately(heap, teeth);
  }
};

/** All memory in blocks of one class, freed and taken again in several orders: full pages, retired ones, empty pages. */
const classes = (heap: Heap): void => {
  for (const size of [16, 48, 448, 1024, 1536, 3584, 7168, 8192]) {
    const blocks = exhaust(() => heap.malloc(size));
    freeAlternately(heap, blocks);
    // As many empty pages are retired as may be; what is large now needs them all.
    heap.free(heap.malloc(heap.size / 2));
    const again = exhaust(() => heap.malloc(size));
    again.forEach((block) => heap.free(block));
    heap.free(heap.aligned_alloc(heap.size / 4, FRAME_SIZE));
    const few = exhaust(() => heap.malloc(size)).reverse();
    few.forEach((block) => heap.free(block));
    heap.free(heap.calloc(1, heap.size));
  }
};

/** Every alignment that there is, and sizes beside the powers of two. */
const alignments = (heap: Heap): void => {
  for (let alignment = 1; alignment <= heap.size; alignment *= 2) {
    for (const size of [1, alignment, alignment + 1]) {
      const block = heap.aligned_alloc(alignment, size);
      if (block === 0) continue;
      heap.free(heap.realloc(block, 2 * size + FRAME_SIZE) || block);
    }
  }
};

const MIXTURE_STEPS = 30_000;

/** Full pages of one class between full pages of others, of which one block after another goes. */
const mixture = (heap: Heap, seed: number): void => {
  const random = new Random(seed);
  const blocks: number[] = [];
  const classSizes = [16, 112, 640, 1024, 2048, 5120, 8192];
  const size = (): number => {
    const kind = random.below(8);
    if (kind < 5) return classSizes[random.below(classSizes.length)]!;
    if (kind < 7) return 1 + random.below(1 << (13 + random.below(Math.log2(heap.size) - 14)));
    return 1 + random.below(300);
  };
  for (let step = 0; step < MIXTURE_STEPS; step++) {
    const index = random.below(blocks.length + 1);
    const kind = random.below(16);
    // Fills up, then stays about full; now and then much of it goes at once.
    if (random.below(2000) === 0) blocks.splice(0, blocks.length >>> random.below(4)).forEach((block) => heap.free(block));
    else if (index === blocks.length || kind < 7) {
      const block = kind === 0 ? heap.calloc(1, size()) : kind === 1 ? heap.aligned_alloc(1 << random.below(20), size()) : heap.malloc(size());
      if (block !== 0) blocks.push(block);
    } else if (kind < 9) blocks[index] = heap.realloc(blocks[index]!, size()) || blocks[index]!;
    else {
      heap.free(blocks[index]!);
      blocks[index] = blocks.at(-1)!;
      blocks.pop();
    }
  }
  blocks.forEach((block) => heap.free(block));
};

const SEQUENCES: Readonly<Record<string, (heap: Heap, seed: number) => void>> = { combs, classes, alignments, mixture };

/**
 * The dearest calls in a heap of 2^`order` frames.
 * @param counted a new instance of the standalone core; its memory is made as large as that.
 * @param seed of the random sequence.
 * @throws an Error if the heap does not begin, or a sequence does not end with a valid heap.
 */
export const worstCalls = (instantiate: () => Counted, order: number, seed: number): WorstCalls => {
  const worst: Partial<Record<Operation, { instructions: number; sequence: string }>> = {};
  for (const [sequence, run] of Object.entries(SEQUENCES)) {
    const counted = instantiate();
    const size = 1 << order + FRAME_SHIFT;
    counted.memory.grow((size >>> WASM_PAGE_SHIFT) + 1);
    if (counted.other('heap_init')(FRAME_SIZE, size) === 0) throw new Error(`there is no heap of 2^${order} frames`);
    const functions = Object.fromEntries(OPERATIONS.map((operation) => [operation, (...args: number[]): number => {
      const result = counted[operation](...args);
      const instructions = counted.last();
      if (instructions > (worst[operation]?.instructions ?? 0)) worst[operation] = { instructions, sequence };
      return result;
    }])) as Record<Operation, (...args: number[]) => number>;
    run({ ...functions, size }, seed);
    const code = counted.other('heap_check')();
    if (code !== 0) throw new Error(`heap_check gives ${code} after the sequence ${sequence} in 2^${order} frames`);
  }
  return worst as WorstCalls;
};

/**
 * The published bound: instructions of a call in a memory of 2^`order` frames, copying and zeroing aside. An allocation
 * may empty the table of retired pages, which is the constant, and look at a fixed number of runs of free frames, each of
 * which has two free spans of every order at most, which takes the square of the order. A free merges spans of each
 * order once. Found by search, with a margin; not proved.
 */
export const worstBound = (operation: Operation, order: number): number =>
  (operation === 'free' ? 250 * order : 25_000 + 500 * order ** 2);

/** Instructions for each frame of the memory that a call may take besides when the frame table has to become larger. */
export const GROWTH_BOUND = 30;

/** The operations whose dearest call is beyond the bound, in words. */
export const beyondBound = (worst: WorstCalls, order: number): string[] =>
  OPERATIONS.filter((operation) => worst[operation].instructions > worstBound(operation, order)).map((operation) => {
    const { instructions, sequence } = worst[operation];
    return `${operation} in 2^${order} frames: ${instructions} instructions in the sequence ${sequence}, ${worstBound(operation, order)} is the bound`;
  });

/**
 * The dearest call that makes the frame table larger, in instructions for each frame of the memory then, when `mib` MiB
 * before it are in use, or free.
 */
export const growthCost = (counted: Counted, mib: number, free: boolean): number => {
  let dearest = 0;
  const grow = (size: number): number => {
    const block = counted.malloc(size);
    if (block === 0) throw new Error('the memory does not grow');
    const frames = counted.memory.buffer.byteLength >>> FRAME_SHIFT;
    const besides = counted.last() - worstBound('malloc', Math.log2(frames));
    dearest = Math.max(dearest, besides / frames);
    return block;
  };
  if (free) {
    for (let size = 1; size <= mib; size *= 2) counted.free(grow(size << 20));
  } else {
    for (let size = 0; size < mib; size++) grow(1 << 20);
  }
  return dearest;
};

/**
 * In a memory that grows, an allocation for which frames run short may take besides what so many frees take: idle nodes
 * are merged, and blocks lose the room behind them.
 */
export const LAZY_FREES = IDLE_COUNT_MAX + LAZY_TRIM_MAX;

/** The instructions of a call for which as many idle nodes are merged and blocks lose their room as may, and its bound. */
export const lazyCost = (counted: Counted): { instructions: number; bound: number } => {
  // Free frames that the memory has grown by, in which large blocks take whole nodes.
  counted.free(counted.malloc(64 << 20));
  const freed: number[] = [];
  for (let index = 0; index < 2 * LAZY_FREES; index++) {
    const block = counted.malloc((4 << index % 3) * FRAME_SIZE + 1);
    if (index % 2 === 0) freed.push(block);
  }
  for (const block of freed) counted.free(block);
  // No node is as long, but a run of nodes is.
  if (counted.malloc(40 << 20) === 0) throw new Error('the memory does not grow');
  const instructions = counted.last();
  const code = counted.other('heap_check')();
  if (code !== 0) throw new Error(`heap_check gives ${code}`);
  const order = Math.log2(counted.memory.buffer.byteLength >>> FRAME_SHIFT);
  return { instructions, bound: worstBound('malloc', order) + LAZY_FREES * worstBound('free', order) };
};

const CAVEATS = `\
Wasm instructions of the dearest call that was found, and the bound (tests/bench/README.md); copying and zeroing count
one instruction, and the memory cannot grow.`;

const grouped = (value: number): string => Math.round(value).toLocaleString('en');

/** A row for each size of memory and profile. */
export const worstReport = (results: readonly { profile: string; order: number; worst: WorstCalls }[]): string => [
  table([
    ['WORST CALL found / bound', ...OPERATIONS],
    ...results.map(({ profile, order, worst }) => [
      `${profile}, 2^${order} frames`,
      ...OPERATIONS.map((operation) => `${grouped(worst[operation].instructions)} / ${grouped(worstBound(operation, order))}`),
    ]),
  ]),
  CAVEATS,
].join('\n\n');
