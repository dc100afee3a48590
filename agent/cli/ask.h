/* ask - put a question to the enforcer, and say on stderr what went wrong if there is no answer. */
#pragma once

#include <jansson.h>

#include "arguments.h"

/* Send @request; gives *@ret, an array of the reply's packets.  Returns 0; -errno, with the error
 * said on stderr, also when the enforcer answered {"error":…}. */
int ask_enforcer(const struct arguments *arguments, const char *request, json_t **ret)
	__attribute__((warn_unused_result));

/* Print @value as JSON on stdout, indented. */
void ask_print_json(const json_t *value);
