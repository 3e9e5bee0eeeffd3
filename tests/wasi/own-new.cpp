/* A program's own new, which the heap sees nothing of. */
#include <cstddef>
#include <new>

alignas(16) static unsigned char place[1 << 20];
static std::size_t used;

void *operator new(std::size_t size) {
  void *block = place + used;
  used += (size + 15) / 16 * 16;
  return block;
}

void operator delete(void *) noexcept {}
void operator delete(void *, std::size_t) noexcept {}
