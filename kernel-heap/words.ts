/** Floor 0: runs of words. */

import { store } from './memory.ts';

/** Sets the words from `start` to the one before `end` to `value`; there is at least one. */
export const wordsFill = (start: i32, end: i32, value: i32): void => {
  let word: i32 = start;
  do {
    store(word, value);
    word += 4;
  } while (word != end);
};
