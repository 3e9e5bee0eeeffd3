/* One bug for each name, or none: bugs <name>. What the debug library says of it stands in debug.test.ts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tallow.h"

/* Keeps the compiler from knowing what a pointer points to. */
static void *opaque(void *ptr) {
  __asm__ volatile("" : "+r"(ptr));
  return ptr;
}

static void none(void) {
  char *text = strdup("tea");
  text = realloc(text, 100);
  strcpy(text + 50, "coffee");
  free(text);
  free(calloc(3, 7));
}

static void overflow(void) {
  char *text = opaque(malloc(5));
  strcpy(text, "hello");
  opaque(text);
  free(text);
}

static void underflow(void) {
  char *text = opaque(malloc(5));
  text[-1] = 'A';
  opaque(text);
  free(text);
}

static void double_free(void) {
  void *block = opaque(malloc(40));
  free(block);
  free(opaque(block));
}

static void write_after_free(void) {
  char *block = opaque(malloc(40));
  free(block);
  ((char *)opaque(block))[3] = 'A';
  tallow_trim();
}

static void unaligned_free(void) {
  char *block = malloc(40);
  free(opaque(block + 4));
}

static void invalid_free(void) {
  static char none_of_it[16] __attribute__((aligned(16)));
  none_of_it[0] = 1;
  free(opaque(none_of_it));
}

static void size_mismatch(void) {
  tallow_free_sized(opaque(malloc(40)), 41);
}

static void leak(void) {
  for (int index = 0; index < 3; index++) {
    void *block = opaque(malloc(40));
    if (index == 1) free(block);
  }
  opaque(strdup("tea"));
}

/* A list of which a node was freed too early. */
static void stale_pointer(void) {
  void **node = malloc(2 * sizeof *node);
  node[0] = malloc(40);
  node[1] = 0;
  tallow_kind(node, TALLOW_KIND_POINTERS);
  free(node[0]);
  tallow_audit();
  free(node);
}

static void interior_pointer(void) {
  static char *root[1];
  static struct tallow_range range;
  char *block = malloc(40);
  root[0] = block + 8;
  range.start = (uintptr_t)root;
  range.bytes = sizeof root;
  range.kind = TALLOW_KIND_POINTERS;
  tallow_range_add(&range);
  tallow_audit();
  root[0] = block;
  tallow_audit();
  free(block);
}

static void recorded(void) {
  static struct tallow_recording recording;
  tallow_record_begin(&recording);
  for (int index = 0; index < 3; index++) {
    void *block = opaque(malloc(40));
    if (index != 1) free(block);
  }
  if (tallow_record_end(&recording)) tallow_report_recording(&recording);
  tallow_write_dhat("profile.json");
  exit(0);
}

static const struct { const char *name; void (*run)(void); } bugs[] = {
  { "none", none }, { "overflow", overflow }, { "underflow", underflow }, { "double_free", double_free },
  { "write_after_free", write_after_free }, { "unaligned_free", unaligned_free }, { "invalid_free", invalid_free },
  { "size_mismatch", size_mismatch }, { "leak", leak }, { "stale_pointer", stale_pointer },
  { "interior_pointer", interior_pointer }, { "recorded", recorded },
};

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[2], "go-on") == 0) tallow_debug(TALLOW_SETTING_GO_ON, 1);
  for (size_t index = 0; argc > 1 && index < sizeof bugs / sizeof *bugs; index++) {
    if (strcmp(argv[1], bugs[index].name) != 0) continue;
    bugs[index].run();
    puts("went on");
    return 0;
  }
  fprintf(stderr, "usage: bugs <name> [go-on]\n");
  return 2;
}
