/** heap_new, heap_malloc, heap_destroy and heap_delete: heaps of one's own. */

import {
  free, heap_delete, heap_destroy, heap_malloc, heap_new, malloc, malloc_usable_size, realloc,
} from '../../../kernel-heap/index.ts';
import { lessThan, remainder } from '../../../kernel-heap/memory.ts';
import {
  CASE_SEED, caseBegin, caseGood, caseHeapSize, caseInside, caseLedger, caseRandom, caseStamp, caseStamped, caseValid,
  ledgerAllIntact, ledgerBlock, ledgerEnter, ledgerExhaust, ledgerFree, ledgerFreeEvery, snapshotRestored, snapshotTake,
} from './support.ts';

/** Allocates `count` blocks of mixed sizes from `heap` into the ledger's entries from `first` on. False on failure. */
const heapsFill = (ledger: i32, heap: i32, first: i32, count: i32): boolean => {
  for (let index: i32 = first; index < first + count; index++) {
    const bytes: i32 = remainder(Math.imul(index, 7919), 3000);
    const block: i32 = heap_malloc(heap, bytes);
    if (!caseGood(block, bytes)) return false;
    ledgerEnter(ledger, index, block, bytes);
  }
  return true;
};

/** Clears ledger entries whose blocks a destroyed heap took with it. */
const heapsForget = (ledger: i32, first: i32, count: i32): void => {
  for (let index: i32 = first; index < first + count; index++) ledgerEnter(ledger, index, 0, 0);
};

/** A new heap's blocks are blocks like any other, and free() knows where they belong. */
export const heap_new_and_malloc = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const heap: i32 = heap_new();
  if (heap === 0) return 2;
  if (!caseInside(heap, 1, start, caseHeapSize(start, size))) return 3;
  if (!heapsFill(ledger, heap, 0, 300)) return 4;
  for (let index: i32 = 300; index < 600; index++) {
    const block: i32 = malloc(index);
    if (!caseGood(block, index)) return 5;
    ledgerEnter(ledger, index, block, index);
  }
  if (!ledgerAllIntact(ledger, 600)) return 6;
  if (!caseValid()) return 7;
  if (!ledgerFreeEvery(ledger, 0, 1, 600)) return 8;
  if (!caseValid()) return 9;
  heap_delete(heap);
  if (!caseValid()) return 10;
  return 0;
};

/** heap_malloc has the edges of malloc, and no block from the heap of a heap_new that failed. */
export const heap_malloc_edges = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const heap: i32 = heap_new();
  if (heap === 0) return 2;
  const first: i32 = heap_malloc(heap, 0);
  const second: i32 = heap_malloc(heap, 0);
  if (!caseGood(first, 0) || !caseGood(second, 0) || first === second) return 3;
  if (heap_malloc(heap, 0xffffffff) !== 0) return 4;
  if (heap_malloc(heap, 0xfffff001) !== 0) return 5;
  if (heap_malloc(heap, 0x80000000) !== 0) return 6;
  if (heap_malloc(heap, size) !== 0) return 7;
  if (!caseValid()) return 8;
  const large: i32 = heap_malloc(heap, 0x80000);
  if (!caseGood(large, 0x80000)) return 9;
  caseStamp(large, 0x80000, 1);
  const grown: i32 = realloc(first, 5000);
  if (!caseGood(grown, 5000)) return 10;
  if (!caseStamped(large, 0x80000, 1)) return 11;
  free(second);
  free(grown);
  free(large);
  if (!caseValid()) return 12;
  heap_destroy(heap);
  if (!caseValid()) return 13;
  for (let bytes: i32 = 0; bytes <= 0x10000; bytes += 16) {
    if (heap_malloc(0, bytes) !== 0) return 14;
  }
  if (!caseValid()) return 15;
  return 0;
};

