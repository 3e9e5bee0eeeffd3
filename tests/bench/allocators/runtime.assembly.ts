// @ts-nocheck AssemblyScript, compiled by asc, not by tsc
//
// AssemblyScript's allocators behind the C names. The runtimes themselves have no calloc
// and no aligned allocation; both are built here from what it offers, without
// making its other paths slower.

/** Bytes of the header in front of a block: its size and two flags. */
const HEADER_SIZE: usize = 4;
const FLAGS_MASK: usize = 3;
/** What every block is aligned to. */
const ALIGNMENT: usize = 16;

export function malloc(size: usize): usize {
  return __alloc(size);
}

export function free(ptr: usize): void {
  __free(ptr);
}

export function realloc(ptr: usize, size: usize): usize {
  return __realloc(ptr, size);
}

export function calloc(count: usize, size: usize): usize {
  const total = <u64>count * <u64>size;
  if (total > <u64>u32.MAX_VALUE) return 0;
  const ptr = __alloc(<usize>total);
  memory.fill(ptr, 0, <usize>total);
  return ptr;
}

/** Takes a longer block, splits it in two at the alignment and frees the front. */
export function aligned_alloc(alignment: usize, size: usize): usize {
  if (alignment <= ALIGNMENT) return __alloc(size);
  const front = __alloc(size + alignment);
  const ptr = (front + alignment - 1) & ~(alignment - 1);
  if (ptr == front) return ptr;
  const info = load<usize>(front - HEADER_SIZE);
  const distance = ptr - front;
  store<usize>(ptr - HEADER_SIZE, (info & ~FLAGS_MASK) - distance);
  store<usize>(front - HEADER_SIZE, (distance - HEADER_SIZE) | (info & FLAGS_MASK));
  __free(front);
  return ptr;
}
