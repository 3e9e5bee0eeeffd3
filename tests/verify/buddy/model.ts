/**
 * What the buddy must be: a set of free frames, and the bitmap that follows from it. Shares no code with the core, only
 * the addresses at which its words stand.
 *
 * The frames that are looked at lie in a window of 32 frames, aligned to 32; a set of them is a number, bit i for frame
 * i of the window. All frames outside the window stay used.
 */

export const WINDOW_FRAMES = 32;
const WINDOW_ORDER = 5;

/** Whether all frames of `run` are in `set`. */
export const holds = (set: number, run: number): boolean => (set & run) === run;

/** The frames [first, first + count) as a set. */
export const runOf = (first: number, count: number): number =>
  (count === WINDOW_FRAMES ? -1 : (1 << count) - 1) << first;

/** How many frames a set has: bits added up in pairs, fours and bytes, then the bytes. */
export const countOf = (set: number): number => {
  const pairs = set - (set >>> 1 & 0x55555555);
  const fours = (pairs & 0x33333333) + (pairs >>> 2 & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** The nodes of a set's canonical decomposition: those whose frames are all in it, and whose parent's are not. */
const decompose = (set: number, visit: (order: number, first: number) => void): void => {
  for (let order = 0; order <= WINDOW_ORDER; order++) {
    const size = 1 << order;
    for (let first = 0; first < WINDOW_FRAMES; first += size) {
      if (!holds(set, runOf(first, size))) continue;
      const parent = first & -(2 * size);
      if (order === WINDOW_ORDER || !holds(set, runOf(parent, 2 * size))) visit(order, first);
    }
  }
};

/** Where the bitmap's words for the window are. */
export interface BitmapPlace {
  /** Frames that the frame table can describe, a power of two. */
  capacity: number;
  /** The window's first frame, counted from the table's first. */
  windowFirst: number;
  /** Addresses of the levels. */
  levels: number[];
}

interface TrackedWord { level: number; index: number; address: number }

/** The node of `order` for a frame counted from the table's first: the rows of the orders follow one another. */
const nodeOf = (capacity: number, order: number, frame: number): number => 2 * capacity - (2 * capacity >> order) + (frame >> order);

/** The words that some node of the window has a bit in, those of the sums above them, and those of all ancestors. */
const trackedWords = ({ capacity, windowFirst, levels }: BitmapPlace): TrackedWord[] => {
  const words: TrackedWord[] = [];
  let indices = new Set<number>();
  for (let order = 0; capacity >> order > 0; order++) {
    const last = nodeOf(capacity, order, windowFirst + WINDOW_FRAMES - 1);
    for (let word = nodeOf(capacity, order, windowFirst) >> 5; word <= last >> 5; word++) indices.add(word);
  }
  levels.forEach((address, level) => {
    for (const index of [...indices].sort((a, b) => a - b)) words.push({ level, index, address: address + 4 * index });
    indices = new Set([...indices].map((index) => index >> 5));
  });
  return words;
};

/** Which frames of the window are explored: `frames` from `offset` on. `others` are free at the beginning besides. */
export interface Explored { frames: number; offset: number; others: number }

export class BuddyModel {
  /** Addresses of the words that depend on the window's frames. */
  readonly addresses: number[];
  readonly #place: BitmapPlace;
  readonly #words: TrackedWord[];
  readonly #baseline: number[];
  /** Images and lowest nodes by the set of free explored frames; the first call for a set makes them. */
  readonly #images: (Int32Array | undefined)[];
  readonly #lowest: (Int8Array | undefined)[];
  /** The same for sets in which frames outside the explored ones have changed. */
  readonly #otherImages = new Map<number, Int32Array>();
  readonly #otherLowest = new Map<number, Int8Array>();
  readonly #offset: number;
  readonly #mask: number;
  readonly #others: number;

  constructor(place: BitmapPlace, explored: Explored) {
    this.#offset = explored.offset;
    this.#mask = 2 ** explored.frames - 1;
    this.#others = explored.others;
    this.#images = Array.from({ length: 2 ** explored.frames });
    this.#lowest = Array.from({ length: 2 ** explored.frames });
    this.#place = place;
    this.#words = trackedWords(place);
    this.addresses = this.#words.map(({ address }) => address);
    // The last bit is always set, and its sums.
    this.#baseline = this.#words.map(({ level, index }) => {
      const last = (2 * place.capacity - 1) >>> 5 * level;
      return index === last >>> 5 ? 1 << (last & 31) : 0;
    });
  }

  /** What the words at `addresses` must be when exactly the frames of `free` are free. */
  image(free: number): Int32Array {
    const index = free >>> this.#offset & this.#mask;
    if ((free ^ index << this.#offset) === this.#others) return this.#images[index] ??= this.#makeImage(free);
    let image = this.#otherImages.get(free);
    if (image === undefined) this.#otherImages.set(free, image = this.#makeImage(free));
    return image;
  }

  #makeImage(free: number): Int32Array {
    const image = Int32Array.from(this.#baseline);
    const { capacity, windowFirst } = this.#place;
    decompose(free, (order, first) => {
      const node = nodeOf(capacity, order, windowFirst + first);
      image[this.#words.findIndex(({ level, index }) => level === 0 && index === node >> 5)]! |= 1 << (node & 31);
    });
    this.#words.forEach(({ level, index }, at) => {
      const above = this.#words.findIndex((word) => word.level === level + 1 && word.index === index >> 5);
      if (above === -1) return;
      const bit = 1 << (index & 31);
      image[above] = image[at] === 0 ? image[above]! & ~bit : image[above]! | bit;
    });
    return image;
  }

  /** By order: the first frame of the lowest node among those of the lowest order from it on; -1 if there is none. */
  lowest(free: number): Int8Array {
    const index = free >>> this.#offset & this.#mask;
    if ((free ^ index << this.#offset) === this.#others) return this.#lowest[index] ??= this.#makeLowest(free);
    let lowest = this.#otherLowest.get(free);
    if (lowest === undefined) this.#otherLowest.set(free, lowest = this.#makeLowest(free));
    return lowest;
  }

  #makeLowest(free: number): Int8Array {
    const lowest = new Int8Array(WINDOW_ORDER + 2).fill(-1);
    decompose(free, (order, first) => { if (lowest[order] === -1) lowest[order] = first; });
    for (let order = WINDOW_ORDER; order >= 0; order--) if (lowest[order] === -1) lowest[order] = lowest[order + 1]!;
    return lowest;
  }
}

/**
 * How many ways there are to lay out `frames` frames as free ones and live runs of any length: frames begin with a free
 * one or with a run of k, so w(n) = w(n-1) + w(n-1) + w(n-2) + … + w(0), hence w(n) = 3 w(n-1) - w(n-2): every other
 * Fibonacci number, 1, 2, 5, 13, 34, 89.
 */
export const layoutCount = (frames: number): number => {
  let before = 1;
  let count = frames === 0 ? 1 : 2;
  for (let n = 2; n <= frames; n++) [before, count] = [count, 3 * count - before];
  return count;
};
