/**
 * Floor 1: what the debug profile keeps. Words are 32-bit little-endian, like everything in layout.ts.
 *
 * A guarded block is a block of the heap with a red zone on both sides of what the caller gets:
 *
 *   block              ptr - 16    ptr - 8    ptr             ptr + size          end of the block
 *  +------ - - -------+-----------+----------+---------------+-------- - - -------+
 *  | red zone         | tag       | red zone | size bytes    | red zone           |
 *  +------ - - -------+-----------+----------+---------------+-------- - - -------+
 *
 *  tag   the address of the block's record, then that address ^ ptr ^ TAG_SEAL
 *  In front lie 16 bytes, or as many as the alignment if that is larger; behind lie 16 at least, and all that the block
 *  has left over.
 */

import { STATE_DEBUG_OFFSET } from './layout.ts';

export const RED_ZONE_SIZE: i32 = 16;
export const TAG_OFFSET: i32 = 16; // before ptr
export const TAG_SIZE: i32 = 8;
export const TAG_SEAL: i32 = 0x7a671e55;

/** What red zones, fresh memory and freed memory hold in every byte. */
export const RED_ZONE_BYTE: i32 = 0xfd;
export const FRESH_BYTE: i32 = 0xcd;
export const FREED_BYTE: i32 = 0xdd;

/*
 * Record of a block, 80 bytes, in a heap of its own. It lives until the block leaves the quarantine.
 *
 *   0        4        8        12       16       20       24       28       32          48          64       68
 *  +--------+--------+--------+--------+--------+--------+--------+--------+-----------+-----------+--------+-------+
 *  | next   | prev   | ptr    | size   | block  | heap   | number | freed  | place     | freed at  | kind   | room  |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+-----------+-----------+--------+-------+
 *
 *  next, prev   neighbours in the list of live blocks, oldest first, or in the quarantine, longest freed first
 *  number       counts allocations, from 1 on
 *  freed        the operation that freed it, 0 while it is live
 *  place        where it was allocated: four words of the caller's (heap_at), the innermost first, 0 = none
 *  kind         what its words are to the pointer audit (audit-layout.ts)
 */
export const RECORD_NEXT_OFFSET: i32 = 0;
export const RECORD_PREV_OFFSET: i32 = 4;
export const RECORD_PTR_OFFSET: i32 = 8; // what the caller got
export const RECORD_BYTES_OFFSET: i32 = 12; // the size asked for
export const RECORD_BLOCK_OFFSET: i32 = 16;
export const RECORD_HEAP_OFFSET: i32 = 20; // the heap that it is of
export const RECORD_NUMBER_OFFSET: i32 = 24; // counts allocations, from 1 on
export const RECORD_FREED_OFFSET: i32 = 28; // the operation that freed it, 0 while it is live
export const RECORD_PLACE_OFFSET: i32 = 32; // where it was allocated, as tallow_at told
export const RECORD_FREED_PLACE_OFFSET: i32 = 48; // where it was freed
export const RECORD_KIND_OFFSET: i32 = 64; // one of enum tallow_kind
export const RECORD_ROOM_OFFSET: i32 = 68;
export const RECORD_SIZE: i32 = 80;
export const PLACE_SIZE: i32 = 16;

/*
 * Report on a bug, 200 bytes. Records are copied, as they may be gone when the report is read; they are all 0 where no
 * block is concerned.
 *
 *   0        4        8        12       16       20       24          40                  120                 200
 *  +--------+--------+--------+--------+--------+--------+-----------+-------------------+-------------------+
 *  | code   |address | offset | count  | found  | now    | now at    | record            | target            |
 *  +--------+--------+--------+--------+--------+--------+-----------+-------------------+-------------------+
 *
 *  code     one of PANIC_
 *  address  what was passed, the first wrong byte, or the stray pointer's slot
 *  offset   of that address, counted from the record's ptr
 *  count    of wrong bytes, the size that was told, or the verdict on a stray pointer
 *  found    what the first wrong byte holds; the stray pointer
 *  target   the block that a stray pointer leads to
 *  now      the number of the operation that noticed, and where it was called
 */
