#include "rules_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jsonc.h"
#include "suggest.h"
#include "text.h"

int rules_fail(struct rules_reader *reader, const char *path, const char *format, ...)
{
	struct rules_error *error = reader->error;
	struct jsonc_place place = { 0, 0 };
	va_list args;

	(void)jsonc_locate(reader->text, reader->size, path, &place);
	*error = (struct rules_error){ .line = place.line, .column = place.column };
	text_sanitise(path, strlen(path), error->path, sizeof(error->path));
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return -EBADMSG;
}

int rules_fail_word(struct rules_reader *reader, const char *path, const char *word,
		    const char *const *words, size_t n)
{
	const char *near = suggest(word, words, n);
	char shown[40], list[180] = "";
	size_t length = 0;

	text_sanitise(word, strlen(word), shown, sizeof(shown));
	if (near != NULL)
		return rules_fail(reader, path, "\"%s\" is not known here; did you mean \"%s\"?",
				  shown, near);
	for (size_t i = 0; i < n && length < sizeof(list); i++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   i == 0 ? "" : ", ", words[i]);
	return rules_fail(reader, path, "\"%s\" is not known here; known are: %s.", shown, list);
}

void rules_path_member(char ret[static RULES_PATH_SIZE], const char *parent, const char *name)
{
	snprintf(ret, RULES_PATH_SIZE, "%s%s%s", parent, *parent == '\0' ? "" : ".", name);
}

void rules_path_element(char ret[static RULES_PATH_SIZE], const char *parent, size_t i)
{
	snprintf(ret, RULES_PATH_SIZE, "%s[%zu]", parent, i);
}

static bool is_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int rules_check_members(struct rules_reader *reader, const char *path, json_t *object,
			const char *const *names, size_t n)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return rules_fail(reader, path, "An object { ... } is wanted here.");
	json_object_foreach (object, name, value) {
		char member[RULES_PATH_SIZE];

		if (is_among(name, names, n))
			continue;
		rules_path_member(member, path, name);
		return rules_fail_word(reader, member, name, names, n);
	}
	return 0;
}

int rules_read_text(struct rules_reader *reader, const char *path, json_t *value, char *ret,
		    size_t ret_size)
{
	if (!json_is_string(value) || json_string_length(value) == 0)
		return rules_fail(reader, path, "A text of at least one character is wanted here.");
	switch (text_copy(json_string_value(value), ret, ret_size)) {
	case 0:
		return 0;
	case -E2BIG:
		return rules_fail(reader, path, "The text is longer than %zu bytes.", ret_size - 1);
	default:
		return rules_fail(reader, path,
				  "The text has control characters or others that do not show.");
	}
}

int rules_read_verdict(struct rules_reader *reader, const char *path, json_t *value,
		       enum verdict *ret)
{
	const char *words[_VERDICT_MAX];

	if (!json_is_string(value))
		return rules_fail(reader, path, "A verdict is wanted here, as a text.");
	const int verdict = verdict_from_text(json_string_value(value));
	if (verdict < 0) {
		for (int v = 0; v < _VERDICT_MAX; v++)
			words[v] = verdict_to_text((enum verdict)v);
		return rules_fail_word(reader, path, json_string_value(value), words, _VERDICT_MAX);
	}
	*ret = (enum verdict)verdict;
	return 0;
}

void rules_function_words(const char *ret[static _FUNCTION_MAX])
{
	for (int f = 0; f < _FUNCTION_MAX; f++)
		ret[f] = function_to_text((enum function)f);
}
