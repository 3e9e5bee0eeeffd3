/*
 * Between the kernel's TypeScript, the C that serves it on every machine (host.c), and each machine's own C
 * (boot/x86.c, boot/riscv64.c).
 *
 * An address of the TypeScript is 32 bits long and counts from the place where the machine's memory begins; the pointer
 * to the same byte is TALLOW_BASE above it. Everything the TypeScript reaches lies there: heap, image, boot data.
 * Devices do not; they are reached through the port functions.
 */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

_Static_assert((uint32_t)TALLOW_BASE == 0, "an address is cut off a pointer, so the low half of TALLOW_BASE must be 0");

static inline uint32_t to_address(const void *pointer) {
    return (uint32_t)(uintptr_t)pointer;
}

static inline void *to_pointer(uint32_t address) {
    return address == 0 ? NULL : (void *)((uintptr_t)TALLOW_BASE + address);
}

/*
 * What a machine provides: of the module "host", which the TypeScript declares with `declare const`; and the memory
 * functions that a freestanding compiler calls.
 */

/* The number of the machine; qemu/kernel/machine.ts knows the same. */
enum { MACHINE_I386, MACHINE_X86_64, MACHINE_RISCV64 };
uint32_t host_machine(void);

/* The physical address of the place where memory begins, which is address 0 to the TypeScript. */
uint32_t host_memoryStart(void);

/* One byte of a device. A port is what the machine has for it: an I/O port, or the physical address of a register. */
void host_portWrite(uint32_t port, uint32_t value);
uint32_t host_portRead(uint32_t port);

/* The first port of the serial line, a 16550 UART. */
uint32_t host_uartPort(void);

/* A counter of the processor that runs freely, its low 32 bits. */
uint32_t host_cycleCount(void);

/* A clock that runs freely and begins again after 2^32 ticks; and its ticks in a second, from 1,000 on. */
uint32_t host_clockTicks(void);
uint32_t host_clockFrequency(void);

/* Ends the run: QEMU's exit status becomes 2 * code + 1. */
void host_machinePowerOff(uint32_t code);

/* Stops the processor with interrupts off. */
void host_halt(void);

/* Raises an exception that cannot be handled: the machine resets itself. */
void host_tripleFault(void);

/* Interrupts. Disabling returns whether they were on; waiting turns them on and returns after the next one. */
uint32_t host_interruptsDisable(void);
void host_interruptsRestore(uint32_t were_on);
void host_interruptsWait(void);

/* The timer, which interrupts `frequency` times a second, as line 0. */
void host_timerStart(uint32_t frequency);
void host_timerAcknowledge(void);

/*
 * Threads. A context is the address at which the registers of a thread that does not run lie on its stack. The first
 * one calls kernel_thread(kind, argument). Switching stores the running thread's context at an address.
 */
uint32_t host_contextCreate(uint32_t stack_end, uint32_t kind, uint32_t argument);
void host_contextSwitch(uint32_t saved_at, uint32_t context);

/* Page tables, as page-table.ts uses them; frames are addresses. */
uint32_t host_pageTableRoot(void);
uint32_t host_pageEntry(uint32_t frame, uint32_t kind);
uint32_t host_pageEntryFrame(uint32_t entry);
uint32_t host_pageEntryIsTable(uint32_t entry);
void host_pageFlush(uint32_t address);
uint32_t host_pageWindow(void);

/* 1 if the byte at `address` can be read, 0 if that raises a page fault. */
uint32_t host_probeByte(uint32_t address);

/* The names of the registers that kernel_exception() is given, in their order, separated by spaces. */
extern const char register_names[];

void *memset(void *target, int value, size_t size);
void *memcpy(void *restrict target, const void *restrict source, size_t size);
void *memmove(void *target, const void *source, size_t size);

/* What host.c provides to the machines. Only kernel_interrupt() returns. */

/* Starts the kernel with the two values that the boot loader passed. */
_Noreturn void kernel_start(uint32_t magic, uint32_t information);

/* An exception was raised; `address` is that of a page fault, `registers` as many words as there are register_names. */
_Noreturn void kernel_exception(uintptr_t number, uintptr_t instruction, uintptr_t address, const void *registers);

/* An interrupt of a line, with interrupts off. Returns in the thread that was interrupted. */
void kernel_interrupt(uint32_t line);

/* What a thread runs. */
_Noreturn void kernel_thread(uint32_t kind, uint32_t argument);

#endif
