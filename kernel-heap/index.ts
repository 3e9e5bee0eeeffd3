/** Floor 13: the public names. Sizes are in bytes; addresses are unsigned 32-bit numbers, 0 is no block. */

import { fill } from './memory.ts';
import { HEAP_SIZE } from './layout.ts';
import { DEBUG, HEAP_START } from './profile.ts';
import { heapExists, stateAddress, stateForget } from './state.ts';
import { recordAlloc, recordEnd, recordFree, recordJoin, recordingCurrent, recordingSwitch } from './recorder.ts';
import { PANIC_WRITE_AFTER_FREE } from './panic.ts';
import { bugCount, bugReport } from './debug-report.ts';
import { spansTrim } from './span.ts';
import { regionGive, regionInit } from './region.ts';
import {
  heapAllocAligned, heapFree, heapFreeSized, heapResize, heapResizeCanonical, heapUsableSize, mainAlloc, mainAllocZeroed,
} from './heap.ts';
import { heapAllocFrom, heapDelete, heapDestroy, heapNew } from './heaps.ts';
import { statsWrite } from './stats.ts';
import { CHECK_FREED, CHECK_RED_ZONE, checkHeap } from './check.ts';
import { debugNext, liveList, quarantine } from './debug-records.ts';
import { debugRecordBegin, debugStats } from './debug-count.ts';
import { debugCheck, debugPlace, debugSet, debugSettle, debugStack } from './debug-operation.ts';
import {
  debugAlloc, debugAllocZeroed, debugFree, debugFreeSized, debugKind, debugResize, debugResizeCanonical, debugUsableSize,
} from './debug.ts';
import { debugAllocFrom, debugDelete, debugDestroy, debugTrim } from './debug-heaps.ts';
import { auditAll, rangeAdd, rangeRemove } from './audit.ts';
import {
  batchAlloc, batchFree, batchNew, batchRelease, externalBegin, externalEnd, externalMark,
} from './external.ts';
import { heapAttach } from './attach.ts';

/** A block of `size` bytes, aligned to 16; 0 if there is no memory. Size 0 gives a block of its own. */
export const malloc = (size: i32): i32 => {
  if (DEBUG) return debugAlloc(stateAddress(), 1, size);
  return mainAlloc(size);
};

/** Frees the block at `ptr`, of whatever heap; 0 is nothing. */
export const free = (ptr: i32): void => {
  if (DEBUG) debugFree(ptr);
  else heapFree(ptr);
};

/**
 * free for a block of malloc, calloc or realloc that was asked for with `size` bytes. The hardened profile stops if it
 * was not.
 */
export const free_sized = (ptr: i32, size: i32): void => {
  if (DEBUG) debugFreeSized(ptr, 1, size);
  else heapFreeSized(ptr, 1, size);
};

/**
 * free for a block that was asked for with `size` bytes aligned to `alignment` bytes. The hardened profile stops if it
 * was not.
 */
export const free_aligned_sized = (ptr: i32, alignment: i32, size: i32): void => {
  if (DEBUG) debugFreeSized(ptr, alignment, size);
  else heapFreeSized(ptr, alignment, size);
};

/** A block of `count` * `size` zero bytes; 0 if there is no memory or the product is 2^32 or more. */
export const calloc = (count: i32, size: i32): i32 => {
  if (DEBUG) return debugAllocZeroed(stateAddress(), count, size);
  return mainAllocZeroed(count, size);
};

/**
 * The block at `ptr` with `size` bytes, moved if need be, the contents kept; 0 if there is no memory, and the block is
 * as it was. A `ptr` of 0 is an allocation, a size of 0 gives a block of its own.
 */
export const realloc = (ptr: i32, size: i32): i32 => {
  if (DEBUG) return debugResize(stateAddress(), ptr, 1, size);
  return heapResize(stateAddress(), ptr, 1, size);
};

/** A block of `size` bytes aligned to `alignment` bytes; 0 if that is no power of two or there is no memory. */
export const aligned_alloc = (alignment: i32, size: i32): i32 => {
  if (DEBUG) return debugAlloc(stateAddress(), alignment, size);
  return heapAllocAligned(stateAddress(), alignment, size);
};

/** The same as aligned_alloc, by its older name. */
export const memalign = (alignment: i32, size: i32): i32 => aligned_alloc(alignment, size);

/** The bytes that may be used at `ptr`, at least what was asked for; 0 for 0. */
export const malloc_usable_size = (ptr: i32): i32 => {
  if (DEBUG) return debugUsableSize(ptr);
  return heapUsableSize(ptr);
};

/**
 * The canonical ABI's realloc. A new size of 0 frees and gives `alignment`, an old size of 0 allocates; exhaustion stops
 * the machine.
 */
export const cabi_realloc = (ptr: i32, oldSize: i32, alignment: i32, size: i32): i32 => {
  if (DEBUG) return debugResizeCanonical(stateAddress(), ptr, oldSize, alignment, size);
  return heapResizeCanonical(stateAddress(), ptr, oldSize, alignment, size);
};

