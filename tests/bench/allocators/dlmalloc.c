/*
 * wasi-libc's dlmalloc as a module of its own: linking this file with the C
 * library and exporting its malloc pulls in dlmalloc and nothing else.
 */
#include "reactor.h"

typedef unsigned long size_t;

/* Copying and zeroing by one instruction, as in the other allocators. The
 * loops that the C library brings are slower, and say nothing about dlmalloc. */

void *memcpy(void *to, const void *from, size_t size) {
    __builtin_memcpy(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size) {
    __builtin_memset(to, byte, size);
    return to;
}
