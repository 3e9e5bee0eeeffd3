/*
 * The heap of many small kernels: one list of free blocks in the order of their addresses, first fit, neighbours merged
 * when a block is freed. A header of 16 bytes stands before each block.
 */
#include "heap.h"
#include <stdint.h>

struct block {
    size_t size; /* with the header */
    struct block *next;
} __attribute__((aligned(16)));

static struct block first; /* of no size, so that every free block has one before it */

void heap_start(void *start, size_t size) {
    struct block *all = start;
    *all = (struct block){ size, NULL };
    first.next = all;
}

void *heap_allocate(size_t size) {
    size = (size + sizeof(struct block) + 15) & ~(size_t)15;
    for (struct block *before = &first, *block; (block = before->next); before = block) {
        if (block->size < size)
            continue;
        if (block->size - size < 2 * sizeof(struct block)) {
            before->next = block->next;
        } else {
            struct block *rest = (struct block *)((char *)block + size);
            *rest = (struct block){ block->size - size, block->next };
            before->next = rest;
            block->size = size;
        }
        return block + 1;
    }
    return NULL;
}

/* Makes one block of two that touch. */
static void merge(struct block *block, struct block *next) {
    if ((char *)block + block->size == (char *)next) {
        block->size += next->size;
        block->next = next->next;
    }
}

void heap_release(void *pointer) {
    struct block *block = (struct block *)pointer - 1, *before = &first;
    while (before->next && before->next < block)
        before = before->next;
    block->next = before->next;
    before->next = block;
    if (block->next)
        merge(block, block->next);
    if (before != &first)
        merge(before, block);
}
