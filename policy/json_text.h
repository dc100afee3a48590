/* json_text - load JSON that somebody else wrote: no member twice, bounded depth, nothing after it.
 * Internal to policy/.  Pure. */
#pragma once

#include <stddef.h>

#include <jansson.h>

/* Load @text.  Depth counts arrays and objects inside each other.  Gives *@ret.  Returns 0;
 * -ENOMEM; -EBADMSG with *@error filled (line and column -1 where not known). */
int json_text_load(const char *text, size_t size, unsigned max_depth, json_t **ret,
		   json_error_t *error) __attribute__((warn_unused_result));

/* -ENOMEM or -EBADMSG for what Jansson says of a failure, of json_unpack_ex() for instance. */
int json_text_error(const json_error_t *error);

/* Dump @value, which may be NULL (out of memory while it was made), in one line, and give it up.
 * Gives *@ret, to be freed.  0 or -ENOMEM. */
int json_text_dump(json_t *value, char **ret) __attribute__((warn_unused_result));
