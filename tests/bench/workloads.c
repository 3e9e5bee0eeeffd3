/*
 * The workloads of the benchmark. Compiled without a C library: the only
 * things outside this file are the five allocator functions and the memory
 * they hand out.
 *
 * Every workload is three exported functions:
 *
 *   <name>_start()                    builds the live set, returns its state
 *   <name>_run(state, count, seed)    does `count` operations; this is timed
 *   <name>_stop(state)                frees everything that is left
 *
 * Each returns an i32, because some engines cannot call a function without a
 * result. Nothing here uses static data or a stack in memory, so that the
 * allocator owns the whole of it; tables are blocks like any other.
 *
 * With COUNT_LIVE the module also reports every change of the live bytes to
 * its host. That build is never timed.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

/* The allocator under test. The module name "env" is the linker's default. */
extern void *malloc(unsigned long size);
extern void free(void *block);
extern void *calloc(unsigned long count, unsigned long size);
extern void *realloc(void *block, unsigned long size);
extern void *aligned_alloc(unsigned long alignment, unsigned long size);

#ifdef COUNT_LIVE
__attribute__((import_module("host"), import_name("countLive")))
extern void countLive(int change);
#else
#define countLive(change) ((void)(change))
#endif

#define INLINE static inline __attribute__((always_inline))
#define WORKLOAD(name) __attribute__((export_name(#name))) u32 name
#define KIB 1024u
#define MIB (1024u * 1024u)

/* -------------------------------------------------------------- random -- */

/** A number below `bound`, from a 64-bit linear congruential generator. */
INLINE u32 below(u64 *random, u32 bound) {
    *random = *random * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(((*random >> 32) * bound) >> 32);
}

/** Spreads a small seed over the 64 bits of the generator. */
INLINE u64 seeded(u32 seed) {
    return (seed + 1) * 0x9e3779b97f4a7c15ull;
}

/* --------------------------------------------------- sizes, in bytes ---- */

typedef u32 (*Size)(u64 *random);

INLINE u32 size48(u64 *random) { (void)random; return 48; }
INLINE u32 size64(u64 *random) { (void)random; return 64; }
INLINE u32 size1to1024(u64 *random) { return 1 + below(random, 1024); }
INLINE u32 size10to500(u64 *random) { return 10 + below(random, 491); }
INLINE u32 size16to128(u64 *random) { return 16 + below(random, 113); }

/** Uniform within a doubling, the doubling itself uniform: 4 KiB to 1 MiB. */
INLINE u32 size4KiBto1MiB(u64 *random) {
    u32 low = 4 * KIB << below(random, 8);
    return low + below(random, low);
}

/** Each doubling half as frequent as the one before: 16 B to 128 KiB. */
INLINE u32 sizePowerLaw(u64 *random) {
    u32 low = 16u << __builtin_ctz(below(random, 0x80000000u) | 1u << 12);
    return low + below(random, low);
}

/* -------------------------------------------------------------- blocks -- */

/** Writes `tag` to a new block's first and last byte. */
INLINE void stamp(volatile u8 *block, u32 size, u32 tag) {
    if (!block) __builtin_trap();
    block[0] = (u8)tag;
    block[size - 1] = (u8)tag;
    countLive((int)size);
}

/** Stops unless first and last byte still hold `tag`. */
INLINE void verify(const volatile u8 *block, u32 size, u32 tag) {
    if (block[0] != (u8)tag) __builtin_trap();
    if (block[size - 1] != (u8)tag) __builtin_trap();
}

INLINE void release(volatile u8 *block, u32 size, u32 tag) {
    verify(block, size, tag);
    countLive(-(int)size);
    free((void *)block);
}

typedef u8 *(*Allocate)(u32 size, u64 *random);

INLINE u8 *plain(u32 size, u64 *random) {
    (void)random;
    return malloc(size);
}

INLINE u8 *zeroed(u32 size, u64 *random) {
    u8 *block = calloc(1, size);
    (void)random;
    if (!block) __builtin_trap();
    verify(block, size, 0);
    return block;
}