/** Destroying a heap frees everything it handed out, and nothing else. */
export const heap_destroy_frees_all = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const own: i32 = malloc(10000);
  if (own === 0) return 2;
  caseStamp(own, 10000, 1);
  snapshotTake(ledger, 0);
  const heap: i32 = heap_new();
  if (heap === 0) return 3;
  if (!heapsFill(ledger, heap, 0, 1000)) return 4;
  const large: i32 = heap_malloc(heap, 0x100000);
  if (!caseGood(large, 0x100000)) return 5;
  caseStamp(large, 0x100000, 2);
  if (!caseValid()) return 6;
  heap_destroy(heap);
  if (!caseValid()) return 7;
  if (!snapshotRestored(ledger, 0)) return 8;
  if (!caseStamped(own, 10000, 1)) return 9;
  free(own);
  if (!caseValid()) return 10;
  return 0;
};

/** A heap is destroyed in whatever state it is: empty, never used, emptied, full. */
export const heap_destroy_in_any_state = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const unused: i32 = heap_new();
  if (unused === 0) return 2;
  heap_destroy(unused);
  if (!caseValid()) return 3;
  const emptied: i32 = heap_new();
  if (emptied === 0) return 4;
  if (!heapsFill(ledger, emptied, 0, 200)) return 5;
  if (!ledgerFreeEvery(ledger, 0, 1, 200)) return 6;
  heap_destroy(emptied);
  if (!caseValid()) return 7;
  const holed: i32 = heap_new();
  if (holed === 0) return 8;
  if (!heapsFill(ledger, holed, 0, 900)) return 9;
  if (!ledgerFreeEvery(ledger, 0, 3, 900)) return 10;
  heap_destroy(holed);
  heapsForget(ledger, 0, 900);
  if (!caseValid()) return 11;
  const full: i32 = heap_new();
  if (full === 0) return 12;
  let blocks: i32 = 0;
  let block: i32 = heap_malloc(full, 1000);
  while (block !== 0) {
    blocks++;
    block = heap_malloc(full, 1000);
  }
  if (blocks < 2000) return 13;
  if (!caseValid()) return 14;
  heap_destroy(full);
  if (!caseValid()) return 15;
  if (!snapshotRestored(ledger, 0)) return 16;
  return 0;
};

/** A heap, blocks of two sizes in it, one freed and had again, all gone at once. */
export const destroy_heap = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const heap: i32 = heap_new();
  if (heap === 0) return 2;
  const first: i32 = heap_malloc(heap, 32);
  const second: i32 = heap_malloc(heap, 48);
  if (!caseGood(first, 32) || !caseGood(second, 48)) return 3;
  free(first);
  const third: i32 = heap_malloc(heap, 32);
  if (!caseGood(third, 32)) return 4;
  heap_destroy(heap);
  if (!caseValid()) return 5;
  if (!snapshotRestored(ledger, 0)) return 6;
  return 0;
};

