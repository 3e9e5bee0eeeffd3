/* What SQLite's shell calls and WASI has not. */
#include <errno.h>
#include <sys/stat.h>

int chmod(const char *path, mode_t mode) {
  (void)path;
  (void)mode;
  errno = ENOSYS;
  return -1;
}
