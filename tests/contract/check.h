/* How a case in C or C++ says what it expects: the first check that fails is kept, and the case goes on. */
#ifndef CHECK_H
#define CHECK_H

static const char *failed_check;
static int failed_line;

#define CHECK(condition) \
  do { \
    if (!(condition) && !failed_check) failed_check = #condition, failed_line = __LINE__; \
  } while (0)

#endif
