/* riscv64: exceptions, interrupts, the timer, clocks. */
#include "riscv64.h"

/* Exceptions. */

/* In the order of struct registers; x0 is never of interest, its place is that of the program counter. */
const char register_names[] =
    "pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6";

struct registers {
    uintptr_t pc, x[31];
};

extern const char probe_load[], probe_failed[];

/* Whether an exception comes with the address it is about: misaligned, not accessible, not mapped. */
static int has_address(uintptr_t number) {
    return 0xb0f3 >> number & 1;
}

/* Called by the boot code when an exception was raised. Returns if the processor shall go on at registers->pc. */
void machine_exception(uintptr_t number, uintptr_t value, struct registers *registers) {
    if (registers->pc == (uintptr_t)probe_load) {
        registers->pc = (uintptr_t)probe_failed;
        return;
    }
    kernel_exception(number, registers->pc, has_address(number) ? value : 0, registers);
}

/* sscratch is 0 while an exception is handled; the boot code resets the machine when it finds it so. */
void host_tripleFault(void) {
    __asm__ volatile("csrw sscratch, zero; ebreak");
}

uint32_t probe_byte(const void *pointer);

uint32_t host_probeByte(uint32_t address) {
    return probe_byte((const char *)(uintptr_t)TALLOW_BASE + address);
}

/* Interrupts. The only one is the timer's, which machine mode passes on as a software interrupt. */

#define INTERRUPTS_ON 2 /* in sstatus */
#define SOFTWARE_INTERRUPT 2 /* in sip and sie */
#define TIMER_LINE 0

uint32_t host_interruptsDisable(void) {
    uintptr_t status;
    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(status) : "i"(INTERRUPTS_ON) : "memory");
    return (status & INTERRUPTS_ON) != 0;
}

void host_interruptsRestore(uint32_t were_on) {
    if (were_on)
        __asm__ volatile("csrsi sstatus, %0" : : "i"(INTERRUPTS_ON) : "memory");
    else
        __asm__ volatile("csrci sstatus, %0" : : "i"(INTERRUPTS_ON) : "memory");
}

/* wfi returns when an interrupt is pending, on or off, so none can come in between and be missed. */
void host_interruptsWait(void) {
    __asm__ volatile("wfi; csrsi sstatus, %0; csrci sstatus, %0" : : "i"(INTERRUPTS_ON) : "memory");
}

/* Called by the boot code for an interrupt. */
void machine_interrupt(void) {
    kernel_interrupt(TIMER_LINE);
}

/* The timer. */

extern volatile uint64_t timer_interval; /* in the boot code, which sets the timer anew in machine mode */

static uint64_t time_now(void) {
    uint64_t time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    return time;
}

void host_timerStart(uint32_t frequency) {
    timer_interval = TIME_FREQUENCY / frequency;
    __asm__ volatile("csrs sie, %0" : : "r"(SOFTWARE_INTERRUPT));
    *TIMER_COMPARE = time_now() + timer_interval;
}

void host_timerAcknowledge(void) {
    __asm__ volatile("csrc sip, %0" : : "r"(SOFTWARE_INTERRUPT));
}

/* Clocks. */

#define CLOCK_SHIFT 10

uint32_t host_cycleCount(void) {
    uint64_t cycles;
    __asm__ volatile("rdcycle %0" : "=r"(cycles));
    return (uint32_t)cycles;
}

uint32_t host_clockTicks(void) {
    return (uint32_t)(time_now() >> CLOCK_SHIFT);
}

uint32_t host_clockFrequency(void) {
    return TIME_FREQUENCY >> CLOCK_SHIFT;
}

/* Threads. */

/* What context_switch pops: where to go on, and the registers a called function must preserve. */
struct context {
    uintptr_t ra, s[12], unused;
};

extern const char thread_start[];

/* Pushes the context and stores the stack pointer, pops the other one. In the boot code. */
void context_switch(uint32_t *saved_at, struct context *context);

uint32_t host_contextCreate(uint32_t stack_end, uint32_t kind, uint32_t argument) {
    struct context *context = (struct context *)to_pointer(stack_end) - 1;
    *context = (struct context){.ra = (uintptr_t)thread_start, .s = {kind, argument}};
    return to_address(context);
}

void host_contextSwitch(uint32_t saved_at, uint32_t context) {
    context_switch(to_pointer(saved_at), to_pointer(context));
}
