// Orders of which two are never deleted, and one is deleted twice if there is an argument.
#include <string>
#include <vector>

struct Order {
  std::string what;
};

__attribute__((noinline)) static Order *take(const char *what) {
  return new Order{what};
}

__attribute__((noinline)) static void evening(std::vector<Order *> &orders) {
  for (int count = 0; count < 3; count++) orders.push_back(take("tea and cake, and some more of both"));
}

__attribute__((noinline)) static void cancel(void *order) {
  operator delete(order);
}

int main(int argc, char **) {
  std::vector<Order *> orders;
  evening(orders);
  delete orders[0];
  if (argc > 1) cancel(orders[0]);
}
