/*
 * Runs scripts in QuickJS, one after the other in one global scope, where print(text) and readText(name) are.
 *
 *   quickjs <script> ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quickjs.h"

/* Bytes of the machine's stack that scripts may use. */
#define STACK_MAX (768 * 1024)

/* A file and a zero byte behind it; NULL if it cannot be read. */
static char *read_file(const char *name, size_t *length) {
  FILE *file = fopen(name, "rb");
  if (!file) return NULL;
  char *text = NULL;
  if (fseek(file, 0, SEEK_END) == 0) {
    *length = (size_t)ftell(file);
    rewind(file);
    text = malloc(*length + 1);
    if (text && fread(text, 1, *length, file) == *length) {
      text[*length] = '\0';
    } else {
      free(text);
      text = NULL;
    }
  }
  fclose(file);
  return text;
}

static JSValue print(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this;
  for (int index = 0; index < count; index++) {
    const char *text = JS_ToCString(context, values[index]);
    if (!text) return JS_EXCEPTION;
    puts(text);
    JS_FreeCString(context, text);
  }
  return JS_UNDEFINED;
}

static JSValue read_text(JSContext *context, JSValueConst this, int count, JSValueConst *values) {
  (void)this;
  (void)count;
  const char *name = JS_ToCString(context, values[0]);
  if (!name) return JS_EXCEPTION;
  size_t length;
  char *text = read_file(name, &length);
  JSValue value = text ? JS_NewStringLen(context, text, length) : JS_ThrowReferenceError(context, "no file %s", name);
  JS_FreeCString(context, name);
  free(text);
  return value;
}

/* 0 if the script ran to its end. */
static int run(JSContext *context, const char *name) {
  size_t length;
  char *text = read_file(name, &length);
  if (!text) {
    perror(name);
    return 1;
  }
  JSValue value = JS_Eval(context, text, length, name, JS_EVAL_TYPE_GLOBAL);
  free(text);
  int failed = JS_IsException(value);
  if (failed) {
    JSValue exception = JS_GetException(context);
    const char *message = JS_ToCString(context, exception);
    fprintf(stderr, "%s: %s\n", name, message ? message : "an exception");
    JS_FreeCString(context, message);
    JS_FreeValue(context, exception);
  }
  JS_FreeValue(context, value);
  return failed;
}

int main(int argc, char **argv) {
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = runtime ? JS_NewContext(runtime) : NULL;
  if (!context) {
    fprintf(stderr, "no memory for QuickJS\n");
    return 1;
  }
  JS_SetMaxStackSize(runtime, STACK_MAX);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, print, "print", 1));
  JS_SetPropertyStr(context, global, "readText", JS_NewCFunction(context, read_text, "readText", 1));
  JS_FreeValue(context, global);
  int failed = 0;
  for (int index = 1; index < argc && !failed; index++) failed = run(context, argv[index]);
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  return failed;
}
