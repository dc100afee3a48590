#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/jsonc.h"
#include "policy/suggest.h"
#include "policy/text.h"

#define BY_RISK "by-risk"

enum { MODIFIERS_MAX = 8 };

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

/* Copy @text to @at, as much as fits before @end and a NUL.  Returns where that is. */
static char *append(char *at, const char *end, const char *text)
{
	while (*text != '\0' && at < end)
		*at++ = *text++;
	*at = '\0';
	return at;
}

/* Every member of every rule comes by here: too often for snprintf(). */
void rules_path_member(char ret[static RULES_PATH_SIZE], const char *parent, const char *name)
{
	const char *end = ret + RULES_PATH_SIZE - 1;
	char *at = append(ret, end, parent);

	if (*parent != '\0')
		at = append(at, end, ".");
	(void)append(at, end, name);
}

void rules_path_element(char ret[static RULES_PATH_SIZE], const char *parent, size_t i)
{
	snprintf(ret, RULES_PATH_SIZE, "%s[%zu]", parent, i);
}

size_t rules_values(json_t *value)
{
	return json_is_array(value) ? json_array_size(value) : 1;
}

json_t *rules_value_at(json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : value;
}

void rules_path_value(char ret[static RULES_PATH_SIZE], const char *parent, json_t *value, size_t i)
{
	if (json_is_array(value))
		rules_path_element(ret, parent, i);
	else
		(void)append(ret, ret + RULES_PATH_SIZE - 1, parent);
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

/* Read a verdict, or "by-risk" where @by_risk is not NULL. */
static int read_verdict(struct rules_reader *reader, const char *path, json_t *value,
			enum verdict *ret, bool *by_risk)
{
	const char *words[_VERDICT_MAX + 1];

	if (!json_is_string(value))
		return rules_fail(reader, path, "A verdict is wanted here, as a text.");
	const int verdict = verdict_from_text(json_string_value(value));
	if (verdict >= 0) {
		*ret = (enum verdict)verdict;
		return 0;
	}
	if (by_risk != NULL && strcmp(json_string_value(value), BY_RISK) == 0) {
		*by_risk = true;
		return 0;
	}
	for (int v = 0; v < _VERDICT_MAX; v++)
		words[v] = verdict_to_text((enum verdict)v);
	words[_VERDICT_MAX] = BY_RISK;
	return rules_fail_word(reader, path, json_string_value(value), words,
			       _VERDICT_MAX + (by_risk != NULL));
}

int rules_read_verdict(struct rules_reader *reader, const char *path, json_t *value,
		       enum verdict *ret)
{
	return read_verdict(reader, path, value, ret, NULL);
}

int rules_read_outcome(struct rules_reader *reader, const char *path, json_t *value,
		       struct outcome *ret)
{
	return read_verdict(reader, path, value, &ret->verdict, &ret->by_risk);
}

int rules_read_modifiers(struct rules_reader *reader, const char *path, json_t *value,
			 modifier_set *ret)
{
	char element[RULES_PATH_SIZE];
	const char *words[MODIFIERS_MAX];
	size_t n = 0;

	for (int bit = 1; bit < _MODIFIER_ALL; bit <<= 1)
		words[n++] = modifier_to_text((enum modifier)bit);
	if (rules_values(value) == 0)
		return rules_fail(reader, path, "An empty list says nothing.");
	for (size_t i = 0; i < rules_values(value); i++) {
		const char *word = json_string_value(rules_value_at(value, i));
		const int modifier = word == NULL ? -EINVAL : modifier_from_text(word);

		if (modifier >= 0) {
			*ret |= (modifier_set)modifier;
			continue;
		}
		rules_path_value(element, path, value, i);
		return word == NULL ? rules_fail(reader, element,
						 "A text is wanted here, or a list of texts.")
				    : rules_fail_word(reader, element, word, words, n);
	}
	return 0;
}

void rules_function_words(const char *ret[static _FUNCTION_MAX])
{
	for (int f = 0; f < _FUNCTION_MAX; f++)
		ret[f] = function_to_text((enum function)f);
}
