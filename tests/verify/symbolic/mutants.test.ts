/** Each claim fails on a core that breaks it: the tests of what is demanded. The core as it is: verify.test.ts. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildCore } from '../../../scripts/lib/module.ts';
import { CORE } from '../../../scripts/lib/paths.ts';
import type { Profile } from '../../../scripts/lib/profiles.ts';
import { withInner } from '../modules.ts';
import type { Claim } from './claims.ts';
import type { StateName } from './heap-states.ts';
import { verifyClaim } from './verify-claim.ts';

interface Mutant {
  /** What is wrong. */
  name: string;
  /** The file of the core, the text in it that stands there once, and what replaces it. */
  file: string;
  original: string;
  replacement: string;
  profile?: Profile;
  /** Inner functions that the claim calls: smaller than in the shipped module, they might be inlined everywhere. */
  inner?: string[];
  /** What notices it, from which state, with which words. */
  claim: Claim;
  state: StateName;
  message: RegExp;
}

const MUTANTS: Mutant[] = [
  {
    name: 'a doubling counts as two size classes',
    file: 'size-class.ts',
    original: '(doubling << 2) + (last',
    replacement: '(doubling << 1) + (last',
    claim: 'mallocOfEverySize',
    state: 'initialised',
    message: /is smaller than what was asked for|heap_check\(\) = /,
  },
  {
    name: 'a size that fills its class is put into the next one',
    file: 'size-class.ts',
    original: 'const last: i32 = maximum(size, 1) - 1;',
    replacement: 'const last: i32 = size;',
    inner: ['sizeClassBin'],
    claim: 'binOfEverySize',
    state: 'fresh',
    message: /a class that is too large/,
  },
  {
    name: 'large blocks lack their last part',
    file: 'large.ts',
    original: '((size - 1) >>> FRAME_SHIFT) + 1',
    replacement: 'size >>> FRAME_SHIFT',
    claim: 'mallocOfEverySize',
    state: 'initialised',
    message: /is smaller than what was asked for/,
  },
  {
    name: 'large blocks have a frame more than they need',
    file: 'large.ts',
    original: '((size - 1) >>> FRAME_SHIFT) + 1',
    replacement: '(size >>> FRAME_SHIFT) + 2',
    claim: 'mallocOfEverySize',
    state: 'initialised',
    message: /is larger than promised|fails where there is room/,
  },
  {
    name: 'some classes get no new page',
    file: 'heap.ts',
    original: 'if (page == 0) page = pageNew(queue, bin);',
    replacement: 'if (page == 0 && bin != 25) page = pageNew(queue, bin);',
    claim: 'mallocOfEverySize',
    state: 'initialised',
    message: /malloc fails where there is room/,
  },
  {
    name: 'a block is handed out again and again',
    file: 'page.ts',
    original: 'store(page + PAGE_FREE_OFFSET, blockNext(block));\n  store16(page + PAGE_USED_OFFSET',
    replacement: 'store16(page + PAGE_USED_OFFSET',
    claim: 'mallocOfEverySize',
    state: 'initialised',
    message: /heap_check\(\) = /,
  },
  {
    name: 'calloc does not look for an overflow',
    file: 'heap.ts',
    original: 'if (multiplyHigh(count, size) != 0) return 0;',
    replacement: '',
    claim: 'callocOfEveryProduct',
    state: 'nearly exhausted',
    message: /for a product of 2\^32 or more/,
  },
  {
    name: 'calloc leaves the last bytes as they were',
    file: 'heap.ts',
    original: 'fill(block, 0, bytes)',
    replacement: 'fill(block, 0, bytes & -16)',
    claim: 'callocOfEveryProduct',
    state: 'nearly exhausted',
    message: /calloc clears another length|not all zeros/,
  },
  {
    name: 'aligned_alloc does not round sizes up',
    file: 'heap.ts',
    original: 'bytes = (bytes - 1) | (alignment - 1);',
    replacement: '',
    claim: 'alignedAllocOfSomeAlignments',
    state: 'nearly exhausted',
    message: /is not aligned to|is larger than promised/,
  },
  {
    name: 'realloc forgets the bytes behind the last multiple of 16',
    file: 'heap.ts',
    original: 'copy(block, ptr, minimum(size, usable));',
    replacement: 'copy(block, ptr, minimum(size, usable) & -16);',
    claim: 'reallocOfEveryBlock',
    state: 'a few blocks',
    message: /copies too little|loses bytes/,
  },
  {
    name: 'malloc_usable_size counts a byte of the next block',
    file: 'heap.ts',
    original: 'return pageBlockSize(pageOf(ptr));',
    replacement: 'return pageBlockSize(pageOf(ptr)) + 1;',
    claim: 'usableSizeOfEveryBlock',
    state: 'exhausted',
    message: /reach into the live block/,
  },
  {
    name: 'a full page never returns to its queue',
    file: 'page-queue.ts',
    original: 'if (pageIsFull(page)) {\n    queueRemove(page);',
    replacement: 'if (page == 0) {\n    queueRemove(page);',
    claim: 'freeOfEveryBlock',
    state: 'exhausted',
    message: /heap_check\(\) = /,
  },
  {
    name: 'free accepts blocks that are free or were never handed out',
    file: 'heap.ts',
    original: 'if (HARDENED && !liveTake(ptr)) refuseSlow(ptr);',
    replacement: 'if (HARDENED && !liveTake(ptr) && misuseOf(ptr) != 3) refuseSlow(ptr);',
    profile: 'hardened',
    claim: 'freeOfEveryPointer',
    state: 'nearly exhausted',
    message: /free accepts what is no live block|heap_check\(\) = /,
  },
  {
    name: 'free refuses some live blocks',
    file: 'heap.ts',
    original: 'if (HARDENED && !liveTake(ptr)) refuseSlow(ptr);',
    replacement: 'if (HARDENED && (!liveTake(ptr) || (ptr & 0x1f0) == 0x40)) refuseSlow(ptr);',
    profile: 'hardened',
    claim: 'freeOfEveryPointer',
    state: 'nearly exhausted',
    message: /free refuses a live block|free writes before it stops/,
  },
];

const overridesOf = ({ name, file, original, replacement }: Mutant): Map<string, string> => {
  const full = path.join(CORE, file);
  const parts = fs.readFileSync(full, 'utf8').split(original);
  if (parts.length !== 2) throw new Error(`"${name}" replaces a text that stands ${parts.length - 1} times in ${file}: ${original}`);
  return new Map([[full, parts.join(replacement)]]);
};

const test = suite('claims');

for (const mutant of MUTANTS) {
  const { name, profile, inner = [], claim, state, message } = mutant;
  test(`${name}: ${claim} fails`, async () => {
    const { wasm } = await buildCore({ profile, overrides: withInner(inner, overridesOf(mutant)) });
    const { counterexample } = await verifyClaim(wasm, claim, [state]);
    const told = counterexample?.message ?? 'the claim holds';
    assert.match(told, message, told);
  });
}

test.run();
