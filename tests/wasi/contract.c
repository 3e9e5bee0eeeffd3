/*
 * What a C program on WASI may expect of malloc and its relatives, linked with libtallow.a. Each case is a function;
 * main prints "ok <case>", or "not ok <case>" with the checks that failed, and ends with 1 if any did.
 *
 * Its arguments are the lists of cases to run, in this order:
 *   tight    of a program whose memory ends with its data, as the linker makes it by itself
 *   roomy    of a program whose memory is much larger than its data from the beginning: --initial-memory
 *   common   for any program
 *   dense    how densely blocks lie, which red zones and a quarantine change
 *   limited  of a memory that may not grow: --max-memory
 *
 * Compile with -fno-builtin: a compiler that knows malloc takes for granted that it succeeds and leaves errno alone.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tallow.h"
#include "../contract/check.h"

#define WASM_PAGE_SIZE ((size_t)65536)

/* wasi-libc has no declaration of it. */
void *memalign(size_t alignment, size_t size);

/* What wasi-libc calls from within, and other libraries by its name. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *ptr);

/* C23, which not every wasi-libc declares. */
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t alignment, size_t size);

/* The allocator that a component's host calls. */
void *cabi_realloc(void *ptr, size_t old_size, size_t alignment, size_t size);

/* The linker's end of data and stack. */
extern unsigned char __heap_base;

static const size_t huge = SIZE_MAX;
static const size_t half = SIZE_MAX / 2 + 1;
static const size_t zero = 0;

static int is_aligned(const void *block, size_t alignment) {
  return block && (uintptr_t)block % alignment == 0;
}

static int is_filled(const unsigned char *block, size_t size, unsigned char value) {
  for (size_t index = 0; index < size; index++) {
    if (block[index] != value) return 0;
  }
  return 1;
}

static size_t memory_size(void) {
  return __builtin_wasm_memory_size(0) * WASM_PAGE_SIZE;
}

/* A block that was allocated before main began. */
static char *early;

__attribute__((constructor)) static void allocate_early(void) {
  early = malloc(1000);
  if (early) memset(early, 0x3c, 1000);
}

/* The end of the memory when main began. */
static size_t initial_memory_size;

/* The first blocks lie between the linker's end of data and the end of the memory, which has not grown. */
static void tight_gap_is_used_first(void) {
  CHECK((uintptr_t)early >= (uintptr_t)&__heap_base);
  CHECK((uintptr_t)early + 1000 <= initial_memory_size);
  CHECK((uintptr_t)&__heap_base > initial_memory_size - WASM_PAGE_SIZE);
}

static void constructor_may_allocate(void) {
  CHECK(is_filled((unsigned char *)early, 1000, 0x3c));
  free(early);
  early = NULL;
}

