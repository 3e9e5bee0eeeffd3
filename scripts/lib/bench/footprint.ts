/** What an allocator needs before it is used, and how much of a memory it can hand out. */
import { leb, MEMORY_SECTION, Reader, sectionBytes, sectionsOf } from '../wasm-binary.ts';

const WASM_PAGE_SIZE = 65_536;

/** Wasm pages of the memory that is exhausted: 16 MiB. */
const LIMIT = 256;

const HAS_MAXIMUM = 1;

/** The module with a memory of at most `pages` wasm pages. */
export const withMemoryMax = (wasm: Uint8Array, pages: number): Uint8Array => Buffer.concat([
  wasm.subarray(0, 8),
  ...sectionsOf(wasm).map(({ id, start, end, contents }) => {
    if (id !== MEMORY_SECTION) return wasm.subarray(start, end);
    const reader = new Reader(contents);
    reader.position = 2; // one memory, its flags
    return sectionBytes(id, [1, HAS_MAXIMUM, ...leb(reader.number()), ...leb(pages)]);
  }),
]);

export interface Footprint {
  /** Wasm pages that the first small block makes the memory grow by. */
  readonly firstPages: number;
  /** Bytes handed out over all bytes of a memory of 16 MiB when a request fails for the first time; of 1 to 1,024 bytes. */
  readonly exhaustion: number;
  /** The same with sizes from 16 bytes to 64 KiB, each doubling half as frequent as the one before. */
  readonly exhaustionMixed: number;
}

/** A number below `bound`. */
type Random = (bound: number) => number;

const small = (below: Random): number => 1 + below(1024);

const mixed = (below: Random): number => {
  const low = 16 << Math.clz32(below(2 ** 32) | 1 << 20);
  return low + below(low);
};

/** The same numbers for every allocator. */
const newRandom = (): Random => {
  let state = 1;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
};

/** How much is handed out until a request of the sizes of `next` fails, over the memory, and what the first block cost. */
const exhaust = (wasm: Uint8Array, foreignBytes: number, next: (below: Random) => number): { firstPages: number; exhaustion: number } => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(withMemoryMax(wasm, LIMIT) as BufferSource));
  const malloc = exports['malloc'] as (size: number) => number;
  const memory = exports['memory'] as WebAssembly.Memory;
  const below = newRandom();
  const before = memory.buffer.byteLength;
  let handedOut = 1;
  malloc(1);
  const firstPages = (memory.buffer.byteLength - before) / WASM_PAGE_SIZE;
  try {
    for (let size = next(below); malloc(size) !== 0; size = next(below)) handedOut += size;
  } catch (error) {
    // Some stop where others give 0.
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return { firstPages, exhaustion: handedOut / (LIMIT * WASM_PAGE_SIZE - foreignBytes) };
};

/**
 * Measures an allocator's module.
 * @param foreignBytes of its memory that are not its own.
 */
export const footprintOf = (wasm: Uint8Array, foreignBytes: number): Footprint => ({
  ...exhaust(wasm, foreignBytes, small),
  exhaustionMixed: exhaust(wasm, foreignBytes, mixed).exhaustion,
});
