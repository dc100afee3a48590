/* arena - memory for many small values that live and go together, like those of one document.
 * Internal to policy/.  Nothing is freed or grown by itself; zeroed memory is an empty arena. */
#pragma once

#include <stddef.h>

struct arena {
	struct arena_block *blocks; /* owned; the newest first */
	char *begin, *end;	    /* what is free of the newest */
	size_t bytes;		    /* of all blocks */
};

/* Take @size bytes, 1 or more, zeroed, for values that want no more than the alignment of a
 * pointer.  NULL without memory.  Owned by @arena. */
void *arena_take(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* Take a copy of @text, without padding.  NULL without memory.  Owned by @arena. */
char *arena_text(struct arena *arena, const char *text) __attribute__((warn_unused_result));

/* Free all that was taken. */
void arena_finish(struct arena *arena);
