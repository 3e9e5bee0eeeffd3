/**
 * A task as workload: works on a key-value store in its own heap, at random, and knows at any time what must be in it.
 * For every key it keeps the version that it wrote last, 0 for none; key, version and size determine every byte.
 *
 *   Task:  0 stream of random numbers    4 store    8 buffer    12 seed    16 key text, 8 bytes    32 versions
 */
import { fill, load, load8, store, store8 } from '../../kernel-heap/memory.ts';
import { EXIT_CONTENTS_CHANGED, EXIT_OUT_OF_MEMORY } from './exit-code.ts';
import { fail } from './failure.ts';
import { lockedHeapMalloc } from './heap-lock.ts';
import { keyValueCount, keyValueCreate, keyValueDestroy, keyValueFind, keyValueOf, keyValuePut, keyValueRemove, keyValueSize } from './key-value-store.ts';
import { randomStreamBelow, randomStreamInit } from './random-stream.ts';

const TASK_STORE_OFFSET: i32 = 4;
const TASK_BUFFER_OFFSET: i32 = 8;
const TASK_SEED_OFFSET: i32 = 12;
const TASK_KEY_OFFSET: i32 = 16;
const TASK_VERSIONS_OFFSET: i32 = 32;

const KEY_COUNT: i32 = 256;
const KEY_SIZE: i32 = 8;
const VALUE_SIZE_SMALL: i32 = 200;
const VALUE_SIZE_MAX: i32 = 10000;
const TASK_SIZE: i32 = TASK_VERSIONS_OFFSET + KEY_COUNT * 4;

const versionAt = (task: i32, key: i32): i32 => task + TASK_VERSIONS_OFFSET + (key << 2);

/** Of sixteen values fifteen are small; the size follows from key and version alone. */
const valueSize = (key: i32, version: i32): i32 => {
  const mixed: i32 = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(version, 0x85ebca6b);
  const limit: i32 = (mixed & 15) === 0 ? VALUE_SIZE_MAX : VALUE_SIZE_SMALL;
  return 1 + (((mixed >>> 8) & 0xffff) * limit >>> 16);
};

const valueByte = (task: i32, key: i32, version: i32, index: i32): i32 =>
  (Math.imul(key ^ load(task + TASK_SEED_OFFSET), 31) + version + Math.imul(index, 7)) & 255;

/** Writes the text of a key: its number in eight letters. */
const keyText = (task: i32, key: i32): i32 => {
  const text: i32 = task + TASK_KEY_OFFSET;
  for (let i: i32 = 0; i < KEY_SIZE; i++) store8(text + i, 97 + ((key >>> i) & 1));
  return text;
};

const taskPut = (task: i32, key: i32): void => {
  const version: i32 = load(versionAt(task, key)) + 1;
  const size: i32 = valueSize(key, version);
  const buffer: i32 = load(task + TASK_BUFFER_OFFSET);
  for (let i: i32 = 0; i < size; i++) store8(buffer + i, valueByte(task, key, version, i));
  if (!keyValuePut(load(task + TASK_STORE_OFFSET), keyText(task, key), KEY_SIZE, buffer, size)) {
    fail(EXIT_OUT_OF_MEMORY, 'no memory for a value of size', size);
  }
  store(versionAt(task, key), version);
};

const taskVerify = (task: i32, key: i32): void => {
  const version: i32 = load(versionAt(task, key));
  const entry: i32 = keyValueFind(load(task + TASK_STORE_OFFSET), keyText(task, key), KEY_SIZE);
  if (version === 0) {
    if (entry !== 0) fail(EXIT_CONTENTS_CHANGED, 'the store has an entry for a removed key:', entry);
    return;
  }
  if (entry === 0) fail(EXIT_CONTENTS_CHANGED, 'the store has lost key', key);
  const size: i32 = valueSize(key, version);
  const value: i32 = keyValueOf(entry);
  if (keyValueSize(entry) !== size) fail(EXIT_CONTENTS_CHANGED, 'a value has changed its size at', entry);
  for (let i: i32 = 0; i < size; i++) {
    if (load8(value + i) !== valueByte(task, key, version, i)) fail(EXIT_CONTENTS_CHANGED, 'a value has changed at', value + i);
  }
};

const taskRemove = (task: i32, key: i32): void => {
  if (!keyValueRemove(load(task + TASK_STORE_OFFSET), keyText(task, key), KEY_SIZE)) fail(EXIT_CONTENTS_CHANGED, 'the store has lost key', key);
  store(versionAt(task, key), 0);
};

const taskStep = (task: i32): void => {
  const key: i32 = randomStreamBelow(task, KEY_COUNT);
  const kind: i32 = randomStreamBelow(task, 4);
  if (load(versionAt(task, key)) === 0) {
    taskPut(task, key);
    return;
  }
  taskVerify(task, key);
  if (kind < 2) taskRemove(task, key);
  else taskPut(task, key);
};

const taskVerifyAll = (task: i32): void => {
  let live: i32 = 0;
  for (let key: i32 = 0; key < KEY_COUNT; key++) {
    taskVerify(task, key);
    if (load(versionAt(task, key)) !== 0) live++;
  }
  if (keyValueCount(load(task + TASK_STORE_OFFSET)) !== live) fail(EXIT_CONTENTS_CHANGED, 'the store counts its entries wrongly:', live);
};

/**
 * Works `steps` steps on a store in `heap`, verifies all of it and leaves it to the heap's end; or, for an odd seed,
 * frees it block by block. Returns the entries that were there at the end. Ends the run when anything is wrong.
 */
export const storeTaskRun = (heap: i32, seed: i32, steps: i32): i32 => {
  const task: i32 = lockedHeapMalloc(heap, TASK_SIZE);
  const buffer: i32 = lockedHeapMalloc(heap, VALUE_SIZE_MAX);
  const table: i32 = keyValueCreate(heap);
  if (task === 0 || buffer === 0 || table === 0) fail(EXIT_OUT_OF_MEMORY, 'no memory for the store of task', seed);
  fill(task, 0, TASK_SIZE);
  randomStreamInit(task, seed);
  store(task + TASK_STORE_OFFSET, table);
  store(task + TASK_BUFFER_OFFSET, buffer);
  store(task + TASK_SEED_OFFSET, seed);
  for (let i: i32 = 0; i < steps; i++) taskStep(task);
  taskVerifyAll(task);
  const live: i32 = keyValueCount(table);
  if ((seed & 1) !== 0) keyValueDestroy(table);
  return live;
};
