/**
 * What a program with the compiler's JavaScript runtime has under it: all of its memory, and WASI.
 *
 * The runtime asks for a page where it cannot say how large an array, an object or a string will become, and never
 * looks whether that was enough. So the end of each page is guarded: stores and copies of the program come through
 * here, and one that reaches the guard ends the program. (A page of the runtime is a block to the heap.)
 *
 *   Page block, aligned to PAGE_SIZE, a multiple of it long:
 *
 *   0                                            size - 32    size - 28    size - 24    size
 *  +--------------------------------------------+------------+------------+------------+
 *  | zeros at first                             | magic      | address ^  | nothing    |
 *  |                                            |            | magic      |            |
 *  +--------------------------------------------+------------+------------+------------+
 *
 * An element of an array is 9 bytes, a property of an object 18, a character 1 or 2, and each of these is written
 * behind the one before, so that none gets past the guard; but an element may be written anywhere, so its place is
 * compared with the end of its array.
 */
import { aligned_alloc, calloc, free, heap_check, heap_stats } from '../../kernel-heap/index.ts';
import { copy, fill, lessThan, load, store } from '../../kernel-heap/memory.ts';
import { HEAP_START } from '../../kernel-heap/profile.ts';
import { STATS_BLOCKS_OFFSET, STATS_SIZE } from '../../kernel-heap/stats-layout.ts';
import { textSize } from '../../qemu/kernel/text.ts';
import { argumentCount, argumentText } from './arguments.ts';
import { exit, fail, failWithError } from './exit.ts';
import { heapBegin } from './heap.ts';
import { inputAll, inputLine, inputSize } from './input.ts';
import { systemTime } from './preview1.ts';
import { stringFromUtf8 } from './string.ts';

export { cabi_realloc } from '../../kernel-heap/index.ts';
export { outputTo } from './output.ts';
export { outputUnit, stringType } from './string.ts';

/** The page of the runtime in bytes, a power of two; the builder may set another one. */
const PAGE_SIZE: i32 = 16384;
const PAGE_MASK: i32 = PAGE_SIZE - 1;

const GUARD_SIZE: i32 = 32;
const GUARD_MAGIC: i32 = 0x64726147;

const ARRAY_ELEMENTS_OFFSET: i32 = 4; // behind the length
const ELEMENT_SIZE: i32 = 9;

/** Elements that lie before every guard, rounded down: an element has less than 16 bytes. */
const ELEMENTS_SAFE: i32 = (PAGE_SIZE - GUARD_SIZE - 16) >> 4;
const ELEMENTS_MAX: i32 = 1 << 27; // their sizes cannot be added up without an overflow beyond

const TYPED_ARRAY_SIZE: i32 = 12;

let timeBlock: i32 = 0;

/** The program itself. */
declare const programMain: () => void;

const outgrown = (): void => {
  fail('an array, object or string outgrew its page of memory; compile the program with a larger --page-size');
};

const guardSet = (guard: i32): void => {
  store(guard, GUARD_MAGIC);
  store(guard + 4, guard ^ GUARD_MAGIC);
};

const guardIs = (guard: i32): boolean => load(guard) === GUARD_MAGIC && load(guard + 4) === (guard ^ GUARD_MAGIC);

/** Where the guard of the page is, if it has one, that `address` lies in. */
const guardAfter = (address: i32): i32 => (address | PAGE_MASK) + 1 - GUARD_SIZE;

/** A zeroed page block for `size` bytes and what the runtime adds; one page for 0. */
export const runtimePage = (size: i32): i32 => {
  const whole: i32 = size === 0 ? PAGE_SIZE : (size + GUARD_SIZE + PAGE_MASK) & ~PAGE_MASK;
  const page: i32 = aligned_alloc(PAGE_SIZE, whole);
  if (page === 0) fail('out of memory');
  fill(page, 0, whole);
  guardSet(page + whole - GUARD_SIZE);
  return page;
};

/** A zeroed block of exactly `size` bytes. */
export const runtimeBlock = (size: i32): i32 => {
  const block: i32 = calloc(1, size);
  if (block === 0) fail('out of memory');
  return block;
};

