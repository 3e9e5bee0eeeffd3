/*
 * A buddy as it is often written: a list of the free blocks of each order, and when a block is freed its list is
 * searched for the buddy. Blocks are 32 bytes or a larger power of two, of which a header takes 16.
 */
#include "heap.h"
#include <stdint.h>

enum { ORDER_MIN = 5, ORDER_MAX = 31, HEADER_SIZE = 16 };

struct block {
    size_t order;
    struct block *next;
};

static struct block *free_blocks[ORDER_MAX + 1];
static char *base;

static void put(struct block *block, size_t order) {
    *block = (struct block){ order, free_blocks[order] };
    free_blocks[order] = block;
}

/* The largest blocks that fit, each aligned to its size from the beginning on. */
void heap_start(void *start, size_t size) {
    base = start;
    for (size_t at = 0; at < size;) {
        size_t order = ORDER_MAX;
        while (at & (((size_t)1 << order) - 1) || ((size_t)1 << order) > size - at)
            order--;
        put((struct block *)(base + at), order);
        at += (size_t)1 << order;
    }
}

void *heap_allocate(size_t size) {
    size_t order = ORDER_MIN;
    while (order < ORDER_MAX && ((size_t)1 << order) < size + HEADER_SIZE)
        order++;
    size_t found = order;
    while (found <= ORDER_MAX && !free_blocks[found])
        found++;
    if (found > ORDER_MAX)
        return NULL;
    struct block *block = free_blocks[found];
    free_blocks[found] = block->next;
    while (found > order) {
        found--;
        put((struct block *)((char *)block + ((size_t)1 << found)), found);
    }
    block->order = order;
    return (char *)block + HEADER_SIZE;
}

/* Takes the block out of its list if it is free. */
static int take(struct block *block, size_t order) {
    for (struct block **link = &free_blocks[order]; *link; link = &(*link)->next) {
        if (*link == block) {
            *link = block->next;
            return 1;
        }
    }
    return 0;
}

void heap_release(void *pointer) {
    char *block = (char *)pointer - HEADER_SIZE;
    size_t order = ((struct block *)block)->order;
    for (; order < ORDER_MAX; order++) {
        size_t offset = (size_t)(block - base), buddy = offset ^ (size_t)1 << order;
        if (!take((struct block *)(base + buddy), order))
            break;
        block = base + (offset & buddy);
    }
    put((struct block *)block, order);
}
