#include "json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

/* Jansson recurses once for each level, and its own limit of 2048 is not for a daemon's stack. */
static bool depth_within(const char *text, size_t size, unsigned max_depth)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		const char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > max_depth)
			return false;
		else if (!in_string && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return true;
}

/* Jansson has a text for all that is wrong with a document, but not always when out of memory; and
 * a string without memory it may call an invalid token, so that -EBADMSG can mean that too. */
int json_text_error(const json_error_t *error)
{
	return error->text[0] == '\0' || json_error_code(error) == json_error_out_of_memory
		       ? -ENOMEM
		       : -EBADMSG;
}

int json_text_load(const char *text, size_t size, unsigned max_depth, json_t **ret,
		   json_error_t *error)
{
	if (!depth_within(text, size, max_depth)) {
		*error = (json_error_t){ .line = -1, .column = -1 };
		snprintf(error->text, sizeof(error->text),
			 "more than %u arrays and objects inside each other", max_depth);
		return -EBADMSG;
	}
	json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
	if (value == NULL)
		return json_text_error(error);
	*ret = value;
	return 0;
}

int json_text_dump(json_t *value, char **ret)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	json_decref(value);
	if (text == NULL)
		return -ENOMEM;
	*ret = text;
	return 0;
}
