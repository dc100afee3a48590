/* grants_answer - the collector's answer to GET /v1/grants: {"grants":["<envelope>", ...]}.
 * Pure.  What the envelopes say is the enforcer's to judge. */
#pragma once

#include <stddef.h>

#include <jansson.h>

enum { GRANTS_ANSWER_MAX = 64, GRANTS_ANSWER_BYTES = 2 * 1024 * 1024 };

/* Gives *@ret, an array of at most GRANTS_ANSWER_MAX texts, each of 1 to GRANT_MAX_BYTES bytes.
 * Returns 0 or -EBADMSG, which is also out of memory. */
int grants_answer_parse(const char *body, size_t size, json_t **ret)
	__attribute__((warn_unused_result));
