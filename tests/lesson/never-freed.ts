/** The orders are freed, but not what was ordered: nobody felt responsible. */

import { heap } from './lesson.ts';
import { next, order, serve } from './orders.ts';

let orders = order('tea', order('cake', order('jam')));
while (orders !== 0) {
  const rest = next(orders);
  serve(orders);
  heap.free(orders);
  orders = rest;
}
