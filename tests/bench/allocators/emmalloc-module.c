/*
 * Emscripten's emmalloc behind the names of C. Its sbrk is written anew: that of wasi-libc takes nothing but whole wasm
 * pages. Its own aligned_alloc refuses sizes that are no multiple of the alignment; memalign takes them.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include "reactor.h"

enum { WASM_PAGE_SIZE = 65536 };

extern char __heap_base;
static uintptr_t programBreak = (uintptr_t)&__heap_base;

void *sbrk(intptr_t increment) {
    uintptr_t before = programBreak;
    uintptr_t end = before + (uintptr_t)increment;
    uintptr_t memoryEnd = __builtin_wasm_memory_size(0) * WASM_PAGE_SIZE;
    if (increment > 0 && end < before) return (void *)-1;
    if (end > memoryEnd && __builtin_wasm_memory_grow(0, (end - memoryEnd - 1) / WASM_PAGE_SIZE + 1) == (size_t)-1) return (void *)-1;
    programBreak = end;
    return (void *)before;
}

/* As Emscripten has them: blocks are aligned to 8 bytes, and its messages are JavaScript. */
#define max_align_t double
#define MAIN_THREAD_ASYNC_EM_ASM(...) ((void)0)
#define EM_ASM(...) ((void)0)
#define aligned_alloc emmallocAlignedAlloc
#include "emmalloc.c"
#undef aligned_alloc

void *aligned_alloc(size_t alignment, size_t size) { return emmalloc_memalign(alignment, size); }

size_t emscripten_get_heap_size(void) { return __builtin_wasm_memory_size(0) * WASM_PAGE_SIZE; }
size_t emscripten_get_heap_max(void) { return (size_t)-WASM_PAGE_SIZE; }
