/*
 * Runs contract cases natively. Reads lines "name start size garbage" (numbers hexadecimal, addresses as the core has
 * them, garbage a byte or "none") and answers each with one line: "check N", "panic CODE ADDRESS", "signal N" or
 * "exit N". Every case has a process of its own.
 *
 * cases.c is generated: the cases as C functions, the table of their names, and ON_STOP, if a function of the cases says
 * which check a panic comes to.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tallow.h"
#include "cases.c"

/* Seconds that a case may take before it counts as hanging. */
enum { SECONDS_MAX = 60 };

/* Exit code of a process that has answered. */
enum { ANSWERED = 0 };

_Noreturn static void answer(const char *kind, unsigned number, unsigned address) {
  if (strcmp(kind, "panic") == 0) printf("panic %u %x\n", number, address);
  else printf("%s %u\n", kind, number);
  fflush(stdout);
  _exit(ANSWERED);
}

static u32 start, size;

_Noreturn void tallow_panic(unsigned code, void *address) {
#ifdef ON_STOP
  answer("check", ON_STOP(start, size, code, address_of(address)), 0);
#else
  answer("panic", code, address_of(address));
#endif
}

static u32 (*case_named(const char *name))(u32, u32) {
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    if (strcmp(cases[index].name, name) == 0) return cases[index].run;
  }
  fprintf(stderr, "there is no case %s\n", name);
  exit(2);
}

int main(void) {
  void *arena = mmap((void *)TALLOW_BASE, (size_t)1 << 32, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena != (void *)TALLOW_BASE) {
    perror("no 4 GiB of address space at TALLOW_BASE");
    return 2;
  }
  char name[128];
  char garbage[8];
  while (scanf("%127s %x %x %7s", name, &start, &size, garbage) == 4) {
    u32 (*run)(u32, u32) = case_named(name);
    pid_t child = fork();
    if (child < 0) {
      perror("fork");
      return 2;
    }
    if (child == 0) {
      alarm(SECONDS_MAX);
      if (strcmp(garbage, "none") != 0) memset(MEMORY(start), (int)strtoul(garbage, NULL, 16), size);
      answer("check", run(start, size), 0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) != ANSWERED) printf("exit %d\n", WEXITSTATUS(status));
    fflush(stdout);
  }
  return 0;
}
