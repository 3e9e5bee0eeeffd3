/**
 * The profile, chosen when the core is built: the build replaces these values,
 * and dead-code elimination removes what they switch off.
 */

/** 1: free() detects misuse, free lists are protected. */
export const HARDENED: i32 = 0;

/** 1: red zones, poison, quarantine, allocation numbers. */
export const DEBUG: i32 = 0;

/**
 * Where a heap that nobody has initialised begins on its first use, to grow from there by memory.grow: behind the null
 * block, in a module that owns its memory. 0: it must be initialised first.
 */
export const HEAP_START: i32 = 16;
