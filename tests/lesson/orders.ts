/** A list of orders in linear memory, as small as a program can be that has an owner for everything. */

import { heap } from './lesson.ts';

/*
 * An order is an address; 0 is none.
 *
 *   0        4        8        12
 *  +--------+--------+--------+
 *  | next   | what   | served |
 *  +--------+--------+--------+
 */
const WHAT = 4;
const SERVED = 8;
const ORDER_SIZE = 12;

const words = (): DataView => new DataView(heap.memory.buffer);

/** A new order before `rest`; the list owns the order and what was ordered. */
export const order = (what: string, rest = 0): number => {
  const first = heap.malloc(ORDER_SIZE);
  const text = heap.malloc(what.length + 1);
  new Uint8Array(heap.memory.buffer).set([...Buffer.from(what), 0], text);
  words().setUint32(first, rest, true);
  words().setUint32(first + WHAT, text, true);
  words().setUint32(first + SERVED, 0, true);
  return first;
};

export const next = (one: number): number => words().getUint32(one, true);

/** What was ordered: the address of a text. */
export const what = (one: number): number => words().getUint32(one + WHAT, true);

export const serve = (one: number): void => {
  const bytes = new Uint8Array(heap.memory.buffer);
  console.log(`serving ${Buffer.from(bytes.slice(what(one), bytes.indexOf(0, what(one))))}`);
};

export const markServed = (one: number): void => words().setUint32(one + SERVED, 1, true);

/** Ends an order. */
export const discard = (one: number): void => {
  heap.free(what(one));
  heap.free(one);
};
