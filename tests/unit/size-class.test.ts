/** Size classes and what becomes of sizes: exhaustively. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_COUNT, BLOCK_ALIGNMENT, FRAME_SIZE, SMALL_SIZE_MAX,
} from '../../kernel-heap/layout.ts';
import { instantiate } from './core.ts';

const MIB = 1 << 20;

const core = instantiate();
const classSizes = Array.from({ length: BIN_COUNT }, (_, bin) => core.sizeClassSize(bin));

/** The smallest class that holds `size` bytes, by looking through all of them. */
const smallestClass = (size: number): number => classSizes.findIndex((classSize) => classSize >= size);

test('class sizes ascend in multiples of the block alignment, from the smallest block to the largest class', () => {
  assert.is(classSizes[0], BLOCK_ALIGNMENT);
  assert.is(classSizes.at(-1), SMALL_SIZE_MAX);
  for (const [bin, size] of classSizes.entries()) {
    assert.is(size % BLOCK_ALIGNMENT, 0, `class of ${size} bytes`);
    if (bin > 0) assert.ok(size > classSizes[bin - 1]!, `${classSizes[bin - 1]} bytes come before ${size}`);
  }
});

test('every doubling above 64 bytes has four classes or more', () => {
  for (let size = 64; size < SMALL_SIZE_MAX; size *= 2) {
    const count = classSizes.filter((classSize) => classSize > size && classSize <= 2 * size).length;
    assert.ok(count >= 4, `${count} classes above ${size} and up to ${2 * size} bytes`);
  }
});

test('every size goes to the smallest class that holds it', () => {
  for (let size = 0; size <= SMALL_SIZE_MAX; size++) assert.is(core.sizeClassBin(size), smallestClass(size), `${size} bytes`);
});

test('bin and size are inverse to each other', () => {
  for (let bin = 0; bin < BIN_COUNT; bin++) assert.is(core.sizeClassBin(core.sizeClassSize(bin)), bin, `bin ${bin}`);
});

test('above 64 bytes less than a fifth of a block is left over', () => {
  for (let size = 65; size <= SMALL_SIZE_MAX; size++) {
    const block = core.sizeClassSize(core.sizeClassBin(size));
    assert.ok((block - size) * 5 < block, `${size} bytes in ${block}`);
  }
});

test('a multiple of a power of two up to a frame goes to a class that is one as well', () => {
  for (let alignment = BLOCK_ALIGNMENT; alignment <= FRAME_SIZE; alignment *= 2) {
    for (let size = alignment; size <= SMALL_SIZE_MAX; size += alignment) {
      const block = core.sizeClassSize(core.sizeClassBin(size));
      assert.is(block % alignment, 0, `${size} bytes, a multiple of ${alignment}, in ${block}`);
    }
  }
});

/** The usable size of a block that is allocated for `size` bytes, and freed. */
const usableSize = (size: number): number => {
  const block = core.malloc(size);
  assert.is.not(block, 0, `malloc(${size})`);
  const usable = core.malloc_usable_size(block);
  core.free(block);
  return usable;
};

/** What a block of `size` bytes must have room for: its class, or whole frames. */
const usableExpected = (size: number): number =>
  size <= SMALL_SIZE_MAX ? classSizes[smallestClass(size)]! : Math.ceil(size / FRAME_SIZE) * FRAME_SIZE;

test('every size up to 1 MiB is rounded to its class or to frames, no further', () => {
  for (let size = 0; size <= MIB; size++) {
    const usable = usableSize(size);
    if (usable !== usableExpected(size)) assert.is(usable, usableExpected(size), `${size} bytes`);
  }
});

test('one byte less and more than every boundary above 1 MiB', () => {
  const frames = Array.from({ length: 40 }, (_, index) => MIB + index * 7 * FRAME_SIZE);
  const powers = Array.from({ length: 9 }, (_, index) => MIB * 2 ** index);
  for (const boundary of [...frames, ...powers]) {
    for (const size of [boundary - 1, boundary, boundary + 1]) assert.is(usableSize(size), usableExpected(size), `${size} bytes`);
  }
  assert.is(core.heap_check(), 0);
});

test.run();
