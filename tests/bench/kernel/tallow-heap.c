/* Tallow, as tallow.c offers it. */
#include "heap.h"
#include "machine.h"
#include "tallow.h"

void tallow_panic(unsigned code, void *address) {
    (void)code, (void)address;
    print("error: the allocator stopped the machine\n");
    power_off(EXIT_FAILED);
}

void heap_start(void *start, size_t size) {
    tallow_init(start, size);
}

void *heap_allocate(size_t size) {
    return tallow_malloc(size);
}

void heap_release(void *block) {
    tallow_free(block);
}
