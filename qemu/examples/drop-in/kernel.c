/*
 * A kernel that takes tallow.c as its heap: every usable range of the firmware's map becomes a region, objects come
 * from malloc, a task has a heap of its own.
 */
#include "machine.h"
#include "tallow.h"

extern char image_end[];

void tallow_panic(unsigned code, void *address) {
    print("heap: panic ");
    print_number(code);
    print(" at ");
    print_number((uint32_t)address);
    print("\n");
    power_off(EXIT_PANIC);
}

#ifdef TALLOW_PUT
/* The debug profile tells by it what it finds. */
void TALLOW_PUT(const char *text, size_t length) {
    while (length-- > 0)
        port_write(SERIAL_PORT, (uint8_t)*text++);
}
#endif

static void fail(const char *reason) {
    print("failed: ");
    print(reason);
    print("\n");
    power_off(EXIT_FAILED);
}

static void print_line(const char *label, uint32_t number) {
    print(label);
    print_number(number);
    print("\n");
}

/*
 * Gives the heap what the map calls usable, above the image (loaders keep their tables below it) and below 4 GiB.
 * Returns the frames that it can hand out.
 */
static size_t memory_init(const struct multiboot *boot) {
    const uint64_t limit = (uint64_t)1 << 32;
    size_t frames = 0;
    for (uint32_t at = boot->map_address, end = at + boot->map_size; at < end;) {
        const struct memory_range *range = (const struct memory_range *)at;
        uint64_t first = range->start, last = first + range->length;
        at += range->size + sizeof range->size;
        if (first < (uintptr_t)image_end)
            first = (uintptr_t)image_end;
        if (last > limit)
            last = limit;
        if (range->kind != MEMORY_USABLE || first >= last)
            continue;
        void *start = (void *)(uintptr_t)first;
        size_t size = (size_t)(last - first);
        frames += frames ? tallow_add_region(start, size) : tallow_init(start, size);
    }
    return frames;
}

/* Free frames, once no empty page is kept back. */
static uint32_t free_frames(void) {
    struct tallow_stats stats;
    tallow_trim();
    tallow_stats(&stats);
    return stats.free_frames;
}

struct message {
    struct message *next;
    uint32_t number;
    char text[50];
};

/* Objects of a few sizes, one at a time: a list is built, read and taken down again. */
static void exchange_messages(uint32_t count) {
    struct message *list = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct message *message = malloc(sizeof *message);
        if (!message)
            fail("no memory for a message");
        *message = (struct message){ .next = list, .number = i };
        list = message;
    }
    uint32_t seen = 0;
    while (list) {
        struct message *next = list->next;
        if (list->number != count - ++seen)
            fail("a message has changed");
        free(list);
        list = next;
    }
    print_line("messages passed: ", seen);
}

/* A task's blocks live in its heap and are gone with it; nobody keeps a list of them. */
static void run_task(void) {
    struct tallow_heap *heap = tallow_heap_new();
    uint32_t blocks = 0;
    while (heap && blocks < 500 && tallow_heap_malloc(heap, 16 + blocks * 40 % 9000))
        blocks++;
    tallow_heap_destroy(heap);
    print_line("blocks of the task: ", blocks);
}

void kernel_main(uint32_t magic, const struct multiboot *boot) {
    if (magic != MULTIBOOT_MAGIC || !(boot->flags & MULTIBOOT_HAS_MAP))
        fail("this loader gives no memory map");
    size_t frames = memory_init(boot);
    if (frames == 0)
        fail("no usable memory");
    print_line("frames in the heap: ", (uint32_t)frames);
    uint32_t free_at_start = free_frames();
    exchange_messages(10000);
    run_task();
    if (tallow_check() != 0)
        fail("the heap is broken");
    if (free_frames() != free_at_start) {
#ifdef TALLOW_PUT
        tallow_report_leaks();
#endif
        fail("memory was lost");
    }
    print_line("free again, frames: ", free_frames());
    power_off(EXIT_DONE);
}
