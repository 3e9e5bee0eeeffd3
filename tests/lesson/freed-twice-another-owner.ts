/**
 * The same, but in between another guest's order was written on the block. With a heap that uses blocks again at once, it
 * is that order which the second free takes away, and nothing tells.
 */

import { heap } from './lesson.ts';
import { discard, order, serve, what } from './orders.ts';

const first = order('tea');
heap.free(what(first));
heap.free(first);
const second = order('cake');
heap.free(first);
serve(second);
discard(second);
