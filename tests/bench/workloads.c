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
typedef unsigned long Word; /* as wide as an address: 32 bits in Wasm */

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
#ifdef __wasm__
#define WORKLOAD(name) __attribute__((export_name(#name))) Word name
#else
#define WORKLOAD(name) Word name
#endif
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
INLINE u32 size1to128(u64 *random) { return 1 + below(random, 128); }
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
    if ((Word)block & (alignment - 1)) __builtin_trap();
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

/** Where blocks move between slots, each carries its tag along. */
typedef struct {
    u8 *block;
    u32 size : 24;
    u32 tag : 8;
} TaggedSlot;

INLINE void emptyTagged(TaggedSlot slot) {
    release(slot.block, slot.size, slot.tag);
}

/* ---------------------------------------------------- one size, at once -- */

WORKLOAD(pairs_start)(void) { return 0; }

WORKLOAD(pairs_run)(Word state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    (void)state;
    for (u32 i = 0; i < count; i++) {
        Slot slot;
        fill(&slot, i, &random, size64, plain);
        empty(&slot, i);
    }
    return 0;
}

WORKLOAD(pairs_stop)(Word state) { (void)state; return 0; }

/* ------------------------------------------ replacement in a live set ---- */

INLINE Word replaceStart(u32 live, Size size, Allocate allocate) {
    u64 random = seeded(0);
    Slot *table = tableNew(live);
    for (u32 i = 0; i < live; i++) fill(&table[i], i, &random, size, allocate);
    return (Word)table;
}

/** One operation frees a block picked at random and allocates another. */
INLINE u32 replaceRun(Word state, u32 count, u32 seed, u32 live, Size size, Allocate allocate) {
    u64 random = seeded(seed);
    Slot *table = (Slot *)state;
    for (u32 i = 0; i < count; i++) {
        u32 victim = below(&random, live);
        empty(&table[victim], victim);
        fill(&table[victim], victim, &random, size, allocate);
    }
    return 0;
}

INLINE u32 replaceStop(Word state, u32 live) {
    Slot *table = (Slot *)state;
    for (u32 i = 0; i < live; i++) empty(&table[i], i);
    return tableDelete(table, live);
}

