/**
 * A key-value store in memory: a hash table of chains that doubles as it fills. Keys and values are bytes; both are
 * copied into blocks of the store's heap, the entries come from a pool. With the heap ends the store.
 *
 * One thread uses a store.
 *
 *   Store:  0 heap    4 pool of entries    8 buckets    12 bucket count, a power of two    16 entry count
 *   Entry:  0 next    4 hash    8 key    12 key size    16 value    20 value size
 */
import { copy, fill, load, load8, store } from '../../kernel-heap/memory.ts';
import { lockedFree, lockedHeapMalloc } from './heap-lock.ts';
import { poolCreate, poolDestroy, poolGive, poolTake } from './object-pool.ts';

const STORE_HEAP_OFFSET: i32 = 0;
const STORE_POOL_OFFSET: i32 = 4;
const STORE_BUCKETS_OFFSET: i32 = 8;
const STORE_BUCKET_COUNT_OFFSET: i32 = 12;
const STORE_ENTRY_COUNT_OFFSET: i32 = 16;
const STORE_SIZE: i32 = 20;

const ENTRY_NEXT_OFFSET: i32 = 0;
const ENTRY_HASH_OFFSET: i32 = 4;
const ENTRY_KEY_OFFSET: i32 = 8;
const ENTRY_KEY_SIZE_OFFSET: i32 = 12;
const ENTRY_VALUE_OFFSET: i32 = 16;
const ENTRY_VALUE_SIZE_OFFSET: i32 = 20;
const ENTRY_SIZE: i32 = 24;

const BUCKET_COUNT_MIN: i32 = 16;
const ENTRIES_PER_BUCKET_MAX: i32 = 2;

const HASH_START: i32 = 0x811c9dc5; // FNV-1a
const HASH_FACTOR: i32 = 0x01000193;

const hashOfBytes = (address: i32, size: i32): i32 => {
  let hash: i32 = HASH_START;
  for (let i: i32 = 0; i < size; i++) hash = Math.imul(hash ^ load8(address + i), HASH_FACTOR);
  return hash;
};

const bytesEqual = (a: i32, b: i32, size: i32): boolean => {
  for (let i: i32 = 0; i < size; i++) {
    if (load8(a + i) !== load8(b + i)) return false;
  }
  return true;
};

const bucketOf = (buckets: i32, count: i32, hash: i32): i32 => buckets + ((hash & (count - 1)) << 2);

const bucketsCreate = (heap: i32, count: i32): i32 => {
  const buckets: i32 = lockedHeapMalloc(heap, count << 2);
  if (buckets !== 0) fill(buckets, 0, count << 2);
  return buckets;
};

/** An empty store with everything in `heap`; 0 if there is no memory, with what was taken left to the heap's end. */
export const keyValueCreate = (heap: i32): i32 => {
  const table: i32 = lockedHeapMalloc(heap, STORE_SIZE);
  if (table === 0) return 0;
  const pool: i32 = poolCreate(heap, ENTRY_SIZE);
  const buckets: i32 = bucketsCreate(heap, BUCKET_COUNT_MIN);
  if (pool === 0 || buckets === 0) return 0;
  store(table + STORE_HEAP_OFFSET, heap);
  store(table + STORE_POOL_OFFSET, pool);
  store(table + STORE_BUCKETS_OFFSET, buckets);
  store(table + STORE_BUCKET_COUNT_OFFSET, BUCKET_COUNT_MIN);
  store(table + STORE_ENTRY_COUNT_OFFSET, 0);
  return table;
};

/** Entries in the store. */
export const keyValueCount = (table: i32): i32 => load(table + STORE_ENTRY_COUNT_OFFSET);

/** Buckets of the store. */
export const keyValueBuckets = (table: i32): i32 => load(table + STORE_BUCKET_COUNT_OFFSET);

/** The bytes of an entry's value. */
export const keyValueOf = (entry: i32): i32 => load(entry + ENTRY_VALUE_OFFSET);

/** How many bytes an entry's value has. */
export const keyValueSize = (entry: i32): i32 => load(entry + ENTRY_VALUE_SIZE_OFFSET);

/** The place of the link to the key's entry: a word that holds the entry, or 0 at the end of the chain. */
const linkFind = (table: i32, key: i32, keySize: i32, hash: i32): i32 => {
  let link: i32 = bucketOf(load(table + STORE_BUCKETS_OFFSET), load(table + STORE_BUCKET_COUNT_OFFSET), hash);
  let entry: i32 = load(link);
  while (entry !== 0) {
    if (load(entry + ENTRY_HASH_OFFSET) === hash && load(entry + ENTRY_KEY_SIZE_OFFSET) === keySize) {
      if (bytesEqual(load(entry + ENTRY_KEY_OFFSET), key, keySize)) return link;
    }
    link = entry + ENTRY_NEXT_OFFSET;
    entry = load(link);
  }
  return link;
};

