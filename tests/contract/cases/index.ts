/** The contract: every case by name, in the order in which they run; each is (start, size) => 0 or the failed check. */

export {
  malloc_zero, malloc_null, malloc_nomem1, malloc_near_limit, malloc_large, malloc_every_small_size,
  malloc_around_powers_of_two, malloc_bounded_waste, malloc_disjoint, malloc_random_replacement, malloc_reuse,
  malloc_free_orders, malloc_usable_size_is_stable, malloc_within_region,
} from './malloc.ts';
export {
  calloc_overflow, calloc0, calloc_after_writing, calloc_product, calloc_exhaustion, zeroinit_calloc_small,
  zeroinit_calloc_large, zeroinit_calloc_small_aligned, zeroinit_calloc_large_aligned, zeroinit_recalloc_small,
  zeroinit_recalloc_large, zeroinit_recalloc_small_aligned, zeroinit_recalloc_large_aligned, zalloc_aligned_small1,
  rezalloc_aligned_small1,
} from './calloc.ts';
export {
  realloc_null, realloc_null_sizezero, realloc_sizezero, reallocarray_null_sizezero, realloc_grow, realloc_shrink,
  realloc_same_size, realloc_in_place_grow, realloc_in_place_shrink, realloc_failed_keeps_block,
  realloc_failed_when_exhausted, realloc_shrink_when_exhausted, realloc_random, realloc_guarded, realloc_of_aligned,
  realloc_largest,
  cabi_realloc_allocates, cabi_realloc_grows, cabi_realloc_shrinks, cabi_realloc_realigns, cabi_realloc_zero,
} from './realloc.ts';
export {
  malloc_aligned1, malloc_aligned2, malloc_aligned3, malloc_aligned4, malloc_aligned5, malloc_aligned6,
  malloc_aligned7, malloc_aligned8, malloc_aligned9, malloc_aligned10, malloc_aligned11, malloc_aligned12,
  malloc_aligned13, malloc_aligned_at1, malloc_aligned_at2, memalign1, aligned_alignment_zero,
  aligned_alignment_not_power_of_two, aligned_alignment_larger_than_region, aligned_overflow, aligned_every_alignment,
  aligned_exhaustion, aligned_random, aligned_small_is_sixteen,
} from './aligned.ts';
export {
  init_unaligned_start, init_tiny, init_one_frame, init_small, init_wraps, init_second_call, init_after_forget,
  forget_without_heap, init_counts_frames, add_region_before_init, add_region_adjacent, add_region_with_hole,
  add_region_below, add_region_overlapping, add_region_wraps, add_region_tiny, add_region_many,
  add_region_frame_by_frame, add_region_when_exhausted,
} from './region.ts';
export {
  exhaustion_16_bytes, exhaustion_200_bytes, exhaustion_1_kib, exhaustion_5000_bytes, exhaustion_16_kib,
  exhaustion_64_kib, exhaustion_512_kib, exhaustion_random_sizes, exhaustion_small_then_large,
  exhaustion_moves_between_sizes, exhaustion_of_every_function, exhaustion_at_the_edge,
} from './exhaustion.ts';
export {
  heap_new_and_malloc, heap_malloc_edges, heap_destroy_frees_all, heap_destroy_in_any_state, destroy_heap,
  delete_heap, heap_delete_keeps_blocks, heaps_are_apart, heap_many, heap_new_and_destroy_repeatedly,
  heap_new_when_exhausted, heaps_random,
} from './heaps.ts';
export {
  stats_layout, stats_without_heap, stats_blocks_are_exact, stats_frames_add_up, stats_peak, stats_regions,
  trim_gives_back_empty_pages,
} from './statistics.ts';
export {
  empty, oom, allocate_double_usize, allocate_and_free_double_usize, deallocate_right_before, deallocate_right_behind,
  deallocate_middle, reallocate_double_usize, allocate_many_size_aligns, allocate_multiple_sizes,
  align_from_small_to_big, extend_empty_heap, extend_full_heap, extend_fragmented_heap, small_heap_extension,
  oddly_sized_heap_extension, extend_odd_size, free_count_per_order_restored,
} from './kernel-heap.ts';
export {
  stress,
} from './stress.ts';
