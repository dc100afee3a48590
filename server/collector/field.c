#include "field.h"

#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

enum { TEXT_MAX = 1024 };

static int refuse(struct request *request, const char *name, const char *why)
{
	return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request", "\"%s\" %s.",
			   name, why);
}

int field_raw(struct request *request, const json_t *json, const char *name, size_t max,
	      const char **ret, size_t *ret_size)
{
	const json_t *member = json_object_get(json, name);

	if (!json_is_string(member))
		return refuse(request, name, "is missing or no text");
	if (json_string_length(member) > max)
		return refuse(request, name, "is too long");
	*ret = json_string_value(member);
	*ret_size = json_string_length(member);
	return 0;
}

int field_text(struct request *request, const json_t *json, const char *name, size_t max,
	       bool needed, const char **ret)
{
	char clean[TEXT_MAX * 8 + 1];
	const char *text;
	size_t size;

	if (!needed &&
	    (!json_object_get(json, name) || json_is_null(json_object_get(json, name)))) {
		*ret = "";
		return 0;
	}
	int r = field_raw(request, json, name, max < TEXT_MAX ? max : TEXT_MAX, &text, &size);
	if (r < 0)
		return r;
	if (needed && size == 0)
		return refuse(request, name, "is empty");
	if (text_sanitise(text, size, clean, sizeof(clean)))
		return refuse(request, name, "has characters that cannot be shown");
	*ret = text;
	return 0;
}

int field_hex(struct request *request, const json_t *json, const char *name, size_t digits,
	      bool needed, const char **ret)
{
	const char *text;
	int r = field_text(request, json, name, digits, needed, &text);

	if (r < 0)
		return r;
	if (*text && (strlen(text) != digits || strspn(text, "0123456789abcdef") != digits))
		return refuse(request, name, "is not of so many lower-case hexadecimal digits");
	*ret = text;
	return 0;
}

int field_number(struct request *request, const json_t *json, const char *name,
		 const json_int_t range[static 2], json_int_t otherwise, json_int_t *ret)
{
	const json_t *member = json_object_get(json, name);

	if (!member || json_is_null(member)) {
		*ret = otherwise;
		return 0;
	}
	if (!json_is_integer(member))
		return refuse(request, name, "is no whole number");
	if (json_integer_value(member) < range[0] || json_integer_value(member) > range[1])
		return refuse(request, name, "is out of range");
	*ret = json_integer_value(member);
	return 0;
}
