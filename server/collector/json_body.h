/* json_body - the body of a request as a JSON object.  Pure. */
#pragma once

#include <stddef.h>

#include <jansson.h>

enum { JSON_BODY_DEPTH = 16, JSON_BODY_ERROR_SIZE = 256 };

/* Parse @size @bytes: one object, nested at most JSON_BODY_DEPTH deep, no member twice.  @bytes may
 * be NULL if @size is 0.  Gives *@ret.  Returns 0; -EBADMSG with a sentence in @error; -ENOMEM. */
int json_body_parse(const char *bytes, size_t size, json_t **ret,
		    char error[static JSON_BODY_ERROR_SIZE]) __attribute__((warn_unused_result));
