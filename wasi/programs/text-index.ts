/**
 * Finds words in a text: reads standard input, and prints for each argument the lines that the word is in.
 *
 *   text-index [--stats] word...
 *
 * A word is a run of letters, digits and bytes above 127, which are those of letters in UTF-8; the case of the letters
 * a to z does not matter. With --stats it also tells what the index took, frees everything and has the heap checked.
 *
 * The text is one block. The index is a hash table of chains that doubles as it fills; an entry points to its word in
 * the text and has its line numbers in a block of their own, which doubles too.
 *
 *   Entry:  0 next    4 hash    8 word    12 size of the word    16 lines    20 line count    24 line capacity
 */
import { argumentCount, argumentsFree, argumentText } from 'tallow/arguments';
import { fail } from 'tallow/exit';
import { calloc, free, heap_check, heap_stats, malloc, realloc } from 'tallow/heap';
import { inputAll, inputClose, inputSize } from 'tallow/input';
import { load, load8, store, store8 } from 'tallow/memory';
import { outputByte, outputBytes, outputClose, outputDecimal, outputText, outputTo } from 'tallow/output';
import { STATS_BLOCKS_OFFSET, STATS_SIZE } from 'tallow/stats';
import { textIs, textSize } from 'tallow/text';

const ENTRY_NEXT_OFFSET: i32 = 0;
const ENTRY_HASH_OFFSET: i32 = 4;
const ENTRY_WORD_OFFSET: i32 = 8;
const ENTRY_WORD_SIZE_OFFSET: i32 = 12;
const ENTRY_LINES_OFFSET: i32 = 16;
const ENTRY_LINE_COUNT_OFFSET: i32 = 20;
const ENTRY_LINE_CAPACITY_OFFSET: i32 = 24;
const ENTRY_SIZE: i32 = 28;

const BUCKET_COUNT_MIN: i32 = 1024;
const LINE_CAPACITY_MIN: i32 = 4;

const HASH_START: i32 = 0x811c9dc5; // FNV-1a
const HASH_FACTOR: i32 = 0x01000193;

const LINE_FEED: i32 = 10;
const SPACE: i32 = 32;
const STANDARD_ERROR: i32 = 2;
const EXIT_USAGE: i32 = 2;

let buckets: i32 = 0;
let bucketCount: i32 = 0;
let entryCount: i32 = 0;
let occurrenceCount: i32 = 0;

