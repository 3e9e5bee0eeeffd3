/*
 * Puts tasks into an order in which each comes after all that it depends on.
 *
 *   dependency-order < tasks
 *
 * Each line of the input names a task and, behind a colon, those that it depends on; one that has no line of its own
 * depends on nothing. Of the tasks that could come next, the first in the alphabet does.
 *
 *   bread: dough oven
 *   dough: flour water
 *
 * Tasks that wait for each other have no order: the program names them and ends with 1.
 */
#include <algorithm>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

struct task {
  std::vector<std::string> needed_by;
  std::set<std::string> waits_for;
};

using tasks = std::unordered_map<std::string, task>;

static void read_line(const std::string &line, tasks &all) {
  const auto colon = line.find(':');
  std::istringstream before(line.substr(0, colon));
  std::istringstream behind(colon == std::string::npos ? "" : line.substr(colon + 1));
  std::string name, needed;
  if (!(before >> name)) return;
  all[name];
  while (behind >> needed) {
    if (all[name].waits_for.insert(needed).second) all[needed].needed_by.push_back(name);
  }
}

/* Takes every task out that can be done, in order. Those that are left wait for each other. */
static std::vector<std::string> take_in_order(tasks &all) {
  std::vector<std::string> order;
  std::set<std::string> ready;
  for (const auto &entry : all) {
    if (entry.second.waits_for.empty()) ready.insert(entry.first);
  }
  while (!ready.empty()) {
    const std::string name = *ready.begin();
    ready.erase(ready.begin());
    for (const auto &other : all[name].needed_by) {
      auto &waits_for = all[other].waits_for;
      waits_for.erase(name);
      if (waits_for.empty()) ready.insert(other);
    }
    all.erase(name);
    order.push_back(name);
  }
  return order;
}

/* Follows what a task waits for until one comes twice; from there on it is a circle. */
static std::vector<std::string> find_circle(const tasks &all) {
  std::string name = all.begin()->first;
  for (const auto &entry : all) name = std::min(name, entry.first);
  std::vector<std::string> path;
  std::set<std::string> seen;
  while (seen.insert(name).second) {
    path.push_back(name);
    name = *all.at(name).waits_for.begin();
  }
  while (path.front() != name) path.erase(path.begin());
  path.push_back(name);
  return path;
}

int main() {
  tasks all;
  for (std::string line; std::getline(std::cin, line);) read_line(line, all);
  for (const auto &name : take_in_order(all)) std::cout << name << '\n';
  if (all.empty()) return 0;
  std::cerr << "dependency-order: a circle:";
  for (const auto &name : find_circle(all)) std::cerr << ' ' << name;
  std::cerr << '\n';
  return 1;
}
