/** Every order is discarded once, when nobody needs it any longer. */

import { discard, next, order, serve } from './orders.ts';

let orders = order('tea', order('cake', order('jam')));
while (orders !== 0) {
  const rest = next(orders);
  serve(orders);
  discard(orders);
  orders = rest;
}
