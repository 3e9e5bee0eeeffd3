/* i386 and x86_64: the entries of page tables. */
#include "x86.h"

#define PRESENT_WRITABLE 0x003
#define LARGE_PAGE 0x080
#define FRAME_MASK 0xfffff000

enum { ENTRY_TABLE, ENTRY_PAGE, ENTRY_LARGE_PAGE }; /* page-table.ts knows the same */

extern const char memory_map[];

/* 1 if the byte can be read. In the boot code, where a page fault at its load is expected. */
uint32_t probe_byte(const void *pointer);

/* On x86_64 the four entries of the direct map, on i386 the page directory: in the boot code. */
uint32_t host_pageTableRoot(void) {
    return to_address(memory_map);
}

uint32_t host_pageEntry(uint32_t frame, uint32_t kind) {
    return frame | PRESENT_WRITABLE | (kind == ENTRY_LARGE_PAGE ? LARGE_PAGE : 0);
}

uint32_t host_pageEntryFrame(uint32_t entry) {
    return entry & FRAME_MASK;
}

uint32_t host_pageEntryIsTable(uint32_t entry) {
    return (entry & LARGE_PAGE) == 0;
}

void host_pageFlush(uint32_t address) {
    __asm__ volatile("invlpg (%0)" : : "r"(to_pointer(address)) : "memory");
}

/* QEMU's chipset puts no memory here, but above 4 GiB what does not fit below. */
uint32_t host_pageWindow(void) {
    return 0xe0000000;
}

uint32_t host_probeByte(uint32_t address) {
    return probe_byte(to_pointer(address));
}
