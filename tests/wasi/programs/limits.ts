/** What goes to the limits of the compiler's runtime, one case a run: limits <case> <size>. */

import { argument, exit, heapCheck, liveBlocks, readAll } from 'tallow/program';

const size = Number(argument(1));

const filled = (): number[] => {
  const array: number[] = [];
  for (let index = 0; index < size; index++) array.push(index);
  return array;
};

const cases: Record<string, () => number | string> = {};

cases.push = () => {
  const array = filled();
  let sum = 0;
  for (const element of array) sum += element;
  return sum;
};

cases.store = () => {
  const array: number[] = [];
  array[size - 1] = 7;
  return array[size - 1]!;
};

cases.fill = () => {
  const array = new Array(size).fill(3);
  return array[size - 1];
};

cases.unshift = () => {
  const array: number[] = [];
  for (let index = 0; index < size; index++) array.unshift(index);
  return array[0]!;
};

cases.map = () => filled().map((element) => element + 1)[size - 1]!;

cases.concat = () => [0].concat(filled()).length;

cases.slice = () => filled().slice(0).length;

cases.join = () => filled().join(',').length;

cases.stringify = () => JSON.stringify(filled()).length;

cases.properties = () => {
  const object: Record<string, number> = {};
  for (let index = 0; index < size; index++) object[`p${index}`] = index;
  return object[`p${size - 1}`]!;
};

cases.entries = () => {
  const map = new Map<string, number>();
  for (let index = 0; index < size; index++) map.set(`k${index}`, index);
  return map.get(`k${size - 1}`)!;
};

cases.members = () => {
  const set = new Set<number>();
  for (let index = 0; index < size; index++) set.add(index);
  return set.size;
};

cases.split = () => readAll().split(' ').length;

cases.repeat = () => 'ab'.repeat(size).length;

cases.append = () => {
  let text = '';
  for (let index = 0; index < size; index++) text += 'x';
  return text.length;
};

cases.bytes = () => {
  const bytes = new Uint8Array(new ArrayBuffer(size));
  for (let index = 0; index < size; index++) bytes[index] = index;
  return bytes[size - 1]!;
};

cases.objects = () => {
  let last: { index: number; previous: unknown } = { index: 0, previous: null };
  for (let index = 1; index <= size; index++) last = { index, previous: last };
  return last.index;
};

cases.live = () => {
  let last: number[] = [];
  const before = liveBlocks();
  for (let index = 0; index < size; index++) last = [];
  return last.length + liveBlocks() - before;
};

cases.digits = () => (2 ** size).toString(2).length;

const wide = (): string => String.fromCharCode(0x6771, 0x4eac);

cases.template = () => `${wide()}! ${wide().padEnd(3) + ['a'].join('')}`;

cases.joinWide = () => ['a', wide()].join(',');

cases.stringifyWide = () => JSON.stringify({ text: wide() });

cases.throw = () => { throw new RangeError(`size ${size}`); };

const chosen = cases[argument(0) ?? ''];
if (chosen === undefined) {
  console.error('usage: limits <case> <size>');
  exit(2);
} else {
  console.log(chosen());
  console.log(heapCheck(), liveBlocks() > 0);
}
