/*
 * Why a program on the hardened or the debug library stops, on its standard error. A program may have a tallow_panic of
 * its own instead, which must not return.
 */
#include <stdint.h>
#include <unistd.h>
#include "tallow.h"

static const char *meaning(unsigned code) {
  switch (code) {
    case TALLOW_PANIC_INVALID_FREE: return "free of what is no block";
    case TALLOW_PANIC_OUT_OF_MEMORY: return "no memory for cabi_realloc";
    case TALLOW_PANIC_DOUBLE_FREE: return "double free";
    case TALLOW_PANIC_UNALIGNED_FREE: return "free of an address inside of a block";
    case TALLOW_PANIC_SIZE_MISMATCH: return "freed with another size than allocated";
    case TALLOW_PANIC_FREE_LIST: return "a free block was written to";
    case TALLOW_PANIC_INVALID_HEAP: return "this is no heap";
    default: return "stopped";
  }
}

void tallow_panic(unsigned code, void *address) {
  const struct tallow_report *last = tallow_bug(tallow_bugs() - 1);
  /* What the debug library has reported need not be said twice. */
  if (!last || last->code != code || last->address != (uintptr_t)address) {
    static const char digits[] = "0123456789abcdef";
    char text[] = ": 0x00000000\n";
    for (int digit = 0; digit < 8; digit++) text[4 + digit] = digits[((uintptr_t)address >> (28 - 4 * digit)) & 15];
    const char *words = meaning(code);
    size_t length = 0;
    while (words[length]) length++;
    write(STDERR_FILENO, "tallow: ", 8);
    write(STDERR_FILENO, words, length);
    write(STDERR_FILENO, text, sizeof text - 1);
  }
  __builtin_trap();
}
