/* i386 and x86_64 in C: port I/O, power, and memory functions. */
#include "x86.h"

void host_portWrite(uint32_t port, uint32_t value) {
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

uint32_t host_portRead(uint32_t port) {
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

uint32_t host_uartPort(void) {
    return 0x3f8;
}

/* QEMU's device isa-debug-exit, where kernel-boot.ts puts it. */
void host_machinePowerOff(uint32_t code) {
    host_portWrite(0xf4, code);
}

uint32_t host_machine(void) {
#ifdef __x86_64__
    return MACHINE_X86_64;
#else
    return MACHINE_I386;
#endif
}

uint32_t host_memoryStart(void) {
    return 0;
}

void host_halt(void) {
    __asm__ volatile("cli; hlt");
}

/* Called by the boot code with what the boot loader passed. Does not return. */
void machine_main(uint32_t magic, uint32_t information) {
    gates_init();
    kernel_start(magic, information);
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
