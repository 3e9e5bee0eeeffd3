/* What the debug library says on the standard error of a program: each bug as it is found, and at the end what is left. */
#include <unistd.h>
#include "describe.h"
#include "tallow-debug.h"

static void put(const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

/* The core calls it when it has written a report. */
void tallow_bug_found(void) {
  tallow_describe(tallow_bug(tallow_bugs() - 1), put);
}

size_t tallow_report_leaks(void) {
  return tallow_describe_leaks(1, put);
}

/*
 * After all other destructors. Blocks whose place is not known are not told here: the C library never frees what it keeps
 * the program's arguments in.
 */
__attribute__((destructor(1))) static void report_leaks_with_places(void) {
  tallow_describe_leaks(0, put);
}
