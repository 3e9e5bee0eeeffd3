/** Texts in memory that end with a byte 0, as boot loaders leave them. */
import { load, load8 } from '../../kernel-heap/memory.ts';
import { literalAddress } from './literal.ts';

/** Bytes of a text, the 0 at its end included. */
export const textSize = (text: i32): i32 => {
  let size: i32 = 1;
  while (load8(text + size - 1) !== 0) size++;
  return size;
};

/** The address behind a literal that a text begins with; 0 if it begins otherwise. */
export const textBehind = (text: i32, prefix: string): i32 => {
  const literal: i32 = literalAddress(prefix);
  const size: i32 = load(literal);
  let matched: i32 = 0;
  while (matched < size && load8(text + matched) === load8(literal + 4 + matched)) matched++;
  return matched === size ? text + size : 0;
};

/** Whether a text and a literal are the same. */
export const textIs = (text: i32, literal: string): boolean => {
  const end: i32 = textBehind(text, literal);
  if (end === 0) return false;
  return load8(end) === 0;
};