/** Takes a string back that the program will not use again, unless it is a literal. */
export const runtimeRelease = (string: i32): void => {
  if (!lessThan(string, HEAP_START)) free(string);
};

/** Lets the program store at `address`, or ends it: the last byte of the store is at `last`. */
export const runtimeStore = (address: i32, last: i32): i32 => {
  const guard: i32 = guardAfter(last);
  if (!lessThan(last, guard) && guardIs(guard)) outgrown();
  return address;
};

/** Ends the program if `size` bytes from `address` on, which is in a block, reach a guard. */
const checkRange = (address: i32, size: i32): void => {
  const end: i32 = address + size;
  let guard: i32 = guardAfter(address);
  while (lessThan(guard, end)) {
    if (guardIs(guard)) outgrown();
    guard += PAGE_SIZE;
  }
};

/** memory.copy of the program. */
export const runtimeCopy = (target: i32, source: i32, size: i32): void => {
  checkRange(target, size);
  copy(target, source, size);
};

/** Copies an array (unit 9), a string (2), a byte string (1), or what describes a typed array (0), to a page. */
export const runtimeClone = (source: i32, target: i32, unit: i32): void => {
  const size: i32 = unit === 0 ? TYPED_ARRAY_SIZE : ARRAY_ELEMENTS_OFFSET + Math.imul(load(source), unit);
  runtimeCopy(target, source, size);
};

/** runtimeElement() where the end of the page must be looked for. */
const elementSlow = (array: i32, index: i32): i32 => {
  if (!lessThan(index, ELEMENTS_MAX)) outgrown();
  const element: i32 = array + Math.imul(index, ELEMENT_SIZE);
  checkRange(array, Math.imul(index, ELEMENT_SIZE) + ARRAY_ELEMENTS_OFFSET + ELEMENT_SIZE);
  return element;
};

/** Where the array's element is going to be stored, less ARRAY_ELEMENTS_OFFSET. */
export const runtimeElement = (array: i32, index: i32): i32 => {
  if (lessThan(index, ELEMENTS_SAFE)) return array + Math.imul(index, ELEMENT_SIZE);
  return elementSlow(array, index);
};

/** Ends the program, which has given characters to a function of the runtime that would cut them off. */
export const runtimeTooWide = (): void => {
  fail('join() and JSON.stringify() take characters up to U+00FF only');
};

/** How many arguments there are. */
export const runtimeArgumentCount = (): i32 => argumentCount();

/** An argument as a string, stringType() tells which; there must be that many. */
export const runtimeArgument = (index: i32): i32 => {
  const text: i32 = argumentText(index);
  return stringFromUtf8(text, textSize(text) - 1);
};

const stringOf = (bytes: i32): i32 => {
  const string: i32 = stringFromUtf8(bytes, inputSize());
  free(bytes);
  return string;
};

/** The next line of the input as a string, without its line feed; 0 at the end. */
export const runtimeLine = (): i32 => {
  const line: i32 = inputLine();
  return line === 0 ? 0 : stringOf(line);
};

/** What is left of the input as a string. */
export const runtimeInput = (): i32 => stringOf(inputAll());

/** Where the two words of a clock's time are, in ns, until the next call. */
export const runtimeTime = (clock: i32): i32 => {
  if (timeBlock === 0) timeBlock = runtimeBlock(8);
  const error: i32 = systemTime(clock, timeBlock);
  if (error !== 0) failWithError('cannot read the clock', error);
  return timeBlock;
};

/** Live blocks of the heap, without the one for this answer. */
export const runtimeBlocks = (): i32 => {
  const stats: i32 = runtimeBlock(STATS_SIZE);
  heap_stats(stats);
  const blocks: i32 = load(stats + STATS_BLOCKS_OFFSET) - 1;
  free(stats);
  return blocks;
};

/** heap_check() of the core. */
export const runtimeCheck = (): i32 => heap_check();

/** Ends the program with an exit code. Does not return. */
export const runtimeExit = (code: i32): void => {
  exit(code);
};

/** Runs the program; what it leaves in the heap ends with it. */
export const _start = (): void => {
  heapBegin();
  programMain();
  exit(0);
};
