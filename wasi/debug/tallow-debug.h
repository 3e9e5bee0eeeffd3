/*
 * Tells the debug library where blocks are allocated and freed, without a change of the program:
 *
 *   clang --target=wasm32-wasi -include dist/wasi/tallow-debug.h program.c -Ldist/wasi -ltallow-debug
 *
 * Every call of malloc and its relatives becomes one that names its file and line first. With the other libraries it is
 * the same program, a little slower.
 */
#ifndef TALLOW_DEBUG_H
#define TALLOW_DEBUG_H

#include <stdlib.h>
#include <string.h>
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
#define malloc(size) \
  __extension__({ size_t tallow_size = (size); TALLOW_AT(TALLOW_HERE); malloc(tallow_size); })
#define calloc(count, size) \
  __extension__({ size_t tallow_count = (count), tallow_size = (size); TALLOW_AT(TALLOW_HERE); \
    calloc(tallow_count, tallow_size); })
#define realloc(ptr, size) \
  __extension__({ void *tallow_ptr = (ptr); size_t tallow_size = (size); TALLOW_AT(TALLOW_HERE); \
    realloc(tallow_ptr, tallow_size); })
#define aligned_alloc(alignment, size) \
  __extension__({ size_t tallow_alignment = (alignment), tallow_size = (size); TALLOW_AT(TALLOW_HERE); \
    aligned_alloc(tallow_alignment, tallow_size); })
#define strdup(text) \
  __extension__({ const char *tallow_string = (text); TALLOW_AT(TALLOW_HERE); strdup(tallow_string); })
#define strndup(text, length) \
  __extension__({ const char *tallow_string = (text); size_t tallow_length = (length); TALLOW_AT(TALLOW_HERE); \
    strndup(tallow_string, tallow_length); })
#define free(ptr) \
  __extension__({ void *tallow_ptr = (ptr); TALLOW_AT(TALLOW_HERE); free(tallow_ptr); })

#endif