/** A heap is deleted, its blocks live on in the main heap and are freed there. */
export const delete_heap = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const heap: i32 = heap_new();
  if (heap === 0) return 2;
  const first: i32 = heap_malloc(heap, 32);
  const second: i32 = heap_malloc(heap, 48);
  if (!caseGood(first, 32) || !caseGood(second, 48)) return 3;
  caseStamp(first, 32, 1);
  caseStamp(second, 48, 2);
  heap_delete(heap);
  if (!caseValid()) return 4;
  if (!caseStamped(first, 32, 1) || !caseStamped(second, 48, 2)) return 5;
  free(first);
  free(second);
  if (!caseValid()) return 6;
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** Deleting a heap with hundreds of blocks, small and large, loses none of them, nor the room between them. */
export const heap_delete_keeps_blocks = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let round: i32 = 0; round < 3; round++) {
    const heap: i32 = heap_new();
    if (heap === 0) return 2;
    // The main heap has pages of the same classes, full ones and others.
    if (round > 0) {
      for (let index: i32 = 700; index < 1100; index++) {
        const block: i32 = malloc(remainder(Math.imul(index, 7919), 3000));
        if (block === 0) return 3;
        ledgerEnter(ledger, index, block, remainder(Math.imul(index, 7919), 3000));
      }
    }
    if (!heapsFill(ledger, heap, 0, 600)) return 4;
    const large: i32 = heap_malloc(heap, 0x20000);
    if (!caseGood(large, 0x20000)) return 5;
    ledgerEnter(ledger, 600, large, 0x20000);
    if (round > 1 && !ledgerFreeEvery(ledger, 0, 2, 600)) return 6;
    heap_delete(heap);
    if (!caseValid()) return 7;
    if (!ledgerAllIntact(ledger, 1100)) return 8;
    // The main heap goes on with what it inherited.
    for (let index: i32 = 1100; index < 1500; index++) {
      const block: i32 = malloc(index);
      if (!caseGood(block, index)) return 9;
      ledgerEnter(ledger, index, block, index);
    }
    if (!ledgerAllIntact(ledger, 1500)) return 10;
    const grown: i32 = realloc(ledgerBlock(ledger, 600), 0x30000);
    if (!caseGood(grown, 0x30000)) return 11;
    if (!caseStamped(grown, 0x20000, 600)) return 12;
    ledgerEnter(ledger, 600, grown, 0x20000);
    if (!ledgerFreeEvery(ledger, 0, 1, 1500)) return 13;
    if (!caseValid()) return 14;
    if (!snapshotRestored(ledger, 0)) return 15;
  }
  return 0;
};

/** Several heaps at once; one is destroyed and the others' blocks do not notice. */
export const heaps_are_apart = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  const first: i32 = heap_new();
  const second: i32 = heap_new();
  const third: i32 = heap_new();
  if (first === 0 || second === 0 || third === 0) return 2;
  if (first === second || second === third || first === third) return 3;
  // Turn and turn about, so that their pages lie among each other
  for (let round: i32 = 0; round < 20; round++) {
    if (!heapsFill(ledger, first, round * 10, 10)) return 4;
    if (!heapsFill(ledger, second, 1000 + round * 10, 10)) return 5;
    if (!heapsFill(ledger, third, 2000 + round * 10, 10)) return 6;
  }
  if (!caseValid()) return 7;
  heap_destroy(second);
  heapsForget(ledger, 1000, 200);
  if (!caseValid()) return 8;
  if (!ledgerAllIntact(ledger, 2200)) return 9;
  // The freed memory goes to the others, and to a new one.
  const fourth: i32 = heap_new();
  if (fourth === 0) return 10;
  if (!heapsFill(ledger, third, 2200, 300)) return 11;
  if (!heapsFill(ledger, fourth, 3000, 300)) return 12;
  if (!ledgerAllIntact(ledger, 3300)) return 13;
  if (!caseValid()) return 14;
  if (!ledgerFreeEvery(ledger, 0, 1, 200)) return 15;
  heap_destroy(first);
  heap_destroy(fourth);
  heap_destroy(third);
  if (!caseValid()) return 16;
  if (!snapshotRestored(ledger, 0)) return 17;
  return 0;
};

/** A hundred heaps with a block each, and all of them destroyed. */
export const heap_many = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let index: i32 = 0; index < 100; index++) {
    const heap: i32 = heap_new();
    if (heap === 0) return 2;
    const block: i32 = heap_malloc(heap, 32);
    if (!caseGood(block, 32)) return 3;
    caseStamp(block, 32, index);
    // The ledger keeps the heap where it keeps the block of others.
    ledgerEnter(ledger, index, block, 32);
    ledgerEnter(ledger, 1000 + index, heap, 0);
  }
  if (!caseValid()) return 4;
  if (!ledgerAllIntact(ledger, 100)) return 5;
  for (let index: i32 = 0; index < 100; index++) {
    const heap: i32 = ledgerBlock(ledger, 1000 + remainder(index * 37, 100));
    heap_destroy(heap);
    if (!caseValid()) return 6;
  }
  if (!snapshotRestored(ledger, 0)) return 7;
  return 0;
};

