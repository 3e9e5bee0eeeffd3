/**
 * The free frames by a list of their own, and the bitmap that follows from it. The witness for the buddy: it goes over
 * all frames every time, and shares no code with it.
 */

import * as assert from 'uvu/assert';
import { FRAME_SIZE, STATE_LEVELS_OFFSET } from '../../kernel-heap/layout.ts';
import { regionsOf, stateWord, tableOf, type Core } from './core.ts';

export class FreeFrames {
  /** The first frame that the frame table describes. */
  readonly base: number;
  /** Its capacity T. */
  readonly capacity: number;
  readonly #free: Uint8Array;

  /** All frames of all regions but those that the frame table occupies. */
  constructor(core: Core) {
    const table = tableOf(core);
    this.base = table.first;
    this.capacity = table.capacity;
    this.#free = new Uint8Array(table.capacity);
    const first = Math.floor(table.address / FRAME_SIZE);
    const end = Math.ceil((table.address + table.bytes) / FRAME_SIZE);
    for (const region of regionsOf(core)) {
      for (let frame = region.first; frame < region.end; frame++) {
        this.#free[frame - this.base] = frame >= first && frame < end ? 0 : 1;
      }
    }
  }

  has(frame: number): boolean {
    return this.#free[frame - this.base] === 1;
  }

  get count(): number {
    let count = 0;
    for (const free of this.#free) count += free;
    return count;
  }

  /** Whether all of `count` frames from `first` on are free. */
  hasRun(first: number, count: number): boolean {
    for (let frame = first; frame < first + count; frame++) if (!this.has(frame)) return false;
    return true;
  }

  /** Takes frames, which must be free. */
  take(first: number, count: number): void {
    assert.ok(this.hasRun(first, count), `frames ${first} to ${first + count - 1} were not all free`);
    this.#free.fill(0, first - this.base, first - this.base + count);
  }

  /** Gives frames back. */
  give(first: number, count: number): void {
    this.#free.fill(1, first - this.base, first - this.base + count);
  }

  /** The frame behind the free run that begins at `frame`. */
  runEnd(frame: number): number {
    let end = frame;
    while (this.has(end)) end++;
    return end;
  }

  /** The first frame of the free run that ends before `frame`. */
  runStart(frame: number): number {
    let start = frame;
    while (this.has(start - 1)) start--;
    return start;
  }

  /** The length of the longest free run. */
  get runMax(): number {
    let longest = 0;
    let length = 0;
    for (const free of this.#free) {
      length = free === 0 ? 0 : length + 1;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** Takes the frames that belong to a page of blocks or of descriptors, as far as the map tells. */
  takePages(core: Core): void {
    for (let frame = this.base; frame < this.base + this.capacity; frame++) {
      if (this.has(frame) && core.frameMapGet(frame) !== core.noPage()) this.take(frame, 1);
    }
  }

  /** The nodes that are set, in ascending order: those whose frames are all free, and whose parent's are not. */
  nodes(): number[] {
    // By orders, whose rows follow one another: one byte for each node, the last for none.
    const all = new Uint8Array(2 * this.capacity);
    all.set(this.#free);
    for (let node = this.capacity; node < 2 * this.capacity - 1; node++) {
      const half = 2 * (node - this.capacity);
      all[node] = all[half]! & all[half + 1]!;
    }
    const nodes: number[] = [];
    for (let node = 0; node < 2 * this.capacity - 1; node++) {
      if (all[node] === 1 && all[this.capacity + (node >> 1)] === 0) nodes.push(node);
    }
    return nodes;
  }

  /** Order and first frame of a node. */
  spanOf(node: number): { order: number; first: number } {
    let order = 0;
    let row = 0;
    while (node >= row + this.capacity / 2 ** order) row += this.capacity / 2 ** order++;
    return { order, first: this.base + (node - row) * 2 ** order };
  }

  /** Free spans of each order from 0 on. */
  spansByOrder(): number[] {
    const counts = Array.from({ length: Math.log2(this.capacity) + 1 }, () => 0);
    for (const node of this.nodes()) counts[this.spanOf(node).order]!++;
    return counts;
  }

  /** Demands that the bitmap in the core's memory has exactly these nodes set. */
  assertBitmap(core: Core): void {
    const bitmap = stateWord(core, STATE_LEVELS_OFFSET);
    const expected = new Int32Array(this.capacity / 16);
    for (const node of [...this.nodes(), 2 * this.capacity - 1]) expected[node >> 5]! |= 1 << (node & 31);
    for (const [index, word] of expected.entries()) {
      const difference = core.load(bitmap + 4 * index) ^ word;
      if (difference === 0) continue;
      const bit = 31 - Math.clz32(difference & -difference);
      const { order, first } = this.spanOf(32 * index + bit);
      const should = (word >>> bit & 1) === 1 ? 'should be set and is not' : 'is set and should not be';
      assert.unreachable(`node ${32 * index + bit} (order ${order}, frames from ${first} on) ${should}`);
    }
  }
}