export const REPORT_CODE_OFFSET: i32 = 0; // one of enum tallow_panic_code
export const REPORT_ADDRESS_OFFSET: i32 = 4; // what was passed, the first wrong byte, or a stray pointer's slot
export const REPORT_FIRST_OFFSET: i32 = 8; // that address, counted from record.ptr
export const REPORT_COUNT_OFFSET: i32 = 12; // wrong bytes, the size that was told, or enum tallow_audit
export const REPORT_FOUND_OFFSET: i32 = 16; // what the first wrong byte holds; the stray pointer
export const REPORT_NOW_OFFSET: i32 = 20; // the number of the operation that noticed
export const REPORT_NOW_PLACE_OFFSET: i32 = 24; // where that was called
export const REPORT_RECORD_OFFSET: i32 = 40;
export const REPORT_TARGET_OFFSET: i32 = 120; // the block that a stray pointer leads to
export const REPORT_SIZE: i32 = 200;
export const REPORT_RING: i32 = 8; // the last so many reports are kept

/*
 * Debug state, part of the state record: addresses of the lists' ends, counts, settings, and the reports.
 */
export const DEBUG_RECORDS_OFFSET: i32 = STATE_DEBUG_OFFSET; // the heap that records come from
export const DEBUG_LIVE_OFFSET: i32 = STATE_DEBUG_OFFSET + 4; // list of live blocks: first and last record
export const DEBUG_QUARANTINE_OFFSET: i32 = STATE_DEBUG_OFFSET + 12; // list of freed blocks that are held back
export const DEBUG_HELD_OFFSET: i32 = STATE_DEBUG_OFFSET + 20; // bytes of the blocks in quarantine
export const DEBUG_NUMBER_OFFSET: i32 = STATE_DEBUG_OFFSET + 24; // allocations so far
export const DEBUG_OPERATION_OFFSET: i32 = STATE_DEBUG_OFFSET + 28; // calls of malloc, free and their relatives so far
export const DEBUG_LIVE_COUNT_OFFSET: i32 = STATE_DEBUG_OFFSET + 32; // blocks
export const DEBUG_LIVE_BYTES_OFFSET: i32 = STATE_DEBUG_OFFSET + 36; // bytes asked for
export const DEBUG_LIVE_LARGE_OFFSET: i32 = STATE_DEBUG_OFFSET + 40; // blocks of more than SMALL_SIZE_MAX bytes
export const DEBUG_BUGS_OFFSET: i32 = STATE_DEBUG_OFFSET + 44; // reports so far
export const DEBUG_SETTINGS_OFFSET: i32 = STATE_DEBUG_OFFSET + 48; // a word for each setting
export const DEBUG_RANGES_OFFSET: i32 = STATE_DEBUG_OFFSET + 68; // the first range that the audit looks at
export const DEBUG_PLACE_OFFSET: i32 = STATE_DEBUG_OFFSET + 72; // where the next call comes from
export const DEBUG_MAGIC_OFFSET: i32 = STATE_DEBUG_OFFSET + 88; // DEBUG_MAGIC once there were records
export const DEBUG_REPORTS_OFFSET: i32 = STATE_DEBUG_OFFSET + 92;
export const DEBUG_SIZE: i32 = 92 + REPORT_RING * REPORT_SIZE;
export const DEBUG_MAGIC: i32 = 0x47554244; // "DBUG"

/** Settings, for heap_debug. 1: the first bug stops the machine (0, the default), or is counted (1). */
export const SETTING_GO_ON: i32 = 1;
/** Bytes of freed blocks that are held back, so that writes into them are noticed. */
export const SETTING_QUARANTINE: i32 = 2;
/** All red zones and all of the quarantine are looked at every so many operations; 0, the default: never. */
export const SETTING_CHECK_EVERY: i32 = 3;
/** The pointer audit is done every so many operations; 0, the default: never. */
export const SETTING_AUDIT_EVERY: i32 = 4;
export const SETTING_COUNT: i32 = 5;
export const QUARANTINE_BYTES: i32 = 262144; // 256 KiB, unless set otherwise