/**
 * Begins the heap in `size` bytes from address `start` on; size 0 means all memory from there on, growing on demand.
 * Returns the frames of 4 KiB that can be handed out; 0, and nothing is changed, if there is a heap already, the range
 * wraps, or it is too small.
 */
export const heap_init = (start: i32, size: i32): i32 => regionInit(start, size);

/**
 * Gives the heap `size` more bytes from address `start` on, adjacent to what it has or not. Returns the frames taken;
 * 0, and nothing is changed, if there is no heap, the range wraps, overlaps a region, or is too small.
 */
export const heap_add_region = (start: i32, size: i32): i32 => regionGive(start, size);

/** 0 if every invariant holds, or else the code of the first that does not (check.ts). Reads only. */
export const heap_check = (): i32 => {
  const wrong: i32 = checkHeap();
  if (!DEBUG || wrong != 0) return wrong;
  const found: i32 = debugCheck();
  if (found == 0) return 0;
  if (found == PANIC_WRITE_AFTER_FREE) return CHECK_FREED;
  return CHECK_RED_ZONE;
};

/** Writes the figures of the heap to `out` (stats.ts), STATS_SIZE bytes. */
export const heap_stats = (out: i32): void => {
  statsWrite(out);
  if (DEBUG) debugStats(out);
};

/**
 * Gives back to the buddy what can be: the frames of pages without live blocks, and those at the end of pages that no
 * block was carved from yet. Returns how many.
 */
export const heap_trim = (): i32 => {
  if (!heapExists()) return 0;
  if (DEBUG) debugTrim();
  return spansTrim();
};

/**
 * Forgets the heap: its regions are the caller's again, and heap_init may be called anew. A module that owns its memory
 * begins another one on its next use.
 */
export const heap_forget = (): void => {
  // Where malloc looks first there must be zeros then.
  if (HEAP_START != 0 && heapExists()) fill(stateAddress(), 0, HEAP_SIZE);
  stateForget();
};

/** A heap of one's own, whose blocks can be freed all at once; 0 if there is no memory. */
export const heap_new = (): i32 => heapNew();

/** malloc from `heap`; 0 if that is 0, as of a heap_new that had no memory. Its blocks are freed and resized like any other. */
export const heap_malloc = (heap: i32, size: i32): i32 => {
  if (heap == 0) return 0;
  if (DEBUG) return debugAllocFrom(heap, size);
  return heapAllocFrom(heap, size);
};

/** Frees `heap` and all its blocks. The main heap and 0 are left alone. */
export const heap_destroy = (heap: i32): void => {
  if (DEBUG) debugDestroy(heap);
  else heapDestroy(heap);
};

/** Frees `heap`; its blocks pass to the main heap. The main heap and 0 are left alone. */
export const heap_delete = (heap: i32): void => {
  if (DEBUG) debugDelete(heap);
  else heapDelete(heap);
};

/**
 * Says where the next call comes from, in four words of one's own, the innermost place first, 0 = none. The debug
 * profile keeps them for its reports; the others do nothing.
 */
export const heap_at = (first: i32, second: i32, third: i32, fourth: i32): void => {
  if (DEBUG) debugPlace(first, second, third, fourth);
};

/**
 * Says which functions the next call comes from, in four words of one's own, the innermost first, 0 = none: for what is
 * put into programs afterwards. Where heap_at has told the first place, that stays.
 */
export const heap_stack = (first: i32, second: i32, third: i32, fourth: i32): void => {
  if (DEBUG) debugStack(first, second, third, fourth);
};

/**
 * Sets one of the debug profile's settings, SETTING_ in debug-layout.ts, to `value`. Returns 1; 0 in the other profiles,
 * without a heap, or if there is no such setting.
 */
export const heap_debug = (setting: i32, value: i32): i32 => {
  if (DEBUG && debugSet(setting, value)) return 1;
  return 0;
};

/**
 * Looks at every live block and all of the quarantine as free does at one: what is wrong is reported, and stops the
 * machine unless bugs are counted only. For the end of a program. The other profiles do nothing.
 */
export const heap_settle = (): void => {
  if (DEBUG) debugSettle();
};

/** How many bugs the debug profile has found; 0 in the others. */
export const heap_bugs = (): i32 => {
  if (!DEBUG || !heapExists()) return 0;
  return bugCount();
};

/** The address of the report on bug `number`, counted from 0 (debug-layout.ts); 0 if it is not among the last few. */
export const heap_bug = (number: i32): i32 => {
  if (!DEBUG || !heapExists()) return 0;
  return bugReport(number);
};

/**
 * A walk over the live blocks, oldest first: the address of the record (debug-layout.ts) behind `record`, or of the first
 * for 0; 0 at the end, and in the other profiles.
 */
export const heap_live = (record: i32): i32 => {
  if (DEBUG) return debugNext(liveList(), record);
  return 0;
};

/** The same for the blocks in quarantine, longest freed first. */
export const heap_freed = (record: i32): i32 => {
  if (DEBUG) return debugNext(quarantine(), record);
  return 0;
};

