/*
 * An allocator that only moves forward, and breaks one promise when it is
 * compiled with the name of a defect. A workload must stop on each of them;
 * without a defect it must go through.
 */
typedef unsigned int u32;

#define EXPORT(name) __attribute__((export_name(#name)))
#define WASM_PAGE_SIZE 65536u
#define ALIGNMENT 16u

static u32 fresh;
#ifdef SAME_BLOCK_TWICE
static u32 last;
static u32 lastSize;
#endif

static u32 take(u32 alignment, u32 size) {
    u32 end = __builtin_wasm_memory_size(0) * WASM_PAGE_SIZE;
    if (!fresh) fresh = WASM_PAGE_SIZE; /* the first holds these variables */
    u32 block = (fresh + alignment - 1) & ~(alignment - 1);
    u32 needed = block + size;
    if (needed > end && __builtin_wasm_memory_grow(0, (needed - end) / WASM_PAGE_SIZE + 1) == ~0u) return 0;
    fresh = needed;
    return block;
}

EXPORT(malloc) u32 brokenMalloc(u32 size) {
#ifdef SAME_BLOCK_TWICE
    if (last && lastSize >= size) {
        u32 block = last;
        last = 0;
        return block;
    }
    last = take(ALIGNMENT, size);
    lastSize = size;
    return last;
#elif defined LAST_BYTE_SHARED
    return take(1, size - 1);
#elif defined NO_BLOCK
    return size ? 0 : ALIGNMENT;
#else
    return take(ALIGNMENT, size);
#endif
}

EXPORT(free) void brokenFree(u32 block) { (void)block; }

EXPORT(calloc) u32 brokenCalloc(u32 count, u32 size) {
    u32 block = brokenMalloc(count * size);
#ifdef CALLOC_NOT_ZERO
    __builtin_memset((void *)block, 1, count * size);
#endif
    return block;
}

/** Copies as much as the new block holds: the old size is not known. */
EXPORT(realloc) u32 brokenRealloc(u32 block, u32 size) {
    u32 moved = brokenMalloc(size);
#ifdef REALLOC_COPIES_HALF
    __builtin_memmove((void *)moved, (void *)block, size / 2);
#else
    __builtin_memmove((void *)moved, (void *)block, size);
#endif
    return moved;
}

EXPORT(aligned_alloc) u32 brokenAlignedAlloc(u32 alignment, u32 size) {
#ifdef ALIGNED_TO_HALF
    return take(alignment, size + alignment) + alignment / 2;
#else
    return take(alignment, size);
#endif
}
