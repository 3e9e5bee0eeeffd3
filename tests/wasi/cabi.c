/* cabi_realloc as the canonical ABI wants it. Prints a line for each case. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tallow.h"
#include "../contract/check.h"

void *cabi_realloc(void *ptr, size_t old_size, size_t alignment, size_t size);

enum { ALIGNMENT_MAX = 1 << 16 };

static int is_aligned(const void *block, size_t alignment) {
  return (uintptr_t)block % alignment == 0;
}

/* So many bytes that tell their place. */
static void write_pattern(unsigned char *block, size_t from, size_t to) {
  for (size_t index = from; index < to; index++) block[index] = (unsigned char)(index * 7 + 1);
}

static int has_pattern(const unsigned char *block, size_t size) {
  for (size_t index = 0; index < size; index++) {
    if (block[index] != (unsigned char)(index * 7 + 1)) return 0;
  }
  return 1;
}

/* Runs through the sizes, and back again, for every alignment; the block must be aligned and keep its contents. */
static void resize_through(const size_t *sizes, size_t count) {
  for (size_t alignment = 1; alignment <= ALIGNMENT_MAX; alignment *= 2) {
    unsigned char *block = cabi_realloc(NULL, 0, alignment, sizes[0]);
    CHECK(is_aligned(block, alignment));
    write_pattern(block, 0, sizes[0]);
    size_t size = sizes[0];
    for (size_t step = 1; step < 2 * count; step++) {
      size_t next = sizes[step < count ? step : 2 * count - 1 - step];
      block = cabi_realloc(block, size, alignment, next);
      CHECK(is_aligned(block, alignment));
      CHECK(has_pattern(block, size < next ? size : next));
      write_pattern(block, 0, next);
      size = next;
    }
    free(block);
  }
}

static void grows_and_shrinks_small(void) {
  static const size_t sizes[] = { 1, 2, 15, 16, 17, 100, 1000, 1025, 4000 };
  resize_through(sizes, sizeof sizes / sizeof *sizes);
}

static void grows_and_shrinks_large(void) {
  static const size_t sizes[] = { 100, 8192, 8193, 70000, 300000 };
  resize_through(sizes, sizeof sizes / sizeof *sizes);
}

/* Between them lie blocks of other sizes, so that growing in place is not always possible. */
static void is_aligned_in_a_crowd(void) {
  enum { COUNT = 64 };
  void *blocks[COUNT];
  size_t sizes[COUNT];
  for (size_t index = 0; index < COUNT; index++) {
    size_t alignment = (size_t)1 << index % 13;
    sizes[index] = 1 + index * 37 % 300;
    blocks[index] = cabi_realloc(NULL, 0, alignment, sizes[index]);
    CHECK(is_aligned(blocks[index], alignment));
  }
  for (size_t index = 0; index < COUNT; index++) {
    size_t alignment = (size_t)1 << index % 13;
    blocks[index] = cabi_realloc(blocks[index], sizes[index], alignment, sizes[index] * 9);
    CHECK(is_aligned(blocks[index], alignment));
  }
  for (size_t index = 0; index < COUNT; index++) free(blocks[index]);
}

/* A string that has no bytes yet is no block: its address is the alignment. */
static void old_size_zero_allocates(void) {
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    void *nothing = cabi_realloc(NULL, 0, alignment, 0);
    unsigned char *block = cabi_realloc(nothing, 0, alignment, 100);
    CHECK(block != nothing && is_aligned(block, alignment));
    write_pattern(block, 0, 100);
    CHECK(has_pattern(block, 100));
    free(block);
  }
}

static void new_size_zero_frees(void) {
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    void *block = cabi_realloc(NULL, 0, alignment, 100);
    void *nothing = cabi_realloc(block, 100, alignment, 0);
    CHECK(nothing && is_aligned(nothing, alignment));
    CHECK(cabi_realloc(nothing, 0, alignment, 0) == nothing);
  }
}

struct cabi_case {
  const char *name;
  void (*run)(void);
};

#define CASE(name) { #name, name }

static const struct cabi_case cases[] = {
  CASE(grows_and_shrinks_small), CASE(grows_and_shrinks_large), CASE(is_aligned_in_a_crowd),
  CASE(old_size_zero_allocates), CASE(new_size_zero_frees),
};

static unsigned live_blocks(void) {
  struct tallow_stats stats;
  tallow_stats(&stats);
  return stats.blocks;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  free(cabi_realloc(NULL, 0, 1, 1)); /* the debug library takes memory for its own table */
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    unsigned before = live_blocks();
    failed_check = NULL;
    cases[index].run();
    CHECK(live_blocks() == before);
    CHECK(tallow_check() == 0);
    if (failed_check) printf("not ok %s: line %d: %s\n", cases[index].name, failed_line, failed_check);
    else printf("ok %s\n", cases[index].name);
  }
}
