/** Boot loaders' information, made up: multiboot structures, device trees, and the kernel's reading of them. */

import path from 'node:path';
import { buildReference, type ReferenceExports } from '../../scripts/lib/reference.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

export interface MapEntry {
  start: bigint;
  size: bigint;
  /** As multiboot numbers them: 1 is usable. */
  kind?: number;
}

/** The size of an entry in a multiboot memory map. */
const ENTRY_SIZE = 24;

/** A multiboot memory map. */
export const multibootMap = (entries: MapEntry[]): Uint8Array => {
  const bytes = new Uint8Array(ENTRY_SIZE * entries.length);
  const view = new DataView(bytes.buffer);
  for (const [index, { start, size, kind = 1 }] of entries.entries()) {
    const at = ENTRY_SIZE * index;
    view.setUint32(at, ENTRY_SIZE - 4, true);
    view.setBigUint64(at + 4, start, true);
    view.setBigUint64(at + 12, size, true);
    view.setUint32(at + 20, kind, true);
  }
  return bytes;
};

/** Where multibootInformation() puts the command line, behind the structure. */
const TEXT_OFFSET = 128;

/** Where it puts the memory map. */
const MAP_OFFSET = 256;

/** A Multiboot 1 information structure with its memory map, to lie at `address`. */
export const multibootInformation = (address: number, entries: MapEntry[], commandLine = 'one two=2'): Uint8Array => {
  const map = multibootMap(entries);
  const bytes = new Uint8Array(MAP_OFFSET + map.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1 << 2 | 1 << 6, true);
  view.setUint32(16, address + TEXT_OFFSET, true);
  view.setUint32(44, map.length, true);
  view.setUint32(48, address + MAP_OFFSET, true);
  bytes.set(new TextEncoder().encode(`${commandLine}\0`), TEXT_OFFSET);
  bytes.set(map, MAP_OFFSET);
  return bytes;
};

/** A node of a device tree: properties are words of 32 bits, or a text; nodes are below it. */
export interface TreeNode {
  properties?: Record<string, number[] | string>;
  nodes?: Record<string, TreeNode>;
}

/** The four words of an address and a size, of two words each. */
export const pair = (start: bigint, size: bigint): number[] =>
  [start, size].flatMap((value) => [Number(value >> 32n), Number(value & 0xffffffffn)]);

