/*
 * What a component's host calls to put strings and lists into the component's memory. It is linked only where it is
 * exported: -Wl,--export=cabi_realloc.
 */
#include <stddef.h>
#include "tallow.h"

/* The linker's end of data and stack: the first byte that belongs to nobody. */
extern unsigned char __heap_base;

void *cabi_realloc(void *ptr, size_t old_size, size_t alignment, size_t size) {
  /* What adapts a command to WASI calls this before any constructor has run. A heap that is already there stays. */
  tallow_init(&__heap_base, 0);
  return tallow_cabi_realloc(ptr, old_size, alignment, size);
}
