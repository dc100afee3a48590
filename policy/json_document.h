/* json_document - load a document that officers write: JSON with comments, within limits.
 * Internal to policy/.  Pure. */
#pragma once

#include <stddef.h>

#include <jansson.h>

#include "rules_error.h"

struct json_limits {
	size_t size;	/* bytes, with comments */
	unsigned depth; /* arrays and objects inside each other */
};

struct json_document {
	json_t *root; /* owned */
	char *text;   /* without the comments, each place as it was, for a reader; owned */
	size_t size;
};

/* Load @text.  Gives *@ret, for json_document_finish(); untouched on failure.
 * Returns 0; -EBADMSG and -E2BIG with *@error filled; -ENOMEM. */
int json_document_load(const char *text, size_t size, const struct json_limits *limits,
		       struct json_document *ret, struct rules_error *error)
	__attribute__((warn_unused_result));
void json_document_finish(struct json_document *document);
