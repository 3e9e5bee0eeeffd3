/** The contract on the debug profile, but for the cases about how densely blocks lie, or that they stay where they are. */

import { instantiate, mergedModule } from './modules.ts';
import { inProcess, runContract } from './run.ts';

/** A block that is resized always moves. */
const MOVING = ['realloc_same_size', 'realloc_in_place_grow', 'realloc_in_place_shrink', 'reallocate_double_usize'];

/** Red zones, records and the quarantine take memory that these cases want in blocks. */
const DENSE = [
  'aligned_exhaustion', 'init_small', 'add_region_when_exhausted', 'exhaustion_16_bytes', 'exhaustion_16_kib',
  'exhaustion_64_kib', 'exhaustion_random_sizes', 'exhaustion_small_then_large', 'exhaustion_moves_between_sizes',
  'stats_frames_add_up', 'trim_gives_back_empty_pages', 'extend_odd_size', 'huge_blocks', 'huge_small_blocks', 'huge_one_block',
];

runContract(inProcess('optimised, debug', instantiate(await mergedModule({ profile: 'debug' }))), { without: [...MOVING, ...DENSE] });
