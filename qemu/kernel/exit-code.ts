/**
 * How a run of the kernel ended: the code it powers the machine off with.
 * QEMU's exit status is 2n + 1 for code n (isa-debug-exit on x86 makes it so), so every status of the kernel is odd,
 * and a machine that reset itself (status 0) or an emulator that failed (status 1) cannot be taken for success.
 */

/** Everything was done and checked. */
export const EXIT_SUCCESS: i32 = 16;

/** The boot loader brought no memory map, or no memory in it makes a heap. */
export const EXIT_NO_MEMORY: i32 = 17;

/** The heap refused a request that the workload had sized to fit. */
export const EXIT_OUT_OF_MEMORY: i32 = 18;

/** heap_check() found a broken invariant. */
export const EXIT_CHECK_FAILED: i32 = 19;

/** A block did not hold what was written into it. */
export const EXIT_CONTENTS_CHANGED: i32 = 20;

/** A block is misaligned, or calloc() gave one that was not zero. */
export const EXIT_WRONG_BLOCK: i32 = 21;

/** After everything was freed, the free memory is not what it was at boot. */
export const EXIT_MEMORY_LOST: i32 = 22;

/** At least one case failed, of the contract or of a suite. */
export const EXIT_CASE_FAILED: i32 = 23;

/** Neither a multiboot loader nor a device tree started the kernel. */
export const EXIT_NO_BOOT_INFO: i32 = 24;

/** The memory map cannot be read to its end: it is cut off, damaged, or too long. */
export const EXIT_MAP_DAMAGED: i32 = 25;

/** The memory map has an entry of size 0. */
export const EXIT_MAP_EMPTY_ENTRY: i32 = 26;

/** Two entries of the memory map overlap. */
export const EXIT_MAP_OVERLAP: i32 = 27;

/** The memory map has memory below the place where the machine's memory begins. */
export const EXIT_MAP_BELOW_BASE: i32 = 28;

/** The allocator stopped the machine: misuse or corruption. */
export const EXIT_PANIC: i32 = 32;

/** The processor raised an exception. */
export const EXIT_EXCEPTION: i32 = 33;

/** A thread's stack ran into its guard page. */
export const EXIT_STACK_OVERFLOW: i32 = 34;

/** Bugs were found, told and counted: the debug profile's heap was told to go on. */
export const EXIT_BUGS_FOUND: i32 = 35;
