/**
 * Floor 1: every size, shift, mask and offset. All state of a heap lives in linear memory; a host or a debugger
 * can walk it from outside with what stands here. Words are 32-bit little-endian.
 *
 * Vocabulary. Region: a contiguous range of memory given to the heap. Frame: the buddy's unit, 4 KiB. Span: a run
 * of frames. Page: a span carved into equal blocks. Block: one allocation. Bin: the index of a size class.
 */

import { DEBUG, HARDENED } from './profile.ts';

// Units

export const WASM_PAGE_SHIFT: i32 = 16;
export const FRAME_SHIFT: i32 = 12;
export const FRAME_SIZE: i32 = 1 << FRAME_SHIFT; // 4,096 bytes
export const FRAME_MASK: i32 = FRAME_SIZE - 1;
export const WASM_PAGE_FRAMES: i32 = 1 << (WASM_PAGE_SHIFT - FRAME_SHIFT); // 16
export const WORD_SHIFT: i32 = 2;
export const BLOCK_ALIGNMENT_SHIFT: i32 = 4;
export const BLOCK_ALIGNMENT: i32 = 1 << BLOCK_ALIGNMENT_SHIFT; // 16 bytes, every block's alignment and smallest size
export const FRAME_COUNT_MAX: i32 = 1 << 20; // frames of the address space, 2^32 bytes
export const SIZE_MAX: i32 = 0xfffff000; // larger requests cannot be rounded to frames

// Bins: size classes first (size-class.ts), then the queues that need no class of their own. What free() takes comes
// before what it does not: the bins below BIN_COUNT anywhere, those below BIN_DESCRIPTOR at the start of a frame (heap.ts).

export const BIN_COUNT: i32 = 32; // bins of size classes, 16 bytes to 8 KiB
export const BIN_LARGE: i32 = 32; // large blocks, a span each
export const BIN_LAZY: i32 = 33; // large blocks that have a node of the buddy each, with room behind them (lazy.ts)
export const BIN_DESCRIPTOR: i32 = 34; // pages of page descriptors
export const QUEUE_COUNT: i32 = 35;
export const BIN_IDLE: i32 = 35; // nodes that lazy blocks have left, in their queue still
export const SMALL_SIZE_MAX: i32 = 8192; // the largest size class

/*
 * Page descriptor, 32 bytes, out of the page's own memory; it never moves.
 *
 *   0        4        6        8        12       16       20       24       28
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  | free   |used*   |carved  | next   | prev   |start*  | frames | queue  | size*  |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *
 *  free    first block of the list of free blocks, which are linked by their first word (page.ts); 0 = none
 *  used    16 bits: blocks in the hands of callers (15 bits), and RETIRED when the page is in the retired table
 *  carved  16 bits: blocks that were ever handed out or put on the list, counted from the page's start
 *  next, prev   neighbours in the page's queue
 *  start   address of the page's first frame; the low 12 bits hold the bin (0-5) and the flags FULL (6), LOOSE (7)
 *  frames  length of the span in frames
 *  queue   the queue that the page is in, and with it the heap that owns it: heap record + bin x QUEUE_SIZE
 *  size    bytes of each block; of a large block what it may use, all of its span unless it is lazy; of an idle node the
 *          next one of its order, 0 = none (lazy.ts)
 *
 *  Invariants of a page of blocks:  length(free) + used = carved - first,  carved <= capacity,
 *  where first is 0, or the number of slots up to and with the descriptor itself in a page of descriptors.
 *  A large block has free = 0, so that free() takes the slow path for it.
 */
export const PAGE_FREE_OFFSET: i32 = 0;
export const PAGE_USED_OFFSET: i32 = 4;
export const PAGE_CARVED_OFFSET: i32 = 6;
export const PAGE_NEXT_OFFSET: i32 = 8;
export const PAGE_PREV_OFFSET: i32 = 12;
export const PAGE_START_OFFSET: i32 = 16;
export const PAGE_FRAMES_OFFSET: i32 = 20;
export const PAGE_QUEUE_OFFSET: i32 = 24;
export const PAGE_BLOCK_SIZE_OFFSET: i32 = 28;
export const DESCRIPTOR_SHIFT: i32 = 5;
export const DESCRIPTOR_SIZE: i32 = 1 << DESCRIPTOR_SHIFT; // 32 bytes
export const PAGE_BIN_MASK: i32 = 0x3f;
export const PAGE_FULL: i32 = 0x40; // flag beside the bin: the page stands among the full ones of its queue
export const PAGE_LOOSE: i32 = 0x80; // flag beside the bin: a block of the page is larger than its size calls for
export const PAGE_RETIRED: i32 = 0x8000; // flag beside used: the page is in the retired table
export const PAGE_FRAMES_MAX: i32 = 32; // 128 KiB; keeps used and carved within 15 bits

