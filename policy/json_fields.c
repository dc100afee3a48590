#include "json_fields.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { MAX_WORDS = 32 };

/* A word is stored as an int where an enumeration is. */
_Static_assert(sizeof(enum rules_truth) == sizeof(int), "enumerations are as large as int");

static int read_field(struct rules_reader *reader, const char *path, json_t *value,
		      const struct json_field *field, void *ret)
{
	if (field->words == NULL)
		return field->read(reader, path, value, ret);
	const int word = json_fields_word(reader, path, value, field->words);
	if (word < 0)
		return word;
	*(int *)ret = word;
	return 0;
}

int json_fields_read(struct rules_reader *reader, const char *path, json_t *object,
		     const struct json_field *fields, size_t n, void *ret)
{
	for (size_t i = 0; i < n; i++) {
		json_t *value = json_object_get(object, fields[i].name);
		char member[RULES_PATH_SIZE];

		if (value == NULL || json_is_null(value))
			continue;
		rules_path_member(member, path, fields[i].name);
		int r = read_field(reader, member, value, &fields[i],
				   (uint8_t *)ret + fields[i].at);
		if (r < 0)
			return r;
	}
	return 0;
}

int json_fields_check(struct rules_reader *reader, const char *path, json_t *object,
		      const struct json_field *fields, size_t n)
{
	const char *names[MAX_WORDS];

	assert(n <= MAX_WORDS);
	for (size_t i = 0; i < n; i++)
		names[i] = fields[i].name;
	return rules_check_members(reader, path, object, names, n);
}

int json_fields_text_word(struct rules_reader *reader, const char *path, const char *text,
			  const struct json_words *words)
{
	const char *texts[MAX_WORDS];

	assert(words->n <= MAX_WORDS);
	for (int i = 0; i < words->n; i++) {
		texts[i] = words->to_text(i);
		if (strcmp(text, texts[i]) == 0)
			return i;
	}
	return rules_fail_word(reader, path, text, texts, (size_t)words->n);
}

int json_fields_word(struct rules_reader *reader, const char *path, json_t *value,
		     const struct json_words *words)
{
	if (!json_is_string(value))
		return rules_fail(reader, path, "A word is wanted here, as a text.");
	return json_fields_text_word(reader, path, json_string_value(value), words);
}

int json_fields_number(struct rules_reader *reader, const char *path, json_t *value, int64_t max,
		       int64_t *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > max)
		return rules_fail(reader, path, "A whole number from 0 to %lld is wanted here.",
				  (long long)max);
	*ret = json_integer_value(value);
	return 0;
}

json_t *json_fields_merge(json_t *base, json_t *over)
{
	json_t *merged = json_object();

	if (merged != NULL && (base == NULL || json_object_update(merged, base) == 0) &&
	    json_object_update(merged, over) == 0)
		return merged;
	json_decref(merged);
	return NULL;
}
