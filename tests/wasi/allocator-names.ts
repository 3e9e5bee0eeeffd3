/** Which allocator a program was linked with, by the names of its functions. */

import { readNames } from '../../scripts/lib/wasm-binary.ts';

/** Functions of wasi-libc's allocator, and what it takes memory with. */
const OTHER_ALLOCATOR = /^(?:dl\w+|sbrk|(?:try_realloc|dispose)_chunk|internal_memalign|prepend_alloc|sys_alloc)$/;

/** Names of all functions of a program that was linked without stripping. */
export const functionNames = (program: Uint8Array): string[] => [...readNames(program).functions.values()];

/** Those that belong to another allocator than Tallow. */
export const foreignNames = (program: Uint8Array): string[] =>
  functionNames(program).filter((name) => OTHER_ALLOCATOR.test(name));
