/** The guest cancels the order, and the kitchen discards it all the same. */

import { heap } from './lesson.ts';
import { order, what } from './orders.ts';

const orders = order('tea');
heap.free(what(orders));
heap.free(orders);
console.log('cancelled');
heap.free(orders);
