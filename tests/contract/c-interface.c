/*
 * What tallow.c adds to the core: names of the C library, 64-bit sizes and pointers, a panic. Prints "ok <case>", or
 * "not ok <case>" with the check that failed, and ends with 1 if any did.
 *
 * tallow.c is compiled with TALLOW_STANDARD_NAMES, and its standard names are renamed to standard_... by the compiler's
 * command line, as this program's own C library has a malloc already.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "tallow.h"
#include "check.h"

void *standard_malloc(size_t size);
void standard_free(void *ptr);
void *standard_calloc(size_t count, size_t size);
void *standard_realloc(void *ptr, size_t size);
void *standard_aligned_alloc(size_t alignment, size_t size);
void *standard_memalign(size_t alignment, size_t size);
size_t standard_malloc_usable_size(void *ptr);
int standard_posix_memalign(void **out, size_t alignment, size_t size);

static jmp_buf stopped;
static unsigned panic_code;
static void *panic_address;

_Noreturn void tallow_panic(unsigned code, void *address) {
  panic_code = code;
  panic_address = address;
  longjmp(stopped, 1);
}

enum { SIZE = 1 << 22 };

/* Memory for the heap, within reach of the base. */
static unsigned char *arena;

static void names_of_the_c_library(void) {
  void *block = standard_malloc(100);
  CHECK(block && (uintptr_t)block % 16 == 0 && standard_malloc_usable_size(block) >= 100);
  memset(block, 1, 100);
  block = standard_realloc(block, 10000);
  CHECK(block && ((unsigned char *)block)[99] == 1);
  standard_free(block);
  standard_free(NULL);
  unsigned char *zeroed = standard_calloc(10, 10);
  CHECK(zeroed && zeroed[0] == 0 && zeroed[99] == 0);
  standard_free(zeroed);
  void *aligned = standard_aligned_alloc(4096, 10);
  CHECK(aligned && (uintptr_t)aligned % 4096 == 0);
  tallow_free(aligned);
  aligned = standard_memalign(64, 10);
  CHECK(aligned && (uintptr_t)aligned % 64 == 0);
  tallow_free(aligned);
  CHECK(standard_aligned_alloc(48, 10) == NULL);
  CHECK(tallow_check() == 0);
}

static void posix_memalign_answers(void) {
  void *block = &block;
  CHECK(standard_posix_memalign(&block, 3, 32) == EINVAL);
  CHECK(standard_posix_memalign(&block, 0, 32) == EINVAL);
  CHECK(standard_posix_memalign(&block, sizeof(void *) / 2, 32) == EINVAL);
  CHECK(standard_posix_memalign(&block, 3 * sizeof(void *), 32) == EINVAL);
  CHECK(standard_posix_memalign(&block, sizeof(void *), SIZE_MAX) == ENOMEM);
  CHECK(standard_posix_memalign(&block, sizeof(void *), SIZE) == ENOMEM);
  CHECK(block == &block);
  CHECK(standard_posix_memalign(&block, sizeof(void *), 0) == 0);
  tallow_free(block);
  CHECK(standard_posix_memalign(&block, 1024, 100) == 0);
  CHECK((uintptr_t)block % 1024 == 0);
  tallow_free(block);
}

/* Sizes that 32 bits cannot express are too large; they are not cut off. */
static void sizes_above_4_gib(void) {
  const size_t large = ((size_t)1 << 32) + 16;
  CHECK(tallow_malloc(large) == NULL);
  CHECK(tallow_malloc(SIZE_MAX) == NULL);
  CHECK(tallow_calloc(large, 1) == NULL);
  CHECK(tallow_calloc(1, large) == NULL);
  CHECK(tallow_calloc(large, 0) == NULL || tallow_check() == 0);
  CHECK(tallow_calloc((size_t)1 << 16, (size_t)1 << 16) == NULL);
  CHECK(tallow_aligned_alloc(16, large) == NULL);
  CHECK(tallow_aligned_alloc(((size_t)1 << 32) + 16, 16) == NULL);
  CHECK(tallow_aligned_alloc((size_t)1 << 40, 16) == NULL);
  CHECK(tallow_memalign(16, large) == NULL);
  struct tallow_heap *heap = tallow_heap_new();
  CHECK(heap != NULL);
  CHECK(tallow_heap_malloc(heap, large) == NULL);
  tallow_heap_destroy(heap);
  unsigned char *block = tallow_malloc(100);
  CHECK(block != NULL);
  memset(block, 5, 100);
  CHECK(tallow_realloc(block, large) == NULL);
  CHECK(block[0] == 5 && block[99] == 5);
  tallow_free(block);
  CHECK(tallow_check() == 0);
}

