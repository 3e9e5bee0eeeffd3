/* The library behind the component of component-calls.test.ts, by the names and signatures of the canonical ABI. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

struct text { char *start; size_t length; };
struct outcome { uint8_t failed; union { uint32_t value; struct text reason; } of; };
struct swapped { struct text word; uint32_t number; };

/* Strings and lists come from cabi_realloc and are the callee's; an empty one is no block. */
static void give_back(void *start, size_t length) {
  if (length > 0) free(start);
}

/* What is returned stays until the post function. */
EXPORT("repeat") struct text *repeat(char *word, size_t length, uint32_t count) {
  struct text *result = malloc(sizeof *result);
  result->start = malloc(length * count + 1);
  result->length = length * count;
  for (uint32_t index = 0; index < count; index++) memcpy(result->start + index * length, word, length);
  give_back(word, length);
  return result;
}

EXPORT("cabi_post_repeat") void repeat_end(struct text *result) {
  free(result->start);
  free(result);
}

EXPORT("sum") uint32_t sum(uint8_t *numbers, size_t count) {
  uint32_t total = 0;
  for (size_t index = 0; index < count; index++) total += numbers[index];
  give_back(numbers, count);
  return total;
}

EXPORT("half") struct outcome *half(uint32_t number) {
  static struct outcome result;
  static char reason[] = "odd";
  result.failed = number % 2;
  if (result.failed) result.of.reason = (struct text) { reason, 3 };
  else result.of.value = number / 2;
  return &result;
}

EXPORT("predecessor") uint32_t *predecessor(uint32_t number) {
  static uint32_t result[2];
  result[0] = number > 0;
  result[1] = number - 1;
  return result;
}

EXPORT("swap") struct swapped *swap(uint32_t number, char *word, size_t length) {
  static struct swapped result;
  give_back(result.word.start, result.word.length);
  result = (struct swapped) { { word, length }, number };
  return &result;
}

EXPORT("stop") void stop(void) {
  abort();
}

struct point { int32_t x; double y; };

#define KINDS "calls:calls/kinds@0.1.0#"

EXPORT(KINDS "mirror") struct point *mirror(int32_t x, double y) {
  static struct point result;
  result = (struct point) { -x, -y };
  return &result;
}

/* Flags are bits in the order of their names, the cases of an enum and of a variant are numbered. */
EXPORT(KINDS "complement") uint32_t complement(uint32_t colours) {
  return ~colours & 7;
}

EXPORT(KINDS "larger") uint32_t larger(uint32_t size) {
  return size == 0 ? 1 : size;
}

EXPORT(KINDS "corners") uint32_t corners(uint32_t shape, uint32_t value) {
  return shape == 0 ? 0 : value;
}

__attribute__((import_module("[export]calls:calls/kinds@0.1.0"), import_name("[resource-new]counter")))
int32_t counter_handle(uint32_t *counter);

EXPORT(KINDS "[constructor]counter") int32_t counter_new(uint32_t start) {
  uint32_t *counter = malloc(sizeof *counter);
  *counter = start;
  return counter_handle(counter);
}

EXPORT(KINDS "[method]counter.next") uint32_t counter_next(uint32_t *counter) {
  return (*counter)++;
}

EXPORT(KINDS "[dtor]counter") void counter_end(uint32_t *counter) {
  free(counter);
}
