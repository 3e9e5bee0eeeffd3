/** The kinds of threads: what thread-main.ts runs for each. */

/** Works on a key-value store of its own (store-task.ts); the argument is the seed. */
export const KIND_STORE: i32 = 1;

/** Exchanges blocks with other threads (exchange-task.ts); the argument is the seed. */
export const KIND_EXCHANGE: i32 = 2;

/** Takes its turn in a shared word and never yields (test-task.ts); the argument is its name. */
export const KIND_ALTERNATE: i32 = 3;

/** Computes for a while (test-task.ts) from its argument. */
export const KIND_COMPUTE: i32 = 4;

/** Calls itself as often as the argument says (test-task.ts). */
export const KIND_RECURSE: i32 = 5;

/** Fills its own heap with blocks of many sizes (test-task.ts); the argument is how many. */
export const KIND_FILL: i32 = 6;

/** Reads from the address that the argument is (test-task.ts). */
export const KIND_READ: i32 = 7;
