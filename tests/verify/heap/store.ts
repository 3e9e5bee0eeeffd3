/**
 * The states that were seen, each once and exactly: as the words that differ from those of the first state, followed by
 * the live blocks. Words that no operation may change are not looked at here. A hash finds a state, and all of its words are compared before two are taken for the same.
 */

/** Live blocks stand behind the words, under indices from here on. */
const LIVE_INDEX = 1 << 24;

/** One step of a hash, by the rounds and the constants of MurmurHash3 (Appleby). */
const mixed = (hash: number, index: number, word: number): number => {
  let key = Math.imul(word ^ Math.imul(index, 0x9e3779b1), 0xcc9e2d51);
  key = Math.imul(key << 15 | key >>> 17, 0x1b873593);
  const mix = hash ^ key;
  return Math.imul(mix << 13 | mix >>> 19, 5) + 0xe6546b64 | 0;
};

export class StateStore {
  /** Indices of the words that operations may change, and their values in the first state. */
  readonly #indices: Int32Array;
  readonly #baseline: Int32Array;
  /** Pairs of index and value, state behind state. */
  #pairs = new Int32Array(1 << 20);
  #starts = new Int32Array(1 << 12);
  #parents = new Int32Array(1 << 12);
  #operations = new Int32Array(3 << 12);
  #hashes = new Int32Array(1 << 12);
  #end = 0;
  #table = new Int32Array(1 << 14).fill(-1);
  #hash = 0;
  count = 0;

  /**
   * @param words the memory in the first state
   * @param changeable indices of the words that operations may change
   */
  constructor(words: Int32Array, changeable: Iterable<number>) {
    this.#indices = Int32Array.from(changeable).sort();
    this.#baseline = this.#indices.map((index) => words[index]!);
  }

  /** Puts the state behind all others, without keeping it yet; the place behind it. */
  #write(words: Int32Array, live: Int32Array): number {
    const baseline = this.#baseline;
    const need = this.#end + 2 * (baseline.length + live.length);
    if (need > this.#pairs.length) {
      const larger = new Int32Array(2 * need);
      larger.set(this.#pairs.subarray(0, this.#end));
      this.#pairs = larger;
    }
    const pairs = this.#pairs;
    let at = this.#end;
    let hash = 0x9747b28c;
    const indices = this.#indices;
    for (let index = 0; index < indices.length; index++) {
      const word = words[indices[index]!]!;
      if (word === baseline[index]) continue;
      pairs[at] = index;
      pairs[at + 1] = word;
      at += 2;
      hash = mixed(hash, index, word);
    }
    for (let granule = 0; granule < live.length; granule++) {
      const size = live[granule]!;
      if (size === 0) continue;
      pairs[at] = LIVE_INDEX + granule;
      pairs[at + 1] = size;
      at += 2;
      hash = mixed(hash, LIVE_INDEX + granule, size);
    }
    this.#hash = hash | 0;
    return at;
  }

  #same(state: number, start: number, end: number): boolean {
    const from = this.#starts[state]!;
    if (this.#starts[state + 1]! - from !== end - start) return false;
    for (let at = 0; at < end - start; at++) if (this.#pairs[from + at] !== this.#pairs[start + at]) return false;
    return true;
  }

  /** Keeps the state if it is new: whether it is. `parent` and the operation lead to it. */
  add(words: Int32Array, live: Int32Array, parent: number, kind: number, a: number, b: number): boolean {
    const end = this.#write(words, live);
    const mask = this.#table.length - 1;
    let slot = (this.#hash ^ this.#hash >>> 15) & mask;
    for (let state = this.#table[slot]!; state !== -1; slot = (slot + 1) & mask, state = this.#table[slot]!) {
      if (this.#hashes[state] === this.#hash && this.#same(state, this.#end, end)) return false;
    }
    const state = this.count++;
    this.#table[slot] = state;
    if (state + 2 > this.#starts.length) this.#growLists();
    this.#starts[state] = this.#end;
    this.#starts[state + 1] = end;
    this.#parents[state] = parent;
    this.#operations[3 * state] = kind;
    this.#operations[3 * state + 1] = a;
    this.#operations[3 * state + 2] = b;
    this.#hashes[state] = this.#hash;
    this.#end = end;
    if (2 * this.count > this.#table.length) this.#rehash();
    return true;
  }

  #growLists(): void {
    const double = (list: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(2 * list.length);
      larger.set(list);
      return larger;
    };
    this.#starts = double(this.#starts);
    this.#parents = double(this.#parents);
    this.#operations = double(this.#operations);
    this.#hashes = double(this.#hashes);
  }

  /** A table twice as large. */
  #rehash(): void {
    const table = new Int32Array(2 * this.#table.length).fill(-1);
    const mask = table.length - 1;
    for (let state = 0; state < this.count; state++) {
      let slot = (this.#hashes[state]! ^ this.#hashes[state]! >>> 15) & mask;
      while (table[slot] !== -1) slot = (slot + 1) & mask;
      table[slot] = state;
    }
    this.#table = table;
  }

  /** Whether the words are exactly those of a state. */
  isState(state: number, words: Int32Array): boolean {
    const indices = this.#indices;
    const pairs = this.#pairs;
    let at = this.#starts[state]!;
    const end = this.#starts[state + 1]!;
    for (let index = 0; index < indices.length; index++) {
      const differs = at < end && pairs[at] === index;
      if (words[indices[index]!] !== (differs ? pairs[at + 1] : this.#baseline[index])) return false;
      if (differs) at += 2;
    }
    return true;
  }

  /** Writes a state back. */
  restore(state: number, words: Int32Array, live: Int32Array): void {
    const indices = this.#indices;
    for (let at = 0; at < indices.length; at++) words[indices[at]!] = this.#baseline[at]!;
    live.fill(0);
    const pairs = this.#pairs;
    for (let at = this.#starts[state]!; at < this.#starts[state + 1]!; at += 2) {
      const index = pairs[at]!;
      if (index < LIVE_INDEX) words[indices[index]!] = pairs[at + 1]!;
      else live[index - LIVE_INDEX] = pairs[at + 1]!;
    }
  }

  /** The operations that lead from the first state to this one. */
  path(last: number): { kind: number; a: number; b: number }[] {
    const path = [];
    for (let state = last; state > 0; state = this.#parents[state]!) {
      const [kind, a, b] = this.#operations.subarray(3 * state, 3 * state + 3) as unknown as [number, number, number];
      path.unshift({ kind, a, b });
    }
    return path;
  }
}
