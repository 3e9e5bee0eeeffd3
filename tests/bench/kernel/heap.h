/* What an allocator offers to be measured: one heap in one region of memory. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* Begins the heap. `start` and `size` are multiples of 4 KiB. */
void heap_start(void *start, size_t size);

/* A block of `size` bytes, aligned to 16; NULL if there is none. */
void *heap_allocate(size_t size);

void heap_release(void *block);

#endif
