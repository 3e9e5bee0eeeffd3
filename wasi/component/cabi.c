/*
 * What a component's host calls to put strings and lists into the component's memory. It is linked only where it is
 * exported: -Wl,--export=cabi_realloc.
 */
#include <stddef.h>
#include <stdint.h>
#include "tallow.h"

/* glue.c */
void tallow_wasi_begin(void);

void *cabi_realloc(void *ptr, size_t old_size, size_t alignment, size_t size) {
  /* What adapts a command to WASI calls this before any constructor has run. */
  tallow_wasi_begin();
  return tallow_cabi_realloc(ptr, old_size, alignment, size);
}

#ifdef TALLOW_CALLS
/*
 * The debug library (calls.ts): what makes the component has each exported function end with the first two, and the
 * component export the third, by which its host is told of calls that left blocks behind.
 */
size_t tallow_call_end(void);
char *tallow_call_name(size_t length);
uint32_t *tallow_take_leak(uint32_t area[5]);

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("tallow_call_end") size_t tallow_component_call_end(void) {
  return tallow_call_end();
}

EXPORT("tallow_call_name") char *tallow_component_call_name(size_t length) {
  return tallow_call_name(length);
}

EXPORT("tallow:heap/calls@0.1.0#take-leak") uint32_t *tallow_component_take_leak(void) {
  static uint32_t area[5];
  return tallow_take_leak(area);
}
#endif
