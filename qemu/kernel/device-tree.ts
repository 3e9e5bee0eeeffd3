/**
 * What firmware with a device tree left: the flattened tree, as the Devicetree Specification describes it. All numbers
 * in it have their most significant byte first.
 *
 *    0 magic     4 size of everything    8 offset of the structure    12 offset of the names of properties
 *   16 offset of the reservations       20 version                   24 last version it is compatible with
 *
 * The structure is a sequence of tokens: a node begins (and its name follows), a node ends, a property (size, offset of its
 * name and value follow), nothing, the end. Of interest are
 *
 *   / { #address-cells, #size-cells: words in an address and in a size below }
 *   /memory* { reg: addresses and sizes of memory }
 *   /reserved-memory { #address-cells, #size-cells } and in it * { reg: addresses and sizes to be left alone }
 *   /chosen { bootargs: the command line; linux,initrd-start, linux,initrd-end: a file that the loader brought }
 */
import { lessThan, load8 } from '../../kernel-heap/memory.ts';
import { MAP_RESERVED, MAP_USABLE, memoryMapAdd, memoryMapAddOwn } from './memory-map.ts';
import { textBehind, textIs, textSize } from './text.ts';

/** What a device tree begins with. */
export const DEVICE_TREE_MAGIC: i32 = 0xd00dfeed | 0;

const TOTAL_SIZE_OFFSET: i32 = 4;
const STRUCTURE_OFFSET: i32 = 8;
const NAMES_OFFSET: i32 = 12;
const RESERVATIONS_OFFSET: i32 = 16;
const COMPATIBLE_VERSION_OFFSET: i32 = 24;
const HEADER_SIZE: i32 = 40;
const VERSION: i32 = 17;
const TREE_SIZE_MAX: i32 = 0x200000; // 2 MiB, which Linux has for one too

const TOKEN_NODE: i32 = 1;
const TOKEN_NODE_END: i32 = 2;
const TOKEN_PROPERTY: i32 = 3;
const TOKEN_NOTHING: i32 = 4;
const TOKEN_END: i32 = 9;

const AT_SIGN: i32 = 64;

const SECTION_NONE: i32 = 0;
const SECTION_MEMORY: i32 = 1;
const SECTION_RESERVED: i32 = 2;
const SECTION_CHOSEN: i32 = 3;

/** The word at an address of any alignment. */
const loadBig = (address: i32): i32 =>
  (load8(address) << 24) | (load8(address + 1) << 16) | (load8(address + 2) << 8) | load8(address + 3);

let treeStart: i32 = 0;
let treeSize: i32 = 0;
let commandLine: i32 = 0;
let initrdStart: i32 = 0;
let initrdEnd: i32 = 0;

/** How deep the walk is in the tree: 1 in the root, 2 in its children. */
let depth: i32 = 0;

/** Which child of the root the walk is in. */
let section: i32 = 0;

/* Words in an address and in a size: of the root's children, and of those of /reserved-memory. */
let rootAddressCells: i32 = 0;
let rootSizeCells: i32 = 0;
let reservedAddressCells: i32 = 0;
let reservedSizeCells: i32 = 0;

const sectionOf = (name: i32): i32 => {
  if (textIs(name, 'chosen')) return SECTION_CHOSEN;
  if (textIs(name, 'reserved-memory')) return SECTION_RESERVED;
  const end: i32 = textBehind(name, 'memory');
  if (end !== 0 && (load8(end) === 0 || load8(end) === AT_SIGN)) return SECTION_MEMORY;
  return SECTION_NONE;
};

/** The low word of a number of one or two words. */
const lowWord = (value: i32, cells: i32): i32 => loadBig(value + ((cells - 1) << 2));

/** The high word of a number of one or two words. */
const highWord = (value: i32, cells: i32): i32 => (cells === 2 ? loadBig(value) : 0);

/** Enters the pairs of address and size in a property; false if it is none of whole pairs. */
const addPairs = (kind: i32, value: i32, size: i32, addressCells: i32, sizeCells: i32): boolean => {
  if (addressCells < 1 || addressCells > 2 || sizeCells < 1 || sizeCells > 2) return false;
  const pairSize: i32 = (addressCells + sizeCells) << 2;
  let offset: i32 = 0;
  while (!lessThan(size - offset, pairSize)) {
    const start: i32 = value + offset;
    const length: i32 = start + (addressCells << 2);
    memoryMapAdd(
      kind, lowWord(start, addressCells), highWord(start, addressCells), lowWord(length, sizeCells), highWord(length, sizeCells),
    );
    offset += pairSize;
  }
  return offset === size;
};