/** A heap for each of thousands of tasks, one after the other, costs nothing in the end. */
export const heap_new_and_destroy_repeatedly = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  for (let round: i32 = 0; round < 3000; round++) {
    const heap: i32 = heap_new();
    if (heap === 0) return 2;
    const block: i32 = heap_malloc(heap, remainder(round, 2000));
    if (block === 0) return 3;
    if ((round & 1) === 0) {
      heap_destroy(heap);
    } else {
      free(block);
      heap_delete(heap);
    }
  }
  if (!caseValid()) return 4;
  if (!snapshotRestored(ledger, 0)) return 5;
  return 0;
};

/** On a full heap there is no new heap, and 0 says so; an existing one is exhausted like the main heap. */
export const heap_new_when_exhausted = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  const heap: i32 = heap_new();
  if (heap === 0) return 2;
  const first: i32 = ledgerExhaust(ledger, 0, 4096);
  const count: i32 = ledgerExhaust(ledger, first, 800);
  if (heap_new() !== 0) return 3;
  if (heap_malloc(heap, 4096) !== 0) return 4;
  if (!caseValid()) return 5;
  if (!ledgerAllIntact(ledger, count)) return 6;
  if (!ledgerFreeEvery(ledger, 0, 1, count)) return 7;
  const another: i32 = heap_new();
  if (another === 0) return 8;
  if (!caseGood(heap_malloc(heap, 4096), 4096)) return 9;
  if (!caseGood(heap_malloc(another, 4096), 4096)) return 10;
  heap_destroy(heap);
  heap_destroy(another);
  if (!caseValid()) return 11;
  return 0;
};

/** Random work in four heaps and the main one, with heaps destroyed and made anew on the way. */
export const heaps_random = (start: i32, size: i32): i32 => {
  if (caseBegin(start, size) !== 0) return 1;
  const ledger: i32 = caseLedger(start, size);
  snapshotTake(ledger, 0);
  // Entries [0, 500) belong to heap 0, the main one, [500, 1000) to heap 1 and so on; entry 9000 + i is heap i itself.
  for (let index: i32 = 1; index < 5; index++) {
    const heap: i32 = heap_new();
    if (heap === 0) return 2;
    ledgerEnter(ledger, 9000 + index, heap, 0);
  }
  let random: i32 = CASE_SEED;
  for (let round: i32 = 0; round < 12000; round++) {
    random = caseRandom(random);
    const owner: i32 = remainder(random, 5);
    const entry: i32 = owner * 500 + remainder(random >>> 8, 500);
    if (!ledgerFree(ledger, entry)) return 3;
    random = caseRandom(random);
    const bytes: i32 = remainder(random >>> 4, 8 << (random & 7));
    let block: i32 = 0;
    if (owner === 0) block = malloc(bytes);
    else block = heap_malloc(ledgerBlock(ledger, 9000 + owner), bytes);
    if (!caseGood(block, bytes)) return 4;
    if (lessThan(malloc_usable_size(block), bytes)) return 5;
    ledgerEnter(ledger, entry, block, bytes);
    if (remainder(round, 1500) === 1499) {
      const victim: i32 = 1 + remainder(random >>> 16, 4);
      if (!ledgerAllIntact(ledger, 2500)) return 6;
      heap_destroy(ledgerBlock(ledger, 9000 + victim));
      heapsForget(ledger, victim * 500, 500);
      const heap: i32 = heap_new();
      if (heap === 0) return 7;
      ledgerEnter(ledger, 9000 + victim, heap, 0);
      if (!caseValid()) return 8;
    }
  }
  if (!ledgerAllIntact(ledger, 2500)) return 9;
  if (!ledgerFreeEvery(ledger, 0, 1, 500)) return 10;
  for (let index: i32 = 1; index < 5; index++) heap_destroy(ledgerBlock(ledger, 9000 + index));
  if (!caseValid()) return 11;
  if (!snapshotRestored(ledger, 0)) return 12;
  return 0;
};