/** Alignments from 32 to 4,096, each half as frequent as the one before. */
INLINE u8 *aligned(u32 size, u64 *random) {
    u32 alignment = 32u << __builtin_ctz(below(random, 0x80000000u) | 1u << 7);
    u8 *block = aligned_alloc(alignment, size);
    if ((u32)block & (alignment - 1)) __builtin_trap();
    return block;
}

/* -------------------------------------------------------------- tables -- */

typedef struct {
    u8 *block;
    u32 size;
} Slot;

INLINE Slot *tableNew(u32 slots) {
    Slot *table = malloc(slots * sizeof(Slot));
    if (!table) __builtin_trap();
    countLive((int)(slots * sizeof(Slot)));
    return table;
}

INLINE u32 tableDelete(Slot *table, u32 slots) {
    countLive(-(int)(slots * sizeof(Slot)));
    free(table);
    return 0;
}

/* A block's tag is the number of its slot: two slots with the same block
 * disagree, unless the numbers happen to be equal modulo 256. */

INLINE void fill(Slot *slot, u32 tag, u64 *random, Size size, Allocate allocate) {
    slot->size = size(random);
    slot->block = allocate(slot->size, random);
    stamp(slot->block, slot->size, tag);
}

INLINE void empty(Slot *slot, u32 tag) {
    release(slot->block, slot->size, tag);
}

/* ---------------------------------------------------- one size, at once -- */

WORKLOAD(pairs_start)(void) { return 0; }

WORKLOAD(pairs_run)(u32 state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    (void)state;
    for (u32 i = 0; i < count; i++) {
        Slot slot;
        fill(&slot, i, &random, size64, plain);
        empty(&slot, i);
    }
    return 0;
}

WORKLOAD(pairs_stop)(u32 state) { (void)state; return 0; }

/* ------------------------------------------ replacement in a live set ---- */

INLINE u32 replaceStart(u32 live, Size size, Allocate allocate) {
    u64 random = seeded(0);
    Slot *table = tableNew(live);
    for (u32 i = 0; i < live; i++) fill(&table[i], i, &random, size, allocate);
    return (u32)table;
}

/** One operation frees a block picked at random and allocates another. */
INLINE u32 replaceRun(u32 state, u32 count, u32 seed, u32 live, Size size, Allocate allocate) {
    u64 random = seeded(seed);
    Slot *table = (Slot *)state;
    for (u32 i = 0; i < count; i++) {
        u32 victim = below(&random, live);
        empty(&table[victim], victim);
        fill(&table[victim], victim, &random, size, allocate);
    }
    return 0;
}

INLINE u32 replaceStop(u32 state, u32 live) {
    Slot *table = (Slot *)state;
    for (u32 i = 0; i < live; i++) empty(&table[i], i);
    return tableDelete(table, live);
}