/** The key's entry; 0 if there is none. */
export const keyValueFind = (table: i32, key: i32, keySize: i32): i32 =>
  load(linkFind(table, key, keySize, hashOfBytes(key, keySize)));

/** Doubles the buckets. Without memory for it everything stays as it is, only slower. */
const grow = (table: i32): void => {
  const count: i32 = load(table + STORE_BUCKET_COUNT_OFFSET);
  const old: i32 = load(table + STORE_BUCKETS_OFFSET);
  const buckets: i32 = bucketsCreate(load(table + STORE_HEAP_OFFSET), count << 1);
  if (buckets === 0) return;
  for (let i: i32 = 0; i < count; i++) {
    let entry: i32 = load(old + (i << 2));
    while (entry !== 0) {
      const next: i32 = load(entry + ENTRY_NEXT_OFFSET);
      const bucket: i32 = bucketOf(buckets, count << 1, load(entry + ENTRY_HASH_OFFSET));
      store(entry + ENTRY_NEXT_OFFSET, load(bucket));
      store(bucket, entry);
      entry = next;
    }
  }
  store(table + STORE_BUCKETS_OFFSET, buckets);
  store(table + STORE_BUCKET_COUNT_OFFSET, count << 1);
  lockedFree(old);
};

const copyOf = (heap: i32, bytes: i32, size: i32): i32 => {
  const block: i32 = lockedHeapMalloc(heap, size);
  if (block !== 0) copy(block, bytes, size);
  return block;
};

const entryCreate = (table: i32, key: i32, keySize: i32, hash: i32): i32 => {
  const entry: i32 = poolTake(load(table + STORE_POOL_OFFSET));
  if (entry === 0) return 0;
  const keyCopy: i32 = copyOf(load(table + STORE_HEAP_OFFSET), key, keySize);
  if (keyCopy === 0) {
    poolGive(load(table + STORE_POOL_OFFSET), entry);
    return 0;
  }
  store(entry + ENTRY_NEXT_OFFSET, 0);
  store(entry + ENTRY_HASH_OFFSET, hash);
  store(entry + ENTRY_KEY_OFFSET, keyCopy);
  store(entry + ENTRY_KEY_SIZE_OFFSET, keySize);
  store(entry + ENTRY_VALUE_OFFSET, 0);
  store(entry + ENTRY_VALUE_SIZE_OFFSET, 0);
  return entry;
};

/** Sets the value of a key. False, and nothing is changed, if there is no memory. */
export const keyValuePut = (table: i32, key: i32, keySize: i32, value: i32, valueSize: i32): boolean => {
  const block: i32 = copyOf(load(table + STORE_HEAP_OFFSET), value, valueSize);
  if (block === 0) return false;
  const hash: i32 = hashOfBytes(key, keySize);
  const link: i32 = linkFind(table, key, keySize, hash);
  let entry: i32 = load(link);
  if (entry === 0) {
    entry = entryCreate(table, key, keySize, hash);
    if (entry === 0) {
      lockedFree(block);
      return false;
    }
    store(link, entry);
    store(table + STORE_ENTRY_COUNT_OFFSET, keyValueCount(table) + 1);
  }
  lockedFree(load(entry + ENTRY_VALUE_OFFSET));
  store(entry + ENTRY_VALUE_OFFSET, block);
  store(entry + ENTRY_VALUE_SIZE_OFFSET, valueSize);
  if (keyValueCount(table) > keyValueBuckets(table) * ENTRIES_PER_BUCKET_MAX) grow(table);
  return true;
};

const entryDestroy = (table: i32, link: i32): void => {
  const entry: i32 = load(link);
  store(link, load(entry + ENTRY_NEXT_OFFSET));
  store(table + STORE_ENTRY_COUNT_OFFSET, keyValueCount(table) - 1);
  lockedFree(load(entry + ENTRY_KEY_OFFSET));
  lockedFree(load(entry + ENTRY_VALUE_OFFSET));
  poolGive(load(table + STORE_POOL_OFFSET), entry);
};

/** Removes a key and its value; false if it is not there. */
export const keyValueRemove = (table: i32, key: i32, keySize: i32): boolean => {
  const link: i32 = linkFind(table, key, keySize, hashOfBytes(key, keySize));
  if (load(link) === 0) return false;
  entryDestroy(table, link);
  return true;
};

/** Frees the store, block by block. */
export const keyValueDestroy = (table: i32): void => {
  const count: i32 = keyValueBuckets(table);
  for (let i: i32 = 0; i < count; i++) {
    const bucket: i32 = load(table + STORE_BUCKETS_OFFSET) + (i << 2);
    while (load(bucket) !== 0) entryDestroy(table, bucket);
  }
  lockedFree(load(table + STORE_BUCKETS_OFFSET));
  poolDestroy(load(table + STORE_POOL_OFFSET));
  lockedFree(table);
};
