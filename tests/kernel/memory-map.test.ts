/** The kernel's memory map, from multiboot structures and device trees that are good, odd and bad. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EXIT_MAP_BELOW_BASE, EXIT_MAP_DAMAGED, EXIT_MAP_EMPTY_ENTRY, EXIT_MAP_OVERLAP, EXIT_NO_BOOT_INFO, EXIT_NO_MEMORY,
} from '../../qemu/kernel/exit-code.ts';
import {
  bootWith, DEVICE_TREE, deviceTree, IMAGE, INFORMATION, MULTIBOOT, multibootInformation, pair, virtTree, type BootedMap,
  type MapEntry, type TreeNode,
} from './boot-data.ts';

const MEBIBYTE = 0x100000n;
const MEMORY_START = 0x80000000;
const BASE = BigInt(MEMORY_START);

const multiboot = (entries: MapEntry[]): BootedMap => bootWith(MULTIBOOT, multibootInformation(INFORMATION, entries));

const tree = (root: TreeNode, reservations: MapEntry[] = []): BootedMap =>
  bootWith(DEVICE_TREE, deviceTree(root, reservations), MEMORY_START);

/** The map of a PC with 64 MiB. */
const PC: MapEntry[] = [
  { start: 0n, size: 0x9fc00n },
  { start: 0x9fc00n, size: 0x400n, kind: 2 },
  { start: 0xf0000n, size: 0x10000n, kind: 2 },
  { start: MEBIBYTE, size: 63n * MEBIBYTE },
];

const assertGood = ({ information, check }: BootedMap): void => assert.equal({ information, check }, { information: 0, check: 0 });

const assertBad = (map: BootedMap, exitCode: number, start: bigint): void => {
  assert.is(map.information, 0);
  assert.is(map.check, exitCode);
  assert.is(map.badStart, start);
};

/** Whether no region has a byte of a range, and some region has those on either side of it. */
const assertHole = ({ regions }: BootedMap, start: number, end: number): void => {
  assert.not(regions.some((region) => region.start < end && start < region.end), 'a region has a part of the hole');
  assert.ok(regions.some((region) => region.end === start), 'no region ends at the hole');
  assert.ok(regions.some((region) => region.start === end), 'no region begins behind the hole');
};

const test = suite('memory map');

test('multiboot: usable memory less the first page, the boot data and the image', () => {
  const map = multiboot(PC);
  assertGood(map);
  assert.is(map.regions[0]!.start, 0x1000);
  assert.ok(map.regions.some(({ end }) => end === 0x9fc00));
  assert.equal(map.regions.at(-1), { start: IMAGE.end, end: 0x4000000 });
  const information = multibootInformation(INFORMATION, PC);
  const mapOffset = information.length - 24 * PC.length;
  for (const [start, size] of [[INFORMATION, 120], [INFORMATION + 128, 'one two=2'.length + 1], [INFORMATION + mapOffset, 24 * PC.length]] as const) {
    assertHole(map, start, start + size);
  }
});

test('multiboot: the order of the entries does not matter', () => {
  assert.equal(multiboot([...PC].reverse()).regions, multiboot(PC).regions);
});

test('multiboot: memory above 4 GiB is left alone, and memory that reaches there is cut', () => {
  const map = multiboot([...PC, { start: 0xf0000000n, size: 0x20000000n }, { start: 0x100000000000n, size: MEBIBYTE }]);
  assertGood(map);
  assert.equal(map.regions.slice(-2), [{ start: 0xf0000000, end: 0xfe000000 }, { start: 0xff000000, end: 0xfffff000 }]);
});

test('multiboot: an entry that reaches beyond the end of all addresses is cut', () => {
  const map = multiboot([{ start: MEBIBYTE, size: 2n ** 64n - MEBIBYTE }]);
  assertGood(map);
  assert.is(map.regions[0]!.start, IMAGE.end);
  assert.is(map.regions.at(-1)!.end, 0xfffff000);
});

test('multiboot: modules are left alone', () => {
  const bytes = multibootInformation(INFORMATION, PC);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, view.getUint32(0, true) | 1 << 3, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, INFORMATION + 160, true);
  view.setUint32(160, 0x200000, true);
  view.setUint32(164, 0x212345, true);
  const map = bootWith(MULTIBOOT, bytes);
  assertGood(map);
  assertHole(map, 0x200000, 0x212345);
});

