/** Floor 2: the guard before metadata, which a linear overflow has to cross (layout.ts). Hardened profile only. */

import { load } from './memory.ts';
import { wordsFill } from './words.ts';
import { FRAME_SHIFT, GUARD_FRAMES, GUARD_WORD } from './layout.ts';

/** The bytes of a guard. */
export const GUARD_SIZE: i32 = GUARD_FRAMES << FRAME_SHIFT;

/** Makes the first GUARD_SIZE bytes from address `start` on a guard. Returns GUARD_SIZE. */
export const guardWrite = (start: i32): i32 => {
  if (GUARD_SIZE == 0) return 0;
  wordsFill(start, start + GUARD_SIZE, GUARD_WORD);
  return GUARD_SIZE;
};

/** Whether the guard at address `start` is as guardWrite left it. */
export const guardIsIntact = (start: i32): boolean => {
  for (let offset: i32 = 0; offset < GUARD_SIZE; offset += 4) {
    if (load(start + offset) != GUARD_WORD) return false;
  }
  return true;
};