/** A flattened device tree. */
export const deviceTree = (root: TreeNode, reservations: MapEntry[] = []): Uint8Array => {
  const structure: number[] = [];
  let names = '';
  const word = (value: number): void => void structure.push(value >>> 24 & 255, value >>> 16 & 255, value >>> 8 & 255, value & 255);
  const bytes = (value: Uint8Array): void => {
    structure.push(...value);
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  const write = (name: string, { properties = {}, nodes = {} }: TreeNode): void => {
    word(1);
    bytes(text(name));
    for (const [property, value] of Object.entries(properties)) {
      const content = typeof value === 'string'
        ? text(value)
        : new Uint8Array(value.flatMap((item) => [item >>> 24, item >>> 16 & 255, item >>> 8 & 255, item & 255]));
      word(3);
      word(content.length);
      word(names.length);
      names += `${property}\0`;
      bytes(content);
    }
    for (const [child, node] of Object.entries(nodes)) write(child, node);
    word(2);
  };
  write('', root);
  word(9);

  const HEADER_SIZE = 40;
  const reservationsSize = 16 * (reservations.length + 1);
  const structureOffset = HEADER_SIZE + reservationsSize;
  const namesOffset = structureOffset + structure.length;
  const image = new Uint8Array(namesOffset + names.length);
  const view = new DataView(image.buffer);
  const header = [0xd00dfeed, image.length, structureOffset, namesOffset, HEADER_SIZE, 17, 16, 0, names.length, structure.length];
  for (const [index, value] of header.entries()) view.setUint32(4 * index, value);
  for (const [index, { start, size }] of reservations.entries()) {
    view.setBigUint64(HEADER_SIZE + 16 * index, start);
    view.setBigUint64(HEADER_SIZE + 16 * index + 8, size);
  }
  image.set(structure, structureOffset);
  image.set(new TextEncoder().encode(names), namesOffset);
  return image;
};

/** What QEMU's "virt" tells of its memory, with `memory` in the place of its own. */
export const virtTree = (memory: number[], rest: TreeNode = {}): TreeNode => ({
  properties: { '#address-cells': [2], '#size-cells': [2], ...rest.properties },
  nodes: {
    chosen: { properties: { bootargs: 'one two=2' } },
    cpus: { properties: { '#address-cells': [1], '#size-cells': [0] } },
    'memory@80000000': { properties: { device_type: 'memory', reg: memory } },
    ...rest.nodes,
  },
});

/** Wasm pages of memory: more than the largest device tree that the kernel reads. */
const MEMORY_PAGES = 64;

const LITERALS = 0x100;
const RANGE_TABLE = 0x4000;

/** Where the boot loader's information lies: an address of the kernel. */
export const INFORMATION = 0x8000;

/** The kernel's image. */
export const IMAGE = { start: 0x100000, end: 0x140000 };

/** The window for pages that are mapped at will, see qemu/kernel/page-table.ts. */
const WINDOW = 0xfe000000;

const KERNEL = path.join(ROOT, 'qemu/kernel');
const ENTRY = path.join(KERNEL, 'boot-data.ts');

/** Literals are the compiler's; plain JavaScript has their text instead and writes it where the kernel looks. */
const LITERAL = `
import { store, store8 } from '../../kernel-heap/memory.ts';
export const literalAddress = (text) => {
  store(${LITERALS}, text.length);
  for (let i = 0; i < text.length; i++) store8(${LITERALS} + 4 + i, text.charCodeAt(i));
  return ${LITERALS};
};`;

const reference = await buildReference({
  entry: ENTRY,
  overrides: new Map([
    [ENTRY, "export * from './boot-info.ts'; export * from './memory-map.ts';"],
    [path.join(KERNEL, 'literal.ts'), LITERAL],
  ]),
});

export interface BootedMap {
  /** What bootInfoInit() returned: 0 or an exit code. */
  information: number;
  /** What memoryMapCheck() returned: 0 or an exit code. */
  check: number;
  /** The physical start of the range that the check found fault with. */
  badStart: bigint;
  /** The regions that are free for the heap: addresses of the kernel. */
  regions: { start: number; end: number }[];
  kernel: ReferenceExports;
}

/** Reads `bytes`, which lie at INFORMATION, as the kernel does at boot. */
export const bootWith = (magic: number, bytes: Uint8Array, memoryStart = 0): BootedMap => {
  const kernel = reference.instantiate({
    initial: MEMORY_PAGES,
    hosts: {
      rangeTable: () => RANGE_TABLE,
      imageStart: () => IMAGE.start,
      imageEnd: () => IMAGE.end,
      memoryStart: () => memoryStart | 0,
      machine: () => 0,
      pageWindow: () => WINDOW | 0,
    },
  });
  new Uint8Array(kernel.memory.buffer).set(bytes, INFORMATION);
  const information = kernel.bootInfoInit!(magic | 0, INFORMATION);
  const check = kernel.memoryMapCheck!();
  const view = new DataView(kernel.memory.buffer);
  const badStart = check === 0 ? 0n : view.getBigUint64(kernel.memoryMapBadRange!(), true);
  const regions = [];
  for (let address = 0; kernel.memoryMapFindRegion!(address | 0);) {
    const region = { start: kernel.memoryMapRegionStart!() >>> 0, end: kernel.memoryMapRegionEnd!() >>> 0 };
    regions.push(region);
    address = region.end;
  }
  return { information, check, badStart, regions, kernel };
};

export const MULTIBOOT = 0x2badb002;
export const DEVICE_TREE = 0xd00dfeed;
