/**
 * Floor 1: external values, and the region that they are in.
 *
 * Header of a value, the 16 bytes before it:
 *
 *   ptr - 16   ptr - 12   ptr - 8    ptr - 4    ptr
 *  +----------+----------+----------+----------+------ - -
 *  | mark     | bytes    | batch    | next     | value
 *  +----------+----------+----------+----------+------ - -
 *
 *  mark   EXTERNAL_MARK ^ ptr while the value is there, EXTERNAL_FREED ^ ptr afterwards
 *  batch  the batch that it is of; 0 in a range of the caller's own
 *  next   the next value in its list of free ones, once it was freed
 */
export const EXTERNAL_MARK_OFFSET: i32 = 0;
export const EXTERNAL_BYTES_OFFSET: i32 = 4;
export const EXTERNAL_BATCH_OFFSET: i32 = 8;
export const EXTERNAL_NEXT_OFFSET: i32 = 12;
export const EXTERNAL_HEADER_SIZE: i32 = 16;
export const EXTERNAL_MARK: i32 = 0x3a7e4e1f;
export const EXTERNAL_FREED: i32 = 0x2d5a90c3;

/*
 * Slab region, its first frame. The frames behind are slabs.
 *
 *   0                20       24       28
 *  +----------------+--------+--------+--------+
 *  | range          | fresh  | end    | free   |
 *  +----------------+--------+--------+--------+
 *
 *  range  as the audit knows it (audit-layout.ts)
 *  fresh  address of the first frame that was never a slab; end is that of the region
 *  free   slabs that were given back, linked by their first word
 */
export const SLABS_FRESH_OFFSET: i32 = 20;
export const SLABS_END_OFFSET: i32 = 24;
export const SLABS_FREE_OFFSET: i32 = 28;

/*
 * Batch, at the beginning of its first slab. Further slabs begin with a link and SLAB_HEADER_SIZE bytes in all.
 *
 *   0        4        8        12       16       20                        116
 *  +--------+--------+--------+--------+--------+-------------------------+
 *  | slab   | slabs  | fresh  | end    | heap   | free: a list for each   |
 *  |        |        |        |        |        | bin up to 2 KiB         |
 *  +--------+--------+--------+--------+--------+-------------------------+
 *
 *  slab   the newest of its further slabs, each of which links to the one before; 0 = none
 *  slabs  the slab region that it is in
 *  fresh  where its next value begins, header included; end is where that slab ends
 *  heap   the heap of values that the region had no room for; 0 = none yet
 *  free   values that were freed, by the size class of header and value, linked in their headers
 */
export const BATCH_SLAB_OFFSET: i32 = 0;
export const BATCH_SLABS_OFFSET: i32 = 4;
export const BATCH_FRESH_OFFSET: i32 = 8;
export const BATCH_END_OFFSET: i32 = 12;
export const BATCH_HEAP_OFFSET: i32 = 16;
export const BATCH_FREE_OFFSET: i32 = 20;
export const BATCH_SIZE: i32 = 128;
export const SLAB_HEADER_SIZE: i32 = 16;
export const SLAB_SIZE_MAX: i32 = 2048; // header and value; larger values come from the heap
