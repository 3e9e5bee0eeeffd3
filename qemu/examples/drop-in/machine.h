/* What the machine has: a serial line, a way to switch QEMU off, the firmware's map of memory. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

enum { SERIAL_PORT = 0x3f8, POWER_OFF_PORT = 0xf4, MULTIBOOT_MAGIC = 0x2badb002, MULTIBOOT_HAS_MAP = 1 << 6, MEMORY_USABLE = 1 };

/* What a run under QEMU ends with; its status is 2 * code + 1, and its own errors are 1. */
enum { EXIT_DONE = 16, EXIT_FAILED = 17, EXIT_PANIC = 18 };

/* Of the multiboot information, what is read here. */
struct multiboot {
    uint32_t flags, unused[10], map_size, map_address;
};

/* One entry of the map; the next one lies `size` bytes behind the field `size`. */
struct memory_range {
    uint32_t size;
    uint64_t start, length;
    uint32_t kind;
} __attribute__((packed));

static inline void port_write(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* Ends QEMU; a real machine halts. */
__attribute__((noreturn)) static inline void power_off(uint8_t code) {
    port_write(POWER_OFF_PORT, code);
    for (;;)
        __asm__ volatile("cli; hlt");
}

static inline void print(const char *text) {
    while (*text)
        port_write(SERIAL_PORT, (uint8_t)*text++);
}

static inline void print_number(uint32_t number) {
    char digits[11], *at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    print(at);
}

#endif
