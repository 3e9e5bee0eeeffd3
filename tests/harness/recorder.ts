/**
 * Recording allocations in tests, with any runner: test('…', withAllocs(() => { … })) fails unless each block was freed
 * once, as what it was allocated as. The recorder is that of the core (kernel-heap/recorder.ts), in the shipped debug
 * module; names and figures are those of mockalloc.
 */

import * as layout from '../../kernel-heap/recording-layout.ts';
import { DebugHeap, debugModule, type Bug, type DebugExports } from './debug-heap.ts';
import { counted, describeBug, hexadecimal, placeLine } from './describe.ts';
import { placesOf } from './places.ts';

/** What is recorded: the exports of a Wasm module, or functions that do the same. Addresses are numbers, 0 is no block. */
export interface Allocator {
  malloc(size: number): number;
  free(ptr: number): void;
  calloc?(count: number, size: number): number;
  realloc?(ptr: number, size: number): number;
  aligned_alloc?(alignment: number, size: number): number;
  free_sized?(ptr: number, size: number): void;
  free_aligned_sized?(ptr: number, alignment: number, size: number): void;
}

export type AllocError = 'leak' | 'doubleFree' | 'badPtr' | 'badSize' | 'badAlignment' | 'badLayout' | 'earlyFree' | 'noData';

/** A block that is left over. */
export interface LeftBlock {
  ptr: number;
  size: number;
  alignment: number;
  /** Whether it was not freed; otherwise it was freed without being live. */
  isLeaked: boolean;
  /** Where it was allocated, and where others from there were freed, as far as is known. */
  place: string[];
  siblingsFreed: string[][];
}

export interface AllocInfo {
  numAllocs: number;
  numFrees: number;
  numLeaks: number;
  memAllocated: number;
  memFreed: number;
  memLeaked: number;
  /** The most bytes that were live at once, and the blocks that there were then. */
  peakMem: number;
  peakMemAllocs: number;
  /** The gravest error; undefined if there is none. */
  result: AllocError | undefined;
  /** All of them, the gravest first. */
  errors: AllocError[];
  /** What is left over, up to eight blocks. */
  blocks: LeftBlock[];
  /** The first wrong free, by its number among the calls that were recorded, and its place. */
  firstWrong?: { number: number; what: string; place: string[] };
  /** What a heap of the debug profile found during the recording. */
  bugs: Bug[];
  /** All that in words. */
  report: string;
}

export interface Recorder<A extends Allocator> {
  /** The allocator to be used: the same functions, which are recorded. */
  allocator: A;
  /** The heap of Tallow's debug module, to ask it for its blocks and bugs; none for other allocators. */
  heap?: DebugHeap;
  /** Whether a recording is going on. */
  isRecording(): boolean;
  /** What `body` allocated and freed. Recordings may be nested; what happens within counts for both. */
  recordAllocs(body: () => void): AllocInfo;
  recordAllocs(body: () => Promise<void>): Promise<AllocInfo>;
  /** recordAllocs; throws an error with the whole report if anything is wrong, also if nothing was allocated. */
  assertAllocs(body: () => void): AllocInfo;
  assertAllocs(body: () => Promise<void>): Promise<AllocInfo>;
  /** assertAllocs as the function of a test. */
  withAllocs(body: () => void | Promise<void>): () => Promise<void>;
}

/** From grave to harmless, so that the first one that is there is the result: as mockalloc judges. */
const ERRORS: [AllocError, number][] = [
  ['doubleFree', layout.RECORDED_DOUBLE_FREE],
  ['badPtr', layout.RECORDED_BAD_PTR],
  ['leak', layout.RECORDED_LEAK],
  ['badLayout', layout.RECORDED_BAD_SIZE | layout.RECORDED_BAD_ALIGNMENT],
  ['badSize', layout.RECORDED_BAD_SIZE],
  ['badAlignment', layout.RECORDED_BAD_ALIGNMENT],
  ['earlyFree', layout.RECORDED_EARLY_FREE],
  ['noData', layout.RECORDED_NO_DATA],
];

const TEXTS: Record<AllocError, string> = {
  leak: 'leak', doubleFree: 'double free', badPtr: 'bad pointer', badSize: 'bad size', badAlignment: 'bad alignment',
  badLayout: 'bad size and alignment', earlyFree: 'free before allocation', noData: 'nothing was allocated',
};

