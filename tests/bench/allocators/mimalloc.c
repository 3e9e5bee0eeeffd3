/*
 * mimalloc for WASI as a module without imports. What it would ask the system for is answered here: no environment
 * variables, no clock, no output.
 */
#include "reactor.h"
#include "static.c"

#define EXPORT(name) __attribute__((export_name(#name)))

EXPORT(malloc) void *exportedMalloc(size_t size) { return mi_malloc(size); }
EXPORT(free) void exportedFree(void *block) { mi_free(block); }
EXPORT(calloc) void *exportedCalloc(size_t count, size_t size) { return mi_calloc(count, size); }
EXPORT(realloc) void *exportedRealloc(void *block, size_t size) { return mi_realloc(block, size); }
EXPORT(aligned_alloc) void *exportedAlignedAlloc(size_t alignment, size_t size) { return mi_malloc_aligned(size, alignment); }
EXPORT(malloc_usable_size) size_t exportedUsableSize(void *block) { return mi_usable_size(block); }

/* The system functions by wasi-libc's names, so that it imports none of them. */
enum { ENOSYS_WASI = 52 };
#define ABSENT(name, ...) int __imported_wasi_snapshot_preview1_##name(__VA_ARGS__) { return ENOSYS_WASI; }

ABSENT(clock_time_get, int a, long long b, int c)
ABSENT(fd_close, int a)
ABSENT(fd_fdstat_get, int a, int b)
ABSENT(fd_seek, int a, long long b, int c, int d)
ABSENT(fd_write, int a, int b, int c, int d)
ABSENT(poll_oneoff, int a, int b, int c, int d)
ABSENT(sched_yield, void)
int __imported_wasi_snapshot_preview1_environ_get(int names, int texts) { return 0; }
int __imported_wasi_snapshot_preview1_environ_sizes_get(int count, int size) {
    *(size_t *)count = *(size_t *)size = 0;
    return 0;
}
_Noreturn void __imported_wasi_snapshot_preview1_proc_exit(int code) { __builtin_trap(); }
