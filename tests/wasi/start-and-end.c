/* Tells how often its constructor and its exit function run. -DFIGURES: also what is live in the heap. */
#include <stdio.h>
#include <stdlib.h>
#include "tallow.h"

static int started, ended;

__attribute__((constructor)) static void start(void) {
  started++;
}

static void end(void) {
  printf("end %d\n", ++ended);
}

int main(void) {
  atexit(end);
  char word[16];
  if (scanf("%15s", word) != 1) return EXIT_FAILURE;
  printf("constructor %d\nread %s\n", started, word);
#ifdef FIGURES
  struct tallow_stats stats;
  tallow_stats(&stats);
  printf("%u blocks, %u bytes\n", stats.blocks, stats.block_bytes);
#endif
  return EXIT_SUCCESS;
}