test('the command line is read', () => {
  const { kernel } = multiboot(PC);
  const read = (name: string, ...args: unknown[]): unknown => (kernel[name] as (...args: unknown[]) => unknown)(...args);
  assert.is(read('commandLineHas', 'one'), true);
  assert.is(read('commandLineHas', 'two'), false);
  assert.is(read('commandLineNumber', 'two=', 7), 2);
  assert.is(read('commandLineNumber', 'three=', 7), 7);
});

test('no usable entry leaves no region', () => {
  const map = multiboot(PC.map((entry) => ({ ...entry, kind: 2 })));
  assertGood(map);
  assert.equal(map.regions, []);
  assert.equal(multiboot([]).regions, []);
});

test('an entry of size 0 is found', () => {
  assertBad(multiboot([...PC, { start: 0x8000000n, size: 0n }]), EXIT_MAP_EMPTY_ENTRY, 0x8000000n);
  assertBad(multiboot([{ start: 0n, size: 0n, kind: 2 }, ...PC]), EXIT_MAP_EMPTY_ENTRY, 0n);
});

test('overlapping entries are found, whichever comes first', () => {
  const overlapping: MapEntry[] = [
    { start: 2n * MEBIBYTE, size: MEBIBYTE }, // within
    { start: 63n * MEBIBYTE, size: 4n * MEBIBYTE }, // over the end
    { start: 0xffff0n, size: 0x20n }, // over the start
    { start: MEBIBYTE, size: 63n * MEBIBYTE }, // the same
    { start: 0xff000n, size: 2n ** 32n }, // around
    { start: 4n * MEBIBYTE, size: 4096n, kind: 2 }, // in use within usable
    { start: 2n ** 64n - 4096n, size: 2n ** 64n - 1n, kind: 2 }, // around the end of all addresses
  ];
  for (const entry of overlapping) {
    assert.is(multiboot([...PC, entry]).check, EXIT_MAP_OVERLAP, `start ${entry.start.toString(16)}`);
    assert.is(multiboot([entry, ...PC]).check, EXIT_MAP_OVERLAP, `start ${entry.start.toString(16)}`);
  }
});

test('entries that touch, and those in use that overlap each other, are no fault', () => {
  assertGood(multiboot([...PC, { start: 64n * MEBIBYTE, size: MEBIBYTE, kind: 2 }]));
  assertGood(multiboot([...PC, { start: 0xf8000n, size: 0x100n, kind: 3 }]));
});

test('a magic number that nobody knows, and a loader without a map, are told apart', () => {
  assert.is(bootWith(0x12345678, multibootInformation(INFORMATION, PC)).information, EXIT_NO_BOOT_INFO);
  assert.is(bootWith(0, new Uint8Array(0)).information, EXIT_NO_BOOT_INFO);
  const bytes = multibootInformation(INFORMATION, PC);
  bytes[0] = 1 << 2;
  assert.is(bootWith(MULTIBOOT, bytes).information, EXIT_NO_MEMORY);
});

test('a map that is cut off, or too long, is damaged', () => {
  const cut = (change: (view: DataView, map: number) => void): number => {
    const bytes = multibootInformation(INFORMATION, PC);
    change(new DataView(bytes.buffer), bytes.length - 24 * PC.length);
    return bootWith(MULTIBOOT, bytes).information;
  };
  assert.is(cut(() => {}), 0);
  assert.is(cut((view) => view.setUint32(44, 24 * PC.length - 1, true)), EXIT_MAP_DAMAGED);
  assert.is(cut((view, map) => view.setUint32(map, 19, true)), EXIT_MAP_DAMAGED);
  assert.is(cut((view, map) => view.setUint32(map, 0, true)), EXIT_MAP_DAMAGED);
  assert.is(cut((view, map) => view.setUint32(map, 0xffffffff, true)), EXIT_MAP_DAMAGED);
  const many = Array.from({ length: 201 }, (_, i) => ({ start: BigInt(i) * 2n * MEBIBYTE, size: MEBIBYTE }));
  assert.is(multiboot(many).information, EXIT_MAP_DAMAGED);
});

