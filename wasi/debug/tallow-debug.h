/*
 * Tells the debug profile where blocks are allocated and freed, without a change of the program:
 *
 *   clang --target=wasm32-wasi -include dist/wasi/tallow-debug.h program.c -Ldist/wasi -ltallow-debug
 *   clang --target=… -ffreestanding … -include dist/c/tallow-debug.h -c kernel.c
 *
 * Every call of malloc and its relatives, and of those of tallow.h, becomes one that names its file and line first. With
 * the other profiles it is the same program, a little slower. A freestanding program has malloc from tallow.h
 * (TALLOW_STANDARD_NAMES); if it declares it elsewhere as well, this file must come behind that.
 */
#ifndef TALLOW_DEBUG_H
#define TALLOW_DEBUG_H

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#endif
#include "tallow.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Tells all live blocks on the standard error, put together by their places. Returns how many there are. */
size_t tallow_report_leaks(void);

/** Tells a recording that has ended on the standard error, and the blocks that are left over in it. */
void tallow_report_recording(const struct tallow_recording *recording);

/**
 * Writes all live blocks by their places to the file `path`, a profile in JSON for the viewer of DHAT (valgrind's
 * dh_view.html). Returns 0, or -1 with errno.
 */
int tallow_write_dhat(const char *path);

#ifdef __cplusplus
}
#endif

#define TALLOW_TEXT_OF(value) #value
#define TALLOW_TEXT(value) TALLOW_TEXT_OF(value)

/** The place where it stands; another for a wrapper's callers: TALLOW_AT(place). */
#define TALLOW_HERE __FILE__ ":" TALLOW_TEXT(__LINE__)
#define TALLOW_AT(place) tallow_at((uintptr_t)(place), 0, 0, 0)

/* The arguments come first: calls among them have places of their own. */
#define TALLOW_PLACED1(function, type1, value1) \
  __extension__({ type1 tallow_1 = (value1); TALLOW_AT(TALLOW_HERE); function(tallow_1); })
#define TALLOW_PLACED2(function, type1, value1, type2, value2) \
  __extension__({ type1 tallow_1 = (value1); type2 tallow_2 = (value2); TALLOW_AT(TALLOW_HERE); \
    function(tallow_1, tallow_2); })
#define TALLOW_PLACED3(function, type1, value1, type2, value2, type3, value3) \
  __extension__({ type1 tallow_1 = (value1); type2 tallow_2 = (value2); type3 tallow_3 = (value3); \
    TALLOW_AT(TALLOW_HERE); function(tallow_1, tallow_2, tallow_3); })

#define malloc(size) TALLOW_PLACED1(malloc, size_t, size)
#define calloc(count, size) TALLOW_PLACED2(calloc, size_t, count, size_t, size)
#define realloc(ptr, size) TALLOW_PLACED2(realloc, void *, ptr, size_t, size)
#define aligned_alloc(alignment, size) TALLOW_PLACED2(aligned_alloc, size_t, alignment, size_t, size)
#define free(ptr) TALLOW_PLACED1(free, void *, ptr)

#if __STDC_HOSTED__
#define strdup(text) TALLOW_PLACED1(strdup, const char *, text)
#define strndup(text, length) TALLOW_PLACED2(strndup, const char *, text, size_t, length)
#else
#define memalign(alignment, size) TALLOW_PLACED2(memalign, size_t, alignment, size_t, size)
#define posix_memalign(out, alignment, size) TALLOW_PLACED3(posix_memalign, void **, out, size_t, alignment, size_t, size)
#define free_sized(ptr, size) TALLOW_PLACED2(free_sized, void *, ptr, size_t, size)
#define free_aligned_sized(ptr, alignment, size) \
  TALLOW_PLACED3(free_aligned_sized, void *, ptr, size_t, alignment, size_t, size)
#endif

#define tallow_malloc(size) TALLOW_PLACED1(tallow_malloc, size_t, size)
#define tallow_calloc(count, size) TALLOW_PLACED2(tallow_calloc, size_t, count, size_t, size)
#define tallow_realloc(ptr, size) TALLOW_PLACED2(tallow_realloc, void *, ptr, size_t, size)
#define tallow_aligned_alloc(alignment, size) TALLOW_PLACED2(tallow_aligned_alloc, size_t, alignment, size_t, size)
#define tallow_memalign(alignment, size) TALLOW_PLACED2(tallow_memalign, size_t, alignment, size_t, size)
#define tallow_free(ptr) TALLOW_PLACED1(tallow_free, void *, ptr)
#define tallow_free_sized(ptr, size) TALLOW_PLACED2(tallow_free_sized, void *, ptr, size_t, size)
#define tallow_free_aligned_sized(ptr, alignment, size) \
  TALLOW_PLACED3(tallow_free_aligned_sized, void *, ptr, size_t, alignment, size_t, size)
#define tallow_heap_malloc(heap, size) TALLOW_PLACED2(tallow_heap_malloc, struct tallow_heap *, heap, size_t, size)
#define tallow_heap_destroy(heap) TALLOW_PLACED1(tallow_heap_destroy, struct tallow_heap *, heap)

#endif
