/*
 * Counts the instructions of an allocator's calls. Under QEMU's -icount shift=0 the time-stamp counter advances by one
 * with each instruction, so a difference of two readings is an exact count, the same in every run.
 *
 * It prints lines of words: `nops INSTRUCTIONS`, `calls KIND OPERATION TYPICAL WORST`, `frees COUNT THOUSANDS`.
 */
#include "heap.h"
#include "machine.h"

extern char image_end[];

enum {
    FRAME_SIZE = 4096,
    MEBIBYTE = 1 << 20,
    HEAP_SIZE = 480 * MEBIBYTE,
    CALLS = 50000,
    SLOTS_MAX = 4096,
    COST_MAX = 1 << 16,   /* dearer calls are counted as this in the typical cost, exactly in the worst */
    FREES_MAX = 25000,
    BUDDY_BLOCK = 16384 - 16, /* a power of two with the header of those that have one */
};

#ifndef FREES
#define FREES 1000, 5000, 25000
#endif

static uint32_t counter(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return low;
}

static uint32_t reading_cost; /* the difference of two readings with nothing between */

static uint32_t since(uint32_t start) {
    return counter() - start - reading_cost;
}

static uint32_t random_state = 20260101;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

struct costs {
    uint32_t calls, worst, count[COST_MAX + 1];
};

static struct costs allocating, releasing;

static void costs_add(struct costs *costs, uint32_t cost) {
    costs->calls++;
    costs->count[cost < COST_MAX ? cost : COST_MAX]++;
    if (cost > costs->worst)
        costs->worst = cost;
}

static uint32_t costs_median(const struct costs *costs) {
    uint32_t seen = 0, cost = 0;
    while ((seen += costs->count[cost]) * 2 < costs->calls)
        cost++;
    return cost;
}

static void costs_clear(struct costs *costs) {
    *costs = (struct costs){ 0 };
}

static void print_words(const char *words, uint32_t number) {
    print(words);
    print(" ");
    print_number(number);
}

static void print_costs(const char *kind, const char *operation, const struct costs *costs) {
    print("calls ");
    print(kind);
    print_words(operation, costs_median(costs));
    print_words("", costs->worst);
    print("\n");
}

static void *blocks[FREES_MAX];

static void *allocate(size_t size) {
    uint32_t start = counter();
    void *block = heap_allocate(size);
    costs_add(&allocating, since(start));
    if (!block) {
        print("error: no memory\n");
        power_off(EXIT_FAILED);
    }
    return block;
}

static void release(void *block) {
    uint32_t start = counter();
    heap_release(block);
    costs_add(&releasing, since(start));
}

/*
 * Blocks of `least` to `most` bytes come and go in random order, up to `slots` at once and half as many on average. The
 * first calls of all, into an empty heap, are among those counted.
 */
static void measure_calls(const char *kind, uint32_t least, uint32_t most, uint32_t slots) {
    costs_clear(&allocating);
    costs_clear(&releasing);
    for (uint32_t i = 0; i < CALLS; i++) {
        void **slot = &blocks[random_below(slots)];
        if (*slot) {
            release(*slot);
            *slot = NULL;
        } else {
            *slot = allocate(least + random_below(most - least + 1));
        }
    }
    for (uint32_t i = 0; i < slots; i++) {
        if (blocks[i])
            release(blocks[i]);
        blocks[i] = NULL;
    }
    print_costs(kind, " malloc", &allocating);
    print_costs(kind, " free", &releasing);
}

/* `count` blocks of four frames are allocated and freed in random order; the frees are counted. */
static void measure_frees(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!(blocks[i] = heap_allocate(BUDDY_BLOCK))) {
            print("error: no memory\n");
            power_off(EXIT_FAILED);
        }
    }
    for (uint32_t i = count - 1; i > 0; i--) {
        uint32_t other = random_below(i + 1);
        void *block = blocks[i];
        blocks[i] = blocks[other];
        blocks[other] = block;
    }
    uint32_t thousands = 0, rest = 0; /* the counter is 32 bits long */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = counter();
        heap_release(blocks[i]);
        rest += since(start);
        thousands += rest / 1000;
        rest %= 1000;
        blocks[i] = NULL;
    }
    print_words("frees", count);
    print_words("", thousands);
    print("\n");
}

/* 1000 instructions that do nothing, to show that instructions are what is counted. */
static void measure_counter(void) {
    uint32_t start = counter();
    reading_cost = counter() - start;
    start = counter();
    __asm__ volatile(".rept 1000\n nop\n .endr");
    print_words("nops", since(start));
    print("\n");
}

void kernel_main(void) {
    measure_counter();
    char *start = (char *)(((uintptr_t)image_end + FRAME_SIZE - 1) & ~(uintptr_t)(FRAME_SIZE - 1));
    heap_start(start, HEAP_SIZE);
    measure_calls("small", 8, 512, SLOTS_MAX);
    measure_calls("page-crossing", FRAME_SIZE + 1, 2 * FRAME_SIZE, SLOTS_MAX);
    measure_calls("large", 16 * FRAME_SIZE, 64 * FRAME_SIZE, SLOTS_MAX / 4);
    const uint32_t frees[] = { FREES };
    for (uint32_t i = 0; i < sizeof frees / sizeof *frees; i++)
        measure_frees(frees[i]);
    power_off(EXIT_DONE);
}
