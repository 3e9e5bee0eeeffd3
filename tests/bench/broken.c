/*
 * An allocator that only moves forward, and breaks one promise when it is
 * compiled with the name of a defect. A workload must stop on each of them;
 * without a defect it must go through.
 */
typedef unsigned long Word; /* as wide as an address */

#define ALIGNMENT 16u

#ifdef __wasm__

#define EXPORT(name) __attribute__((export_name(#name)))
#define WASM_PAGE_SIZE 65536u
#define START WASM_PAGE_SIZE /* the first holds these variables */

/** Whether the memory reaches to `end`, or could be made to. */
static int reaches(Word end) {
    Word now = __builtin_wasm_memory_size(0) * WASM_PAGE_SIZE;
    return end <= now || __builtin_wasm_memory_grow(0, (end - now) / WASM_PAGE_SIZE + 1) != ~0ul;
}

#else

#define EXPORT(name)
#define START ((Word)memory)

static char memory[512u << 20];

static int reaches(Word end) {
    return end <= START + sizeof memory;
}

#endif

static Word fresh;
#ifdef SAME_BLOCK_TWICE
static void *last;
static Word lastSize;
#endif

static void *take(Word alignment, Word size) {
    if (!fresh) fresh = START;
    Word block = (fresh + alignment - 1) & ~(alignment - 1);
    if (!reaches(block + size)) return 0;
    fresh = block + size;
    return (void *)block;
}

EXPORT(malloc) void *malloc(Word size) {
#ifdef SAME_BLOCK_TWICE
    if (last && lastSize >= size) {
        void *block = last;
        last = 0;
        return block;
    }
    last = take(ALIGNMENT, size);
    lastSize = size;
    return last;
#elif defined LAST_BYTE_SHARED
    return take(1, size - 1);
#elif defined NO_BLOCK
    return size ? 0 : take(ALIGNMENT, 0);
#else
    return take(ALIGNMENT, size);
#endif
}

EXPORT(free) void free(void *block) { (void)block; }

EXPORT(calloc) void *calloc(Word count, Word size) {
    void *block = malloc(count * size);
#ifdef CALLOC_NOT_ZERO
    __builtin_memset(block, 1, count * size);
#endif
    return block;
}

/** Copies as much as the new block holds: the old size is not known. */
EXPORT(realloc) void *realloc(void *block, Word size) {
    void *moved = malloc(size);
#ifdef REALLOC_COPIES_HALF
    __builtin_memmove(moved, block, size / 2);
#else
    __builtin_memmove(moved, block, size);
#endif
    return moved;
}

EXPORT(aligned_alloc) void *aligned_alloc(Word alignment, Word size) {
#ifdef ALIGNED_TO_HALF
    return (char *)take(alignment, size + alignment) + alignment / 2;
#else
    return take(alignment, size);
#endif
}
