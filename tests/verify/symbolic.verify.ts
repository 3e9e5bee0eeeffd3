/** All inputs of the exports, on the shipped modules: by symbolic execution from named states of the heap. */

import { buildCore } from '../../scripts/lib/module.ts';
import type { Profile } from '../../scripts/lib/profiles.ts';
import type { Claim } from './symbolic/claims.ts';
import type { StateName } from './symbolic/heap-states.ts';
import { verifyClaim } from './symbolic/verify-claim.ts';
import type { Extent, Verification } from './verification.ts';

const INPUTS: Record<Claim, string> = {
  binOfEverySize: 'the inner function sizeClassBin: all sizes from 0 to 8,192',
  mallocOfEverySize: 'malloc: all 2^32 sizes',
  callocOfEveryProduct: 'calloc: all 2^64 pairs of a count and a size, by their product',
  alignedAllocOfEveryAlignment: 'aligned_alloc: all 2^64 pairs of an alignment and a size',
  alignedAllocOfSomeAlignments: 'aligned_alloc: all 2^32 sizes, with every alignment that is no power of two, that is up '
    + 'to 16, and 64, 4096, 16384, 2^20',
  reallocOfEveryBlock: 'realloc: every live block, all 2^32 sizes',
  usableSizeOfEveryBlock: 'malloc_usable_size: every live block and null',
  freeOfEveryBlock: 'free: every live block and null',
  freeOfEveryPointer: 'free: all 2^32 pointers',
};

const CLAIMS: Record<Claim, string> = {
  binOfEverySize: 'every size has the smallest class that holds it',
  mallocOfEverySize: 'malloc gives a block of its own, large enough and not too large, or 0 where there is no room',
  callocOfEveryProduct: 'calloc gives such a block of zeros, and 0 where the product does not fit into 32 bits',
  alignedAllocOfEveryAlignment: 'aligned_alloc gives such a block, aligned, and 0 for what is no power of two',
  alignedAllocOfSomeAlignments: 'aligned_alloc, some alignments, gives such a block, aligned, and 0 for what is no power of two',
  reallocOfEveryBlock: 'realloc keeps the contents, and the block itself where it fails',
  usableSizeOfEveryBlock: 'malloc_usable_size is at least what was asked for, and reaches into no other block',
  freeOfEveryBlock: 'free takes every live block, and null changes nothing',
  freeOfEveryPointer: 'free accepts exactly the live blocks and null; anything else stops before a byte is changed',
};

/** What the states are, and what the heap may do: see symbolic/heap-states.ts. */
const FIXED: StateName[] = ['initialised', 'fragmented', 'nearly exhausted', 'exhausted'];

const verification = (claim: Claim, profile: Profile, states: StateName[], extent: Extent, seconds: number): Verification => ({
  name: `inputs, ${profile}: ${CLAIMS[claim]} (${states.join(', ')})`,
  bounds: `${INPUTS[claim]}; from the states ${states.join(', ')} of tests/verify/symbolic/heap-states.ts, one call from each; `
    + 'a memory that grows by up to 2 wasm pages where it grows at all, with every maximum up to that',
  canonicalisation: 'none: the states are bytes and globals of the module itself; inputs that take the same path through it count as one',
  extent,
  seconds,
  run: async () => {
    const { wasm } = await buildCore({ profile });
    return { ...await verifyClaim(wasm, claim, states), binaries: [{ name: `tallow.wasm as shipped, ${profile}`, wasm }] };
  },
});

export const verifications: Verification[] = [
  verification('binOfEverySize', 'release', ['fresh'], 'full', 3),
  verification('mallocOfEverySize', 'release', ['nearly exhausted'], 'reduced', 4),
  verification('mallocOfEverySize', 'release', ['fresh', 'growing', 'initialised', 'fragmented', 'exhausted'], 'full', 20),
  verification('mallocOfEverySize', 'release', ['full table'], 'full', 8),
  verification('callocOfEveryProduct', 'release', ['fragmented', 'exhausted'], 'full', 10),
  verification('alignedAllocOfSomeAlignments', 'release', ['nearly exhausted'], 'full', 12),
  verification('alignedAllocOfEveryAlignment', 'release', ['nearly exhausted'], 'long', 60),
  verification('reallocOfEveryBlock', 'release', ['a few blocks'], 'full', 15),
  verification('usableSizeOfEveryBlock', 'release', FIXED, 'full', 5),
  verification('freeOfEveryBlock', 'release', FIXED, 'full', 5),
  verification('mallocOfEverySize', 'hardened', ['fragmented'], 'full', 6),
  verification('freeOfEveryPointer', 'hardened', ['fragmented'], 'full', 20),
  verification('callocOfEveryProduct', 'hardened', ['fragmented'], 'long', 10),
  verification('reallocOfEveryBlock', 'hardened', ['a few blocks'], 'long', 15),
  verification('freeOfEveryPointer', 'hardened', ['initialised', 'nearly exhausted', 'exhausted'], 'long', 60),
];
