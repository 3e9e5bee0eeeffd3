/* The four functions that a freestanding compiler may call. */
#include <stddef.h>
#include <stdint.h>

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

int memcmp(const void *left, const void *right, size_t size) {
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}
