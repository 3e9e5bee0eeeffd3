/*
 * Does what a stream of 32-bit words tells, and answers with words: the C build's part in the comparison of builds.
 *
 * First: base, bytes of memory, garbage byte, first word that is compared, count of words that are.
 * Then any number of: 1 and the words that are compared, which are written;
 *                     2, function, four operands: answered by the result and a hash of the words;
 *                     3, function, four operands: answered by the result.
 * calls.c is generated: call(function, a, b, c, d).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "tallow.h"
#include "calls.c"

_Noreturn void tallow_panic(unsigned code, void *address) {
  fprintf(stderr, "panic %u at 0x%x\n", code, address ? (u32)((uintptr_t)address - (uintptr_t)TALLOW_BASE) : 0);
  exit(3);
}

static u32 take(void) {
  u32 word;
  if (fread(&word, sizeof word, 1, stdin) != 1) exit(feof(stdin) ? 0 : 2);
  return word;
}

static void answer(u32 word) {
  fwrite(&word, sizeof word, 1, stdout);
}

int main(void) {
  u32 bytes = take();
  u32 garbage = take();
  u32 first = take();
  u32 count = take();
  void *arena = mmap((void *)TALLOW_BASE, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena != (void *)TALLOW_BASE) {
    perror("no address space at TALLOW_BASE");
    return 2;
  }
  memset(arena, (int)garbage, bytes);
  u32 *words = (u32 *)arena + first;
  for (;;) {
    u32 kind = take();
    if (kind == 1) {
      if (fread(words, sizeof *words, count, stdin) != count) return 2;
      continue;
    }
    u32 function = take();
    u32 a = take(), b = take(), c = take(), d = take();
    answer(call(function, a, b, c, d));
    if (kind == 3) continue;
    u32 hash = 0x811c9dc5;
    for (u32 index = 0; index < count; index++) hash = (hash ^ words[index]) * 0x01000193;
    answer(hash);
  }
}
