/* The orders are freed, but not what was ordered: nobody felt responsible. */
#include "orders.h"

int main(void) {
  struct order *orders = order("tea", order("cake", order("jam", NULL)));
  while (orders) {
    struct order *next = orders->next;
    printf("serving %s\n", orders->what);
    free(orders);
    orders = next;
  }
}
