/*
 * What a component's host calls to put strings and lists into the component's memory. It is linked only where it is
 * exported: -Wl,--export=cabi_realloc.
 */
#include <stddef.h>
#include "tallow.h"

/* glue.c */
void tallow_wasi_begin(void);

void *cabi_realloc(void *ptr, size_t old_size, size_t alignment, size_t size) {
  /* What adapts a command to WASI calls this before any constructor has run. */
  tallow_wasi_begin();
  return tallow_cabi_realloc(ptr, old_size, alignment, size);
}