test('device tree: memory less the image, the tree and what it reserves; addresses count from its start', () => {
  const map = tree(virtTree(pair(BASE, 64n * MEBIBYTE), {
    nodes: {
      'reserved-memory': {
        properties: { '#address-cells': [2], '#size-cells': [1] },
        nodes: {
          'firmware@81000000': { properties: { reg: [0, 0x81000000, 0x40000] } },
          'at-will': { properties: { size: [0x1000] } },
        },
      },
    },
  }), [{ start: BASE + 32n * MEBIBYTE, size: 0x2000n }]);
  assertGood(map);
  assert.is(map.regions[0]!.start, 0x1000);
  assert.ok(map.regions.some(({ end }) => end === INFORMATION), 'the tree is given away');
  assertHole(map, IMAGE.start, IMAGE.end);
  assertHole(map, 0x1000000, 0x1040000);
  assertHole(map, 0x2000000, 0x2002000);
  assert.is(map.regions.at(-1)!.end, 0x4000000);
  assert.is((map.kernel.commandLineNumber as (...args: unknown[]) => number)('two=', 7), 2);
});

test('device tree: words of one and two, several ranges, several nodes, an initial RAM disk', () => {
  const map = tree({
    properties: { '#address-cells': [1], '#size-cells': [1] },
    nodes: {
      chosen: { properties: { 'linux,initrd-start': [0x80800000], 'linux,initrd-end': [0, 0x80900000] } },
      memory: { properties: { reg: [0x80000000, 0x1000000, 0x90000000, 0x1000000] } },
      'memory@a0000000': { properties: { reg: [0xa0000000, 0x1000] } },
      'memory-controller@0': { properties: { reg: [0xb0000000, 0x1000] } },
    },
  });
  assertGood(map);
  assertHole(map, 0x800000, 0x900000);
  assert.equal(map.regions.slice(-3).map(({ end }) => end), [0x1000000, 0x11000000, 0x20001000]);
});

test('device tree: memory above 4 GiB from its start is cut', () => {
  const map = tree(virtTree(pair(BASE, 5n << 30n)));
  assertGood(map);
  assert.equal(map.regions.slice(-2), [{ start: IMAGE.end, end: 0xfe000000 }, { start: 0xff000000, end: 0xfffff000 }]);
});

test('device tree: memory below that of the machine, empty and overlapping ranges are found', () => {
  const good = pair(BASE, 64n * MEBIBYTE);
  assertBad(tree(virtTree([...good, ...pair(0x40000000n, MEBIBYTE)])), EXIT_MAP_BELOW_BASE, 0x40000000n);
  assertBad(tree(virtTree([...good, ...pair(BASE - 4096n, 4096n)])), EXIT_MAP_BELOW_BASE, BASE - 4096n);
  assertBad(tree(virtTree([...good, ...pair(BASE + (1n << 32n), 0n)])), EXIT_MAP_EMPTY_ENTRY, BASE + (1n << 32n));
  assert.is(tree(virtTree([...good, ...pair(BASE + MEBIBYTE, MEBIBYTE)])).check, EXIT_MAP_OVERLAP);
});

test('device tree: without memory there is no region', () => {
  const map = tree({ properties: { '#address-cells': [2], '#size-cells': [2] } });
  assertGood(map);
  assert.equal(map.regions, []);
});

test('device tree: damage is found, wherever the tree is cut off', () => {
  const whole = deviceTree(virtTree(pair(BASE, 64n * MEBIBYTE)));
  const structureEnd = new DataView(whole.buffer).getUint32(12);
  for (let size = 0; size < structureEnd; size += 4) {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setUint32(4, size);
    assert.is(bootWith(DEVICE_TREE, bytes, MEMORY_START).information, EXIT_MAP_DAMAGED, `cut to ${size} bytes`);
  }
  assert.is(bootWith(DEVICE_TREE, whole, MEMORY_START).information, 0);
  const newer = whole.slice();
  new DataView(newer.buffer).setUint32(24, 18);
  assert.is(bootWith(DEVICE_TREE, newer, MEMORY_START).information, EXIT_MAP_DAMAGED);
  assert.is(tree(virtTree([0, 0x80000000, 0])).information, EXIT_MAP_DAMAGED);
  assert.is(tree(virtTree(pair(BASE, MEBIBYTE), { properties: { '#address-cells': [3] } })).information, EXIT_MAP_DAMAGED);
});

test('device tree: with any one byte changed is read to an end', () => {
  const whole = deviceTree(virtTree(pair(BASE, 64n * MEBIBYTE)), [{ start: BASE, size: 4096n }]);
  for (let at = 4; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at]! ^= 0xff;
    assert.type(bootWith(DEVICE_TREE, bytes, MEMORY_START).information, 'number');
  }
});

test.run();
