/*
 * Counts the words of its standard input and prints the most frequent ones.
 *
 *   word-count [number of words to print, 10 by default]
 *
 * A word is a run of letters and digits; case does not matter.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
  char *text;
  unsigned long count;
};

/* A hash table with open addressing; a slot without text is empty. Its capacity is a power of two. */
struct table {
  struct word *slots;
  size_t capacity;
  size_t count;
};

static void fail(const char *what) {
  fprintf(stderr, "word-count: %s: %s\n", what, strerror(errno));
  exit(EXIT_FAILURE);
}

/* FNV-1a. */
static size_t hash(const char *text) {
  size_t value = 2166136261u;
  for (; *text; text++) value = (value ^ (unsigned char)*text) * 16777619u;
  return value;
}

/* The slot that holds the text, or the empty one where it belongs. */
static struct word *table_find(const struct table *table, const char *text) {
  size_t index = hash(text) & (table->capacity - 1);
  while (table->slots[index].text && strcmp(table->slots[index].text, text) != 0) {
    index = (index + 1) & (table->capacity - 1);
  }
  return &table->slots[index];
}

/* Twice the slots, so that at most half of them are taken. */
static void table_grow(struct table *table) {
  struct table larger = { .capacity = table->capacity ? table->capacity * 2 : 16, .count = table->count };
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (!larger.slots) fail("the table");
  for (size_t index = 0; index < table->capacity; index++) {
    if (table->slots[index].text) *table_find(&larger, table->slots[index].text) = table->slots[index];
  }
  free(table->slots);
  *table = larger;
}

static void table_count(struct table *table, const char *text) {
  if (table->count * 2 >= table->capacity) table_grow(table);
  struct word *word = table_find(table, text);
  if (!word->text) {
    word->text = strdup(text);
    if (!word->text) fail("a word");
    table->count++;
  }
  word->count++;
}

/* The next word of the input in a buffer that grows as needed; NULL at the end. */
static char *read_word(char **buffer, size_t *capacity) {
  int character = getchar();
  while (character != EOF && !isalnum(character)) character = getchar();
  if (character == EOF) return NULL;
  size_t length = 0;
  for (; character != EOF && isalnum(character); character = getchar()) {
    if (length + 1 >= *capacity) {
      size_t larger = *capacity ? *capacity * 2 : 8;
      char *moved = realloc(*buffer, larger);
      if (!moved) fail("the buffer");
      *buffer = moved;
      *capacity = larger;
    }
    (*buffer)[length++] = (char)tolower(character);
  }
  (*buffer)[length] = '\0';
  return *buffer;
}

/* The more frequent first, then by the alphabet. */
static int compare(const void *left, const void *right) {
  const struct word *a = left, *b = right;
  if (a->count != b->count) return a->count < b->count ? 1 : -1;
  return strcmp(a->text, b->text);
}

int main(int argc, char **argv) {
  size_t wanted = 10;
  if (argc > 1) {
    char *end;
    wanted = strtoul(argv[1], &end, 10);
    if (argc > 2 || *end || end == argv[1]) {
      fprintf(stderr, "usage: word-count [number of words to print]\n");
      return 2;
    }
  }

  struct table table = { 0 };
  char *buffer = NULL;
  size_t capacity = 0;
  unsigned long total = 0;
  for (char *word = read_word(&buffer, &capacity); word; word = read_word(&buffer, &capacity)) {
    table_count(&table, word);
    total++;
  }
  free(buffer);

  size_t count = 0;
  for (size_t index = 0; index < table.capacity; index++) {
    if (table.slots[index].text) table.slots[count++] = table.slots[index];
  }
  if (count > 0) qsort(table.slots, count, sizeof *table.slots, compare);

  printf("%lu words, %zu of them different\n", total, count);
  for (size_t index = 0; index < count; index++) {
    if (index < wanted) printf("%7lu %s\n", table.slots[index].count, table.slots[index].text);
    free(table.slots[index].text);
  }
  free(table.slots);
  return EXIT_SUCCESS;
}
