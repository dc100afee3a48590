#include "json_fields.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "jsonc.h"
#include "text.h"

enum { MAX_WORDS = 32 };

int json_fields_read(struct rules_reader *reader, const char *path, json_t *object,
		     const struct json_field *fields, size_t n, void *ret)
{
	for (size_t i = 0; i < n; i++) {
		json_t *value = json_object_get(object, fields[i].name);
		char member[RULES_PATH_SIZE];

		if (value == NULL || json_is_null(value))
			continue;
		rules_path_member(member, path, fields[i].name);
		int r = fields[i].read(reader, member, value, ret);
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

static int load_stripped(struct json_document *document, unsigned depth, struct rules_error *error)
{
	json_error_t load;
	int r = json_text_load(document->text, document->size, depth, &document->root, &load);

	if (r == -EBADMSG) {
		error->line = load.line > 0 ? load.line : 0;
		error->column = load.column > 0 ? load.column : 0;
		text_sanitise(load.text, strlen(load.text), error->message, sizeof(error->message));
	}
	return r;
}

int json_document_load(const char *text, size_t size, const struct json_limits *limits,
		       struct json_document *ret, struct rules_error *error)
{
	struct json_document document = { 0 };
	struct jsonc_place place;

	*error = (struct rules_error){ 0 };
	if (size > limits->size) {
		snprintf(error->message, sizeof(error->message),
			 "The document is larger than %zu bytes.", limits->size);
		return -E2BIG;
	}
	document.text = malloc(size + 1);
	if (document.text == NULL)
		return -ENOMEM;
	int r = jsonc_strip(text, size, document.text, &document.size, &place);
	if (r < 0)
		*error = (struct rules_error){ place.line, place.column, "",
					       "The comment that begins here does not end." };
	else
		r = load_stripped(&document, limits->depth, error);
	if (r < 0) {
		free(document.text);
		return r;
	}
	*ret = document;
	return 0;
}

void json_document_finish(struct json_document *document)
{
	json_decref(document->root);
	free(document->text);
	*document = (struct json_document){ 0 };
}
