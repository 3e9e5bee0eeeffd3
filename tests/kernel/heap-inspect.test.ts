/** What the kernel knows of an address, against what was allocated and freed: the heap and its observer as JavaScript. */
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  PLACE_BROKEN, PLACE_FREE, PLACE_FREE_FRAME, PLACE_LARGE, PLACE_LIVE, PLACE_METADATA, PLACE_NO_HEAP, PLACE_OUTSIDE, PLACE_UNCARVED,
} from '../../qemu/kernel/heap-inspect.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildReference } from '../../scripts/lib/reference.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';

const KERNEL = path.join(ROOT, 'qemu/kernel');
/** What the observer prints with. */
const PRINTS = ['consolePrint', 'consolePrintCount', 'consolePrintHex', 'consolePrintHexShort', 'consolePrintText'];
const ENTRY = path.join(KERNEL, 'heap-inspect-entry.ts');

const reference = await buildReference({
  entry: ENTRY,
  overrides: new Map([
    [ENTRY, "export * from '../../kernel-heap/index.ts';\nexport * from './heap-inspect.ts';\n"],
    [path.join(KERNEL, 'console.ts'), `export const ${PRINTS.map((name) => `${name} = () => {}`).join(', ')};\n`],
  ]),
});

const REGION = 0x12345;
const REGION_SIZE = 0x180000;
const OTHER_REGION = 0x300000;
const OTHER_SIZE = 0x40000;
const END = 0x400000;

/** A heap of two regions, and its observer. */
const begin = () => {
  const heap = reference.instantiate({ initial: END >> 16 });
  assert.is(heap.inspectFind!(REGION), PLACE_NO_HEAP);
  assert.ok(heap.heap_init!(REGION, REGION_SIZE) > 0);
  heap.inspectInit!(REGION);
  assert.ok(heap.heap_add_region!(OTHER_REGION, OTHER_SIZE) > 0);
  return {
    heap,
    find: (address: number) => ({ place: heap.inspectFind!(address), block: heap.inspectBlock!() >>> 0, size: heap.inspectBlockSize!() }),
  };
};

/** The ends of free blocks: a block's own place, or that of the frames that it went back to. */
const GONE = [PLACE_FREE, PLACE_UNCARVED, PLACE_FREE_FRAME];

const test = suite('heap-inspect');

test('every byte of a live block is known as that block, and no byte of a freed one', () => {
  const random = new Random(testSeed());
  const { heap, find } = begin();
  const live = new Map<number, number>();
  for (let round = 0; round < 3000; round++) {
    const size = random.size(60000);
    const block = random.below(2) === 0 ? heap.malloc!(size) : heap.aligned_alloc!(4096, size);
    if (block !== 0) live.set(block, heap.malloc_usable_size!(block));
    if (block === 0 || random.below(3) === 0) {
      const [freed, usable] = [...live][random.below(live.size)]!;
      heap.free!(freed);
      live.delete(freed);
      for (const offset of [0, random.below(usable), usable - 1]) {
        assert.ok(GONE.includes(find(freed + offset).place), `${offset} bytes into the freed block ${freed}: ${find(freed + offset).place}`);
      }
    }
    if (round % 100 !== 0) continue;
    for (const [start, usable] of live) {
      for (const offset of [0, random.below(usable), usable - 1]) {
        const { place, block: found, size: length } = find(start + offset);
        assert.ok(place === PLACE_LIVE || place === PLACE_LARGE);
        assert.equal([found, length], [start, usable]);
      }
    }
  }
  assert.is(heap.heap_check!(), 0);
});

test('addresses outside the regions, in the hole between them, and in the metadata', () => {
  const { find } = begin();
  for (const address of [0, 16, 0x10000, REGION + REGION_SIZE, 0x2fffff, OTHER_REGION + OTHER_SIZE, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff]) {
    assert.is(find(address | 0).place, PLACE_OUTSIDE, `0x${address.toString(16)}`);
  }
  assert.is(find((REGION + 15) & -16).place, PLACE_METADATA, 'the state record');
  let free = 0;
  for (let address = REGION + 0x8000; address < REGION + REGION_SIZE - 0x1000; address += 4096) {
    if (find(address).place === PLACE_FREE_FRAME) free++;
  }
  assert.ok(free > 300, `${free} free frames`);
});

test('the regions are told in ascending order, below and above the first, adjacent ones as one', () => {
  const { heap } = begin();
  const regions = (): [number, number][] => {
    const found: [number, number][] = [];
    for (let first = heap.inspectRegionFirst!(0); first !== 0; first = heap.inspectRegionFirst!(found.at(-1)![1])) {
      found.push([first, heap.inspectRegionEnd!(first)]);
    }
    return found;
  };
  const frameOf = (address: number): number => Math.floor(address / 4096);
  const other: [number, number] = [frameOf(OTHER_REGION), frameOf(OTHER_REGION + OTHER_SIZE)];
  const [[first, end]] = regions() as [[number, number]];
  assert.ok(first > frameOf(REGION) && end === frameOf(REGION + REGION_SIZE));
  assert.equal(regions(), [[first, end], other]);
  assert.is(heap.heap_add_region!(0x1000, 0x5000), 5);
  assert.is(heap.heap_add_region!(OTHER_REGION + OTHER_SIZE, 0x3000), 3);
  assert.is(heap.heap_add_region!(OTHER_REGION - 0x1000, 0x1000), 1);
  assert.equal(regions(), [[1, 6], [first, end], [other[0] - 1, other[1] + 3]]);
  // A block in each, so that the map names pages there.
  while (heap.malloc!(4096) !== 0);
  assert.equal(regions(), [[1, 6], [first, end], [other[0] - 1, other[1] + 3]]);
});

test('a broken list of free blocks is survived, and told', () => {
  const random = new Random(testSeed());
  for (let round = 0; round < 200; round++) {
    const { heap, find } = begin();
    const blocks = Array.from({ length: 60 }, () => heap.malloc!(64));
    const view = new DataView(heap.memory.buffer);
    for (const block of blocks.slice(0, 30)) heap.free!(block);
    const link = [random.below(END) | 1, random.below(0x7fffffff) | 1, blocks[3]! + 8, blocks[20]!][round % 4]!;
    view.setInt32(blocks[random.below(30)]!, link, true);
    const places = blocks.map((block) => find(block).place);
    assert.ok(places.every((place) => [PLACE_LIVE, PLACE_FREE, PLACE_BROKEN].includes(place)));
    if (round % 4 < 3) assert.ok(places.includes(PLACE_BROKEN), `round ${round}: link ${link}`);
  }
});

test.run();
