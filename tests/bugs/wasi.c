/*
 * Runs bug cases in a program for WASI, with its allocator: bugs <case>... For each it prints "ok <case>", or "not ok
 * <case>: check <number>" with the check that failed. What stops the core ends the program, with 0 if that is what the
 * case wants.
 *
 * cases.c is generated: the cases as C functions that call malloc and its relatives by their standard names, the table of
 * their names, and ON_STOP, which judges a stop.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tallow.h"

void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);
size_t malloc_usable_size(void *ptr);

#define TALLOW_BASE 0
#include "cases.c"

/* The cases' region. The heap that the program began with is forgotten, and nobody asks for its memory any more. */
static unsigned char region[0x400000 + 8];

static u32 start(void) { return (u32)(uintptr_t)region + 8; }
static u32 size(void) { return sizeof region - 8; }

static const char *running;

static void tell(u32 check) {
  if (check == 0) printf("ok %s\n", running);
  else printf("not ok %s: check %u\n", running, (unsigned)check);
  fflush(stdout);
}

#ifndef LIBRARY_PANIC
void tallow_panic(unsigned code, void *address) {
  u32 check = ON_STOP(start(), size(), code, address_of(address));
  tell(check);
  _Exit(check == 0 ? 0 : 1);
}
#endif

static u32 run(const char *name) {
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    if (strcmp(cases[index].name, name) != 0) continue;
    running = name;
    memset(region, 0xa5, sizeof region);
    return cases[index].run(start(), size());
  }
  fprintf(stderr, "there is no case %s\n", name);
  exit(2);
}

int main(int argc, char **argv) {
  int failed = 0;
  tallow_forget();
  for (int index = 1; index < argc; index++) {
    u32 check = run(argv[index]);
    tallow_forget();
    tell(check);
    if (check != 0) failed = 1;
  }
  return failed;
}