const errorsOf = (flags: number): AllocError[] => {
  const found: AllocError[] = [];
  let rest = flags;
  for (const [error, mask] of ERRORS) {
    if ((rest & mask) !== mask) continue;
    found.push(error);
    rest &= ~mask;
  }
  return found;
};

/** What is remembered of a block of an allocator that is not Tallow's debug profile. */
interface Traced { number: number; size: number; alignment: number; place: string[]; freedPlace?: string[] }

/** The default alignment of malloc. */
const ALIGNMENT = 16;

/**
 * Follows the calls of another allocator: it tells the recorder of each, and keeps what that cannot know, sizes and
 * places. A free that is wrong for certain is recorded, but not passed on, so that the allocator stays whole.
 */
class Trace {
  readonly #core: DebugExports;
  readonly #live = new Map<number, Traced>();
  readonly #freed = new Map<number, Traced>();
  #calls = 0;
  firstWrong: AllocInfo['firstWrong'];

  constructor(core: DebugExports) {
    this.#core = core;
  }

  reset(): void {
    this.#calls = 0;
    this.firstWrong = undefined;
  }

  alloc(ptr: number, size: number, alignment: number): number {
    this.#calls++;
    if (ptr === 0) return 0;
    const at = ptr >>> 0;
    this.#core.heap_record_alloc!(at, size, alignment);
    this.#freed.delete(at);
    this.#live.set(at, { number: this.#calls, size, alignment, place: placesOf() });
    return ptr;
  }

  #wrong(what: string): void {
    this.firstWrong ??= { number: this.#calls, what, place: placesOf() };
  }

  /** Records a free. Returns whether the allocator should be told. */
  free(ptr: number, size?: number, alignment?: number): boolean {
    this.#calls++;
    if (ptr === 0) return true;
    const at = ptr >>> 0;
    const block = this.#live.get(at) ?? this.#freed.get(at);
    this.#core.heap_record_free!(at, size ?? block?.size ?? 0, alignment ?? block?.alignment ?? 0);
    if (!this.#live.has(at)) {
      this.#wrong(block ? `a second free of ${hexadecimal(at)}` : `a free of ${hexadecimal(at)}, which was not allocated`);
      return block === undefined;
    }
    if ((size ?? block!.size) !== block!.size || (alignment ?? block!.alignment) !== block!.alignment) {
      this.#wrong(`a free of ${hexadecimal(at)} as another block than was allocated`);
    }
    this.#live.delete(at);
    this.#freed.set(at, { ...block!, freedPlace: placesOf() });
    return true;
  }

  sizeOf(ptr: number): Traced | undefined {
    return this.#live.get(ptr >>> 0);
  }

  known(ptr: number): Traced | undefined {
    return this.#live.get(ptr) ?? this.#freed.get(ptr);
  }

