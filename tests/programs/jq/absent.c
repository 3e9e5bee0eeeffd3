/* What jq calls and wasi-libc has not. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* There are no links to resolve, and every path begins in the one folder. */
char *realpath(const char *restrict path, char *restrict resolved) {
  struct stat status;
  if (stat(path, &status) != 0) return NULL;
  return resolved ? strcpy(resolved, path) : strdup(path);
}
