#include "json_body.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

/* How deep brackets nest, outside of strings; a bound for the parser, which judges the rest. */
static unsigned json_depth(const char *text, size_t size)
{
	unsigned depth = 0, deepest = 0;
	bool string = false;

	for (size_t i = 0; i < size; i++) {
		if (string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			string = !string;
		else if (!string && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!string && (text[i] == '}' || text[i] == ']'))
			depth -= depth > 0;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
}

int json_body_parse(const char *bytes, size_t size, json_t **ret,
		    char error[static JSON_BODY_ERROR_SIZE])
{
	json_error_t where;

	if (json_depth(bytes, size) > JSON_BODY_DEPTH) {
		snprintf(error, JSON_BODY_ERROR_SIZE, "The JSON is nested more than %d deep.",
			 JSON_BODY_DEPTH);
		return -EBADMSG;
	}
	json_t *json = json_loadb(size > 0 ? bytes : "", size, JSON_REJECT_DUPLICATES, &where);
	if (!json) {
		snprintf(error, JSON_BODY_ERROR_SIZE,
			 "The body is not JSON: line %d, column %d: %s.", where.line, where.column,
			 where.text);
		return json_error_code(&where) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	}
	if (!json_is_object(json)) {
		json_decref(json);
		snprintf(error, JSON_BODY_ERROR_SIZE, "The body must be a JSON object.");
		return -EBADMSG;
	}
	*ret = json;
	return 0;
}
