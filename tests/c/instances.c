/* Two heaps of one program, as two processors would have them: TALLOW_INSTANCE and TALLOW_PANIC at work. */
#include <stdio.h>
#include <stdlib.h>
#include "tallow.h"

enum { HEAP_SIZE = 1 << 20 };

static _Alignas(4096) char memory[2][HEAP_SIZE];
static struct tallow_instance instances[2];
static int current;

struct tallow_instance *this_instance(void) {
  return &instances[current];
}

void stop_machine(unsigned code, void *address) {
  printf("stopped with %u at %d\n", code, (int)((char *)address - memory[0]));
  exit(0);
}

static void expect(int condition, const char *what) {
  if (condition) return;
  printf("not so: %s\n", what);
  exit(1);
}

static int lies_in(const char *block, int which) {
  return block >= memory[which] && block < memory[which] + HEAP_SIZE;
}

int main(void) {
  char *blocks[2];
  for (current = 0; current < 2; current++) expect(tallow_init(memory[current], HEAP_SIZE) > 200, "a heap has its frames");
  for (current = 0; current < 2; current++) blocks[current] = tallow_malloc(100);
  for (current = 0; current < 2; current++) {
    expect(lies_in(blocks[current], current), "a block comes from the heap that is meant");
    tallow_free(blocks[current]);
    expect(tallow_check() == 0, "a heap is sound");
  }
  current = 0;
  struct tallow_stats stats;
  tallow_stats(&stats);
  expect(stats.blocks == 0, "nothing is left");
  tallow_free(memory[0] + 0x80008);
  expect(0, "a wild pointer stops");
}
