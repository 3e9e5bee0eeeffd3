/* Between a program and its malloc, by the linker's --wrap: tells the host of every call. */
#include <stddef.h>

__attribute__((import_module("trace"), import_name("call")))
void traceCall(int kind, void *before, void *after, size_t size);

enum { STEP_MALLOC, STEP_CALLOC, STEP_REALLOC, STEP_FREE };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size) {
    void *block = __real_malloc(size);
    traceCall(STEP_MALLOC, 0, block, size);
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    void *block = __real_calloc(count, size);
    traceCall(STEP_CALLOC, 0, block, count * size);
    return block;
}

void *__wrap_realloc(void *block, size_t size) {
    void *moved = __real_realloc(block, size);
    traceCall(STEP_REALLOC, block, moved, size);
    return moved;
}

void __wrap_free(void *block) {
    traceCall(STEP_FREE, block, 0, 0);
    __real_free(block);
}
