/* As much of POSIX threads as jq calls in a program that has one thread. */
#ifndef PTHREAD_H
#define PTHREAD_H

#include <errno.h>

typedef int pthread_key_t;
typedef int pthread_once_t;

#define PTHREAD_ONCE_INIT 0
#define PTHREAD_KEYS_MAX 8

/* Each C file has values of its own, and keys that it alone uses. */
static void *pthread_values[PTHREAD_KEYS_MAX];
static int pthread_keys;

static inline int pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
  (void)destructor;
  if (pthread_keys == PTHREAD_KEYS_MAX) return EAGAIN;
  *key = pthread_keys++;
  return 0;
}

static inline void *pthread_getspecific(pthread_key_t key) {
  return pthread_values[key];
}

static inline int pthread_setspecific(pthread_key_t key, const void *value) {
  pthread_values[key] = (void *)value;
  return 0;
}

static inline int pthread_once(pthread_once_t *once, void (*initialise)(void)) {
  if (!*once) {
    *once = 1;
    initialise();
  }
  return 0;
}

#endif