/*
 * Heap record, one for each heap: the pages to allocate from.
 *
 *   0                92       96                          516                            776     780
 *  +----------------+--------+---------------------------+------------------------------+-------+
 *  | the main       | remote | queues: 35 x 3 words      | direct: 65 words             | magic |
 *  | heap's: state  |        |                           |                              |       |
 *  +----------------+--------+---------------------------+------------------------------+-------+
 *
 *  state   the words of the state record that code reads most, in the record of the main heap; nothing in others.
 *          What lies below 128 takes a byte less wherever it is read: 90 bytes of code, for 92 unused ones in other heaps
 *  remote  room for a list of blocks that other threads free: one for each heap, as the map tells which page a block is of
 *  queue   first page that is not full, last page, frames of all pages of the bin. Full pages stand before the others.
 *          Frames of large blocks, whose spans become longer and shorter, nobody counts
 *  direct  by (size + 15) >> 4, for sizes from 1 byte to 1 KiB: the head of the queue of the size, or the empty page,
 *          so that malloc needs neither the bin nor a test for an empty queue
 *  magic   HEAP_MAGIC for as long as the heap exists; STATE_MAGIC in the record of the main heap
 */
export const QUEUE_HEAD_OFFSET: i32 = 96; // from the heap's record on, QUEUE_SIZE for each bin before
export const QUEUE_TAIL_OFFSET: i32 = 100;
export const QUEUE_FRAMES_OFFSET: i32 = 104;
export const QUEUE_SIZE: i32 = 12;
export const HEAP_DIRECT_OFFSET: i32 = QUEUE_HEAD_OFFSET + QUEUE_COUNT * QUEUE_SIZE; // 516
export const DIRECT_SIZE_MAX: i32 = 1024;
export const DIRECT_BIN_MAX: i32 = 19; // the bin of that size
export const DIRECT_COUNT: i32 = (DIRECT_SIZE_MAX >> BLOCK_ALIGNMENT_SHIFT) + 1; // 65
export const HEAP_MAGIC_OFFSET: i32 = HEAP_DIRECT_OFFSET + (DIRECT_COUNT << WORD_SHIFT); // 776
export const HEAP_SIZE: i32 = HEAP_MAGIC_OFFSET + 4; // 780 bytes
export const HEAP_MAGIC: i32 = 0x50414548; // "HEAP"

/*
 * State record, one for each instance of the core, at the start of the first region. It is the record of the main heap
 * as well, which malloc() serves.
 *
 *   0         32        56         92             780         812        832          1088       1124       1256
 *  +---------+---------+----------+--------------+-----------+----------+------------+----------+----------+
 *  | empty   | levels, | 9        | remote,      | outside   | 5 words, | retired    | idle     | figures, |
 *  | page    | 6 words | words    | queues, …    | page      | below    | table, 64  | nodes,   | 33 words |
 *  |         |         |          | magic        |           |          | words      | 9 words  |          |
 *  +---------+---------+----------+--------------+-----------+----------+------------+----------+----------+
 *                                                                                          and what debug keeps
 *
 *  The empty page is an all-zero descriptor: it has no free block, so that taking one from it fails. Its address, which is
 *  that of the record, stands wherever there is no page: in the direct table, and in the map for a frame that is free.
 *  The outside page is one like it, and stands in the frame table for a frame of no region.
 */
