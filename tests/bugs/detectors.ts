/** The detectors, each with what switches it off, and the cases that notice. */

import type { Change } from '../mutants/overrides.ts';
import type { BugProfile } from './run.ts';

export interface Detector extends Change {
  profile: BugProfile;
  /** All cases that fail without it. */
  cases: string[];
}

export const DETECTORS: Detector[] = [
  {
    name: 'the red zone behind a block', profile: 'debug', file: 'debug-zone.ts',
    original: 'if (rangeCheck(record, end, blockEnd, RED_ZONE_BYTE, PANIC_OVERFLOW, stops)) return PANIC_OVERFLOW;',
    replacement: '',
    cases: [
      'overflow_small_1_byte', 'overflow_small_8_byte', 'overflow_large_1_byte', 'overflow_large_8_byte',
      'string_overflow', 'write_zero_size', 'kmalloc_oob_right', 'kmalloc_oob_16', 'kmalloc_big_oob_right',
      'kmalloc_large_oob_right', 'page_alloc_oob_right', 'krealloc_more_oob', 'krealloc_less_oob',
      'krealloc_large_more_oob', 'krealloc_large_less_oob', 'ksize_unpoisons_memory', 'kmem_cache_oob', 'clobber_zone',
      'clobber_redzone_free', 'kmalloc_redzone_access', 'overflow_before_realloc', 'overflow_before_check',
    ],
  },
  {
    name: 'the red zone before a block', profile: 'debug', file: 'debug-zone.ts',
    original: 'if (rangeCheck(record, (tag + TAG_SIZE) | 0, ptr, RED_ZONE_BYTE, PANIC_UNDERFLOW, stops)) return PANIC_UNDERFLOW;',
    replacement: '',
    cases: ['kmalloc_oob_left', 'underflow_over_tag'],
  },
  {
    name: 'the red zone before the tag', profile: 'debug', file: 'debug-zone.ts',
    original: 'if (rangeCheck(record, block, tag, RED_ZONE_BYTE, PANIC_UNDERFLOW, stops)) return PANIC_UNDERFLOW;',
    replacement: '',
    cases: ['underflow_of_aligned'],
  },
  {
    name: 'the seal of the tag', profile: 'debug', file: 'debug-zone.ts',
    original: 'if (tagRecord(ptr) != record) {',
    replacement: 'if (tagRecord(ptr) == 1) {',
    cases: ['underflow_of_tag'],
  },
  {
    name: 'the search for a block whose tag is gone', profile: 'debug', file: 'debug-records.ts',
    original: 'const live: i32 = recordSearch(liveList(), ptr, false);',
    replacement: 'const live: i32 = 0;',
    cases: ['underflow_over_tag', 'underflow_of_tag'],
  },
  {
    name: 'the search for the block around an address', profile: 'debug', file: 'debug.ts',
    original: 'let around: i32 = recordSearch(liveList(), ptr, true);',
    replacement: 'let around: i32 = 0;',
    cases: [
      'unaligned_free_small', 'unaligned_free_large', 'unaligned_malloc_usable_size', 'kmalloc_large_invalid_free',
      'kmem_cache_invalid_free', 'free_after_destroy_and_reuse', 'unaligned_realloc',
    ],
  },
  {
    name: 'the fill of fresh memory', profile: 'debug', file: 'debug.ts',
    original: 'fill(ptr, FRESH_BYTE, size);',
    replacement: '',
    cases: [
      'unaligned_free_small', 'unaligned_free_large', 'unaligned_malloc_usable_size',
      'invalid_aligned_sized_delete_small', 'invalid_aligned_sized_delete_large', 'read_zero_size_good',
      'uninitialized_read_small', 'uninitialized_read_large', 'kmalloc_large_invalid_free', 'kmem_cache_invalid_free',
      'uninit_malloc_small', 'uninit_malloc_large', 'uninit_malloc_aligned_small', 'uninit_malloc_aligned_large',
      'uninit_realloc_small', 'uninit_realloc_large', 'uninit_realloc_aligned_small', 'uninit_realloc_aligned_large',
      'free_after_destroy_and_reuse', 'unaligned_realloc', 'cabi_realloc_other_size',
    ],
  },
  {
    name: 'the look at the fill of freed memory', profile: 'debug', file: 'debug-zone.ts',
    original: 'if (rangeCheck(record, ptr, end, FREED_BYTE, PANIC_WRITE_AFTER_FREE, stops)) return PANIC_WRITE_AFTER_FREE;',
    replacement: '',
    cases: [
      'write_after_free_small', 'write_after_free_large', 'write_after_free_small_reuse',
      'write_after_free_large_reuse', 'kmalloc_uaf', 'kmalloc_uaf_memset', 'kmalloc_large_uaf', 'page_alloc_uaf',
      'kmalloc_uaf2', 'kmalloc_uaf3', 'first_word', 'clobber_50th_byte',
    ],
  },
  {
    name: 'the look at what leaves the quarantine', profile: 'debug', file: 'debug-quarantine.ts',
    original: 'zoneSettle(record);\n  recordRemove(quarantine(), record);',
    replacement: 'recordRemove(quarantine(), record);',
    cases: [
      'write_after_free_small', 'write_after_free_large', 'write_after_free_small_reuse',
      'write_after_free_large_reuse', 'kmalloc_uaf', 'kmalloc_uaf_memset', 'kmalloc_large_uaf', 'page_alloc_uaf',
      'kmalloc_uaf2', 'kmalloc_uaf3',
    ],
  },
  {
    name: 'the quarantine', profile: 'debug', file: 'debug-quarantine.ts',
    original: 'if (setting == 0) return QUARANTINE_BYTES;',
    replacement: 'if (setting == 0) return 0;',
    cases: [
      'double_free_small', 'double_free_large', 'double_free_small_delayed', 'double_free_large_delayed',
      'write_after_free_small', 'write_after_free_large', 'write_after_free_small_reuse',
      'write_after_free_large_reuse', 'malloc_noreuse', 'kmalloc_uaf', 'kmalloc_uaf_memset', 'kmalloc_large_uaf',
      'page_alloc_uaf', 'kmalloc_uaf2', 'kmalloc_uaf3', 'krealloc_uaf', 'kmalloc_double_kzfree', 'ksize_uaf',
      'kmem_cache_double_free', 'first_word', 'clobber_50th_byte', 'clobber_redzone_free', 'cabi_realloc_after_free',
    ],
  },
  {
    name: 'the mark of freed blocks', profile: 'debug', file: 'debug.ts',
    original: 'if (load(record + RECORD_FREED_OFFSET) != 0) {\n    bugFound(PANIC_DOUBLE_FREE',
    replacement: 'if (load(record + RECORD_FREED_OFFSET) == -1) {\n    bugFound(PANIC_DOUBLE_FREE',
    cases: [
      'double_free_small', 'double_free_large', 'double_free_small_delayed', 'double_free_large_delayed',
      'krealloc_uaf', 'kmalloc_double_kzfree', 'ksize_uaf', 'kmem_cache_double_free', 'cabi_realloc_after_free',
    ],
  },
  {
    name: 'the comparison of sizes', profile: 'debug', file: 'debug.ts',
    original: 'bugFound(PANIC_SIZE_MISMATCH, ptr, record, size);',
    replacement: '',
    cases: ['invalid_aligned_sized_delete_small', 'invalid_aligned_sized_delete_large'],
  },
  {
    name: 'the look at the blocks of a heap that is destroyed', profile: 'debug', file: 'debug-heaps.ts',
    original: 'zoneSettle(record);\n      if (load(record + RECORD_FREED_OFFSET) == 0)',
    replacement: 'if (load(record + RECORD_FREED_OFFSET) == 0)',
    cases: ['kmem_cache_oob'],
  },
  {
    name: 'the look at a block that is resized', profile: 'debug', file: 'debug.ts',
    original: 'zoneSettle(record);\n    const before: i32',
    replacement: 'const before: i32',
    cases: ['overflow_before_realloc'],
  },
  {
    name: 'the look at everything in every so many operations', profile: 'debug', file: 'debug-operation.ts',
    original: 'if (isItsTurn(SETTING_CHECK_EVERY)) debugSettle();',
    replacement: '',
    cases: ['overflow_before_check'],
  },
  {
    name: 'the comparison of sizes in the canonical ABI', profile: 'debug', file: 'debug.ts',
    original: 'else if (load(record + RECORD_BYTES_OFFSET) != oldSize) bugFound(PANIC_SIZE_MISMATCH, old, record, oldSize);',
    replacement: '',
    cases: ['cabi_realloc_other_size'],
  },
  {
    name: "heap_check's look at red zones and the quarantine", profile: 'debug', file: 'index.ts',
    original: 'const found: i32 = debugCheck();',
    replacement: 'const found: i32 = 0;',
    cases: ['clobber_zone', 'first_word', 'clobber_50th_byte', 'clobber_redzone_free', 'kmalloc_redzone_access'],
  },
  {
    name: 'the list of live blocks', profile: 'debug', file: 'debug-records.ts',
    original: 'if (record == 0) return load(list);',
    replacement: 'if (record == 0) return 0;',
    cases: ['leak_destroy'],
  },
  {
    name: 'the magic of heaps', profile: 'debug', file: 'heaps.ts',
    original: 'panic(PANIC_INVALID_HEAP, heap);',
    replacement: '',
    cases: ['kmem_cache_double_destroy', 'heap_of_block', 'heap_malloc_after_destroy', 'heap_delete_after_destroy'],
  },
  {
    name: 'the live map, where a block is freed', profile: 'hardened', file: 'live-map.ts',
    original: 'return rest != bits;',
    replacement: 'return true;',
    cases: [
      'double_free_small', 'double_free_small_delayed', 'invalid_free_small_region', 'kmem_cache_double_free',
      'free_after_destroy_and_reuse',
    ],
  },
  {
    name: 'the live map, where a block is asked about', profile: 'hardened', file: 'heap.ts',
    original: 'if (!liveTest(ptr)) refuseSlow(ptr);',
    replacement: '',
    cases: [
      'invalid_malloc_usable_size_small', 'unaligned_malloc_usable_size', 'uninitialized_malloc_usable_size',
      'ksize_uaf',
    ],
  },
  {
    name: 'the alignment in the live map', profile: 'hardened', file: 'live-map.ts',
    original: 'return (offset >>> BLOCK_ALIGNMENT_SHIFT) | (offset << (32 - BLOCK_ALIGNMENT_SHIFT));',
    replacement: 'return offset >>> BLOCK_ALIGNMENT_SHIFT;',
    cases: [
      'unaligned_free_small', 'unaligned_free_large', 'unaligned_malloc_usable_size', 'kmalloc_large_invalid_free',
      'kmem_cache_invalid_free', 'unaligned_realloc',
    ],
  },
  {
    name: 'the live map, where the frames of a destroyed heap are released', profile: 'hardened', file: 'heaps.ts',
    original: 'if (HARDENED) livePageClear(page);',
    replacement: '',
    cases: ['free_after_destroy_and_reuse', 'free_after_destroy_and_reuse_good'],
  },
  {
    name: 'what tells an address inside of a block', profile: 'hardened', file: 'misuse.ts',
    original: 'if (remainder(offset, size) != 0) return PANIC_UNALIGNED_FREE;',
    replacement: '',
    cases: [
      'unaligned_free_small', 'unaligned_malloc_usable_size', 'kmem_cache_invalid_free',
      'free_after_destroy_and_reuse', 'unaligned_realloc',
    ],
  },
  {
    name: 'the comparison of sizes', profile: 'hardened', file: 'heap.ts',
    original: 'if (HARDENED && ptr != 0) demandSize(ptr, alignment, size);',
    replacement: '',
    cases: ['invalid_aligned_sized_delete_small', 'invalid_aligned_sized_delete_large'],
  },
  {
    name: 'the comparison of sizes in the canonical ABI', profile: 'hardened', file: 'heap.ts',
    original: 'if (HARDENED && old != 0 && lessThan(heapUsableSize(old), oldSize)) panic(PANIC_SIZE_MISMATCH, old);',
    replacement: '',
    cases: ['cabi_realloc_other_size'],
  },
  {
    name: 'the seal of a link', profile: 'hardened', file: 'page.ts',
    original: '(load(block) ^ load(block + LINK_SEAL_OFFSET) ^ block) == LINK_SEAL;',
    replacement: 'block != 0;',
    cases: [
      'overflow_small_1_byte', 'overflow_small_8_byte', 'write_after_free_small', 'write_after_free_small_reuse',
      'krealloc_less_oob', 'kmalloc_uaf_memset', 'ksize_unpoisons_memory',
    ],
  },
  {
    name: 'the guard before metadata', profile: 'hardened', file: 'guard.ts',
    original: 'if (load(start + offset) != GUARD_WORD) return false;',
    replacement: '',
    cases: ['guard_overflow'],
  },
  {
    name: 'the magic of heaps', profile: 'hardened', file: 'heaps.ts',
    original: 'panic(PANIC_INVALID_HEAP, heap);',
    replacement: '',
    cases: ['kmem_cache_double_destroy', 'heap_of_block', 'heap_malloc_after_destroy', 'heap_delete_after_destroy'],
  },
  {
    name: 'the sum of pointers and the cells', profile: 'debug', file: 'recorder.ts',
    original: 'errors = errors | peel(record);',
    replacement: '',
    cases: [
      'it_detects_leak', 'it_detects_leak_amongst_many', 'it_detects_double_free',
      'it_detects_double_free_amongst_many', 'it_detects_bad_ptr', 'it_detects_bad_ptr_amongst_many',
      'leak_and_double_free', 'failed_realloc_is_no_free', 'nested_recordings', 'nested_recordings_good',
      'free_on_another_thread',
    ],
  },
  {
    name: 'the sum of sizes', profile: 'debug', file: 'recorder.ts',
    original: 'if (!isZero(record + RECORDING_SIZE_SUM_OFFSET)) errors = errors | RECORDED_BAD_SIZE;',
    replacement: '',
    cases: [
      'it_detects_bad_layout', 'it_detects_bad_layout_amongst_many', 'it_detects_bad_size',
      'it_detects_bad_size_amongst_many', 'swapped_layouts',
    ],
  },
  {
    name: 'the sum of alignments', profile: 'debug', file: 'recorder.ts',
    original: 'if (!isZero(record + RECORDING_ALIGNMENT_SUM_OFFSET)) errors = errors | RECORDED_BAD_ALIGNMENT;',
    replacement: '',
    cases: [
      'it_detects_bad_layout', 'it_detects_bad_layout_amongst_many', 'it_detects_bad_alignment',
      'it_detects_bad_alignment_amongst_many',
    ],
  },
  {
    name: 'the filter of what was ever allocated', profile: 'debug', file: 'recorder.ts',
    original: 'if (seenTest(record, ptr)) return RECORDED_DOUBLE_FREE;',
    replacement: '',
    cases: ['it_detects_double_free', 'it_detects_double_free_amongst_many', 'leak_and_double_free'],
  },
  {
    name: 'the look at what is freed too early', profile: 'debug', file: 'recorder.ts',
    original: 'if (!mayBeLive(each, ptr)) {',
    replacement: 'if (ptr == 1) {',
    cases: ['free_before_allocation'],
  },
  {
    name: 'the numbers of blocks', profile: 'debug', file: 'recorder.ts',
    original: 'if (live < 0) return RECORDED_DOUBLE_FREE | RECORDED_TOO_MANY;',
    replacement: '',
    cases: ['more_frees_than_allocations'],
  },
  {
    name: 'the recording around a recording', profile: 'debug', file: 'recorder.ts',
    original: 'store(record + RECORDING_PARENT_OFFSET, recordingSwitch(record));',
    replacement: 'recordingSwitch(record);',
    cases: ['nested_recordings', 'nested_recordings_good'],
  },
  {
    name: 'the mark of external values', profile: 'debug', file: 'audit.ts',
    original: 'if (load(header + EXTERNAL_MARK_OFFSET) != ((EXTERNAL_MARK ^ address) | 0)) return AUDIT_UNMARKED;',
    replacement: '',
    cases: ['np3_never_marked', 'np3_freed', 'np3_copied'],
  },
  {
    name: 'the size of external values', profile: 'debug', file: 'audit.ts',
    original: 'if (lessThan(bytes - offset, load(header + EXTERNAL_BYTES_OFFSET))) return AUDIT_EXTERNAL_SIZE;',
    replacement: '',
    cases: ['np2'],
  },
  {
    name: 'the quarantine, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'if (load(target + RECORD_FREED_OFFSET) != 0) return AUDIT_STALE;',
    replacement: '',
    cases: ['audit_stale'],
  },
  {
    name: 'free frames, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'if (page == noPage()) return AUDIT_STALE;',
    replacement: 'if (page == noPage()) return AUDIT_GOOD;',
    cases: ['audit_reused_region'],
  },
  {
    name: 'the start of a block, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'if (load(target + RECORD_PTR_OFFSET) != address) return AUDIT_INTERIOR;',
    replacement: '',
    cases: ['audit_interior'],
  },
  {
    name: 'the alignment of pointers', profile: 'debug', file: 'audit.ts',
    original: 'if ((address & 3) != 0) return AUDIT_MISALIGNED;\n  if (!isHome',
    replacement: 'if (!isHome',
    cases: ['audit_misaligned'],
  },
  {
    name: 'the owner of a block, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'if (!isHome(heap, target)) return AUDIT_FOREIGN;',
    replacement: '',
    cases: ['audit_foreign_heap'],
  },
  {
    name: 'what the heap keeps, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'if (target == 0) return AUDIT_METADATA;',
    replacement: 'if (target == 0) return AUDIT_GOOD;',
    cases: ['audit_metadata'],
  },
  {
    name: 'the end of the heap, to the audit', profile: 'debug', file: 'audit.ts',
    original: 'return AUDIT_OUTSIDE;',
    replacement: 'return AUDIT_GOOD;',
    cases: ['np4', 'audit_tagged'],
  },
  {
    name: 'the kinds of blocks', profile: 'debug', file: 'audit.ts',
    original: 'const isScanned = (kind: i32): boolean => kind <= KIND_TAGGED;',
    replacement: 'const isScanned = (kind: i32): boolean => kind != 99;',
    cases: [
      'np1', 'np2', 'np2_good', 'np3_never_marked', 'np3_never_marked_good', 'np3_freed', 'np3_freed_good',
      'np3_copied', 'np3_copied_good', 'audit_immediates', 'audit_reused_region_good',
    ],
  },
  {
    name: 'immediate values', profile: 'debug', file: 'audit.ts',
    original: 'if (kind == KIND_TAGGED && (value & 1) == 1) return AUDIT_GOOD;',
    replacement: '',
    cases: ['audit_tagged_good'],
  },
];
