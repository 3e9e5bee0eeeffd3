/*
 * What makes a C program on WASI use Tallow: every symbol that wasi-libc's own allocator defines, so that the linker
 * has no reason to fetch that one, with errno as C wants it. The tallow_ functions are the core itself.
 */
#include <errno.h>
#include <stddef.h>
#include "tallow.h"

/* The linker's end of data and stack: the first byte that belongs to nobody. */
extern unsigned char __heap_base;

/* Before every other constructor, as any of them may allocate. A heap that is already there stays. */
__attribute__((constructor(1))) static void initialise(void) {
  tallow_init(&__heap_base, 0);
}

static void *or_no_memory(void *block) {
  if (!block) errno = ENOMEM;
  return block;
}

static int is_power_of_two(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

void *malloc(size_t size) {
  return or_no_memory(tallow_malloc(size));
}

void free(void *ptr) {
  tallow_free(ptr);
}

void *calloc(size_t count, size_t size) {
  return or_no_memory(tallow_calloc(count, size));
}

void *realloc(void *ptr, size_t size) {
  return or_no_memory(tallow_realloc(ptr, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return NULL;
  }
  return or_no_memory(tallow_aligned_alloc(alignment, size));
}

void *memalign(size_t alignment, size_t size) {
  return aligned_alloc(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || !is_power_of_two(alignment)) return EINVAL;
  void *block = tallow_aligned_alloc(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}

size_t malloc_usable_size(void *ptr) {
  return tallow_usable_size(ptr);
}

/* What wasi-libc calls from within. */
void *__libc_malloc(size_t size) __attribute__((alias("malloc")));
void *__libc_calloc(size_t count, size_t size) __attribute__((alias("calloc")));
void __libc_free(void *ptr) __attribute__((alias("free")));
