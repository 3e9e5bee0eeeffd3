/*
 * A multiboot boot loader that lies: started by QEMU as a kernel, it loads the real kernel and passes it a magic number,
 * flags and a memory map that a test made up.
 *
 * Modules:
 *   the first     the kernel's file
 *   the second    magic number, flags of the information structure, memory map
 */
#include <stddef.h>
#include <stdint.h>

#define HEADER_MAGIC 0x1badb002u

struct header {
    uint32_t magic, flags, checksum, header, load_start, load_end, clear_end, entry;
};

struct module {
    uint32_t start, end, text, reserved;
};

struct information {
    uint32_t flags, memory[2], device, command_line, module_count, modules, symbols[4], map_size, map;
};

struct lie {
    uint32_t magic, flags;
    char map[];
};

__attribute__((noreturn, used)) void load(struct information *information) {
    const struct module *modules = (const struct module *)information->modules;
    const struct lie *lie = (const struct lie *)modules[1].start;
    const struct header *header = (const struct header *)modules[0].start;
    while (header->magic != HEADER_MAGIC)
        header = (const struct header *)((const char *)header + 4);

    const char *from = (const char *)header - (header->header - header->load_start);
    volatile char *to = (volatile char *)header->load_start;
    uint32_t entry = header->entry, clear_end = header->clear_end;
    for (uint32_t size = header->load_end - header->load_start; size > 0; size--)
        *to++ = *from++;
    while ((uint32_t)to < clear_end)
        *to++ = 0;

    information->flags = lie->flags;
    information->map = (uint32_t)lie->map;
    information->map_size = modules[1].end - (uint32_t)lie->map;
    __asm__ volatile("jmp *%2" : : "a"(lie->magic), "b"(information), "r"(entry));
    __builtin_unreachable();
}

__asm__(".global start\n"
        "start:\n"
        "    mov $stack_end, %esp\n"
        "    push %ebx\n"
        "    push $0\n"
        "    jmp load\n"
        ".section .bss\n"
        "    .skip 0x1000\n"
        "stack_end:\n");
