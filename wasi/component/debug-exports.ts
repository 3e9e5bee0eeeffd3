/** The functions that the component of the debug profile exports: those of the others, and what calls.ts has to tell. */

import { tallow_take_leak } from './calls.ts';
import { RESULT } from './result.ts';

export {
  check, component_realloc, constructor_heap, dtor_heap, method_alloc, method_alloc_aligned, method_free, method_read,
  method_realloc, method_stats, method_usable_size, method_write, total_stats,
} from './exports.ts';

export { tallow_call_end, tallow_call_name } from './calls.ts';

export const take_leak = (): i32 => tallow_take_leak(RESULT);