  siblingsFreed(place: string[]): string[][] {
    const freed = [...this.#freed.values()].filter((block) => block.place.join() === place.join() && block.freedPlace);
    return [...new Map(freed.map(({ freedPlace }) => [freedPlace!.join(), freedPlace!])).values()];
  }
}

/** `allocator` with `trace` told of every call while `isOn`. */
const traced = <A extends Allocator>(allocator: A, trace: Trace, isOn: () => boolean): A => {
  const { malloc, free, calloc, realloc, aligned_alloc: alignedAlloc, free_sized: freeSized, free_aligned_sized: freeAlignedSized } = allocator;
  const wrapped: Allocator = {
    malloc: (size) => (isOn() ? trace.alloc(malloc(size), size, ALIGNMENT) : malloc(size)),
    free: (ptr) => {
      if (!isOn() || trace.free(ptr)) free(ptr);
    },
  };
  if (calloc) {
    wrapped.calloc = (count, size) => {
      const ptr = calloc(count, size);
      return isOn() ? trace.alloc(ptr, count * size, ALIGNMENT) : ptr;
    };
  }
  if (realloc) {
    wrapped.realloc = (ptr, size) => {
      const moved = realloc(ptr, size);
      if (!isOn() || moved === 0) return moved; // a failed realloc is no free
      if (ptr !== 0) trace.free(ptr);
      return trace.alloc(moved, size, ALIGNMENT);
    };
  }
  if (alignedAlloc) {
    wrapped.aligned_alloc = (alignment, size) => {
      const ptr = alignedAlloc(alignment, size);
      return isOn() ? trace.alloc(ptr, size, Math.max(alignment, ALIGNMENT)) : ptr;
    };
  }
  if (freeSized) {
    wrapped.free_sized = (ptr, size) => {
      if (!isOn() || trace.free(ptr, size)) freeSized(ptr, size);
    };
  }
  if (freeAlignedSized) {
    wrapped.free_aligned_sized = (ptr, alignment, size) => {
      if (!isOn() || trace.free(ptr, size, Math.max(alignment, ALIGNMENT))) freeAlignedSized(ptr, alignment, size);
    };
  }
  return { ...allocator, ...wrapped };
};

/** Functions of the core that allocate or free, and whose place is told before. */
const PLACED = ['malloc', 'free', 'free_sized', 'free_aligned_sized', 'calloc', 'realloc', 'aligned_alloc', 'memalign',
  'heap_malloc', 'heap_destroy'] as const;

/** A module of the debug profile that is told where each call comes from. */
const placed = <A extends Allocator>(allocator: A, words: (places: string[]) => number[]): A => {
  const exports = allocator as unknown as DebugExports;
  const wrapped = Object.fromEntries(PLACED.filter((name) => exports[name]).map((name) => [name, (...args: number[]) => {
    const [first, second, third, fourth] = words(placesOf());
    exports.heap_at!(first!, second!, third!, fourth!);
    return exports[name]!(...args);
  }]));
  return { ...allocator, ...wrapped };
};

/** Numbers for places, and back. */
class PlaceTable {
  readonly #texts: string[] = [''];
  readonly #numbers = new Map<string, number>();

  words(places: string[]): number[] {
    return [0, 1, 2, 3].map((index) => this.#number(places[index]));
  }

  #number(place: string | undefined): number {
    if (place === undefined) return 0;
    const known = this.#numbers.get(place);
    if (known !== undefined) return known;
    this.#numbers.set(place, this.#texts.length);
    return this.#texts.push(place) - 1;
  }

