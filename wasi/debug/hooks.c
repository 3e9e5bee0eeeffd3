/* What the debug library says on the standard error of a program: each bug as it is found, and at the end what is left. */
#include <fcntl.h>
#include <unistd.h>
#include "describe.h"
#include "tallow-debug.h"

static int output = STDERR_FILENO;

static void put(const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(output, text, length);
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

/*
 * What `npm run stacks` needs in a program: room for the names of its functions, and the way to tell which of them are
 * calling. The room is of no use otherwise.
 */
static char stack_names[16384] __attribute__((aligned(4)));

__attribute__((export_name("tallow_stack_names"))) char *tallow_stack_names(void) {
  return stack_names;
}

__attribute__((export_name("tallow_stack_tell")))
void tallow_stack_tell(uintptr_t first, uintptr_t second, uintptr_t third, uintptr_t fourth) {
  tallow_stack(first, second, third, fourth);
}

/* The core calls it when it has written a report. */
void tallow_bug_found(void) {
  tallow_describe(tallow_bug(tallow_bugs() - 1), put);
}

size_t tallow_report_leaks(void) {
  return tallow_describe_leaks(1, put);
}

void tallow_report_recording(const struct tallow_recording *recording) {
  tallow_describe_recording(recording, put);
}

int tallow_write_dhat(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0) return -1;
  output = file;
  tallow_describe_dhat(path, put);
  output = STDERR_FILENO;
  return close(file);
}

/*
 * After all other destructors: what was written beside a block that nobody frees, or into a freed one, is told at last.
 * Blocks whose place is not known are not told here: the C library never frees what it keeps
 * the program's arguments in.
 */
__attribute__((destructor(1))) static void report_at_end(void) {
  tallow_settle();
  tallow_describe_leaks(0, put);
}
