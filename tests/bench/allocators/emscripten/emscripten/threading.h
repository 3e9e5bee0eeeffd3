/* emmalloc.c includes Emscripten's headers, of which it needs nothing when it does not trace. */
