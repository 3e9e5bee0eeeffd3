/** The arguments of a program, without its name. */
import { free, malloc } from '../../kernel-heap/index.ts';
import { load } from '../../kernel-heap/memory.ts';
import { fail, failWithError } from './exit.ts';
import { systemArguments, systemArgumentSizes } from './preview1.ts';

let counted: i32 = 0; // with the program's name; 0 before they were fetched
let pointers: i32 = 0; // a block: the addresses of all texts, then the texts

const fetch = (): void => {
  if (pointers !== 0) return;
  const sizes: i32 = malloc(8);
  if (sizes === 0) fail('out of memory');
  const error: i32 = systemArgumentSizes(sizes, sizes + 4);
  if (error !== 0) failWithError('cannot get the arguments', error);
  counted = load(sizes);
  const size: i32 = load(sizes + 4);
  free(sizes);
  pointers = malloc((counted << 2) + size);
  if (pointers === 0) fail('out of memory');
  const second: i32 = systemArguments(pointers, pointers + (counted << 2));
  if (second !== 0) failWithError('cannot get the arguments', second);
};

/** How many arguments there are. */
export const argumentCount = (): i32 => {
  fetch();
  return counted === 0 ? 0 : counted - 1;
};

/** The address of an argument, counted from 0: bytes that end with a 0. There must be that many. */
export const argumentText = (index: i32): i32 => {
  fetch();
  return load(pointers + ((index + 1) << 2));
};

/** Gives the memory of the arguments back to the heap; they are fetched anew when needed. */
export const argumentsFree = (): void => {
  free(pointers);
  pointers = 0;
};
