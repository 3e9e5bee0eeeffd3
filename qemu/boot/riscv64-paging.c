/* riscv64: page tables as kernel/page-table.ts uses them. Its addresses begin where memory does. */
#include "riscv64.h"

#define VALID 0x01
#define MEMORY 0xcf /* valid, readable, writable, executable, accessed, dirty */
#define ACCESS 0x0e /* readable, writable, executable: an entry with none of them leads to a table */
#define FRAME_MASK 0xfffffc00u
#define DIRECT_MAP_ENTRY 256 /* as in riscv64.S */
#define ENTRY_COUNT 512
#define LARGE_PAGE_SIZE 0x200000u

enum { ENTRY_TABLE, ENTRY_PAGE, ENTRY_LARGE_PAGE };

extern uint64_t root_table[ENTRY_COUNT];

/* Of large pages: the first 4 GiB of addresses. */
static uint64_t directories[4][ENTRY_COUNT] __attribute__((aligned(4096)));

/* The number of a frame lies two bits lower in an entry than in an address. */
uint32_t host_pageEntry(uint32_t frame, uint32_t kind) {
    uint64_t physical = (uint64_t)frame + MEMORY_START;
    return (uint32_t)(physical >> 2) | (kind == ENTRY_TABLE ? VALID : MEMORY);
}

uint32_t host_pageEntryFrame(uint32_t entry) {
    return (uint32_t)(((uint64_t)(entry & FRAME_MASK) << 2) - MEMORY_START);
}

uint32_t host_pageEntryIsTable(uint32_t entry) {
    return (entry & ACCESS) == 0;
}

uint32_t host_pageTableRoot(void) {
    return to_address(&root_table[DIRECT_MAP_ENTRY]);
}

void host_pageFlush(uint32_t address) {
    __asm__ volatile("sfence.vma %0" : : "r"((uintptr_t)TALLOW_BASE + address) : "memory");
}

/* The memory map leaves it alone, should there be so much memory. */
uint32_t host_pageWindow(void) {
    return 0xfe000000;
}

void pages_init(void) {
    for (uint32_t i = 0; i < 4 * ENTRY_COUNT; i++)
        directories[i / ENTRY_COUNT][i % ENTRY_COUNT] = host_pageEntry(i * LARGE_PAGE_SIZE, ENTRY_LARGE_PAGE);
    for (uint32_t i = 0; i < 4; i++)
        root_table[DIRECT_MAP_ENTRY + i] = host_pageEntry(to_address(directories[i]), ENTRY_TABLE);
    __asm__ volatile("sfence.vma" : : : "memory");
}
