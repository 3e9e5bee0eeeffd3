/*
 * What the machine demands in C: port I/O, the exception table, and the memory functions that a freestanding compiler
 * calls. No decision is taken and no text is printed here: panics and exceptions go up to kernel/stop.ts.
 *
 * The TypeScript works with 32-bit physical addresses; pointers into the heap are TALLOW_BASE above them.
 */
#include <stddef.h>
#include <stdint.h>
#include "tallow.h"

_Static_assert((uint32_t)TALLOW_BASE == 0, "an address is cut off a pointer, so the low half of TALLOW_BASE must be 0");

static inline uint32_t to_address(const void *pointer) {
    return (uint32_t)(uintptr_t)pointer;
}

static inline void *to_pointer(uint32_t address) {
    return address == 0 ? NULL : (void *)((uintptr_t)TALLOW_BASE + address);
}

/* Memory functions. */

void *memset(void *target, int value, size_t size) {
    void *at = target;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
    return target;
}

void *memcpy(void *restrict target, const void *restrict source, size_t size) {
    void *at = target;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(source), "+c"(size) : : "memory");
    return target;
}

void *memmove(void *target, const void *source, size_t size) {
    if ((uintptr_t)target - (uintptr_t)source >= size)
        return memcpy(target, source, size);
    char *at = (char *)target + size - 1;
    const char *from = (const char *)source + size - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return target;
}

/* The module "host": what the kernel's TypeScript declares with `declare const`. */

extern const char image_start[], image_end[];
extern const uint8_t literal_bytes[];
static uint32_t static_area[1024];

static inline void host_portWrite(uint32_t port, uint32_t value) {
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

static inline uint32_t host_portRead(uint32_t port) {
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void host_halt(void) { __asm__ volatile("cli; hlt"); }
static inline uint32_t host_pointerSize(void) { return sizeof(void *); }
static inline uint32_t host_imageStart(void) { return to_address(image_start); }
static inline uint32_t host_imageEnd(void) { return to_address(image_end); }
static inline uint32_t host_literals(void) { return to_address(literal_bytes); }
static inline uint32_t host_staticArea(void) { return to_address(static_area); }

/* Exceptions. */

#define EXCEPTION_COUNT 32
#define ENTRY_SIZE 16
#define CODE_SEGMENT 8
#define INTERRUPT_GATE 0x8e00

extern const char exception_entries[];

static struct gate {
    uint16_t entry_low, segment, kind, entry_middle;
#ifdef __x86_64__
    uint32_t entry_high, reserved;
#endif
} gates[EXCEPTION_COUNT];

static void gates_load(size_t size) {
    struct __attribute__((packed)) { uint16_t size_less_1; const void *gates; } table = {(uint16_t)(size - 1), gates};
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

static void gates_init(void) {
    for (int i = 0; i < EXCEPTION_COUNT; i++) {
        uint32_t entry = to_address(exception_entries + i * ENTRY_SIZE);
        gates[i].entry_low = (uint16_t)entry;
        gates[i].entry_middle = (uint16_t)(entry >> 16);
        gates[i].segment = CODE_SEGMENT;
        gates[i].kind = INTERRUPT_GATE;
    }
    gates_load(sizeof gates);
}

/* An exception without an entry, which is itself an exception without an entry, which resets the machine. */
static inline void host_tripleFault(void) {
    gates_load(1);
    __asm__ volatile("int3");
}

/*
 * The kernel itself, generated from the TypeScript: kernel_* for its exports, literal_bytes, and the module "tallow",
 * which is the allocator's C interface with addresses in place of pointers.
 */
#include "kernel.c"

void tallow_panic(unsigned code, void *address) {
    kernel_panicked(code, to_address(address));
    __builtin_unreachable();
}

/* Called by the boot code when an exception was raised; `address` is that of a page fault. Does not return. */
void machine_exception(uintptr_t number, uintptr_t instruction, uintptr_t address) {
    kernel_exceptionRaised(number, (uint64_t)instruction >> 32, instruction, (uint64_t)address >> 32, address);
}

/* Called by the boot code with what the boot loader passed. Does not return. */
void machine_main(uint32_t magic, uint32_t information) {
    gates_init();
    kernel_kmain(magic, information);
}
