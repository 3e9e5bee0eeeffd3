/**
 * Objects as a kernel has them, each in a slot of a table. Every byte of an object holds a pattern that its tag
 * determines, and is verified whenever the object is resized or destroyed.
 *
 * A slot:   0 block, 0 = empty    4 size in bytes    8 tag
 */
import { aligned_alloc, calloc, free, malloc, realloc } from '../../kernel-heap/index.ts';
import { lessThan, load, load8, store, store8 } from '../../kernel-heap/memory.ts';
import { EXIT_CONTENTS_CHANGED, EXIT_OUT_OF_MEMORY, EXIT_WRONG_BLOCK } from './exit-code.ts';
import { fail } from './failure.ts';
import { randomBelow } from './random.ts';

const SLOT_SIZE: i32 = 12;
const SLOT_SIZE_OFFSET: i32 = 4;
const SLOT_TAG_OFFSET: i32 = 8;

const BLOCK_ALIGNMENT_MIN: i32 = 16;
const STACK_SIZE: i32 = 16384; // aligned to its size, so that the stack pointer leads to its owner
const PAGE_TABLE_SIZE: i32 = 4096;
const TAG_LIMIT: i32 = 0x10000000;
const PATTERN_STEP: i32 = 0x9e3779b1; // 2^32 over the golden ratio: neighbouring words differ in many bits

let objects: i32 = 0;

const slotAddress = (index: i32): i32 => objects + Math.imul(index, SLOT_SIZE);

/** Allocates the table, with all slots empty. */
export const objectTableCreate = (count: i32): void => {
  objects = calloc(count, SLOT_SIZE);
  if (objects === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for the table of objects:', count);
};

/** Frees the table; the objects must have been destroyed. */
export const objectTableDestroy = (): void => {
  free(objects);
  objects = 0;
};

const patternWrite = (block: i32, size: i32, tag: i32): void => {
  const wordsSize: i32 = size & -4;
  let value: i32 = tag;
  let offset: i32 = 0;
  while (offset !== wordsSize) {
    store(block + offset, value);
    value += PATTERN_STEP;
    offset += 4;
  }
  while (offset !== size) {
    store8(block + offset, tag + offset);
    offset++;
  }
};

/** Verifies the first `size` bytes of an object that was `patternSize` bytes long when its pattern was written. */
const patternVerify = (block: i32, size: i32, patternSize: i32, tag: i32): void => {
  const patternWordsSize: i32 = patternSize & -4;
  const wordsSize: i32 = lessThan(size, patternWordsSize) ? size & -4 : patternWordsSize;
  let value: i32 = tag;
  let offset: i32 = 0;
  while (offset !== wordsSize) {
    if (load(block + offset) !== value) fail(EXIT_CONTENTS_CHANGED, 'an object has changed at', block + offset);
    value += PATTERN_STEP;
    offset += 4;
  }
  if (size === patternSize) {
    while (offset !== size) {
      if (load8(block + offset) !== ((tag + offset) & 255)) fail(EXIT_CONTENTS_CHANGED, 'an object has changed at', block + offset);
      offset++;
    }
  }
};

const verifyZero = (block: i32, size: i32): void => {
  for (let offset: i32 = 0; offset < size; offset++) {
    if (load8(block + offset) !== 0) fail(EXIT_WRONG_BLOCK, 'calloc() gave a block that is not zero at', block + offset);
  }
};

const enter = (index: i32, block: i32, size: i32, alignment: i32): void => {
  if (block === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for an object of size', size);
  if ((block & (alignment - 1)) !== 0) fail(EXIT_WRONG_BLOCK, 'a block is misaligned:', block);
  const slot: i32 = slotAddress(index);
  const tag: i32 = randomBelow(TAG_LIMIT);
  store(slot, block);
  store(slot + SLOT_SIZE_OFFSET, size);
  store(slot + SLOT_TAG_OFFSET, tag);
  patternWrite(block, size, tag);
};

const createZeroed = (index: i32, size: i32): void => {
  const block: i32 = calloc(1, size);
  if (block !== 0) verifyZero(block, size);
  enter(index, block, size, BLOCK_ALIGNMENT_MIN);
};

const createPlain = (index: i32, size: i32): void => {
  enter(index, malloc(size), size, BLOCK_ALIGNMENT_MIN);
};

const createAligned = (index: i32, size: i32): void => {
  enter(index, aligned_alloc(size, size), size, size);
};

/** Fills an empty slot with an object of a random kind: of sixteen, ten small ones, three buffers, one of each other. */
export const objectCreate = (index: i32): void => {
  const kind: i32 = randomBelow(16);
  if (kind < 10) createPlain(index, 1 + randomBelow(512));
  else if (kind < 13) createPlain(index, 513 + randomBelow(15872));
  else if (kind === 13) createZeroed(index, 1 + randomBelow(4096));
  else if (kind === 14) createAligned(index, PAGE_TABLE_SIZE);
  else createAligned(index, STACK_SIZE);
};

/** The object's block, or 0 if the slot is empty. */
export const objectBlock = (index: i32): i32 => load(slotAddress(index));

/** The object's size in bytes. */
export const objectSize = (index: i32): i32 => load(slotAddress(index) + SLOT_SIZE_OFFSET);

const objectTag = (index: i32): i32 => load(slotAddress(index) + SLOT_TAG_OFFSET);

/** Ends the run unless every byte of the object is as it was written. */
export const objectVerify = (index: i32): void => {
  patternVerify(objectBlock(index), objectSize(index), objectSize(index), objectTag(index));
};

/** Gives the object another size by realloc(). */
export const objectResize = (index: i32, size: i32): void => {
  const oldSize: i32 = objectSize(index);
  const block: i32 = realloc(objectBlock(index), size);
  if (block === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory to resize an object to size', size);
  patternVerify(block, lessThan(size, oldSize) ? size : oldSize, oldSize, objectTag(index));
  enter(index, block, size, BLOCK_ALIGNMENT_MIN);
};

/** Verifies and frees the object; the slot is empty then. */
export const objectDestroy = (index: i32): void => {
  objectVerify(index);
  free(objectBlock(index));
  store(slotAddress(index), 0);
};
