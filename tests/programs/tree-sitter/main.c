/*
 * Parses JavaScript with tree-sitter, changes a byte and parses again, as an editor does, and tells of the trees.
 *
 *   tree-sitter <file> <changes>
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tree_sitter/api.h"

const TSLanguage *tree_sitter_javascript(void);

/* A file and a zero byte behind it. */
static char *read_file(const char *name, uint32_t *length) {
  FILE *file = fopen(name, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) return NULL;
  *length = (uint32_t)ftell(file);
  rewind(file);
  char *text = malloc(*length + 1);
  if (!text || fread(text, 1, *length, file) != *length) return NULL;
  text[*length] = '\0';
  fclose(file);
  return text;
}

/* A sum over the names of all nodes in their order, and how many there are. */
static uint32_t sum_of(const TSTree *tree, uint32_t *count) {
  uint32_t sum = 2166136261u;
  *count = 0;
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
  for (int more = 1; more;) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    for (const char *name = ts_node_type(node); *name; name++) sum = (sum ^ (unsigned char)*name) * 16777619u;
    sum ^= ts_node_start_byte(node);
    ++*count;
    more = ts_tree_cursor_goto_first_child(&cursor);
    while (!more && !(more = ts_tree_cursor_goto_next_sibling(&cursor))) {
      if (!ts_tree_cursor_goto_parent(&cursor)) break;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return sum;
}

static void tell(const char *what, const TSTree *tree) {
  uint32_t count, sum = sum_of(tree, &count);
  TSNode root = ts_tree_root_node(tree);
  printf("%s: %u nodes to byte %u, sum %08x, errors: %s\n", what, count, ts_node_end_byte(root), sum,
         ts_node_has_error(root) ? "yes" : "no");
}

/* Has the tree know that the byte at `place` is another one now. */
static void edit(TSTree *tree, uint32_t place) {
  TSInputEdit change = { .start_byte = place, .old_end_byte = place + 1, .new_end_byte = place + 1 };
  change.start_point.column = place;
  change.old_end_point.column = change.new_end_point.column = place + 1;
  ts_tree_edit(tree, &change);
}

int main(int argc, char **argv) {
  uint32_t length;
  char *text = argc == 3 ? read_file(argv[1], &length) : NULL;
  if (!text) {
    fprintf(stderr, "usage: tree-sitter <file> <changes>\n");
    return 2;
  }
  TSParser *parser = ts_parser_new();
  if (!ts_parser_set_language(parser, tree_sitter_javascript())) return 1;
  TSTree *first = ts_parser_parse_string(parser, NULL, text, length);
  tell("at first", first);
  TSTree *tree = ts_tree_copy(first);
  for (int change = 0, changes = atoi(argv[2]); change < changes; change++) {
    uint32_t place = (uint32_t)((uint64_t)length * (uint32_t)(2 * change + 1) / (uint32_t)(2 * changes));
    char before = text[place];
    for (int turn = 0; turn < 2; turn++) {
      text[place] = turn == 0 ? '}' : before;
      edit(tree, place);
      TSTree *next = ts_parser_parse_string(parser, tree, text, length);
      ts_tree_delete(tree);
      tree = next;
    }
  }
  TSTree *last = ts_parser_parse_string(parser, NULL, text, length);
  tell("changed and changed back", tree);
  tell("anew", last);
  ts_tree_delete(first);
  ts_tree_delete(tree);
  ts_tree_delete(last);
  ts_parser_delete(parser);
  free(text);
}