#define REPLACEMENT(name, live, size, allocate)                                   \
    WORKLOAD(name##_start)(void) { return replaceStart(live, size, allocate); }   \
    WORKLOAD(name##_run)(Word state, u32 count, u32 seed) {                        \
        return replaceRun(state, count, seed, live, size, allocate);              \
    }                                                                             \
    WORKLOAD(name##_stop)(Word state) { return replaceStop(state, live); }

REPLACEMENT(random, 10000, size1to1024, plain)
REPLACEMENT(live_1k, 1000, size1to128, plain)
REPLACEMENT(live_100k, 100000, size1to128, plain)
REPLACEMENT(live_1m, 1000000, size1to128, plain)
REPLACEMENT(larson_1k, 1000, size10to500, plain)
REPLACEMENT(larson_50k, 50000, size10to500, plain)
REPLACEMENT(large, 64, size4KiBto1MiB, plain)
REPLACEMENT(mixed, 4000, sizePowerLaw, plain)
REPLACEMENT(calloc, 4000, size1to1024, zeroed)
REPLACEMENT(aligned, 1000, size1to1024, aligned)

/* ------------------------------------------------- last in, first out ---- */

enum { STACK_LIVE = 4000 };

WORKLOAD(lifo_start)(void) { return (Word)tableNew(STACK_LIVE); }

/** Fills the stack and empties it again; one operation is a push and a pop. */
WORKLOAD(lifo_run)(Word state, u32 count, u32 seed) {
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

WORKLOAD(lifo_stop)(Word state) { return tableDelete((Slot *)state, STACK_LIVE); }

/* ------------------------------------------------ first in, first out ---- */

enum { QUEUE_LIVE = 4000 };

WORKLOAD(fifo_start)(void) { return replaceStart(QUEUE_LIVE, size48, plain); }

/** Frees the oldest block and allocates the newest. */
WORKLOAD(fifo_run)(Word state, u32 count, u32 seed) {
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

WORKLOAD(fifo_stop)(Word state) { return replaceStop(state, QUEUE_LIVE); }

/* ------------------------------------------------------------- realloc -- */

enum { VECTOR_START = 16 };

INLINE void vectorNew(Slot *vector, u32 tag) {
    vector->size = VECTOR_START;
    vector->block = malloc(VECTOR_START);
    stamp(vector->block, VECTOR_START, tag);
}

INLINE Word vectorsStart(u32 vectors) {
    Slot *table = tableNew(vectors);
    for (u32 i = 0; i < vectors; i++) vectorNew(&table[i], i);
    return (Word)table;
}

/** One operation grows a vector picked at random by half; one that would grow
 * beyond `limit` bytes is freed and starts anew. */
INLINE u32 vectorsRun(Word state, u32 count, u32 seed, u32 vectors, u32 limit) {
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
    WORKLOAD(name##_run)(Word state, u32 count, u32 seed) {                        \
        return vectorsRun(state, count, seed, vectors, limit);                    \
    }                                                                             \
    WORKLOAD(name##_stop)(Word state) { return replaceStop(state, vectors); }

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

WORKLOAD(trees_start)(void) { return (Word)treeNew(TREE_DEPTH_KEPT, 1); }

/** Trees of 31 to 2,047 nodes come and go beside one that stays; one
 * operation is a node allocated and freed. */
WORKLOAD(trees_run)(Word state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    (void)state;
    for (u32 nodes = 0; nodes < count;) {
        u32 depth = TREE_DEPTH_MIN + below(&random, TREE_DEPTH_STEPS);
        nodes += treeDelete(treeNew(depth, 1), depth, 1);
    }
    return 0;
}

WORKLOAD(trees_stop)(Word state) {
    treeDelete((Node *)state, TREE_DEPTH_KEPT, 1);
    return 0;
}

/* ------------------------------------------------------ shifting sizes -- */

enum { SHIFT_BUDGET = 2 * MIB, SHIFT_SIZE_MIN = 64, SHIFT_LIVE_MAX = SHIFT_BUDGET / SHIFT_SIZE_MIN };

typedef struct {
    u32 live;
    u32 liveBytes;
    TaggedSlot slots[SHIFT_LIVE_MAX];
} ShiftState;

INLINE void shiftFreeAt(ShiftState *state, u32 index) {
    TaggedSlot victim = state->slots[index];
    emptyTagged(victim);
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
    return (Word)state;
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
        state->slots[state->live] = (TaggedSlot){ block, size, (u8)i };
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

/* --------------------------------------------- producer and consumer ---- */

enum { BATCH = 1024, KEPT = 1024, KEEP_EVERY = 16, PHASES = 9 };

typedef struct {
    u32 keptAt;
    TaggedSlot batch[BATCH];
    TaggedSlot kept[KEPT];
} ProducerState;

INLINE TaggedSlot produce(u64 *random, u32 low, u32 tag) {
    u32 size = low + below(random, low);
    u8 *block = malloc(size);
    stamp(block, size, tag & 255);
    return (TaggedSlot){ block, size, (u8)tag };
}

WORKLOAD(producer_start)(void) {
    u64 random = seeded(0);
    ProducerState *state = malloc(sizeof(ProducerState));
    if (!state) __builtin_trap();
    countLive((int)sizeof(ProducerState));
    state->keptAt = 0;
    for (u32 i = 0; i < BATCH; i++) state->batch[i] = produce(&random, 16, i);
    for (u32 i = 0; i < KEPT; i++) state->kept[i] = produce(&random, 16, i);
    return (Word)state;
}

/** In each phase a batch of blocks of one size range, 16 B to 8 KiB, takes the
 * place of the batch before, oldest first. Each sixteenth of those stays for
 * many phases. One operation is a block produced and one consumed. */
WORKLOAD(producer_run)(ProducerState *state, u32 count, u32 seed) {
    u64 random = seeded(seed);
    for (u32 done = 0; done < count; done += BATCH) {
        u32 low = 16u << below(&random, PHASES);
        for (u32 i = 0; i < BATCH; i++) {
            TaggedSlot consumed = state->batch[i];
            state->batch[i] = produce(&random, low, i);
            if (i % KEEP_EVERY == 0) {
                TaggedSlot kept = consumed;
                consumed = state->kept[state->keptAt];
                state->kept[state->keptAt] = kept;
                state->keptAt = (state->keptAt + 1) % KEPT;
            }
            emptyTagged(consumed);
        }
    }
    return 0;
}

WORKLOAD(producer_stop)(ProducerState *state) {
    for (u32 i = 0; i < BATCH; i++) emptyTagged(state->batch[i]);
    for (u32 i = 0; i < KEPT; i++) emptyTagged(state->kept[i]);
    countLive(-(int)sizeof(ProducerState));
    free(state);
    return 0;
}

/* ------------------------------------------- replay of a program's calls -- */

/* A step is two words: what to do and with which slot, and the size. */
enum { STEP_MALLOC, STEP_CALLOC, STEP_REALLOC, STEP_FREE, STEP_KIND_BITS = 2 };

typedef struct {
    u32 call;
    u32 size;
} Step;

typedef struct {
    u32 steps;
    u32 slots;
    u32 next;
    Slot *table; /* size 0: no block */
    Step trace[];
} ReplayState;

/** Room for a trace of `steps` steps that has up to `slots` blocks at a time. */
WORKLOAD(replay_new)(u32 steps, u32 slots) {
    u32 size = sizeof(ReplayState) + steps * sizeof(Step);
    ReplayState *state = malloc(size);
    if (!state) __builtin_trap();
    countLive((int)size);
    *state = (ReplayState){ steps, slots, 0, tableNew(slots) };
    for (u32 i = 0; i < slots; i++) state->table[i].size = 0;
    return (Word)state;
}

/** Two steps of the trace, from number `index` on. */
WORKLOAD(replay_feed)(ReplayState *state, u32 index, u32 call0, u32 size0, u32 call1, u32 size1) {
    state->trace[index] = (Step){ call0, size0 };
    if (index + 1 < state->steps) state->trace[index + 1] = (Step){ call1, size1 };
    return 0;
}

static void replayEmpty(ReplayState *state) {
    for (u32 i = 0; i < state->slots; i++) {
        if (state->table[i].size) empty(&state->table[i], i);
        state->table[i].size = 0;
    }
    state->next = 0;
}

/** Goes through the trace, and begins anew when it is at its end. */
WORKLOAD(replay_run)(ReplayState *state, u32 count, u32 seed) {
    (void)seed;
    for (u32 i = 0; i < count; i++) {
        if (state->next == state->steps) replayEmpty(state);
        Step step = state->trace[state->next++];
        u32 index = step.call >> STEP_KIND_BITS;
        Slot *slot = &state->table[index];
        switch (step.call & 3) {
        case STEP_MALLOC:
            slot->block = malloc(step.size);
            stamp(slot->block, step.size, index);
            break;
        case STEP_CALLOC:
            slot->block = calloc(1, step.size);
            if (!slot->block) __builtin_trap();
            verify(slot->block, step.size, 0);
            stamp(slot->block, step.size, index);
            break;
        case STEP_REALLOC:
            slot->block = realloc(slot->block, step.size);
            if (!slot->block) __builtin_trap();
            if (slot->block[0] != (u8)index) __builtin_trap();
            countLive(-(int)slot->size);
            stamp(slot->block, step.size, index);
            break;
        default:
            empty(slot, index);
        }
        slot->size = (step.call & 3) == STEP_FREE ? 0 : step.size;
    }
    return 0;
}

WORKLOAD(replay_stop)(ReplayState *state) {
    u32 size = sizeof(ReplayState) + state->steps * sizeof(Step);
    replayEmpty(state);
    tableDelete(state->table, state->slots);
    countLive(-(int)size);
    free(state);
    return 0;
}
