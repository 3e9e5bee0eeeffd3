/**
 * Floor 1: a recording of allocations and frees, RECORDING_SIZE bytes of the caller's, whatever the number of blocks.
 *
 *   0        4        8        12       16             24             32
 *  +--------+--------+--------+--------+--------------+--------------+
 *  | parent | errors | allocs | frees  | alloc_bytes  | free_bytes   |
 *  +--------+--------+--------+--------+--------------+--------------+
 *   32             40             48          52            56        60          64
 *  +--------------+--------------+-----------+-------------+---------+-----------+
 *  | live_bytes   | peak_bytes   | live      | peak_blocks | early   | early_ptr |
 *  +--------------+--------------+-----------+-------------+---------+-----------+
 *   64             80             96                112     116    120        248          1208      1720
 *  +--------------+--------------+-----------------+-------+------+----------+------------+---------+
 *  | pointer_sum  | size_sum     | alignment_sum   | first | bug  | found    | cells      | seen    |
 *  +--------------+--------------+-----------------+-------+------+----------+------------+---------+
 *
 *  Numbers of bytes have 64 bits, low word first; sums have 128.
 *  sums   of ptr, ptr x size and ptr x alignment, added for allocations and subtracted for frees, in whatever order:
 *         all three are 0 if each block was freed once as what it was allocated as
 *  found  what was not: up to FOUND_MAX blocks, known when the recording has ended
 *  cells  an invertible Bloom look-up table, which names blocks as long as few are outstanding: CELL_ROWS rows of
 *         CELL_COLUMNS cells; a block is in one cell of each row
 *  seen   a Bloom filter of the pointers that were ever allocated
 */

export const RECORDING_PARENT_OFFSET: i32 = 0; // the recording around this one
export const RECORDING_ERRORS_OFFSET: i32 = 4; // enum tallow_recorded, once it has ended
export const RECORDING_ALLOCS_OFFSET: i32 = 8; // allocations
export const RECORDING_FREES_OFFSET: i32 = 12; // frees
export const RECORDING_ALLOC_BYTES_OFFSET: i32 = 16; // bytes allocated, 64 bits
export const RECORDING_FREE_BYTES_OFFSET: i32 = 24; // bytes freed, 64 bits
export const RECORDING_LIVE_BYTES_OFFSET: i32 = 32; // bytes allocated and not freed, 64 bits, signed
export const RECORDING_PEAK_BYTES_OFFSET: i32 = 40; // the most of them at once, 64 bits
export const RECORDING_LIVE_OFFSET: i32 = 48; // blocks allocated and not freed, signed
export const RECORDING_PEAK_BLOCKS_OFFSET: i32 = 52; // as many there were when there were most bytes
export const RECORDING_EARLY_OFFSET: i32 = 56; // frees of what certainly was not allocated then
export const RECORDING_EARLY_PTR_OFFSET: i32 = 60; // the first of them
export const RECORDING_POINTER_SUM_OFFSET: i32 = 64; // the sum of ptr, 128 bits
export const RECORDING_SIZE_SUM_OFFSET: i32 = 80; // the sum of ptr x size, 128 bits
export const RECORDING_ALIGNMENT_SUM_OFFSET: i32 = 96; // the sum of ptr x alignment, 128 bits
export const RECORDING_FIRST_OFFSET: i32 = 112; // debug profile: the number of the last block before it began
export const RECORDING_BUG_OFFSET: i32 = 116; // debug profile: how many bugs had been found before it began
export const RECORDING_FOUND_OFFSET: i32 = 120; // blocks by ptr, size, alignment, and 1 (leaked) or -1 (wrongly freed)
export const RECORDING_CELLS_OFFSET: i32 = 248;
export const RECORDING_SEEN_OFFSET: i32 = 1208;
export const RECORDING_SIZE: i32 = 1720;

export const SUM_SIZE: i32 = 16; // 128 bits

export const FOUND_MAX: i32 = 8;
export const FOUND_PTR_OFFSET: i32 = 0;
export const FOUND_BYTES_OFFSET: i32 = 4;
export const FOUND_ALIGNMENT_OFFSET: i32 = 8;
export const FOUND_NET_OFFSET: i32 = 12;
export const FOUND_SIZE: i32 = 16;

/*
 * Cell, 20 bytes. Every word is a sum over the blocks of the cell, allocations counting +1 and frees -1.
 *
 *   0        4        8        12       16
 *  +--------+--------+--------+--------+-----------+
 *  | net    | ptr    | check  | size   | alignment |
 *  +--------+--------+--------+--------+-----------+
 *
 *  check is of a hash of ptr: a cell whose net is 1 or -1 holds that one block if the hash agrees.
 */
export const CELL_NET_OFFSET: i32 = 0;
export const CELL_PTR_OFFSET: i32 = 4;
export const CELL_CHECK_OFFSET: i32 = 8;
export const CELL_BYTES_OFFSET: i32 = 12;
export const CELL_ALIGNMENT_OFFSET: i32 = 16;
export const CELL_SIZE: i32 = 20;
export const CELL_ROWS: i32 = 3;
export const CELL_COLUMN_SHIFT: i32 = 4;
export const CELL_COLUMNS: i32 = 1 << CELL_COLUMN_SHIFT; // 16
export const SEEN_BIT_SHIFT: i32 = 12;
export const SEEN_SIZE: i32 = 512; // 4,096 bits

/** A block was allocated and not freed. */
export const RECORDED_LEAK: i32 = 1;
/** A block was freed more often than it was allocated. */
export const RECORDED_DOUBLE_FREE: i32 = 2;
/** Something was freed that was never allocated. */
export const RECORDED_BAD_PTR: i32 = 4;
/** A block was freed with another size than it was allocated with. */
export const RECORDED_BAD_SIZE: i32 = 8;
/** A block was freed with another alignment than it was allocated with. */
export const RECORDED_BAD_ALIGNMENT: i32 = 16;
/** A block was freed before it was allocated. */
export const RECORDED_EARLY_FREE: i32 = 32;
/** Nothing was allocated. */
export const RECORDED_NO_DATA: i32 = 64;
/** So much is wrong that the blocks cannot be told apart: only the totals were compared. */
export const RECORDED_TOO_MANY: i32 = 128;
