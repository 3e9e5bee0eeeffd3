/**
 * Floor 1: what heap_stats writes, 33 words. Sizes in bytes, lengths in frames of 4 KiB.
 *
 *   0        4        8        12       16       20       24       28
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  |version | bytes  |regions | frames | free   | peak   | pages  | empty  |
 *  |        |of this |        |        | frames | frames |        | pages  |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *   32       36       40       44       48                           128
 *  +--------+--------+--------+--------+-----------------------------+
 *  | blocks | large  | block  |metadata| free spans of order 0 … 20, |
 *  |        | blocks | bytes  | frames | a word each                 |
 *  +--------+--------+--------+--------+-----------------------------+
 */

export const STATS_VERSION: i32 = 1;
export const STATS_VERSION_OFFSET: i32 = 0;
export const STATS_SIZE_OFFSET: i32 = 4;
export const STATS_REGIONS_OFFSET: i32 = 8;
export const STATS_FRAMES_OFFSET: i32 = 12; // frames of all regions
export const STATS_FREE_FRAMES_OFFSET: i32 = 16;
export const STATS_PEAK_FRAMES_OFFSET: i32 = 20; // most frames ever in use at once
export const STATS_PAGES_OFFSET: i32 = 24; // pages of small blocks
export const STATS_EMPTY_PAGES_OFFSET: i32 = 28; // those of them that hold no live block
export const STATS_BLOCKS_OFFSET: i32 = 32; // live blocks, small and large
export const STATS_LARGE_BLOCKS_OFFSET: i32 = 36;
export const STATS_BLOCK_BYTES_OFFSET: i32 = 40; // bytes of live blocks, as malloc_usable_size tells them
export const STATS_METADATA_FRAMES_OFFSET: i32 = 44; // frames of tables and descriptors within the regions
export const STATS_FREE_SPANS_OFFSET: i32 = 48; // one word an order
export const STATS_ORDER_COUNT: i32 = 21;
export const STATS_SIZE: i32 = 132;
