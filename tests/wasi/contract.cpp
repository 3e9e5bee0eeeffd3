/*
 * What a C++ program on WASI may expect of new and delete, linked with libtallow.a: every form gives a block of the
 * heap, as aligned as its type wants, and takes it back. As contract.c, it prints "ok <case>" or "not ok <case>" and
 * takes the lists of cases as its arguments: common, or limited for a memory that may not grow.
 *
 * Compile with -fno-builtin, or the compiler leaves out pairs of new and delete.
 */
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <vector>
#include <malloc.h>
#include "tallow.h"
#include "../contract/check.h"

namespace {

bool is_aligned(const void *block, std::size_t alignment) {
  return block && reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

/* Counts its objects. */
struct counted {
  static int live;
  int value = 7;
  counted() { live++; }
  ~counted() { live--; }
};
int counted::live = 0;

struct alignas(64) line {
  unsigned char bytes[64];
};

struct alignas(4096) frame {
  unsigned char bytes[4096];
};

/* The live blocks of the heap. */
unsigned blocks() {
  struct tallow_stats stats;
  tallow_stats(&stats);
  return stats.blocks;
}

/* A block that a constructor allocated, before main. */
std::vector<int> early(1000, 42);

void constructor_may_allocate() {
  CHECK(early.size() == 1000 && early[999] == 42);
  CHECK(malloc_usable_size(early.data()) >= 1000 * sizeof(int));
}

void new_and_delete() {
  unsigned before = blocks();
  counted *one = new counted;
  CHECK(is_aligned(one, alignof(counted)) && one->value == 7 && counted::live == 1);
  CHECK(malloc_usable_size(one) >= sizeof *one && blocks() == before + 1);
  delete one;
  CHECK(counted::live == 0 && blocks() == before);
  delete static_cast<counted *>(nullptr);
}

void array_new_and_delete() {
  unsigned before = blocks();
  counted *many = new counted[100];
  CHECK(counted::live == 100 && many[99].value == 7 && blocks() == before + 1);
  delete[] many;
  CHECK(counted::live == 0 && blocks() == before);
  char *none = new char[0], *other = new char[0];
  CHECK(none && other && none != other);
  delete[] none;
  delete[] other;
}

void nothrow_new() {
  unsigned before = blocks();
  counted *one = new (std::nothrow) counted;
  counted *many = new (std::nothrow) counted[10];
  CHECK(one && many && counted::live == 11);
  delete one;
  delete[] many;
  void *raw = ::operator new(100, std::nothrow);
  ::operator delete(raw, std::nothrow);
  raw = ::operator new[](100, std::nothrow);
  ::operator delete[](raw, std::nothrow);
  CHECK(blocks() == before);
}

void sized_delete() {
  unsigned before = blocks();
  void *one = ::operator new(1000);
  void *many = ::operator new[](1000);
  CHECK(one && many);
  ::operator delete(one, 1000);
  ::operator delete[](many, 1000);
  CHECK(blocks() == before);
}

void aligned_new() {
  unsigned before = blocks();
  line *first = new line, *lines = new line[3];
  frame *second = new (std::nothrow) frame, *frames = new (std::nothrow) frame[2];
  CHECK(is_aligned(first, 64) && is_aligned(lines, 64) && is_aligned(second, 4096) && is_aligned(frames, 4096));
  std::memset(static_cast<void *>(frames), 1, 2 * sizeof *frames);
  delete first;
  delete[] lines;
  delete second;
  delete[] frames;
  CHECK(blocks() == before);
}

void aligned_new_by_hand() {
  unsigned before = blocks();
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    auto wanted = static_cast<std::align_val_t>(alignment);
    void *first = ::operator new(100, wanted), *second = ::operator new[](100, wanted);
    void *third = ::operator new(100, wanted, std::nothrow), *fourth = ::operator new[](100, wanted, std::nothrow);
    for (void *block : {first, second, third, fourth}) CHECK(is_aligned(block, alignment));
    ::operator delete(first, wanted);
    ::operator delete[](second, 100, wanted);
    ::operator delete(third, wanted, std::nothrow);
    ::operator delete[](fourth, wanted, std::nothrow);
  }
  CHECK(blocks() == before);
}

void placement_new_allocates_nothing() {
  unsigned before = blocks();
  alignas(counted) unsigned char place[sizeof(counted)];
  counted *object = new (place) counted;
  CHECK(static_cast<void *>(object) == place && blocks() == before);
  object->~counted();
}

void smart_pointers() {
  unsigned before = blocks();
  {
    auto unique = std::make_unique<counted[]>(10);
    auto shared = std::make_shared<counted>();
    std::weak_ptr<counted> weak = shared;
    auto copy = shared;
    CHECK(counted::live == 11 && copy.use_count() == 2 && !weak.expired());
  }
  CHECK(counted::live == 0 && blocks() == before);
}

/* What is new is malloc's: the one frees what the other gave. */
void new_is_malloc() {
  void *block = ::operator new(100);
  CHECK(malloc_usable_size(block) >= 100);
  if (failed_check) return; // realloc stops the program for what is no block
  block = std::realloc(block, 5000);
  CHECK(block != nullptr);
  std::free(block);
}

void containers_give_all_back() {
  unsigned before = blocks();
  {
    std::list<std::string> names;
    for (int index = 0; index < 1000; index++) names.push_back(std::string(static_cast<std::size_t>(index), 'x'));
    names.remove_if([](const std::string &name) { return name.size() % 3 == 0; });
    CHECK(names.size() == 666 && blocks() > before + 666);
  }
  CHECK(blocks() == before);
}

void huge_nothrow_new_is_null() {
  volatile std::size_t huge = SIZE_MAX - 4096;
  CHECK(new (std::nothrow) char[huge] == nullptr);
  CHECK(::operator new(huge, std::nothrow) == nullptr);
  CHECK(::operator new(huge, std::align_val_t(64), std::nothrow) == nullptr);
}

/* Fills the memory with objects, three times: as many fit each time. */
template <typename Object> void exhaust() {
  struct node {
    Object object;
    node *next;
  };
  std::size_t first_count = 0;
  unsigned before = blocks();
  for (int round = 0; round < 3; round++) {
    node *nodes = nullptr;
    std::size_t count = 0;
    errno = 0;
    for (;; count++) {
      node *added = new (std::nothrow) node;
      if (!added) break;
      CHECK(is_aligned(added, alignof(node)));
      added->next = nodes;
      nodes = added;
    }
    CHECK(errno == ENOMEM || alignof(node) > alignof(std::max_align_t)); // posix_memalign tells by its result alone
    CHECK(tallow_check() == 0);
    CHECK(count > 10 && count >= first_count);
    if (round == 0) first_count = count;
    while (nodes) {
      node *next = nodes->next;
      delete nodes;
      nodes = next;
    }
    CHECK(tallow_check() == 0 && blocks() == before);
  }
}

void limited_small() { exhaust<char[40]>(); }
void limited_large() { exhaust<char[20000]>(); }
void limited_aligned() { exhaust<line>(); }

/* A new handler is asked, and may make room. */
void *reserve;
void give_reserve() {
  std::free(reserve);
  reserve = nullptr;
  std::set_new_handler(nullptr);
}

void limited_new_handler_makes_room() {
  reserve = std::malloc(500000);
  CHECK(reserve != nullptr);
  std::set_new_handler(give_reserve);
  std::vector<std::unique_ptr<char[]>> filling;
  filling.reserve(1000);
  while (reserve) filling.emplace_back(new (std::nothrow) char[10000]);
  CHECK(filling.back() != nullptr);
  CHECK(std::get_new_handler() == nullptr);
}

struct contract_case {
  const char *name;
  void (*run)();
};

#define CASE(name) { #name, name }

const contract_case common_cases[] = {
  CASE(constructor_may_allocate), CASE(new_and_delete), CASE(array_new_and_delete), CASE(nothrow_new),
  CASE(sized_delete), CASE(aligned_new), CASE(aligned_new_by_hand), CASE(placement_new_allocates_nothing),
  CASE(smart_pointers), CASE(new_is_malloc), CASE(containers_give_all_back), CASE(huge_nothrow_new_is_null),
};

const contract_case limited_cases[] = {
  CASE(limited_small), CASE(limited_large), CASE(limited_aligned), CASE(limited_new_handler_makes_room),
};

template <std::size_t count> bool pass(const contract_case (&cases)[count]) {
  bool all = true;
  for (const contract_case &each : cases) {
    failed_check = nullptr;
    each.run();
    if (failed_check) std::printf("not ok %s: line %d: %s\n", each.name, failed_line, failed_check);
    else std::printf("ok %s\n", each.name);
    std::fflush(stdout);
    all = all && !failed_check;
  }
  return all;
}

} // namespace

int main(int argc, char **argv) {
  bool all = true;
  for (int index = 1; index < argc; index++) {
    std::string list = argv[index];
    if (list == "common") all = pass(common_cases) && all;
    else if (list == "limited") all = pass(limited_cases) && all;
    else return std::fprintf(stderr, "there are no cases \"%s\"\n", argv[index]), 2;
  }
  return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
