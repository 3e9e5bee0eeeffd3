/* The library behind the component of call-leaks.test.ts. Each function frees what came in, unless LEAK_… is defined. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tallow.h"

struct string { char *start; size_t length; };

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("test:leaks/host@0.1.0"), import_name(name)))

EXPORT("take") void take(char *start, size_t length) {
  (void)start;
#ifndef LEAK_TAKE
  if (length > 0) free(start);
#else
  (void)length;
#endif
}

EXPORT("take-all") uint32_t take_all(struct string *strings, size_t count) {
  uint32_t total = 0;
  for (size_t index = 0; index < count; index++) {
    total += strings[index].length;
#ifdef LEAK_EVERY_OTHER
    if (index % 2) continue;
#endif
    if (strings[index].length > 0) free(strings[index].start);
  }
  if (count > 0) free(strings);
  return total;
}

/* The argument becomes the result: it is moved, and freed by the post function. */
EXPORT("twice") struct string *twice(char *start, size_t length) {
  static struct string result;
  result = (struct string) { start, 0 };
  if (length == 0) return &result;
  result = (struct string) { realloc(start, 2 * length), 2 * length };
  memcpy(result.start + length, result.start, length);
  return &result;
}

EXPORT("cabi_post_twice") void twice_end(struct string *result) {
#ifndef LEAK_RESULT
  if (result->length > 0) free(result->start);
#else
  (void)result;
#endif
}

#ifndef WITHOUT_HOST
IMPORT("name") void host_name(struct string *result);

/* What an import gives comes in the same way. */
EXPORT("ask") uint32_t ask(void) {
  struct string name;
  host_name(&name);
#ifndef LEAK_IMPORT
  if (name.length > 0) free(name.start);
#endif
  return name.length;
}
#endif

EXPORT("live-blocks") uint32_t live_blocks(void) {
  struct tallow_stats stats;
  tallow_stats(&stats);
  return stats.blocks;
}
