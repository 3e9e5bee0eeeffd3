/*
 * The standard containers at work: each function fills, changes and empties some, and prints what is in them. A
 * program that is linked with another malloc must print the same. All numbers come from one generator.
 */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

std::uint32_t state = 1;

std::uint32_t random_below(std::uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

/* FNV-1a over all that is told, to be printed. */
class digest {
public:
  void add(const std::string &text) {
    for (unsigned char character : text) value = (value ^ character) * 16777619u;
    add_separator();
  }
  void add(std::uint64_t number) { add(std::to_string(number)); }
  void print(const char *what, std::size_t size) const { std::printf("%s: %zu, %08x\n", what, size, value); }

private:
  void add_separator() { value = (value ^ 0xff) * 16777619u; }
  std::uint32_t value = 2166136261u;
};

std::string random_word() {
  return std::string(1 + random_below(40), static_cast<char>('a' + random_below(26))) + std::to_string(random_below(1000));
}

void vectors() {
  std::vector<std::vector<std::uint32_t>> rows;
  for (int round = 0; round < 20000; round++) {
    switch (random_below(4)) {
      case 0: rows.emplace_back(random_below(300), random_below(100)); break;
      case 1: if (!rows.empty()) rows.erase(rows.begin() + random_below(static_cast<std::uint32_t>(rows.size()))); break;
      case 2: if (!rows.empty()) rows[random_below(static_cast<std::uint32_t>(rows.size()))].push_back(random_below(100)); break;
      default: if (rows.size() > 1) std::swap(rows.front(), rows.back());
    }
    if (round % 5000 == 0) rows.shrink_to_fit();
  }
  digest sum;
  for (const auto &row : rows) {
    for (std::uint32_t value : row) sum.add(value);
  }
  sum.print("vectors", rows.size());
}

void strings() {
  std::string text;
  std::vector<std::string> lines;
  for (int round = 0; round < 5000; round++) {
    text += random_word();
    if (text.size() > 1000) {
      lines.push_back(text.substr(random_below(500)));
      text.erase(0, 700 + random_below(300));
      text.insert(text.size() / 2, lines.back(), 0, 20);
    }
  }
  std::sort(lines.begin(), lines.end());
  digest sum;
  for (const auto &line : lines) sum.add(line);
  sum.print("strings", lines.size());
}

template <typename Map> void maps(const char *name) {
  Map words;
  for (int round = 0; round < 30000; round++) {
    std::string word = random_word();
    if (random_below(3) == 0) words.erase(word.substr(0, word.size() / 2));
    else words[word.substr(0, 1 + random_below(6))] += word;
    if (round % 7000 == 6999) words.erase(words.begin());
  }
  std::vector<std::pair<std::string, std::string>> sorted(words.begin(), words.end());
  std::sort(sorted.begin(), sorted.end());
  digest sum;
  for (const auto &entry : sorted) sum.add(entry.first), sum.add(entry.second);
  sum.print(name, words.size());
}

void sets() {
  std::set<std::uint32_t> ordered;
  std::unordered_set<std::uint32_t> hashed;
  std::multimap<std::uint32_t, std::string> several;
  for (int round = 0; round < 30000; round++) {
    std::uint32_t value = random_below(20000);
    if (random_below(2)) ordered.insert(value), hashed.insert(value);
    else ordered.erase(value), hashed.erase(value);
    if (round % 10 == 0) several.emplace(value % 100, random_word());
  }
  bool same = ordered.size() == hashed.size();
  digest sum;
  for (std::uint32_t value : ordered) sum.add(value), same = same && hashed.count(value) == 1;
  for (const auto &entry : several) sum.add(entry.second);
  sum.print(same ? "sets" : "sets that differ", ordered.size());
}

void queues() {
  std::deque<std::string> line;
  std::priority_queue<std::pair<std::uint32_t, std::string>> urgent;
  std::list<std::string> moved;
  for (int round = 0; round < 20000; round++) {
    if (random_below(5) < 3) line.push_back(random_word());
    else if (!line.empty()) urgent.emplace(random_below(1000), std::move(line.front())), line.pop_front();
    if (urgent.size() > 500) moved.push_front(urgent.top().second), urgent.pop();
    if (moved.size() > 300) moved.sort(), moved.unique(), moved.resize(100);
  }
  digest sum;
  for (const auto &word : line) sum.add(word);
  for (; !urgent.empty(); urgent.pop()) sum.add(urgent.top().second);
  for (const auto &word : moved) sum.add(word);
  sum.print("queues", line.size());
}

struct node {
  std::unique_ptr<node> left, right;
  std::shared_ptr<std::string> name;
};

std::unique_ptr<node> tree(int depth, const std::shared_ptr<std::string> &name) {
  auto made = std::make_unique<node>();
  made->name = random_below(10) == 0 ? std::make_shared<std::string>(random_word()) : name;
  if (depth > 0) made->left = tree(depth - 1, made->name), made->right = tree(depth - 1, made->name);
  return made;
}

void trees() {
  digest sum;
  for (int round = 0; round < 20; round++) {
    auto root = tree(10, std::make_shared<std::string>("root"));
    std::function<void(const node &)> visit = [&](const node &at) {
      sum.add(*at.name);
      if (at.left) visit(*at.left), visit(*at.right);
    };
    visit(*root);
  }
  sum.print("trees", 20);
}

} // namespace

int main() {
  vectors();
  strings();
  maps<std::map<std::string, std::string>>("map");
  maps<std::unordered_map<std::string, std::string>>("unordered_map");
  sets();
  queues();
  trees();
}
