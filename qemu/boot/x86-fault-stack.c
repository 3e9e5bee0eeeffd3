/*
 * i386 and x86_64: a stack for the faults that a stack overflow raises. The processor pushes what it interrupted; on a
 * stack that has run into its guard page this faults again, and a third time, which resets the machine.
 *
 * x86_64 has it that certain exceptions come with a stack of their own. On i386 a double fault switches to another task,
 * and the registers of the interrupted one are found in its task state.
 */
#include "x86.h"

#define FAULT_STACK_SIZE 0x2000
#define TASK_AVAILABLE 0x89
#define TASK_GATE 0x8500

extern uint64_t descriptor_table[];

static uint8_t fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16)));

static void describe_task(int segment, const void *state, uint32_t size) {
    uint64_t start = (uintptr_t)state;
    uint64_t *descriptor = &descriptor_table[segment / sizeof *descriptor];
    descriptor[0] = (size - 1) | (start & 0xffffff) << 16 | (uint64_t)TASK_AVAILABLE << 40 | (start >> 24 & 0xff) << 56;
#ifdef __x86_64__
    descriptor[1] = start >> 32;
#endif
}

static void load_task(uint16_t segment) {
    __asm__ volatile("ltr %0" : : "r"(segment));
}

#ifdef __x86_64__

#define OWN_STACK 1 /* in a gate: use the first of the task state's own stacks */

static struct __attribute__((packed)) {
    uint32_t reserved;
    uint64_t stacks[3];
    uint64_t reserved_2;
    uint64_t own_stacks[7];
    uint64_t reserved_3;
    uint16_t reserved_4, port_map;
} task;

void fault_stack_init(struct gate *gates) {
    task.own_stacks[OWN_STACK - 1] = (uintptr_t)(fault_stack + FAULT_STACK_SIZE);
    task.port_map = sizeof task;
    describe_task(TASK_SEGMENT, &task, sizeof task);
    load_task(TASK_SEGMENT);
    gates[EXCEPTION_DOUBLE_FAULT].kind |= OWN_STACK;
    gates[EXCEPTION_PAGE_FAULT].kind |= OWN_STACK;
}

#else

static struct task_state {
    uint32_t back, stacks[6], cr3, ip, flags, a, c, d, b, sp, bp, si, di;
    uint32_t es, cs, ss, ds, fs, gs, local_table;
    uint16_t trap, port_map;
} task, fault_task;

/* The double fault's task begins here. */
static void double_fault(void) {
    struct registers registers = {
        .a = task.a, .b = task.b, .c = task.c, .d = task.d, .si = task.si, .di = task.di, .bp = task.bp, .sp = task.sp,
        .number = EXCEPTION_DOUBLE_FAULT, .ip = task.ip, .code_segment = task.cs, .flags = task.flags,
    };
    machine_trap(&registers);
    __builtin_unreachable();
}

void fault_stack_init(struct gate *gates) {
    __asm__ volatile("mov %%cr3, %0" : "=r"(task.cr3));
    task.port_map = sizeof task;
    fault_task = (struct task_state){
        .cr3 = task.cr3, .ip = (uint32_t)double_fault, .flags = 2, .sp = (uint32_t)(fault_stack + FAULT_STACK_SIZE - 4),
        .cs = CODE_SEGMENT, .ss = DATA_SEGMENT, .ds = DATA_SEGMENT, .es = DATA_SEGMENT, .fs = DATA_SEGMENT, .gs = DATA_SEGMENT,
        .port_map = sizeof fault_task,
    };
    describe_task(TASK_SEGMENT, &task, sizeof task);
    describe_task(FAULT_TASK_SEGMENT, &fault_task, sizeof fault_task);
    load_task(TASK_SEGMENT);
    gates[EXCEPTION_DOUBLE_FAULT] = (struct gate){.segment = FAULT_TASK_SEGMENT, .kind = TASK_GATE};
}

#endif