/** Takes what a property tells; false if it makes no sense. */
const readProperty = (name: i32, value: i32, size: i32): boolean => {
  if (depth === 1) {
    if (textIs(name, '#address-cells')) rootAddressCells = loadBig(value);
    if (textIs(name, '#size-cells')) rootSizeCells = loadBig(value);
  } else if (section === SECTION_CHOSEN && depth === 2) {
    if (textIs(name, 'bootargs')) commandLine = value;
    if (textIs(name, 'linux,initrd-start')) initrdStart = lowWord(value, size >>> 2);
    if (textIs(name, 'linux,initrd-end')) initrdEnd = lowWord(value, size >>> 2);
  } else if (section === SECTION_MEMORY && depth === 2) {
    if (textIs(name, 'reg')) return addPairs(MAP_USABLE, value, size, rootAddressCells, rootSizeCells);
  } else if (section === SECTION_RESERVED && depth === 2) {
    if (textIs(name, '#address-cells')) reservedAddressCells = loadBig(value);
    if (textIs(name, '#size-cells')) reservedSizeCells = loadBig(value);
  } else if (section === SECTION_RESERVED && depth === 3) {
    if (textIs(name, 'reg')) return addPairs(MAP_RESERVED, value, size, reservedAddressCells, reservedSizeCells);
  }
  return true;
};

const alignToWord = (address: i32): i32 => (address + 3) & -4;

/** Whether a part that begins at an offset can lie in the tree. */
const isInTree = (offset: i32): boolean => lessThan(offset, treeSize);

/** Walks the whole structure once; false if it is damaged. */
const readStructure = (): boolean => {
  const names: i32 = loadBig(treeStart + NAMES_OFFSET);
  const end: i32 = treeStart + treeSize;
  let at: i32 = treeStart + loadBig(treeStart + STRUCTURE_OFFSET);
  while (lessThan(at, end - 3)) {
    const token: i32 = loadBig(at);
    at += 4;
    if (token === TOKEN_NODE) {
      depth++;
      if (depth === 2) section = sectionOf(at);
      at = alignToWord(at + textSize(at));
    } else if (token === TOKEN_NODE_END) {
      depth--;
      if (depth === 1) section = SECTION_NONE;
    } else if (token === TOKEN_PROPERTY) {
      const size: i32 = loadBig(at);
      const value: i32 = at + 8;
      if (lessThan(end - at, 8) || lessThan(end - value, size)) return false;
      if (!isInTree(loadBig(at + 4)) || !isInTree(names + loadBig(at + 4))) return false;
      if (!readProperty(treeStart + names + loadBig(at + 4), value, size)) return false;
      at = alignToWord(value + size);
    } else if (token === TOKEN_END) {
      return depth === 0;
    } else if (token !== TOKEN_NOTHING) {
      return false;
    }
  }
  return false;
};

/** Enters the reservations: pairs of two words each, up to one of size 0; false if there is no end to them. */
const readReservations = (): boolean => {
  let at: i32 = treeStart + loadBig(treeStart + RESERVATIONS_OFFSET);
  const end: i32 = treeStart + treeSize;
  while (lessThan(at, end - 15)) {
    if ((loadBig(at + 8) | loadBig(at + 12)) === 0) return true;
    memoryMapAdd(MAP_RESERVED, loadBig(at + 4), loadBig(at), loadBig(at + 12), loadBig(at + 8));
    at += 16;
  }
  return false;
};

/** Enters the memory of a tree, what it reserves, and the tree itself; false if the tree is damaged. */
export const deviceTreeRead = (tree: i32): boolean => {
  treeStart = tree;
  treeSize = loadBig(tree + TOTAL_SIZE_OFFSET);
  commandLine = 0;
  initrdStart = 0;
  initrdEnd = 0;
  depth = 0;
  section = SECTION_NONE;
  rootAddressCells = 2; // the specification's values for a tree that does not say
  rootSizeCells = 1;
  reservedAddressCells = 2;
  reservedSizeCells = 1;
  if (lessThan(treeSize, HEADER_SIZE) || lessThan(TREE_SIZE_MAX, treeSize)) return false;
  if (lessThan(VERSION, loadBig(tree + COMPATIBLE_VERSION_OFFSET))) return false;
  if (!isInTree(loadBig(tree + STRUCTURE_OFFSET)) || !isInTree(loadBig(tree + NAMES_OFFSET))) return false;
  if (!isInTree(loadBig(tree + RESERVATIONS_OFFSET))) return false;
  memoryMapAddOwn(treeStart, treeSize);
  if (!readReservations()) return false;
  if (!readStructure()) return false;
  if (initrdEnd !== initrdStart) memoryMapAdd(MAP_RESERVED, initrdStart, 0, initrdEnd - initrdStart, 0);
  return true;
};

/** The address of the command line in the tree read last; 0 if there is none. */
export const deviceTreeCommandLine = (): i32 => commandLine;
