/**
 * Floor 1: what the pointer audit is told: which words are pointers, and which memory besides the heap they may lead to.
 *
 * Range, 20 bytes of the caller's, linked while it is registered:
 *
 *   0        4        8        12       16       20
 *  +--------+--------+--------+--------+--------+
 *  | next   | start  | size   | kind   | heap   |
 *  +--------+--------+--------+--------+--------+
 *
 *  kind   of the words in it, KIND_; KIND_EXTERNAL: of the values in it
 *  heap   whose words they are, 0 for everybody's: words of a heap may lead to blocks of that heap and of the main one
 */
export const RANGE_NEXT_OFFSET: i32 = 0; // the next registered range, the heap's to set
export const RANGE_START_OFFSET: i32 = 4; // address of the first byte
export const RANGE_BYTES_OFFSET: i32 = 8;
export const RANGE_KIND_OFFSET: i32 = 12; // one of enum tallow_kind
export const RANGE_HEAP_OFFSET: i32 = 16; // whose it is; 0: everybody's
export const RANGE_SIZE: i32 = 20;

/** Any words, as blocks are unless something else is said: a pointer to a freed block is reported, nothing else. */
export const KIND_ANY: i32 = 0;
/** Every word is a pointer or 0. */
export const KIND_POINTERS: i32 = 1;
/** Every word is a pointer, 0, or an immediate value, whose lowest bit is set. */
export const KIND_TAGGED: i32 = 2;
/** No word is a pointer. */
export const KIND_DATA: i32 = 3;
/** No word is a pointer, and pointers of every heap may lead here. */
export const KIND_SHARED: i32 = 4;
/** A range, not a block: external values, each behind its header (external-layout.ts). */
export const KIND_EXTERNAL: i32 = 5;

/** Nothing is wrong with the word. */
export const AUDIT_GOOD: i32 = 0;
/** It leads to a freed block, or to memory that no block has. */
export const AUDIT_STALE: i32 = 1;
/** It leads into a block, but not to its start. */
export const AUDIT_INTERIOR: i32 = 2;
/** It leads to a block of another heap. */
export const AUDIT_FOREIGN: i32 = 3;
/** It leads to what the heap itself keeps. */
export const AUDIT_METADATA: i32 = 4;
/** It leads into the heap or a range, but is no multiple of 4. */
export const AUDIT_MISALIGNED: i32 = 5;
/** It leads out of the heap and of every range. */
export const AUDIT_OUTSIDE: i32 = 6;
/** It leads into a range of external values, but there is none: its header is not marked, or as one that was freed. */
export const AUDIT_UNMARKED: i32 = 7;
/** It leads to an external value whose header has a size that cannot be. */
export const AUDIT_EXTERNAL_SIZE: i32 = 8;
