/** The waiter discards an order and then notes on it that it was served. */

import { discard, markServed, order, serve } from './orders.ts';

const orders = order('tea');
serve(orders);
discard(orders);
markServed(orders);