/** A byte of a word in lower case; 0 if it is none. */
const wordByte = (byte: i32): i32 => {
  if (byte >= 65 && byte <= 90) return byte + 32;
  if ((byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte > 127) return byte;
  return 0;
};

const needed = (block: i32): i32 => {
  if (block === 0) fail('text-index: out of memory');
  return block;
};

const hashOf = (word: i32, size: i32): i32 => {
  let hash: i32 = HASH_START;
  for (let i: i32 = 0; i !== size; i++) hash = Math.imul(hash ^ load8(word + i), HASH_FACTOR);
  return hash;
};

const bytesEqual = (a: i32, b: i32, size: i32): boolean => {
  for (let i: i32 = 0; i !== size; i++) {
    if (load8(a + i) !== load8(b + i)) return false;
  }
  return true;
};

const bucketOf = (hash: i32): i32 => buckets + ((hash & (bucketCount - 1)) << 2);

/** The entry of a word; 0 if it is not in the index. */
const entryFind = (word: i32, size: i32, hash: i32): i32 => {
  let entry: i32 = load(bucketOf(hash));
  while (entry !== 0) {
    const candidate: boolean = load(entry + ENTRY_HASH_OFFSET) === hash && load(entry + ENTRY_WORD_SIZE_OFFSET) === size;
    if (candidate && bytesEqual(load(entry + ENTRY_WORD_OFFSET), word, size)) return entry;
    entry = load(entry + ENTRY_NEXT_OFFSET);
  }
  return 0;
};

const entryLink = (entry: i32): void => {
  const bucket: i32 = bucketOf(load(entry + ENTRY_HASH_OFFSET));
  store(entry + ENTRY_NEXT_OFFSET, load(bucket));
  store(bucket, entry);
};

const bucketsDouble = (): void => {
  const old: i32 = buckets;
  const oldCount: i32 = bucketCount;
  bucketCount = oldCount << 1;
  buckets = needed(calloc(bucketCount, 4));
  for (let i: i32 = 0; i !== oldCount; i++) {
    let entry: i32 = load(old + (i << 2));
    while (entry !== 0) {
      const next: i32 = load(entry + ENTRY_NEXT_OFFSET);
      entryLink(entry);
      entry = next;
    }
  }
  free(old);
};

const entryCreate = (word: i32, size: i32, hash: i32): i32 => {
  if (entryCount === bucketCount) bucketsDouble();
  const entry: i32 = needed(malloc(ENTRY_SIZE));
  store(entry + ENTRY_HASH_OFFSET, hash);
  store(entry + ENTRY_WORD_OFFSET, word);
  store(entry + ENTRY_WORD_SIZE_OFFSET, size);
  store(entry + ENTRY_LINES_OFFSET, needed(malloc(LINE_CAPACITY_MIN << 2)));
  store(entry + ENTRY_LINE_COUNT_OFFSET, 0);
  store(entry + ENTRY_LINE_CAPACITY_OFFSET, LINE_CAPACITY_MIN);
  entryLink(entry);
  entryCount++;
  return entry;
};

/** Notes that the entry's word is in a line; once, however often it is. */
const entryAddLine = (entry: i32, line: i32): void => {
  const count: i32 = load(entry + ENTRY_LINE_COUNT_OFFSET);
  let lines: i32 = load(entry + ENTRY_LINES_OFFSET);
  if (count !== 0 && load(lines + ((count - 1) << 2)) === line) return;
  const capacity: i32 = load(entry + ENTRY_LINE_CAPACITY_OFFSET);
  if (count === capacity) {
    lines = needed(realloc(lines, capacity << 3));
    store(entry + ENTRY_LINES_OFFSET, lines);
    store(entry + ENTRY_LINE_CAPACITY_OFFSET, capacity << 1);
  }
  store(lines + (count << 2), line);
  store(entry + ENTRY_LINE_COUNT_OFFSET, count + 1);
};

/** Begins an empty index. */
const indexCreate = (): void => {
  bucketCount = BUCKET_COUNT_MIN;
  buckets = needed(calloc(bucketCount, 4));
};

/** Puts the words of a text into the index. The text's letters become lower case, and the index points into it. */
const indexText = (text: i32, size: i32): void => {
  const end: i32 = text + size;
  let line: i32 = 1;
  let at: i32 = text;
  while (at !== end) {
    const word: i32 = at;
    let hash: i32 = HASH_START;
    let byte: i32 = wordByte(load8(at));
    while (byte !== 0) {
      store8(at, byte);
      hash = Math.imul(hash ^ byte, HASH_FACTOR);
      at++;
      byte = at === end ? 0 : wordByte(load8(at));
    }
    if (at !== word) {
      let entry: i32 = entryFind(word, at - word, hash);
      if (entry === 0) entry = entryCreate(word, at - word, hash);
      entryAddLine(entry, line);
      occurrenceCount++;
    } else {
      if (load8(at) === LINE_FEED) line++;
      at++;
    }
  }
};

const indexFree = (): void => {
  for (let i: i32 = 0; i !== bucketCount; i++) {
    let entry: i32 = load(buckets + (i << 2));
    while (entry !== 0) {
      const next: i32 = load(entry + ENTRY_NEXT_OFFSET);
      free(load(entry + ENTRY_LINES_OFFSET));
      free(entry);
      entry = next;
    }
  }
  free(buckets);
};

/** Prints `word: 1 2 3`, or `word: none`. */
const answer = (word: i32): void => {
  const size: i32 = textSize(word) - 1;
  outputBytes(word, size);
  outputText(':');
  for (let i: i32 = 0; i !== size; i++) store8(word + i, wordByte(load8(word + i)));
  const entry: i32 = entryFind(word, size, hashOf(word, size));
  if (entry === 0) outputText(' none');
  const count: i32 = entry === 0 ? 0 : load(entry + ENTRY_LINE_COUNT_OFFSET);
  for (let i: i32 = 0; i !== count; i++) {
    outputByte(SPACE);
    outputDecimal(load(load(entry + ENTRY_LINES_OFFSET) + (i << 2)));
  }
  outputByte(LINE_FEED);
};

/** Live blocks of the heap, without the one for this answer. What was put out is sent, so that it waits in none. */
const liveBlocks = (): i32 => {
  outputClose();
  const stats: i32 = needed(malloc(STATS_SIZE));
  heap_stats(stats);
  const blocks: i32 = load(stats + STATS_BLOCKS_OFFSET) - 1;
  free(stats);
  return blocks;
};

const usage = (): i32 => {
  outputTo(STANDARD_ERROR);
  outputText('usage: text-index [--stats] word...\n');
  return EXIT_USAGE;
};

/** The program; gives its exit code. */
export const main = (): i32 => {
  const count: i32 = argumentCount();
  const stats: boolean = count !== 0 && textIs(argumentText(0), '--stats');
  const first: i32 = stats ? 1 : 0;
  if (first === count) return usage();
  // The arguments, and what a component's adapter to WASI has in this heap.
  const others: i32 = liveBlocks();

  const text: i32 = inputAll();
  const size: i32 = inputSize();
  inputClose();
  indexCreate();
  indexText(text, size);
  for (let i: i32 = first; i !== count; i++) answer(argumentText(i));

  const blocks: i32 = stats ? liveBlocks() - others : 0;
  indexFree();
  free(text);
  const left: i32 = liveBlocks() - others;
  argumentsFree();
  if (!stats) return 0;
  const code: i32 = heap_check();
  outputDecimal(occurrenceCount);
  outputText(' words, ');
  outputDecimal(entryCount);
  outputText(' of them different, in ');
  outputDecimal(blocks);
  outputText(' blocks\nfreed: ');
  outputDecimal(left);
  outputText(' live blocks, heap_check ');
  outputDecimal(code);
  outputByte(LINE_FEED);
  return left === 0 && code === 0 ? 0 : 1;
};
