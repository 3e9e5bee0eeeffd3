/* What the C files and the boot code of i386 and x86_64 share. */
#ifndef X86_H
#define X86_H

#include "../host.h"

#define CODE_SEGMENT 8
#define DATA_SEGMENT 16
#define TASK_SEGMENT 24       /* the task state that the processor is told of */
#define FAULT_TASK_SEGMENT 40 /* i386: the task that a double fault switches to */

#define EXCEPTION_DOUBLE_FAULT 8
#define EXCEPTION_PAGE_FAULT 14

/* An entry of the interrupt table. */
struct gate {
    uint16_t entry_low, segment, kind, entry_middle;
#ifdef __x86_64__
    uint32_t entry_high, reserved;
#endif
};

/* The registers of whatever was interrupted, as the boot code leaves them on the stack; register_names has the same order. */
struct registers {
    uintptr_t a, b, c, d, si, di, bp;
#ifdef __x86_64__
    uintptr_t r8, r9, r10, r11, r12, r13, r14, r15;
#else
    uintptr_t sp;
#endif
    uintptr_t number, error, ip, code_segment, flags;
#ifdef __x86_64__
    uintptr_t sp, stack_segment;
#endif
};

/* Called by the boot code for every exception and interrupt. Returns only from what can be gone on with. */
void machine_trap(struct registers *registers);

/* Loads the interrupt table: exceptions from now on, interrupts once they are on. */
void gates_init(void);

/* A stack of its own for the faults that a stack overflow raises; `gates` is the interrupt table. */
void fault_stack_init(struct gate *gates);

#endif