/**
 * Begins a recording of allocations and frees in the RECORDING_SIZE bytes at `recording` (recording-layout.ts), within
 * the one that is going on, which goes on being told as well. The debug profile tells it whatever happens in its heaps,
 * heap_record_alloc and heap_record_free what another allocator does. The other profiles do nothing.
 */
export const heap_record_begin = (recording: i32): void => {
  if (DEBUG) debugRecordBegin(recording);
};

/**
 * Ends `recording`, and goes on with the one around it. Returns what is wrong, RECORDED_ flags; 0 if each block was freed
 * once, as what it was allocated as. The figures and the blocks concerned stand in `recording`.
 */
export const heap_record_end = (recording: i32): i32 => {
  if (DEBUG) return recordEnd(recording);
  return 0;
};

/** The recording that is going on; 0 if there is none. */
export const heap_recording = (): i32 => {
  if (DEBUG) return recordingCurrent();
  return 0;
};

/** Goes on with `recording` instead, as another thread does; 0 records nothing. Returns the one that was going on. */
export const heap_record_switch = (recording: i32): i32 => {
  if (DEBUG) return recordingSwitch(recording);
  return 0;
};

/** Tells the recording that another allocator gave `ptr`, `size` bytes aligned to `alignment` bytes; 0 is nothing. */
export const heap_record_alloc = (ptr: i32, size: i32, alignment: i32): void => {
  if (DEBUG) recordAlloc(recordingCurrent(), ptr, size, alignment);
};

/** Tells it that `ptr` was freed there, as a block of `size` bytes aligned to `alignment` bytes; 0 is nothing. */
export const heap_record_free = (ptr: i32, size: i32, alignment: i32): void => {
  if (DEBUG) recordFree(recordingCurrent(), ptr, size, alignment);
};

/** Adds what `other` was told, that of another thread which has not been ended, to `recording`; so do their peaks. */
export const heap_record_join = (recording: i32, other: i32): void => {
  if (DEBUG) recordJoin(recording, other);
};

// The pointer audit

/**
 * Says what the words of the live block at `ptr` are, KIND_ in audit-layout.ts. Returns 1; 0 in the other profiles, or if
 * there is no such block.
 */
export const heap_kind = (ptr: i32, kind: i32): i32 => {
  if (DEBUG && debugKind(ptr, kind)) return 1;
  return 0;
};

/**
 * Registers `range` (audit-layout.ts): words that the audit looks at besides the blocks, or external values. It stays
 * where it is until heap_range_remove. Returns 1; 0 in the other profiles, or without a heap.
 */
export const heap_range_add = (range: i32): i32 => {
  if (!DEBUG || !heapExists()) return 0;
  rangeAdd(range);
  return 1;
};

/** Ends that. Returns 1; 0 if `range` was not registered. */
export const heap_range_remove = (range: i32): i32 => {
  if (DEBUG && heapExists() && rangeRemove(range)) return 1;
  return 0;
};

/**
 * Looks at every word of live blocks and registered ranges that may be a pointer, and reports those that lead where they
 * must not. Returns how many; 0 in the other profiles.
 */
export const heap_audit = (): i32 => {
  if (DEBUG) return auditAll();
  return 0;
};

/**
 * Makes the heap whose state record is at `state`, in a copy of another machine's memory, the heap of this one, to be
 * examined. Returns 1; 0, and nothing is changed, if there is none of the debug profile. Debug profile only.
 */
export const heap_attach = (state: i32): i32 => {
  if (DEBUG && heapAttach(state)) return 1;
  return 0;
};

// External values

/**
 * Begins a region for external values in `size` bytes from address `start` on, of which whole frames are used. Returns
 * it; 0, and nothing is changed, if there is no heap, or the range wraps, overlaps the heap, or has less than two frames.
 */
export const heap_external_begin = (start: i32, size: i32): i32 => externalBegin(start, size);

/** Gives up the region `external`; its batches must have been released. */
export const heap_external_end = (external: i32): void => externalEnd(external);

/** A batch of values in the region `external`, which are released together; 0 if that is full. */
export const heap_batch_new = (external: i32): i32 => batchNew(external);

/** A value of `size` bytes for `batch`, from the heap if the region has no room; 0 if that has none either. */
export const heap_batch_malloc = (batch: i32, size: i32): i32 => batchAlloc(batch, size);

/** Frees the value at `ptr` of `batch`; 0 is nothing. */
export const heap_batch_free = (batch: i32, ptr: i32): void => batchFree(batch, ptr);

/** Frees all values of `batch`, and the batch. */
export const heap_batch_release = (batch: i32): void => batchRelease(batch);

/**
 * Writes the header that the audit demands of an external value, `size` bytes at `ptr`, into the 16 bytes before it, for
 * ranges of the caller's own; with `live` 0, that of one that is no longer there.
 */
export const heap_external_mark = (ptr: i32, size: i32, live: i32): void => externalMark(ptr, size, live);
