/*
 * A component in C: the functions of words.wit, under the names and with the signatures of the canonical ABI.
 *
 *   clang --target=wasm32-wasi -O2 -mexec-model=reactor words.c -ltallow -Wl,--export=cabi_realloc -o words.wasm
 *   npm run component -- words.wasm --wit words.wit
 *
 * A string or list is an address and a length. What comes in was allocated through cabi_realloc and is the callee's to
 * free; one of length 0 has no memory. What goes out stays until its post function is called, which frees it. Results
 * of more than one number are returned by their address.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct string {
  char *start;
  size_t length;
};

struct strings {
  struct string *items;
  size_t length;
};

struct numbers {
  uint32_t *items;
  size_t length;
};

#define EXPORT(name) __attribute__((export_name("example:words/words@0.1.0#" name)))
#define POST(name) __attribute__((export_name("cabi_post_example:words/words@0.1.0#" name)))

/* A component cannot tell that there is no memory unless its WIT has a result for it. */
static void *allocate(size_t size) {
  void *block = malloc(size);
  if (!block) abort();
  return block;
}

static void give_back(void *start, size_t length) {
  if (length > 0) free(start);
}

static int is_space(char character) {
  return character == ' ' || character == '\n';
}

/* Counts the words, and writes them where there is room for them. */
static size_t find_words(struct string text, struct string *words) {
  size_t count = 0;
  for (size_t index = 0; index < text.length;) {
    size_t start = index;
    while (index < text.length && !is_space(text.start[index])) index++;
    if (index > start) {
      if (words) {
        words[count] = (struct string) { allocate(index - start), index - start };
        memcpy(words[count].start, text.start + start, index - start);
      }
      count++;
    } else {
      index++;
    }
  }
  return count;
}

EXPORT("split") struct strings *split(char *start, size_t length) {
  static struct strings result;
  struct string text = { start, length };
  result.length = find_words(text, NULL);
  result.items = allocate(result.length * sizeof *result.items);
  find_words(text, result.items);
  give_back(start, length);
  return &result;
}

POST("split") void split_end(struct strings *result) {
  for (size_t index = 0; index < result->length; index++) free(result->items[index].start);
  free(result->items);
}

EXPORT("join") struct string *join(struct string *words, size_t count, char *separator, size_t separator_length) {
  static struct string result;
  size_t length = count > 1 ? (count - 1) * separator_length : 0;
  for (size_t index = 0; index < count; index++) length += words[index].length;
  result = (struct string) { allocate(length), length };
  char *end = result.start;
  for (size_t index = 0; index < count; index++) {
    if (index > 0) end = (char *)memcpy(end, separator, separator_length) + separator_length;
    end = (char *)memcpy(end, words[index].start, words[index].length) + words[index].length;
    give_back(words[index].start, words[index].length);
  }
  give_back(words, count);
  give_back(separator, separator_length);
  return &result;
}

POST("join") void join_end(struct string *result) {
  free(result->start);
}

EXPORT("histogram") struct numbers *histogram(uint8_t *bytes, size_t count) {
  static struct numbers result;
  result = (struct numbers) { calloc(256, sizeof *result.items), 256 };
  if (!result.items) abort();
  for (size_t index = 0; index < count; index++) result.items[bytes[index]]++;
  give_back(bytes, count);
  return &result;
}

POST("histogram") void histogram_end(struct numbers *result) {
  free(result->items);
}
