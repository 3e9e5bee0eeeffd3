/*
 * wasi-libc's dlmalloc as a module of its own: linking this file with the C
 * library and exporting its malloc pulls in dlmalloc and nothing else.
 *
 * The linker wraps every export of a command in a call of the destructors. A
 * module that runs its constructors itself, as a reactor does, is left alone.
 * There are no constructors here, so nobody need call this.
 */
typedef unsigned long size_t;

void __wasm_call_ctors(void);

__attribute__((export_name("_initialize"))) void _initialize(void) { __wasm_call_ctors(); }

/* Copying and zeroing by one instruction, as in the other allocators. The
 * loops that the C library brings are slower, and say nothing about dlmalloc. */

void *memcpy(void *to, const void *from, size_t size) {
    __builtin_memcpy(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size) {
    __builtin_memset(to, byte, size);
    return to;
}
