/** What a host needs around a case, for hosts that can only call functions of numbers with a number for a result. */

import { heap_forget } from '../../kernel-heap/index.ts';
import { STATE_MAGIC, STATE_MAGIC_OFFSET, STATE_PANIC_CODE_OFFSET, STATE_SIZE } from '../../kernel-heap/layout.ts';
import { fill, lessThan, load, memoryGrow, memorySize } from '../../kernel-heap/memory.ts';

/** Makes the memory at least `wasmPages` wasm pages long; 0 if it cannot be. */
export const host_reserve = (wasmPages: i32): i32 => {
  const missing: i32 = wasmPages - memorySize();
  if (missing <= 0) return 1;
  return memoryGrow(missing) === -1 ? 0 : 1;
};

/** Fills a region with the byte `value`. */
export const host_fill = (start: i32, size: i32, value: i32): i32 => {
  fill(start, value, size);
  return 0;
};

/** The word at `address`. */
export const host_load = (address: i32): i32 => load(address);

/** heap_forget, with a result. */
export const host_forget = (): i32 => {
  heap_forget();
  return 0;
};

/** The state record in a region whose core has stopped with a panic code; 0 if there is none. */
export const host_find_panic = (start: i32, size: i32): i32 => {
  let state: i32 = (start + 15) & -16;
  while (lessThan(STATE_SIZE + (state - start) | 0, size)) {
    const code: i32 = load((state + STATE_PANIC_CODE_OFFSET) | 0);
    if (load((state + STATE_MAGIC_OFFSET) | 0) === STATE_MAGIC && code !== 0) return state;
    state = (state + 16) | 0;
  }
  return 0;
};
