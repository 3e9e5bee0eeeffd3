/** Reports of the debug profile in plain words. Freestanding: no library is called, nothing is allocated. */
#ifndef TALLOW_DESCRIBE_H
#define TALLOW_DESCRIBE_H

#include <stddef.h>
#include "tallow.h"

/** Takes a piece of text. */
typedef void tallow_put(const char *text, size_t length);

/** What happened, to which block, at which byte; then where it was allocated, freed and noticed, as far as is known. */
void tallow_describe(const struct tallow_report *report, tallow_put *put);

/**
 * The live blocks whose place is known (or, if `all`, all of them), put together by where they were allocated, with the
 * places where others from there were freed. Returns the number of blocks told. O(live blocks squared), no memory.
 */
size_t tallow_describe_leaks(int all, tallow_put *put);

/** A recording that has ended: figures, what is wrong, and the blocks that are left over, with their places if known. */
void tallow_describe_recording(const struct tallow_recording *recording, tallow_put *put);

/**
 * The live blocks by their places as a profile in JSON for the viewer of DHAT (valgrind, dh_view.html); `command` is what
 * it shows as the program's. O(live blocks squared), no memory.
 */
void tallow_describe_dhat(const char *command, tallow_put *put);

#endif
