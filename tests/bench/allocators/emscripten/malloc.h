/* wasi-libc has no malloc.h. */
#pragma once
#include <stddef.h>
struct mallinfo {
    int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};