static void malloc_sets_errno(void) {
  errno = 0;
  CHECK(malloc(huge) == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
  CHECK(malloc(huge - 4096) == NULL);
  CHECK(errno == ENOMEM);
}

static void malloc_zero_is_unique(void) {
  void *first = malloc(zero);
  void *second = malloc(zero);
  CHECK(is_aligned(first, 16) && is_aligned(second, 16) && first != second);
  free(first);
  free(second);
}

static void calloc_overflow(void) {
  errno = 0;
  CHECK(calloc(half, 2) == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
  CHECK(calloc(huge, huge) == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
  CHECK(calloc(65537, 65536) == NULL);
  CHECK(errno == ENOMEM);
}

static void calloc_is_zero(void) {
  unsigned char *dirty = malloc(70000);
  CHECK(dirty != NULL);
  memset(dirty, 0xff, 70000);
  free(dirty);
  unsigned char *block = calloc(7, 10000);
  CHECK(block && is_filled(block, 70000, 0));
  free(block);
}

static void realloc_failure_keeps_block(void) {
  unsigned char *block = malloc(100);
  CHECK(block != NULL);
  memset(block, 0x77, 100);
  errno = 0;
  CHECK(realloc(block, huge) == NULL);
  CHECK(errno == ENOMEM);
  CHECK(is_filled(block, 100, 0x77));
  block = realloc(block, 100000);
  CHECK(block && is_filled(block, 100, 0x77));
  free(block);
}

static void realloc_to_zero_is_a_block(void) {
  void *block = malloc(100);
  void *empty = realloc(block, zero);
  CHECK(empty != NULL);
  void *fresh = realloc(NULL, zero);
  CHECK(fresh != NULL && fresh != empty);
  free(empty);
  free(fresh);
}

static void errno_stays_on_success(void) {
  errno = 1234;
  void *block = malloc(100);
  block = realloc(block, 1000);
  block = reallocarray(block, 10, 1000);
  free(block);
  free(NULL);
  void *aligned = aligned_alloc(64, 64);
  free_aligned_sized(aligned, 64, 64);
  CHECK(posix_memalign(&aligned, 64, 64) == 0);
  free(aligned);
  free(memalign(64, 64));
  free(calloc(3, 3));
  free_sized(malloc(1 << 20), 1 << 20);
  CHECK(errno == 1234);
}

static void reallocarray_checks_the_product(void) {
  unsigned char *block = malloc(100);
  CHECK(block != NULL);
  memset(block, 0x44, 100);
  errno = 0;
  CHECK(reallocarray(block, half, 2) == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
  CHECK(reallocarray(block, 65537, 65536) == NULL);
  CHECK(errno == ENOMEM);
  void *empty = reallocarray(NULL, zero, 16);
  CHECK(empty != NULL);
  free(empty);
  block = reallocarray(block, 100, 50);
  CHECK(block && is_filled(block, 100, 0x44) && malloc_usable_size(block) >= 5000);
  free(block);
}

static void free_sized_is_free(void) {
  struct tallow_stats before, after;
  tallow_stats(&before);
  free_sized(malloc(1000), 1000);
  free_sized(calloc(10, 100), 1000);
  free_sized(NULL, 10);
  free_aligned_sized(aligned_alloc(256, 1024), 256, 1024);
  free_aligned_sized(NULL, 16, 10);
  tallow_stats(&after);
  CHECK(after.blocks == before.blocks);
}

static void aligned_alloc_every_alignment(void) {
  for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2) {
    unsigned char *block = aligned_alloc(alignment, alignment);
    CHECK(is_aligned(block, alignment));
    CHECK(malloc_usable_size(block) >= alignment);
    memset(block, 1, alignment);
    free(block);
  }
}

static void aligned_alloc_sets_errno(void) {
  static const size_t bad[] = { 0, 3, 24, 100, SIZE_MAX };
  for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
    size_t alignment = bad[index];
    errno = 0;
    CHECK(aligned_alloc(alignment, 64) == NULL);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(memalign(alignment, 64) == NULL);
    CHECK(errno == EINVAL);
  }
  errno = 0;
  CHECK(aligned_alloc(64, huge & ~(size_t)63) == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
  CHECK(memalign(half, half + 1) == NULL);
  CHECK(errno == ENOMEM);
}

static void memalign_is_aligned(void) {
  void *first = memalign(4096, 100);
  void *second = memalign(4096, 100);
  CHECK(is_aligned(first, 4096) && is_aligned(second, 4096));
  free(first);
  free(second);
}

static void posix_memalign1(void) {
  void *block = &block;
  CHECK(posix_memalign(&block, sizeof(void *), 32) == 0);
  CHECK(is_aligned(block, sizeof(void *)) && block != &block);
  free(block);
}

static void posix_memalign_no_align(void) {
  void *block = &block;
  CHECK(posix_memalign(&block, 3, 32) == EINVAL);
  CHECK(block == &block);
  CHECK(posix_memalign(&block, zero, 32) == EINVAL);
  CHECK(posix_memalign(&block, sizeof(void *) / 2, 32) == EINVAL);
  CHECK(block == &block);
}

static void posix_memalign_zero(void) {
  void *block = &block;
  CHECK(posix_memalign(&block, sizeof(void *), zero) == 0);
  CHECK(block != &block);
  free(block);
}

static void posix_memalign_nopow2(void) {
  void *block = &block;
  CHECK(posix_memalign(&block, 3 * sizeof(void *), 32) == EINVAL);
  CHECK(block == &block);
}

static void posix_memalign_nomem(void) {
  void *block = &block;
  errno = 1234;
  CHECK(posix_memalign(&block, sizeof(void *), huge) == ENOMEM);
  CHECK(posix_memalign(&block, 4096, huge - 4096) == ENOMEM);
  CHECK(block == &block);
  CHECK(errno == 1234); /* it answers by its result alone */
}

static void posix_memalign_every_alignment(void) {
  for (size_t alignment = sizeof(void *); alignment <= 1 << 18; alignment *= 2) {
    void *block;
    CHECK(posix_memalign(&block, alignment, 100) == 0);
    CHECK(is_aligned(block, alignment));
    free(block);
  }
}

/* Blocks pass freely between the names, as all are of one heap. */
static void libc_names_are_the_same_heap(void) {
  unsigned char *first = __libc_malloc(100);
  unsigned char *second = __libc_calloc(10, 10);
  CHECK(is_aligned(first, 16) && is_aligned(second, 16) && first != second);
  CHECK(is_filled(second, 100, 0));
  CHECK(malloc_usable_size(first) >= 100);
  first = realloc(first, 5000);
  CHECK(first != NULL);
  __libc_free(first);
  free(second);
  __libc_free(malloc(10));
  errno = 0;
  CHECK(__libc_malloc(huge) == NULL && errno == ENOMEM);
}

static void malloc_usable_size_is_usable(void) {
  for (size_t size = 0; size < 100000; size = size * 5 / 4 + 1) {
    unsigned char *block = malloc(size);
    size_t usable = malloc_usable_size(block);
    CHECK(usable >= size);
    memset(block, 0xee, usable);
    unsigned char *behind = malloc(size);
    memset(behind, 0x11, malloc_usable_size(behind));
    CHECK(is_filled(block, usable, 0xee));
    free(block);
    free(behind);
  }
  CHECK(malloc_usable_size(NULL) == 0);
}

/* What the C library allocates for itself comes from the same heap. */
static void libc_allocates_here(void) {
  char *copy = strdup("a string that is copied");
  CHECK(is_aligned(copy, 16) && malloc_usable_size(copy) >= 24);
  free(copy);
  char *text = NULL;
  CHECK(asprintf(&text, "%d and %s", 42, "more") == 11);
  CHECK(is_aligned(text, 16) && strcmp(text, "42 and more") == 0);
  free(text);
  char *buffer = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&buffer, &size);
  CHECK(stream != NULL);
  for (int index = 0; index < 10000; index++) fprintf(stream, "%d\n", index);
  fclose(stream);
  CHECK(size == 48890 && buffer && malloc_usable_size(buffer) > size);
  free(buffer);
}

/* What the bindings of a component's host rely on. */
static void cabi_realloc_is_the_same_heap(void) {
  unsigned char *text = cabi_realloc(NULL, 0, 1, 5);
  CHECK(text != NULL);
  memcpy(text, "words", 5);
  text = cabi_realloc(text, 5, 1, 5000);
  CHECK(text && memcmp(text, "words", 5) == 0);
  free(text);
  void *aligned = cabi_realloc(NULL, 0, 64, 64);
  CHECK(is_aligned(aligned, 64));
  CHECK(cabi_realloc(aligned, 64, 64, 0) != NULL); /* frees */
  CHECK(cabi_realloc(NULL, 0, 8, 0) != NULL);      /* nothing, at an address that is aligned */
}

/* A heap of one's own: its blocks are like any other, and go all at once. */
static void heap_of_ones_own(void) {
  enum { COUNT = 100 };
  struct tallow_stats before, during, after;
  tallow_stats(&before);
  struct tallow_heap *heap = tallow_heap_new();
  CHECK(heap != NULL);
  unsigned char *blocks[COUNT];
  for (size_t index = 0; index < COUNT; index++) {
    blocks[index] = tallow_heap_malloc(heap, index * 97);
    CHECK(blocks[index] != NULL);
    memset(blocks[index], (int)index, index * 97);
  }
  tallow_stats(&during);
  CHECK(during.blocks - before.blocks >= COUNT);
  free(blocks[3]);
  blocks[50] = realloc(blocks[50], 100000);
  CHECK(blocks[50] && is_filled(blocks[50], 50 * 97, 50));
  tallow_heap_destroy(heap);
  CHECK(tallow_check() == 0);
  heap = tallow_heap_new();
  unsigned char *stays = tallow_heap_malloc(heap, 1000);
  memset(stays, 0x5a, 1000);
  tallow_heap_delete(heap);
  CHECK(is_filled(stays, 1000, 0x5a));
  free(stays);
  tallow_stats(&after);
  CHECK(after.blocks <= before.blocks + 1); /* realloc may have moved a block to the main heap, where it stays */
  CHECK(tallow_check() == 0);
}

static void statistics_are_exact(void) {
  struct tallow_stats before, during, after;
  tallow_stats(&before);
  CHECK(before.size == sizeof before && before.regions >= 1 && before.frames > 0);
  void *small = malloc(100), *large = malloc(200000);
  tallow_stats(&during);
  CHECK(during.blocks == before.blocks + 2);
  CHECK(during.large_blocks == before.large_blocks + 1);
  CHECK(during.block_bytes == before.block_bytes + malloc_usable_size(small) + malloc_usable_size(large));
  free(small);
  free(large);
  tallow_stats(&after);
  CHECK(after.blocks == before.blocks && after.block_bytes == before.block_bytes);
}

/* Others may take memory between two allocations; it is theirs. */
static void memory_grown_by_others(void) {
  enum { COUNT = 30 };
  unsigned char *blocks[COUNT], *foreign[COUNT];
  for (int index = 0; index < COUNT; index++) {
    size_t size = (size_t)1000 << index % 9;
    blocks[index] = malloc(size);
    CHECK(blocks[index] != NULL);
    memset(blocks[index], index, size);
    size_t pages = __builtin_wasm_memory_grow(0, 1);
    CHECK(pages != SIZE_MAX);
    foreign[index] = (unsigned char *)(pages * WASM_PAGE_SIZE);
    memset(foreign[index], 0xf0, WASM_PAGE_SIZE);
  }
  void *large = malloc(1 << 20);
  CHECK(large != NULL);
  memset(large, 0x55, 1 << 20);
  for (int index = 0; index < COUNT; index++) {
    CHECK(is_filled(blocks[index], (size_t)1000 << index % 9, (unsigned char)index));
    free(blocks[index]);
  }
  free(large);
  memset(malloc(100000), 0x55, 100000);
  for (int index = 0; index < COUNT; index++) CHECK(is_filled(foreign[index], WASM_PAGE_SIZE, 0xf0));
}

static void growth_is_bounded(void) {
  enum { COUNT = 64, SIZE = 1 << 18 };
  size_t before = memory_size();
  void *blocks[COUNT];
  for (int index = 0; index < COUNT; index++) CHECK((blocks[index] = malloc(SIZE)) != NULL);
  CHECK(memory_size() - before <= COUNT * (size_t)SIZE * 11 / 10);
  for (int index = 0; index < COUNT; index++) free(blocks[index]);
  size_t grown = 0;
  for (int round = 0; round < 20; round++) {
    for (int index = 0; index < COUNT; index++) CHECK((blocks[index] = malloc(SIZE)) != NULL);
    for (int index = 0; index < COUNT; index++) free(blocks[index]);
    if (round == 3) grown = memory_size(); /* the first rounds find out how the blocks fit */
  }
  CHECK(memory_size() == grown);
}

/* A memory with a limit: NULL and ENOMEM at its end, and all of it again after free. */
static void limited_exhaustion(size_t size) {
  struct node { struct node *next; } *list = NULL;
  size_t first_count = 0;
  struct tallow_stats before, after;
  tallow_stats(&before);
  for (int round = 0; round < 3; round++) {
    size_t count = 0;
    errno = 0;
    for (struct node *node; (node = malloc(size)); count++) {
      memset(node, 0x99, size);
      node->next = list;
      list = node;
    }
    CHECK(errno == ENOMEM);
    CHECK(tallow_check() == 0);
    CHECK(count * size > memory_size() / 2);
    if (round == 0) first_count = count;
    CHECK(count >= first_count - 4096 / size); /* as pages of other lengths end otherwise, a frame's worth of blocks */
    CHECK(calloc(1, size) == NULL);
    CHECK(realloc(list, size * 4) == NULL);
    CHECK(is_filled((unsigned char *)(list + 1), size - sizeof *list, 0x99));
    struct node *first = list;
    list = list->next;
    free(first);
    void *again = malloc(size);
    CHECK(again != NULL);
    free(again);
    while (list) {
      struct node *next = list->next;
      free(list);
      list = next;
    }
    CHECK(tallow_check() == 0);
    tallow_stats(&after);
    CHECK(after.blocks == before.blocks && after.block_bytes == before.block_bytes);
  }
}

static void limited_small(void) {
  limited_exhaustion(100);
}

static void limited_medium(void) {
  limited_exhaustion(5000);
}

static void limited_large(void) {
  limited_exhaustion(60000);
}

/* The memory that is there is used before more is asked for. */
static void roomy_start_is_used_first(void) {
  size_t gap = initial_memory_size - (uintptr_t)&__heap_base;
  CHECK(gap > 8 * WASM_PAGE_SIZE);
  size_t below = 0;
  for (;;) {
    unsigned char *block = malloc(4000);
    CHECK(block != NULL);
    if (!block || memory_size() > initial_memory_size) break;
    CHECK((uintptr_t)block + 4000 <= initial_memory_size);
    memset(block, 0xab, 4000);
    below += 4000;
  }
  CHECK(below > gap / 4 * 3);
}

struct contract_case {
  const char *name;
  void (*run)(void);
};

#define CASE(name) { #name, name }

static const struct contract_case common_cases[] = {
  CASE(constructor_may_allocate), CASE(malloc_sets_errno), CASE(malloc_zero_is_unique), CASE(calloc_overflow),
  CASE(calloc_is_zero), CASE(realloc_failure_keeps_block), CASE(realloc_to_zero_is_a_block),
  CASE(errno_stays_on_success), CASE(reallocarray_checks_the_product), CASE(free_sized_is_free),
  CASE(aligned_alloc_every_alignment), CASE(aligned_alloc_sets_errno), CASE(memalign_is_aligned),
  CASE(posix_memalign1), CASE(posix_memalign_no_align), CASE(posix_memalign_zero), CASE(posix_memalign_nopow2),
  CASE(posix_memalign_nomem), CASE(posix_memalign_every_alignment), CASE(libc_names_are_the_same_heap),
  CASE(malloc_usable_size_is_usable), CASE(libc_allocates_here), CASE(cabi_realloc_is_the_same_heap),
  CASE(heap_of_ones_own), CASE(statistics_are_exact), CASE(memory_grown_by_others),
};

static const struct contract_case dense_cases[] = {
  CASE(growth_is_bounded),
};

static const struct contract_case tight_cases[] = {
  CASE(tight_gap_is_used_first),
};

static const struct contract_case roomy_cases[] = {
  CASE(roomy_start_is_used_first),
};

static const struct contract_case limited_cases[] = {
  CASE(limited_small), CASE(limited_medium), CASE(limited_large), CASE(limited_small),
};

static const struct contract_list {
  const char *name;
  const struct contract_case *cases;
  size_t count;
} lists[] = {
  { "tight", tight_cases, sizeof tight_cases / sizeof *tight_cases },
  { "roomy", roomy_cases, sizeof roomy_cases / sizeof *roomy_cases },
  { "common", common_cases, sizeof common_cases / sizeof *common_cases },
  { "dense", dense_cases, sizeof dense_cases / sizeof *dense_cases },
  { "limited", limited_cases, sizeof limited_cases / sizeof *limited_cases },
};

static const struct contract_list *list_named(const char *name) {
  for (size_t index = 0; index < sizeof lists / sizeof *lists; index++) {
    if (strcmp(lists[index].name, name) == 0) return &lists[index];
  }
  fprintf(stderr, "there are no cases \"%s\"\n", name);
  exit(2);
}

/* Prints the verdict at once: a case that traps is the one behind the last that was told. */
static int passes(const struct contract_case *this) {
  failed_check = NULL;
  this->run();
  if (failed_check) printf("not ok %s: line %d: %s\n", this->name, failed_line, failed_check);
  else printf("ok %s\n", this->name);
  fflush(stdout);
  return !failed_check;
}

int main(int argc, char **argv) {
  initial_memory_size = memory_size();
  int status = EXIT_SUCCESS;
  for (int index = 1; index < argc; index++) {
    const struct contract_list *list = list_named(argv[index]);
    for (size_t number = 0; number < list->count; number++) {
      if (!passes(&list->cases[number])) status = EXIT_FAILURE;
    }
  }
  return status;
}
