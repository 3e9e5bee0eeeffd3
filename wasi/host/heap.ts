/** The heap of a program, in the memory that is nobody else's. */
import { heap_add_region, heap_init } from '../../kernel-heap/index.ts';
import { memoryGrow, memorySize } from '../../kernel-heap/memory.ts';
import { HEAP_SIZE } from '../../kernel-heap/layout.ts';
import { HEAP_START } from '../../kernel-heap/profile.ts';
import { heapExists } from '../../kernel-heap/state.ts';

const WASM_PAGE_SHIFT: i32 = 16;

/**
 * Begins the heap, before anything is allocated: its first use would take for granted that all memory behind the literals
 * is the heap's. But what makes a component of a command has grown the memory for itself by now, unless it took it from
 * cabi_realloc, which has begun the heap.
 */
export const heapBegin = (): void => {
  if (heapExists()) return;
  const initialPages: i32 = (HEAP_START + HEAP_SIZE + (1 << WASM_PAGE_SHIFT) - 1) >>> WASM_PAGE_SHIFT; // as the builder has it
  const room: i32 = (initialPages << WASM_PAGE_SHIFT) - HEAP_START;
  const pages: i32 = memorySize();
  if (pages === initialPages) {
    heap_init(HEAP_START, 0);
  } else if (memoryGrow(1) === pages) {
    heap_init(pages << WASM_PAGE_SHIFT, 0);
    heap_add_region(HEAP_START, room);
  } else {
    heap_init(HEAP_START, room);
  }
};
