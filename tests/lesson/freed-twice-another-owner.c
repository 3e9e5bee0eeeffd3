/*
 * The same, but in between another guest's order was written on the block. With a heap that uses blocks again at once, it
 * is that order which the second free takes away, and nothing tells.
 */
#include "orders.h"

int main(void) {
  struct order *first = order("tea", NULL);
  free(first->what);
  free(first);
  struct order *second = order("cake", NULL);
  free(first);
  printf("serving %s\n", second->what);
  discard(second);
}
