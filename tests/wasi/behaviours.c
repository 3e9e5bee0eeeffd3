/* Does what its first argument says, for tests of the engines that run it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int tell(int argc, char **argv) {
  for (int index = 0; index < argc; index++) printf("argument %s\n", argv[index]);
  for (char **variable = environ; variable && *variable; variable++) printf("variable %s\n", *variable);
  return 0;
}

static int copy(void) {
  static char buffer[10000];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, stdin)) > 0;) fwrite(buffer, 1, size, stdout);
  return 0;
}

static int speak_and_stop(void) {
  fputs("said\n", stdout);
  fputs("warned\n", stderr);
  fflush(NULL);
  __builtin_trap();
}

static int depth(int level) {
  volatile char frame[1000];
  frame[0] = (char)level;
  return depth(level + 1) + frame[0];
}

static int read_and_write_files(void) {
  FILE *in = fopen("in.txt", "r"), *out = fopen("out.txt", "w");
  if (!in || !out) return 1;
  for (int character = getc(in); character != EOF; character = getc(in)) putc(character + 1, out);
  return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "tell")) return tell(argc, argv);
  if (!strcmp(what, "copy")) return copy();
  if (!strcmp(what, "exit")) exit(atoi(argv[2]));
  if (!strcmp(what, "stop")) return speak_and_stop();
  if (!strcmp(what, "recurse")) return depth(0);
  if (!strcmp(what, "files")) return read_and_write_files();
  return 99;
}