/* Memory that the core's 32-bit addresses do not reach from its base is refused. */
static void regions_out_of_reach(void) {
  CHECK(tallow_add_region((void *)((uintptr_t)TALLOW_BASE + ((uintptr_t)1 << 32)), SIZE) == 0);
  CHECK(tallow_add_region((void *)((uintptr_t)TALLOW_BASE + ((uintptr_t)1 << 33)), SIZE) == 0);
  CHECK(tallow_add_region(arena + SIZE, ((size_t)1 << 32) + SIZE) == 0);
  tallow_forget();
  CHECK(tallow_init((void *)((uintptr_t)TALLOW_BASE - 4096), SIZE) == 0);
  CHECK(tallow_init(&arena, SIZE) == 0);
  CHECK(tallow_init(arena, SIZE) != 0);
  CHECK(tallow_check() == 0);
}

/* There is no Wasm memory here that size 0 could mean. */
static void init_with_size_0_is_refused(void) {
  tallow_forget();
  CHECK(tallow_init(arena, 0) == 0);
  CHECK(tallow_init(arena, SIZE) != 0);
}

/* What may be called before tallow_init, and again after tallow_forget. */
static void before_the_beginning(void) {
  tallow_forget();
  CHECK(tallow_heap_new() == NULL);
  CHECK(tallow_add_region(arena, SIZE) == 0);
  CHECK(tallow_trim() == 0);
  CHECK(tallow_check() == 0);
  tallow_free(NULL);
  tallow_heap_destroy(NULL);
  tallow_heap_delete(NULL);
  tallow_forget();
  CHECK(tallow_init(arena, SIZE) != 0);
}

/* The figures can be written anywhere, also where the core itself cannot write. */
static void stats_in_and_out_of_reach(void) {
  void *block = tallow_malloc(5000);
  struct tallow_stats outside;
  memset(&outside, 0xff, sizeof outside);
  tallow_stats(&outside);
  struct tallow_stats *inside = tallow_malloc(sizeof *inside);
  CHECK(inside != NULL);
  tallow_stats(inside);
  CHECK(outside.version == 1 && outside.size == sizeof outside && inside->version == 1);
  CHECK(outside.regions == 1 && outside.blocks >= 1 && inside->blocks >= 2);
  CHECK(outside.frames == inside->frames && outside.frames <= SIZE / 4096);
  tallow_free(inside);
  tallow_free(block);
}

/* Asking for the figures does not change them. */
static void stats_count_only_what_is_there(void) {
  struct tallow_stats stats;
  tallow_stats(&stats);
  CHECK(stats.regions == 1 && stats.blocks == 0 && stats.pages == 0);
}

/* Misuse arrives at the user's function with a code and the address as a pointer. */
static void misuse_panics(void) {
  if (setjmp(stopped) == 0) {
    tallow_free(arena + SIZE / 2);
    CHECK(!"tallow_free came back");
  }
  CHECK(panic_code == TALLOW_PANIC_INVALID_FREE && panic_address == arena + SIZE / 2);
  panic_code = 0;
  if (setjmp(stopped) == 0) {
    tallow_cabi_realloc(NULL, 0, 8, SIZE);
    CHECK(!"tallow_cabi_realloc came back");
  }
  CHECK(panic_code == TALLOW_PANIC_OUT_OF_MEMORY);
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
#define CASE(name) { #name, name }
  CASE(names_of_the_c_library), CASE(posix_memalign_answers), CASE(sizes_above_4_gib), CASE(regions_out_of_reach),
  CASE(init_with_size_0_is_refused), CASE(before_the_beginning), CASE(stats_in_and_out_of_reach),
  CASE(stats_count_only_what_is_there), CASE(misuse_panics),
};

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  void *wanted = (void *)((uintptr_t)TALLOW_BASE + 0x10000000);
  arena = mmap(wanted, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena != wanted) {
    perror("no memory at the place that the test wants");
    return 2;
  }
  int status = EXIT_SUCCESS;
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    failed_check = NULL;
    tallow_forget();
    CHECK(tallow_init(arena, SIZE) != 0);
    cases[index].run();
    if (failed_check) {
      printf("not ok %s: line %d: %s\n", cases[index].name, failed_line, failed_check);
      status = EXIT_FAILURE;
    } else {
      printf("ok %s\n", cases[index].name);
    }
  }
  return status;
}
