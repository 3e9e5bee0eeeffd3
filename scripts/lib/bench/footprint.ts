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
  /** Bytes handed out over all bytes of a memory of 16 MiB, when a request fails for the first time. */
  readonly exhaustion: number;
}

/** Sizes from 16 bytes to 64 KiB, each doubling half as frequent as the one before; the same for every allocator. */
const sizes = function* (): Generator<number> {
  let state = 1;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
  for (;;) {
    const low = 16 << Math.clz32(below(2 ** 32) | 1 << 20);
    yield low + below(low);
  }
};

/**
 * Measures an allocator's module.
 * @param foreignBytes of its memory that are not its own.
 */
export const footprintOf = (wasm: Uint8Array, foreignBytes: number): Footprint => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(withMemoryMax(wasm, LIMIT) as BufferSource));
  const malloc = exports['malloc'] as (size: number) => number;
  const memory = exports['memory'] as WebAssembly.Memory;
  const before = memory.buffer.byteLength;
  let handedOut = 1;
  malloc(1);
  const firstPages = (memory.buffer.byteLength - before) / WASM_PAGE_SIZE;
  try {
    for (const size of sizes()) {
      if (malloc(size) === 0) break;
      handedOut += size;
    }
  } catch (error) {
    // Some stop where others give 0.
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return { firstPages, exhaustion: handedOut / (LIMIT * WASM_PAGE_SIZE - foreignBytes) };
};
