/*
 * Runs one workload in a process of its own, on the malloc that this process has: that of the library which LD_PRELOAD
 * names, or the C library's. It allocates nothing itself.
 *
 *   native <workload> <operations> <timed runs>
 *
 * As in Wasm the workload is found by its name, builds its live set and runs once to warm up; then come the timed runs,
 * of which the fastest counts. For the workload "replay" the standard input tells the trace, in 32-bit words: the number
 * of steps, the number of slots, and two words for each step.
 *
 * Prints the nanoseconds of the fastest run, the KiB of memory that were resident at the peak without those of files,
 * and the path of the library that served.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long Word; /* as in workloads.c */

enum { BAD_USE = 2 };

static void fail(const char *what, const char *which) {
    dprintf(STDERR_FILENO, "%s: %s\n", what, which);
    exit(BAD_USE);
}

/** The function `<prefix>_<suffix>` of workloads.c. */
static void *function(const char *prefix, const char *suffix) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", prefix, suffix);
    void *found = dlsym(RTLD_DEFAULT, name);
    if (!found) fail("there is no function", name);
    return found;
}

static void take(uint32_t *words, int count) {
    char *target = (char *)words;
    for (size_t left = count * sizeof *words; left > 0;) {
        ssize_t got = read(STDIN_FILENO, target, left);
        if (got <= 0) fail("the standard input ends", "before the trace does");
        target += got;
        left -= (size_t)got;
    }
}

static Word start(const char *workload) {
    Word (*begin)(void) = function(workload, "start");
    return begin();
}

/** The state of a replay that knows all its steps. */
static Word startReplay(void) {
    Word (*new)(uint32_t, uint32_t) = function("replay", "new");
    Word (*feed)(Word, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t) = function("replay", "feed");
    uint32_t head[2];
    take(head, 2);
    Word state = new(head[0], head[1]);
    for (uint32_t index = 0; index < head[0]; index += 2) {
        uint32_t steps[4] = { 0 };
        take(steps, index + 1 < head[0] ? 4 : 2);
        feed(state, index, steps[0], steps[1], steps[2], steps[3]);
    }
    return state;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/** A figure of /proc/self/status, in KiB. */
static long statusOf(const char *name) {
    char text[4096];
    int file = open("/proc/self/status", O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    const char *found = strstr(text, name);
    if (!found) fail("/proc/self/status does not tell", name);
    return atol(found + strlen(name));
}

/** The library that has the functions of malloc, which must be one for all of them. */
static const char *servedBy(void) {
    void *functions[] = { (void *)malloc, (void *)free, (void *)calloc, (void *)realloc, (void *)aligned_alloc };
    Dl_info first, other;
    for (size_t index = 0; index < sizeof functions / sizeof *functions; index++) {
        if (!dladdr(functions[index], index ? &other : &first)) fail("unknown", "the library of a function");
        if (index && other.dli_fbase != first.dli_fbase) fail("another library than malloc's has a function", other.dli_fname);
    }
    return first.dli_fname;
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage", "native <workload> <operations> <timed runs>");
    const char *workload = arguments[1];
    uint32_t operations = (uint32_t)strtoul(arguments[2], NULL, 10);
    uint32_t timedRuns = (uint32_t)strtoul(arguments[3], NULL, 10);
    const char *library = servedBy();
    Word (*run)(Word, uint32_t, uint32_t) = function(workload, "run");
    Word (*stop)(Word) = function(workload, "stop");

    Word state = strcmp(workload, "replay") ? start(workload) : startReplay();
    run(state, operations, 0);
    long long fastest = 0;
    for (uint32_t seed = 1; seed <= timedRuns; seed++) {
        long long begin = now();
        run(state, operations, seed);
        long long time = now() - begin;
        if (seed == 1 || time < fastest) fastest = time;
    }
    stop(state);
    dprintf(STDOUT_FILENO, "%lld %ld %s\n", fastest, statusOf("VmHWM:") - statusOf("RssFile:"), library);
}
