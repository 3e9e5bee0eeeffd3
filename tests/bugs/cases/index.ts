/**
 * The bugs: every case by name, each is (start, size) => 0 or the failed check; the good twin of a bad case has its name
 * and _good. What they are stands in ../README.md.
 */

export {
  double_free_small, double_free_small_good, double_free_large, double_free_large_good,
  double_free_small_delayed, double_free_small_delayed_good, double_free_large_delayed, double_free_large_delayed_good,
  invalid_free_protected, invalid_free_protected_good, invalid_free_unprotected, invalid_free_unprotected_good,
  invalid_free_small_region, invalid_free_small_region_good,
  invalid_free_small_region_far, invalid_free_small_region_far_good,
  uninitialized_free, uninitialized_free_good, uninitialized_realloc, uninitialized_realloc_good,
  unaligned_free_small, unaligned_free_small_good, unaligned_free_large, unaligned_free_large_good,
  invalid_malloc_usable_size_small, invalid_malloc_usable_size_small_good,
  unaligned_malloc_usable_size, unaligned_malloc_usable_size_good,
  uninitialized_malloc_usable_size, uninitialized_malloc_usable_size_good,
  invalid_aligned_sized_delete_small, invalid_aligned_sized_delete_small_good,
  invalid_aligned_sized_delete_large, invalid_aligned_sized_delete_large_good,
  aligned_sized_delete_small, aligned_sized_delete_large, free_sized_small, free_sized_large,
} from './free.ts';
export {
  overflow_small_1_byte, overflow_small_1_byte_good, overflow_small_8_byte, overflow_small_8_byte_good,
  overflow_large_1_byte, overflow_large_1_byte_good, overflow_large_8_byte, overflow_large_8_byte_good,
  string_overflow, string_overflow_good, read_zero_size, read_zero_size_good, write_zero_size, write_zero_size_good,
  read_after_free_small, read_after_free_small_good, read_after_free_large, read_after_free_large_good,
  uninitialized_read_small, uninitialized_read_small_good, uninitialized_read_large, uninitialized_read_large_good,
  write_after_free_small, write_after_free_small_good, write_after_free_large, write_after_free_large_good,
  write_after_free_small_reuse, write_after_free_small_reuse_good, write_after_free_large_reuse,
  write_after_free_large_reuse_good,
} from './write.ts';
export {
  calloc_overflow, calloc_zeroed, malloc_zero_different, malloc_noreuse, malloc_noreuse_good,
  impossibly_large_malloc, large_array_growth, realloc_init,
} from './allocate.ts';
export {
  kmalloc_oob_right, kmalloc_oob_right_good, kmalloc_oob_left, kmalloc_oob_left_good, kmalloc_oob_16,
  kmalloc_oob_16_good, kmalloc_big_oob_right, kmalloc_big_oob_right_good, kmalloc_large_oob_right,
  kmalloc_large_oob_right_good, page_alloc_oob_right, page_alloc_oob_right_good, krealloc_more_oob,
  krealloc_more_oob_good, krealloc_less_oob, krealloc_less_oob_good, krealloc_large_more_oob,
  krealloc_large_more_oob_good, krealloc_large_less_oob, krealloc_large_less_oob_good, kmalloc_uaf, kmalloc_uaf_good,
  kmalloc_uaf_memset, kmalloc_uaf_memset_good, kmalloc_large_uaf, kmalloc_large_uaf_good, page_alloc_uaf,
  page_alloc_uaf_good, kmalloc_uaf2, kmalloc_uaf2_good, kmalloc_uaf3, kmalloc_uaf3_good, kmalloc_uaf_16,
  kmalloc_uaf_16_good, krealloc_uaf, krealloc_uaf_good, kmalloc_double_kzfree, kmalloc_double_kzfree_good,
  kmalloc_large_invalid_free, kmalloc_large_invalid_free_good, kfree_via_page, ksize_unpoisons_memory,
  ksize_unpoisons_memory_good, ksize_uaf, ksize_uaf_good, kmem_cache_oob, kmem_cache_oob_good,
  kmem_cache_double_free, kmem_cache_double_free_good, kmem_cache_invalid_free, kmem_cache_invalid_free_good,
  kmem_cache_double_destroy, kmem_cache_double_destroy_good, kmem_cache_bulk,
} from './kasan.ts';
export {
  clobber_zone, clobber_zone_good, next_pointer, next_pointer_good, first_word, first_word_good, clobber_50th_byte,
  clobber_50th_byte_good, clobber_redzone_free, clobber_redzone_free_good, kmalloc_redzone_access,
  kmalloc_redzone_access_good, leak_destroy, leak_destroy_good, krealloc_redzone_zeroing,
} from './check.ts';
export {
  uninit_malloc_small, uninit_malloc_large, uninit_malloc_aligned_small, uninit_malloc_aligned_large,
  uninit_realloc_small, uninit_realloc_large, uninit_realloc_aligned_small, uninit_realloc_aligned_large,
  fill_freed_small, fill_freed_large,
} from './fill.ts';
export {
  underflow_over_tag, underflow_over_tag_good, underflow_of_tag, underflow_of_tag_good, underflow_of_aligned,
  underflow_of_aligned_good, guard_overflow, guard_overflow_good, heap_of_block, heap_of_block_good,
  free_after_destroy, free_after_destroy_good, free_after_destroy_and_reuse, free_after_destroy_and_reuse_good,
  heap_malloc_after_destroy, heap_malloc_after_destroy_good, heap_delete_after_destroy,
  heap_delete_after_destroy_good, unaligned_realloc, unaligned_realloc_good, cabi_realloc_other_size,
  cabi_realloc_other_size_good, cabi_realloc_after_free, cabi_realloc_after_free_good, overflow_before_realloc,
  overflow_before_realloc_good, overflow_before_check, overflow_before_check_good,
} from './further.ts';
export {
  it_detects_leak, it_detects_leak_good, it_detects_leak_amongst_many, it_detects_leak_amongst_many_good,
  it_detects_bad_layout, it_detects_bad_layout_good, it_detects_bad_layout_amongst_many,
  it_detects_bad_layout_amongst_many_good, it_detects_bad_alignment, it_detects_bad_alignment_good,
  it_detects_bad_alignment_amongst_many, it_detects_bad_alignment_amongst_many_good, it_detects_bad_size,
  it_detects_bad_size_good, it_detects_bad_size_amongst_many, it_detects_bad_size_amongst_many_good,
  it_detects_double_free, it_detects_double_free_good, it_detects_double_free_amongst_many,
  it_detects_double_free_amongst_many_good, it_detects_bad_ptr, it_detects_bad_ptr_good,
  it_detects_bad_ptr_amongst_many, it_detects_bad_ptr_amongst_many_good, it_detects_no_data, it_detects_no_data_good,
  it_works, it_works_amongst_many, leak_and_double_free, leak_and_double_free_good, swapped_layouts,
  swapped_layouts_good, failed_realloc_is_no_free, failed_realloc_is_no_free_good, free_before_allocation,
  free_before_allocation_good, more_frees_than_allocations, more_frees_than_allocations_good, nested_recordings,
  nested_recordings_good, free_on_another_thread, free_on_another_thread_good, free_null_counts_nothing,
} from './record.ts';
export {
  np1, np2, np2_good, np3_never_marked, np3_never_marked_good, np3_freed, np3_freed_good, np3_copied, np3_copied_good,
  np4, np4_good, audit_tagged, audit_tagged_good, audit_stale, audit_stale_good, audit_immediates, audit_reused_region,
  audit_reused_region_good, audit_interior, audit_interior_good, audit_misaligned, audit_misaligned_good,
  audit_metadata, audit_metadata_good, audit_foreign_heap, audit_foreign_heap_good,
} from './audit.ts';
