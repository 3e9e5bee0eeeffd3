/* riscv64 "virt" in C: start, devices, power, and memory functions. */
#include "riscv64.h"

#define TEST_FAIL 0x3333
#define TEST_RESET 0x7777

/* A port is the physical address of a device's register. */
void host_portWrite(uint32_t port, uint32_t value) {
    *(volatile uint8_t *)(uintptr_t)port = (uint8_t)value;
}

uint32_t host_portRead(uint32_t port) {
    return *(volatile uint8_t *)(uintptr_t)port;
}

uint32_t host_uartPort(void) {
    return UART;
}

/* QEMU ends with the number in the upper half; odd, as isa-debug-exit makes it on x86, because 0 and 1 have a meaning. */
void host_machinePowerOff(uint32_t code) {
    *TEST_DEVICE = (2 * code + 1) << 16 | TEST_FAIL;
}

void machine_reset(void) {
    *TEST_DEVICE = TEST_RESET;
    for (;;)
        host_halt();
}

uint32_t host_machine(void) {
    return MACHINE_RISCV64;
}

uint32_t host_memoryStart(void) {
    return MEMORY_START;
}

void host_halt(void) {
    __asm__ volatile("csrci sstatus, 2; wfi");
}

/*
 * Called by the boot code with the physical address of the device tree, 0 if there is none. A device tree begins with a
 * magic number, most significant byte first. Does not return.
 */
void machine_main(uintptr_t tree) {
    pages_init();
    if (tree < MEMORY_START || tree - MEMORY_START > UINT32_MAX)
        kernel_start(0, 0);
    uint32_t address = (uint32_t)(tree - MEMORY_START);
    kernel_start(__builtin_bswap32(*(const uint32_t *)to_pointer(address)), address);
}

/* Memory functions. Eight bytes at a time where the alignment allows it. */

typedef uint64_t __attribute__((may_alias)) word;

static int aligned(const void *a, const void *b) {
    return (((uintptr_t)a | (uintptr_t)b) & (sizeof(word) - 1)) == 0;
}

void *memset(void *target, int value, size_t size) {
    uint8_t *at = target;
    if (aligned(at, at))
        for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word))
            *(word *)at = (uint8_t)value * 0x0101010101010101u;
    for (; size > 0; size--)
        *at++ = (uint8_t)value;
    return target;
}

/* For ranges that do not overlap, or of which the target is the lower one. */
static void copy_upwards(uint8_t *at, const uint8_t *from, size_t size) {
    if (aligned(at, from))
        for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word), from += sizeof(word))
            *(word *)at = *(const word *)from;
    for (; size > 0; size--)
        *at++ = *from++;
}

void *memcpy(void *restrict target, const void *restrict source, size_t size) {
    copy_upwards(target, source, size);
    return target;
}

void *memmove(void *target, const void *source, size_t size) {
    if ((uintptr_t)target - (uintptr_t)source >= size) {
        copy_upwards(target, source, size);
        return target;
    }
    uint8_t *at = (uint8_t *)target + size;
    const uint8_t *from = (const uint8_t *)source + size;
    while (size-- > 0)
        *--at = *--from;
    return target;
}
