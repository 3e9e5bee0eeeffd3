/* Every order is discarded once, when nobody needs it any longer. */
#include "orders.h"

int main(void) {
  struct order *orders = order("tea", order("cake", order("jam", NULL)));
  while (orders) {
    struct order *next = orders->next;
    printf("serving %s\n", orders->what);
    discard(orders);
    orders = next;
  }
}
