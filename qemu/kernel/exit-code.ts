/**
 * How a run of the kernel ended: the code it powers the machine off with.
 * QEMU's isa-debug-exit device turns code n into the exit status 2n + 1, so every status of the kernel is odd,
 * and a machine that reset itself (status 0) or an emulator that failed (status 1) cannot be taken for success.
 */

/** Everything was done and checked. */
export const EXIT_SUCCESS: i32 = 16;

/** The boot loader brought no memory map, or no memory in it is usable. */
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

/** Contract kernel: at least one case failed. */
export const EXIT_CASE_FAILED: i32 = 23;

/** The allocator stopped the machine: misuse or corruption. */
export const EXIT_PANIC: i32 = 32;

/** The processor raised an exception. */
export const EXIT_EXCEPTION: i32 = 33;
