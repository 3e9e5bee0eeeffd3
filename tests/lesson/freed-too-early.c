/* The waiter discards an order and then notes on it that it was served. */
#include "orders.h"

int main(void) {
  struct order *orders = order("tea", NULL);
  printf("serving %s\n", orders->what);
  discard(orders);
  orders->served = 1;
}
