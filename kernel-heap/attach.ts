/** Floor 6: a heap in a copy of another machine's memory. Debug profile only. */

import { lessThan, load, memorySize } from './memory.ts';
import {
  STATE_BASE_FRAME_OFFSET, STATE_MAGIC, STATE_MAGIC_OFFSET, STATE_SIZE, STATE_TABLE_OFFSET, WASM_PAGE_SHIFT, WORD_SHIFT,
} from './layout.ts';
import { DEBUG_MAGIC, DEBUG_MAGIC_OFFSET } from './debug-layout.ts';
import { frameMapSet, stateSet } from './state.ts';

/** Whether a state record of the debug profile is at `state`, which may be any number. */
const isState = (state: i32): boolean => {
  const size: i32 = memorySize() << WASM_PAGE_SHIFT; // 0 for all of 4 GiB
  if ((state & 15) != 0 || !lessThan(state, size - STATE_SIZE)) return false;
  if (load(state + STATE_MAGIC_OFFSET) != STATE_MAGIC) return false;
  return load(state + DEBUG_MAGIC_OFFSET) == DEBUG_MAGIC;
};

/** Makes the heap whose state record is at `state` the heap. Returns whether there is one. */
export const heapAttach = (state: i32): boolean => {
  if (!isState(state)) return false;
  stateSet(state);
  frameMapSet(load(state + STATE_TABLE_OFFSET) - (load(state + STATE_BASE_FRAME_OFFSET) << WORD_SHIFT));
  return true;
};
