/*
 * What tallow.c needs to take the place of a native program's malloc: memory below 4 GiB, where its 32-bit addresses are
 * pointers, before main() begins. There are no locks, so that the program may have one thread.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tallow.h"

/* Pages are the system's until they are touched, so that most of it costs nothing. */
#define REGION_START ((void *)0x10000000)
#define REGION_SIZE (256ul << 20)

_Noreturn void tallow_panic(unsigned code, void *address) {
    dprintf(STDERR_FILENO, "Tallow stops with panic %u at %p\n", code, address);
    abort();
}

__attribute__((constructor)) static void begin(void) {
    void *region = mmap(REGION_START, REGION_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (region == REGION_START && tallow_init(region, REGION_SIZE)) return;
    perror("no memory below 4 GiB for Tallow");
    exit(1);
}