export const STATE_EMPTY_PAGE_OFFSET: i32 = 0;
export const STATE_LEVELS_OFFSET: i32 = 32; // addresses of the bitmap's levels, 0 behind the last
export const LEVEL_COUNT_MAX: i32 = 5; // 2^22 bits, 32 to a word
export const STATE_TABLE_OFFSET: i32 = 56; // address of the frame table
export const STATE_CAPACITY_OFFSET: i32 = 60; // T of the frame table, a power of two
export const STATE_END_FRAME_OFFSET: i32 = 64; // the frame behind the state record, first table and first descriptors
export const STATE_BASE_FRAME_OFFSET: i32 = 68; // the first frame that the table describes
export const STATE_USED_FRAMES_OFFSET: i32 = 72; // frames of all regions that are not free
export const STATE_USED_FRAMES_PEAK_OFFSET: i32 = 76;
export const STATE_GROWS_OFFSET: i32 = 80; // whether the heap takes more memory by memory.grow
export const GROWS: i32 = 1; // it does; 0: it does not
export const GROWS_IN_VAIN: i32 = 2; // it does, but the last time there was no more
export const STATE_IDLE_COUNT_OFFSET: i32 = 84; // idle nodes of all orders (lazy.ts)
export const IDLE_COUNT_MAX: i32 = 64;
export const STATE_TABLE_END_OFFSET: i32 = 88; // the frame behind the last that the table describes
export const STATE_MAGIC_OFFSET: i32 = HEAP_MAGIC_OFFSET; // 776
export const STATE_OUTSIDE_PAGE_OFFSET: i32 = 780; // = HEAP_SIZE
export const STATE_PANIC_CODE_OFFSET: i32 = 812;
export const STATE_PANIC_ADDRESS_OFFSET: i32 = 816;
export const STATE_LIVE_OFFSET: i32 = 820; // hardened: address at which the live map's word for address 0 would stand
export const STATE_LIVE_BASE_OFFSET: i32 = 824; // hardened: the first address that the live map describes
export const STATE_LIVE_COUNT_OFFSET: i32 = 828; // hardened: how many bits the live map has, one for 16 bytes
export const STATE_RETIRED_OFFSET: i32 = 832; // descriptors of pages that were seen empty; 0 = free slot
export const RETIRED_COUNT: i32 = 64;
export const STATE_IDLE_OFFSET: i32 = 1088; // first descriptor of an idle node, by order from 0 on; 0 = none
export const LAZY_ORDER_MAX: i32 = 8; // 1 MiB; for larger blocks a cut costs nothing beside their use
export const LAZY_TRIM_MAX: i32 = 64; // blocks that lose their room when frames run short
export const STATE_STATS_OFFSET: i32 = 1124; // room for the figures of heap_stats (stats-layout.ts), for callers without any
export const STATE_DEBUG_OFFSET: i32 = 1256; // what the debug profile keeps (debug-layout.ts)
export const STATE_DEBUG_SIZE: i32 = 1692; // = DEBUG_SIZE
export const STATE_SIZE: i32 = STATE_DEBUG_OFFSET + DEBUG * STATE_DEBUG_SIZE; // 1,256 bytes; debug 2,948
export const STATE_MAGIC: i32 = 0x384c4154; // "TAL8", and 8 is the version of this layout

/*
 * Frame table of capacity T, a power of two; 4T bytes. It describes the frames [base, base + 7T/8).
 *
 *   0                        7T/2          15T/4              4T
 *  +------------------------+-------------+-------+----------+
 *  | map: one word a frame  | bitmap,     | its   |          |
 *  |                        | 2T bits     | sums  |          |
 *  +------------------------+-------------+-------+----------+
 *
 *  map      the descriptor of the span that the frame belongs to; the empty page for a free frame, for all frames of a
 *           large block or an idle node but its first, and for those of the table itself; the outside page for a frame
 *           of no region. Regions are what the map says: runs of frames that are not outside
 *  bitmap   bitmap.ts
 *  base is a multiple of T/2, which makes every node of the buddy but the root aligned to its size. The frame `base` is
 *  never free, so that no search that goes from a frame to the nodes above it comes to the root.
 *
 *  In the hardened profile the live map follows (live-map.ts), LIVE_FRAME_SIZE bytes for each of the 7T/8 frames, so
 *  that the whole has 32T bytes.
 */
export const TABLE_SHIFT: i32 = WORD_SHIFT + 3 * HARDENED; // the whole has T << TABLE_SHIFT bytes
export const TABLE_CAPACITY_MIN: i32 = 512 >> HARDENED; // half a frame, for up to 448 frames; hardened two, for up to 224
export const LIVE_FRAME_SHIFT: i32 = 5;
export const LIVE_FRAME_SIZE: i32 = 1 << LIVE_FRAME_SHIFT; // a bit for each 16 bytes of a frame

/*
 * Guard frames stand before frame tables and pages of descriptors in the hardened profile. They belong to their span,
 * hold GUARD_WORD throughout, and are what a linear overflow must cross before it reaches metadata. The state record,
 * the first table and the first descriptors need none: no block lies before them.
 */
export const GUARD_FRAMES: i32 = HARDENED;
export const GUARD_WORD: i32 = 0x47474747;
export const DESCRIPTOR_RESERVE: i32 = 8; // descriptors that a new heap has room for at least
