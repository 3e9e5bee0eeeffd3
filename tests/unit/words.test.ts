/** Runs of words. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { instantiate } from './core.ts';

const START = 0x1000;
const VALUE = 0x12345678;

test('wordsFill sets the words from the start to the end, and no others', () => {
  const core = instantiate({ initial: 1 });
  for (const words of [1, 2, 65]) {
    core.fill(START - 4, 0, 4 * (words + 2));
    core.wordsFill(START, START + 4 * words, VALUE);
    for (let index = -1; index <= words; index++) {
      assert.is(core.load(START + 4 * index), index >= 0 && index < words ? VALUE : 0, `word ${index} of ${words}`);
    }
  }
});

test.run();
