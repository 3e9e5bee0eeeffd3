/** Allocators with a deliberate defect, and who must notice. */
import { WORKLOADS } from '../../scripts/lib/bench/workloads.ts';

/** Enough for every vector to grow a few times, and for blocks to be used again. */
export const OPERATIONS = 2_000;

const LATER = ['live_1k', 'live_100k', 'live_1m', 'producer', 'replay_jq', 'replay_quickjs'];

/** The defects that broken.c knows, and the workloads that must notice each. */
export const DEFECTS: Readonly<Record<string, readonly string[]>> = {
  /* Not pairs, which has one block at a time, nor aligned, which has its blocks from aligned_alloc. */
  SAME_BLOCK_TWICE: ['random', 'lifo', 'fifo', 'realloc_16k', 'realloc_1m', 'larson_1k', 'larson_50k', 'large', 'mixed', 'calloc', 'trees', 'shifting', ...LATER],
  LAST_BYTE_SHARED: ['random', 'lifo', 'fifo', 'realloc_16k', 'realloc_1m', 'larson_1k', 'larson_50k', 'large', 'mixed', 'calloc', 'trees', 'shifting', ...LATER],
  NO_BLOCK: WORKLOADS.map(({ name }) => name),
  CALLOC_NOT_ZERO: ['calloc'],
  REALLOC_COPIES_HALF: ['realloc_16k', 'realloc_1m'],
  ALIGNED_TO_HALF: ['aligned'],
};
