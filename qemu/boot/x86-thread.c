/* i386 and x86_64: the beginning of a thread, and the switch from one to another. */
#include "x86.h"

/* What context_switch pops: the registers a called function must preserve, and where to go on. */
struct context {
#ifdef __x86_64__
    uintptr_t r15, r14, r13, r12, b, bp, ip;
#else
    uintptr_t di, si, b, bp, ip;
#endif
};

#ifdef __x86_64__
#define SECOND_ARGUMENT r12
#else
#define SECOND_ARGUMENT si
#endif

extern const char thread_start[];

/* Pushes the context and stores the stack pointer, pops the other one. In the boot code. */
void context_switch(uint32_t *saved_at, struct context *context);

uint32_t host_contextCreate(uint32_t stack_end, uint32_t kind, uint32_t argument) {
    struct context *context = (struct context *)((uintptr_t)to_pointer(stack_end) - 16) - 1;
    *context = (struct context){.b = kind, .SECOND_ARGUMENT = argument, .ip = (uintptr_t)thread_start};
    return to_address(context);
}

void host_contextSwitch(uint32_t saved_at, uint32_t context) {
    context_switch(to_pointer(saved_at), to_pointer(context));
}
