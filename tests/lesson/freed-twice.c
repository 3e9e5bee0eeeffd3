/* The guest cancels the order, and the kitchen discards it all the same. */
#include "orders.h"

int main(void) {
  struct order *orders = order("tea", NULL);
  free(orders->what);
  free(orders);
  printf("cancelled\n");
  free(orders);
}