#define REPLACEMENT(name, live, size, allocate)                                   \
    WORKLOAD(name##_start)(void) { return replaceStart(live, size, allocate); }   \
    WORKLOAD(name##_run)(u32 state, u32 count, u32 seed) {                        \
        return replaceRun(state, count, seed, live, size, allocate);              \
    }                                                                             \
    WORKLOAD(name##_stop)(u32 state) { return replaceStop(state, live); }

REPLACEMENT(random, 10000, size1to1024, plain)
REPLACEMENT(larson_1k, 1000, size10to500, plain)
REPLACEMENT(larson_50k, 50000, size10to500, plain)
REPLACEMENT(large, 64, size4KiBto1MiB, plain)
REPLACEMENT(mixed, 4000, sizePowerLaw, plain)
REPLACEMENT(calloc, 4000, size1to1024, zeroed)
REPLACEMENT(aligned, 1000, size1to1024, aligned)

/* ------------------------------------------------- last in, first out ---- */

enum { STACK_LIVE = 4000 };

WORKLOAD(lifo_start)(void) { return (u32)tableNew(STACK_LIVE); }

/** Fills the stack and empties it again; one operation is a push and a pop. */
WORKLOAD(lifo_run)(u32 state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    Slot *table = (Slot *)state;
    for (u32 done = 0; done < count; done += STACK_LIVE) {
        u32 top = 0;
        while (top < STACK_LIVE) {
            fill(&table[top], top, &random, size16to128, plain);
            top++;
        }
        while (top > 0) {
            top--;
            empty(&table[top], top);
        }
    }
    return 0;
}

WORKLOAD(lifo_stop)(u32 state) { return tableDelete((Slot *)state, STACK_LIVE); }

/* ------------------------------------------------ first in, first out ---- */

enum { QUEUE_LIVE = 4000 };

WORKLOAD(fifo_start)(void) { return replaceStart(QUEUE_LIVE, size48, plain); }

/** Frees the oldest block and allocates the newest. */
WORKLOAD(fifo_run)(u32 state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    Slot *table = (Slot *)state;
    u32 oldest = 0;
    for (u32 i = 0; i < count; i++) {
        empty(&table[oldest], oldest);
        fill(&table[oldest], oldest, &random, size48, plain);
        oldest++;
        if (oldest == QUEUE_LIVE) oldest = 0;
    }
    return 0;
}

WORKLOAD(fifo_stop)(u32 state) { return replaceStop(state, QUEUE_LIVE); }

/* ------------------------------------------------------------- realloc -- */

enum { VECTOR_START = 16 };

INLINE void vectorNew(Slot *vector, u32 tag) {
    vector->size = VECTOR_START;
    vector->block = malloc(VECTOR_START);
    stamp(vector->block, VECTOR_START, tag);
}

INLINE u32 vectorsStart(u32 vectors) {
    Slot *table = tableNew(vectors);
    for (u32 i = 0; i < vectors; i++) vectorNew(&table[i], i);
    return (u32)table;
}

/** One operation grows a vector picked at random by half; one that would grow
 * beyond `limit` bytes is freed and starts anew. */
INLINE u32 vectorsRun(u32 state, u32 count, u32 seed, u32 vectors, u32 limit) {
    u64 random = seeded(seed);
    Slot *table = (Slot *)state;
    for (u32 i = 0; i < count; i++) {
        u32 tag = below(&random, vectors);
        Slot *vector = &table[tag];
        u32 size = vector->size + vector->size / 2;
        if (size > limit) {
            empty(vector, tag);
            vectorNew(vector, tag);
        } else {
            u8 *block = realloc(vector->block, size);
            if (!block) __builtin_trap();
            verify(block, vector->size, tag);
            countLive(-(int)vector->size);
            vector->block = block;
            vector->size = size;
            stamp(block, size, tag);
        }
    }
    return 0;
}

#define VECTORS(name, vectors, limit)                                             \
    WORKLOAD(name##_start)(void) { return vectorsStart(vectors); }                \
    WORKLOAD(name##_run)(u32 state, u32 count, u32 seed) {                        \
        return vectorsRun(state, count, seed, vectors, limit);                    \
    }                                                                             \
    WORKLOAD(name##_stop)(u32 state) { return replaceStop(state, vectors); }

VECTORS(realloc_16k, 64, 16 * KIB)
VECTORS(realloc_1m, 16, MIB)

/* -------------------------------------------------------- binary trees -- */

typedef struct Node Node;
struct Node {
    u32 tag;
    Node *left;
    Node *right;
};

/* A node's last byte belongs to a pointer. It is read back by following it:
 * in a leaf it must be null, elsewhere it must lead to the node with its tag. */

/** A full tree with `depth` levels below its root, children after parents. A
 * node's tag is its number when the levels are counted through. */
static Node *treeNew(u32 depth, u32 tag) {
    Node *node = malloc(sizeof(Node));
    if (!node) __builtin_trap();
    countLive((int)sizeof(Node));
    node->tag = tag;
    node->left = depth ? treeNew(depth - 1, 2 * tag) : 0;
    node->right = depth ? treeNew(depth - 1, 2 * tag + 1) : 0;
    return node;
}

/** Frees children before parents; returns the number of nodes. */
static u32 treeDelete(Node *node, u32 depth, u32 tag) {
    u32 nodes = 1;
    if (node->tag != tag) __builtin_trap();
    if (depth) {
        nodes += treeDelete(node->left, depth - 1, 2 * tag);
        nodes += treeDelete(node->right, depth - 1, 2 * tag + 1);
    } else if (node->left || node->right) {
        __builtin_trap();
    }
    countLive(-(int)sizeof(Node));
    free(node);
    return nodes;
}

enum { TREE_DEPTH_KEPT = 14, TREE_DEPTH_MIN = 4, TREE_DEPTH_STEPS = 7 };

WORKLOAD(trees_start)(void) { return (u32)treeNew(TREE_DEPTH_KEPT, 1); }

/** Trees of 31 to 2,047 nodes come and go beside one that stays; one
 * operation is a node allocated and freed. */
WORKLOAD(trees_run)(u32 state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    (void)state;
    for (u32 nodes = 0; nodes < count;) {
        u32 depth = TREE_DEPTH_MIN + below(&random, TREE_DEPTH_STEPS);
        nodes += treeDelete(treeNew(depth, 1), depth, 1);
    }
    return 0;
}

WORKLOAD(trees_stop)(u32 state) {
    treeDelete((Node *)state, TREE_DEPTH_KEPT, 1);
    return 0;
}

/* ------------------------------------------------------ shifting sizes -- */

enum { SHIFT_BUDGET = 2 * MIB, SHIFT_SIZE_MIN = 64, SHIFT_LIVE_MAX = SHIFT_BUDGET / SHIFT_SIZE_MIN };

/** Blocks move between slots here, so each carries its tag along. */
typedef struct {
    u8 *block;
    u32 size : 24;
    u32 tag : 8;
} ShiftSlot;

typedef struct {
    u32 live;
    u32 liveBytes;
    ShiftSlot slots[SHIFT_LIVE_MAX];
} ShiftState;

INLINE void shiftFreeAt(ShiftState *state, u32 index) {
    ShiftSlot victim = state->slots[index];
    release(victim.block, victim.size, victim.tag);
    state->live--;
    state->liveBytes -= victim.size;
    state->slots[index] = state->slots[state->live];
}

WORKLOAD(shifting_start)(void) {
    ShiftState *state = malloc(sizeof(ShiftState));
    if (!state) __builtin_trap();
    countLive((int)sizeof(ShiftState));
    state->live = 0;
    state->liveBytes = 0;
    return (u32)state;
}

/** Allocates ever larger, then ever smaller blocks, freeing blocks picked at
 * random to stay within the budget. One operation is one allocation. */
WORKLOAD(shifting_run)(ShiftState *state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    u32 low = SHIFT_SIZE_MIN;
    u32 grows = 1;
    u32 phaseBytes = 0;
    for (u32 i = 0; i < count; i++) {
        u32 size = low + below(&random, low);
        while (state->liveBytes + size > SHIFT_BUDGET) shiftFreeAt(state, below(&random, state->live));
        u8 *block = malloc(size);
        stamp(block, size, i);
        state->slots[state->live] = (ShiftSlot){ block, size, (u8)i };
        state->live++;
        state->liveBytes += size;
        phaseBytes += size;
        if (phaseBytes > SHIFT_BUDGET) {
            phaseBytes = 0;
            if (low == SHIFT_SIZE_MIN) grows = 1;
            if (low == 64 * SHIFT_SIZE_MIN) grows = 0;
            low = grows ? low * 4 : low / 4;
        }
    }
    return 0;
}

WORKLOAD(shifting_stop)(ShiftState *state) {
    while (state->live) shiftFreeAt(state, state->live - 1);
    countLive(-(int)sizeof(ShiftState));
    free(state);
    return 0;
}
