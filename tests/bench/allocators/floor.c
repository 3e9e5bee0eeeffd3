/*
 * The floor: free lists per size class and nothing else. No header, no count,
 * no merging, nothing ever goes back; a wasm page belongs to one class for
 * ever. It is no allocator to use, but none that serves all sizes can be much
 * faster, so it shows what part of a time is the workload's own.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(#name)))

enum {
    WASM_PAGE_SHIFT = 16,
    WASM_PAGE_SIZE = 1 << WASM_PAGE_SHIFT,
    MEMORY_PAGES_MAX = 1 << 14,  /* 1 GiB */
    LINEAR_SIZE_MAX = 1024,      /* up to here a class for each 16 bytes */
    CLASSES = 160,
};

/** First free block of each class; a free block holds the address of the next. */
static u32 freeBlocks[CLASSES];
/** Never used memory of each class: [fresh, freshEnd). */
static u32 fresh[CLASSES];
static u32 freshEnd[CLASSES];
/** The class of the blocks in each wasm page. */
static u8 pageClass[MEMORY_PAGES_MAX];

/** 16-byte steps to 1 KiB (classes 0 to 64), then four classes to a doubling. */
static inline u32 classOf(u32 size) {
    if (size <= LINEAR_SIZE_MAX) return (size + 15) >> 4;
    u32 shift = 29 - (u32)__builtin_clz(size - 1);
    return 65 + (shift - 8) * 4 + (((size - 1) >> shift) & 3);
}

static inline u32 classSize(u32 class) {
    if (class <= 64) return class ? class << 4 : 16;
    u32 step = class - 65;
    return (5 + (step & 3)) << (8 + (step >> 2));
}

/** Takes wasm pages for the class and hands out the first of their blocks. */
static __attribute__((noinline)) u32 refill(u32 class) {
    u32 size = classSize(class);
    u32 pages = (size + WASM_PAGE_SIZE - 1) >> WASM_PAGE_SHIFT;
    u32 block = fresh[class];
    if (freshEnd[class] - block < size) {
        u32 first = __builtin_wasm_memory_grow(0, pages);
        if (first == ~0u || first + pages > MEMORY_PAGES_MAX) return 0;
        pageClass[first] = (u8)class;
        block = first << WASM_PAGE_SHIFT;
        freshEnd[class] = (first + pages) << WASM_PAGE_SHIFT;
    }
    fresh[class] = block + size;
    return block;
}

EXPORT(malloc) u32 floorMalloc(u32 size) {
    if (size > 1u << 30) return 0;
    u32 class = classOf(size);
    u32 block = freeBlocks[class];
    if (!block) return refill(class);
    freeBlocks[class] = *(u32 *)block;
    return block;
}

EXPORT(free) void floorFree(u32 block) {
    if (!block) return;
    u32 class = pageClass[block >> WASM_PAGE_SHIFT];
    *(u32 *)block = freeBlocks[class];
    freeBlocks[class] = block;
}

EXPORT(calloc) u32 floorCalloc(u32 count, u32 size) {
    u64 total = (u64)count * size;
    if (total >> 32) return 0;
    u32 block = floorMalloc((u32)total);
    if (block) __builtin_memset((void *)block, 0, (u32)total);
    return block;
}

EXPORT(realloc) u32 floorRealloc(u32 block, u32 size) {
    if (!block) return floorMalloc(size);
    u32 oldSize = classSize(pageClass[block >> WASM_PAGE_SHIFT]);
    if (size <= oldSize) return block;
    u32 moved = floorMalloc(size);
    if (!moved) return 0;
    __builtin_memcpy((void *)moved, (void *)block, oldSize);
    floorFree(block);
    return moved;
}

/** A power-of-two class is aligned to its size, as pages are filled from the start. */
EXPORT(aligned_alloc) u32 floorAlignedAlloc(u32 alignment, u32 size) {
    u32 larger = size > alignment ? size : alignment;
    if (larger > WASM_PAGE_SIZE) return 0;
    return floorMalloc(larger <= 16 ? 16 : 1u << (32 - (u32)__builtin_clz(larger - 1)));
}
