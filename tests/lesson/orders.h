/* A list of orders, as small as a program can be that has an owner for everything. */
#ifndef ORDERS_H
#define ORDERS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct order {
  struct order *next;
  char *what;
  int served;
};

/* A new order before `rest`; the list owns the order and what was ordered. */
static inline struct order *order(const char *what, struct order *rest) {
  struct order *first = malloc(sizeof *first);
  first->next = rest;
  first->what = strdup(what);
  first->served = 0;
  return first;
}

/* Ends an order. */
static inline void discard(struct order *one) {
  free(one->what);
  free(one);
}

#endif
