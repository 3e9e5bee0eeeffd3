/* What the debug library tells, for programs that ask for it and are linked with another one: nothing. */
#include <errno.h>
#include "tallow-debug.h"

size_t tallow_report_leaks(void) {
  return 0;
}

void tallow_report_recording(const struct tallow_recording *recording) {
  (void)recording;
}

int tallow_write_dhat(const char *path) {
  (void)path;
  errno = ENOTSUP;
  return -1;
}
