/*
 * What makes a C program on WASI use Tallow: every symbol that wasi-libc's own allocator defines, so that the linker
 * has no reason to fetch that one, with errno as C wants it. The tallow_ functions are the core itself.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include "tallow.h"

#define WASM_PAGE_SIZE ((size_t)1 << 16)

/* The linker's end of data and stack: the first byte that belongs to nobody. */
extern unsigned char __heap_base;

/* The end of the memory as the program begins with it; linkers before LLVM 16 do not tell. */
extern unsigned char __heap_end __attribute__((weak));

/*
 * Where the memory ends that is nobody else's. What makes a component of a command has grown the memory by a page for
 * its own stack before the first constructor runs. Without the linker's word on the end, which is on the first page
 * behind the data unless --initial-memory says otherwise, the last page is therefore left alone.
 */
static uintptr_t initial_end(size_t pages) {
  if (&__heap_end) return (uintptr_t)&__heap_end;
  size_t pages_min = ((uintptr_t)&__heap_base + WASM_PAGE_SIZE - 1) / WASM_PAGE_SIZE;
  return (pages > pages_min ? pages - 1 : pages_min) * WASM_PAGE_SIZE;
}

/* Before every other constructor, as any of them may allocate; cabi.c does not even wait for that. */
__attribute__((constructor(1))) void tallow_wasi_begin(void) {
  static int begun;
  if (begun) return;
  begun = 1;
  /* A heap that is already there stays. */
  size_t pages = __builtin_wasm_memory_size(0);
  uintptr_t end = initial_end(pages);
  size_t room = end - (uintptr_t)&__heap_base;
  if (end / WASM_PAGE_SIZE == pages) {
    tallow_init(&__heap_base, 0);
  } else if (__builtin_wasm_memory_grow(0, 1) == pages) {
    if (tallow_init((void *)(pages * WASM_PAGE_SIZE), 0)) tallow_add_region(&__heap_base, room);
  } else {
    tallow_init(&__heap_base, room);
  }
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

/* C23. The hardened library stops if the size is not that of the block. */
void free_sized(void *ptr, size_t size) {
  tallow_free_sized(ptr, size);
}

void free_aligned_sized(void *ptr, size_t alignment, size_t size) {
  tallow_free_aligned_sized(ptr, alignment, size);
}

size_t malloc_usable_size(void *ptr) {
  return tallow_usable_size(ptr);
}

/* What wasi-libc calls from within. */
void *__libc_malloc(size_t size) __attribute__((alias("malloc")));
void *__libc_calloc(size_t count, size_t size) __attribute__((alias("calloc")));
void __libc_free(void *ptr) __attribute__((alias("free")));