  text(number: number): string {
    return this.#texts[number] ?? `place ${number}`;
  }
}

const report = (info: Omit<AllocInfo, 'report'>): string => {
  const { numAllocs, numFrees, peakMem, errors, blocks, firstWrong, bugs } = info;
  const lines = [
    `tallow: recorded: ${counted(numAllocs, 'allocation')}, ${counted(numFrees, 'free')}, at most ${counted(peakMem, 'byte')} `
      + `at once: ${errors.map((error) => TEXTS[error]).join(', ') || 'no error'}`,
  ];
  for (const { ptr, size, isLeaked, place, siblingsFreed } of blocks) {
    lines.push(`  ${isLeaked ? 'not freed' : 'freed, but not live'}: ${hexadecimal(ptr)}${size ? `, ${counted(size, 'byte')}` : ''}`);
    lines.push(...placeLine('    allocated at ', place));
    for (const freed of siblingsFreed) lines.push(...placeLine('    others from there were freed at ', freed));
  }
  if (firstWrong) lines.push(`  first wrong: call ${firstWrong.number}, ${firstWrong.what}`, ...placeLine('    at ', firstWrong.place));
  return `${lines.join('\n')}\n${bugs.map(describeBug).join('')}`;
};

/**
 * A recorder of `allocator`. One of Tallow's debug profile is asked itself, so that what happens inside of its module is
 * recorded as well; of any other one, what goes through the functions of the result's `allocator`.
 */
export const recorder = <A extends Allocator>(allocator: A): Recorder<A> => {
  const isOwn = 'heap_record_begin' in allocator;
  const core = isOwn ? allocator as unknown as DebugExports : debugModule();
  const places = new PlaceTable();
  const heap = new DebugHeap(core, (word) => places.text(word));
  const trace = new Trace(core);
  const isRecording = (): boolean => core.heap_recording!() !== 0;

  /** Memory for a recording, of the core's own and outside of any recording. */
  const unrecorded = (act: () => number): number => {
    const before = core.heap_record_switch!(0);
    const result = act();
    core.heap_record_switch!(before);
    return result;
  };

  const leftBlocks = (at: number): LeftBlock[] => Array.from({ length: layout.FOUND_MAX }, (_, index) => {
    const found = at + layout.RECORDING_FOUND_OFFSET + index * layout.FOUND_SIZE;
    const ptr = heap.word(found + layout.FOUND_PTR_OFFSET);
    const own = isOwn ? [...heap.live(), ...heap.freed().reverse()].find((block) => block.ptr === ptr) : undefined;
    const place = own?.place ?? trace.known(ptr)?.place ?? [];
    const net = heap.word(found + layout.FOUND_NET_OFFSET) | 0;
    const siblingsFreed = own && net === 1 ? heap.groups([own])[0]!.siblingsFreed : net === 1 ? trace.siblingsFreed(place) : [];
    return {
      ptr, net, place, siblingsFreed, isLeaked: net === 1,
      size: heap.word(found + layout.FOUND_BYTES_OFFSET), alignment: heap.word(found + layout.FOUND_ALIGNMENT_OFFSET),
    };
  }).filter(({ net }) => net !== 0).map(({ net: _, ...block }) => block);

  const infoOf = (at: number): AllocInfo => {
    const errors = errorsOf(core.heap_record_end!(at));
    const word = (offset: number): number => heap.word(at + offset);
    const wide = (offset: number): number =>
      Number(BigInt.asIntN(64, BigInt(word(offset + 4)) << 32n | BigInt(word(offset))));
    const info = {
      numAllocs: word(layout.RECORDING_ALLOCS_OFFSET),
      numFrees: word(layout.RECORDING_FREES_OFFSET),
      numLeaks: Math.max(0, word(layout.RECORDING_LIVE_OFFSET) | 0),
      memAllocated: wide(layout.RECORDING_ALLOC_BYTES_OFFSET),
      memFreed: wide(layout.RECORDING_FREE_BYTES_OFFSET),
      memLeaked: Math.max(0, wide(layout.RECORDING_LIVE_BYTES_OFFSET)),
      peakMem: wide(layout.RECORDING_PEAK_BYTES_OFFSET),
      peakMemAllocs: word(layout.RECORDING_PEAK_BLOCKS_OFFSET),
      result: errors[0],
      errors,
      blocks: leftBlocks(at),
      ...trace.firstWrong ? { firstWrong: trace.firstWrong } : {},
      bugs: isOwn ? heap.bugs(word(layout.RECORDING_BUG_OFFSET)) : [],
    };
    return { ...info, report: report(info) };
  };

  const begin = (): number => {
    const at = unrecorded(() => core.malloc!(layout.RECORDING_SIZE)) >>> 0;
    if (at === 0) throw new Error('there is no memory for a recording');
    if (!isRecording()) trace.reset();
    core.heap_record_begin!(at);
    return at;
  };

  const end = (at: number): AllocInfo => {
    const info = infoOf(at);
    unrecorded(() => core.free!(at));
    return info;
  };

  /** A trap of the heap tells nothing; its last report does. */
  const explained = (error: unknown): unknown => {
    const last = isOwn && error instanceof WebAssembly.RuntimeError ? heap.bugs().at(-1) : undefined;
    return last ? new Error(describeBug(last).trimEnd(), { cause: error }) : error;
  };

  const record = (body: () => void | Promise<void>, check: (info: AllocInfo) => AllocInfo): AllocInfo | Promise<AllocInfo> => {
    const at = begin();
    const failed = (error: unknown): never => {
      core.heap_record_end!(at);
      throw explained(error);
    };
    try {
      const result = body();
      if (result instanceof Promise) return result.then(() => check(end(at)), failed);
    } catch (error) {
      failed(error);
    }
    return check(end(at));
  };

  const demand = (info: AllocInfo): AllocInfo => {
    if (info.result !== undefined || info.bugs.length > 0) throw new Error(info.report.trimEnd());
    return info;
  };

  return {
    allocator: isOwn ? placed(allocator, (list) => places.words(list)) : traced(allocator, trace, isRecording),
    ...isOwn ? { heap } : {},
    isRecording,
    recordAllocs: ((body: () => void) => record(body, (info) => info)) as Recorder<A>['recordAllocs'],
    assertAllocs: ((body: () => void) => record(body, demand)) as Recorder<A>['assertAllocs'],
    withAllocs: (body) => async () => void await record(body, demand),
  };
};
