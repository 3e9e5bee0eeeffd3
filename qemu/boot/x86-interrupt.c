/* i386 and x86_64: the interrupt table, the interrupt controller (8259) and the timer (8254). */
#include "x86.h"

#define EXCEPTION_COUNT 32
#define LINE_COUNT 16
#define ENTRY_SIZE 16
#define INTERRUPT_GATE 0x8e00
#define INTERRUPTS_ON 0x200 /* in the flags register */

#define CONTROLLER_COMMAND 0x20
#define CONTROLLER_DATA 0x21
#define SECOND_CONTROLLER_COMMAND 0xa0
#define SECOND_CONTROLLER_DATA 0xa1
#define CONTROLLER_INIT 0x11
#define CONTROLLER_8086 0x01
#define CONTROLLER_END_OF_INTERRUPT 0x20
#define SECOND_CONTROLLER_LINE 2 /* where it reports to the first one */
#define ALL_BUT_TIMER 0xfe
#define ALL 0xff

#define TIMER_DATA 0x40
#define TIMER_COMMAND 0x43
#define TIMER_PERIODIC 0x34 /* counter 0, both bytes, rate generator */
#define TIMER_CLOCK 1193182 /* Hz */

extern const char trap_entries[];
extern const char probe_load[], probe_failed[];

#ifdef __x86_64__
const char register_names[] = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 number error rip cs rflags rsp ss";
#else
const char register_names[] = "eax ebx ecx edx esi edi ebp esp number error eip cs eflags";
#endif

static struct gate gates[EXCEPTION_COUNT + LINE_COUNT];

static void gates_load(size_t size) {
    struct __attribute__((packed)) { uint16_t size_less_1; const void *gates; } table = {(uint16_t)(size - 1), gates};
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

void gates_init(void) {
    for (int i = 0; i < EXCEPTION_COUNT + LINE_COUNT; i++) {
        uint32_t entry = to_address(trap_entries + i * ENTRY_SIZE);
        gates[i].entry_low = (uint16_t)entry;
        gates[i].entry_middle = (uint16_t)(entry >> 16);
        gates[i].segment = CODE_SEGMENT;
        gates[i].kind = INTERRUPT_GATE;
    }
    fault_stack_init(gates);
    gates_load(sizeof gates);
}

/* An exception without an entry, which is itself an exception without an entry. */
void host_tripleFault(void) {
    gates_load(1);
    __asm__ volatile("int3");
}

void machine_trap(struct registers *registers) {
    if (registers->number >= EXCEPTION_COUNT) {
        kernel_interrupt((uint32_t)registers->number - EXCEPTION_COUNT);
        return;
    }
    if (registers->number == EXCEPTION_PAGE_FAULT && registers->ip == (uintptr_t)probe_load) {
        registers->ip = (uintptr_t)probe_failed;
        return;
    }
    uintptr_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    kernel_exception(registers->number, registers->ip, address, registers);
}

uint32_t host_interruptsDisable(void) {
    uintptr_t flags;
    __asm__ volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
    return (flags & INTERRUPTS_ON) != 0;
}

void host_interruptsRestore(uint32_t were_on) {
    if (were_on)
        __asm__ volatile("sti" : : : "memory");
}

void host_interruptsWait(void) {
    __asm__ volatile("sti; hlt" : : : "memory");
}

/* The controllers' lines come behind the exceptions; only the timer's is let through. */
static void controllers_init(void) {
    host_portWrite(CONTROLLER_COMMAND, CONTROLLER_INIT);
    host_portWrite(SECOND_CONTROLLER_COMMAND, CONTROLLER_INIT);
    host_portWrite(CONTROLLER_DATA, EXCEPTION_COUNT);
    host_portWrite(SECOND_CONTROLLER_DATA, EXCEPTION_COUNT + 8);
    host_portWrite(CONTROLLER_DATA, 1 << SECOND_CONTROLLER_LINE);
    host_portWrite(SECOND_CONTROLLER_DATA, SECOND_CONTROLLER_LINE);
    host_portWrite(CONTROLLER_DATA, CONTROLLER_8086);
    host_portWrite(SECOND_CONTROLLER_DATA, CONTROLLER_8086);
    host_portWrite(CONTROLLER_DATA, ALL_BUT_TIMER);
    host_portWrite(SECOND_CONTROLLER_DATA, ALL);
}

void host_timerStart(uint32_t frequency) {
    uint32_t divisor = TIMER_CLOCK / frequency;
    controllers_init();
    host_portWrite(TIMER_COMMAND, TIMER_PERIODIC);
    host_portWrite(TIMER_DATA, divisor & 0xff);
    host_portWrite(TIMER_DATA, divisor >> 8);
}

void host_timerAcknowledge(void) {
    host_portWrite(CONTROLLER_COMMAND, CONTROLLER_END_OF_INTERRUPT);
}
