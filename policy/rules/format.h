/* rules_format - the canonical layout of a rules document (or a risk model) that keeps its
 * comments.
 * Pure.  Works on the text alone: what is JSON with comments can be laid out, whether or not its
 * rules are good ones.
 *
 * The layout: two spaces for each level; members in the order in which devgate-policy(5) describes
 * them, those it does not know after them in their own order; a list or an object on one line if
 * it has no comment inside and fits in 100 columns, but the document itself, "rules" and what holds
 * such an object or list, one line for each element.  A comment on lines of its own stays before
 * what follows it, one at the end of a line stays behind what it follows; blank lines between are
 * kept, one at most.  Strings and numbers stay byte for byte. */
#pragma once

#include <stddef.h>

#include "policy/rules_error.h"

/* Lay out @text.  Gives *@ret, NUL-terminated, of *@ret_size bytes, to be freed; formatting it
 * again changes nothing.  Returns 0; -EBADMSG with *@error filled if @text is not JSON with
 * comments; -E2BIG above RULES_MAX_BYTES; -ENOMEM. */
int rules_format(const char *text, size_t size, char **ret, size_t *ret_size,
		 struct rules_error *error) __attribute__((warn_unused_result));
