/* What emmalloc.c uses of Emscripten's heap.h, for figures that nobody asks for here. */
#pragma once
#include <stddef.h>
size_t emscripten_get_heap_size(void);
size_t emscripten_get_heap_max(void);
