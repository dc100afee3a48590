#include "usbguard_texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct usbguard_texts *texts)
{
	size_t kept = 0;

	if (texts->n > 0)
		qsort(texts->values, texts->n, sizeof(*texts->values), compare);
	for (size_t i = 0; i < texts->n; i++)
		if (i == 0 || strcmp(texts->values[i], texts->values[kept - 1]) != 0)
			texts->values[kept++] = texts->values[i];
	texts->n = kept;
}

static bool holds_for_all(enum usbguard_operator relation)
{
	return relation == USBGUARD_ALL_OF || relation == USBGUARD_EQUALS ||
	       relation == USBGUARD_EQUALS_ORDERED;
}

int usbguard_texts_from(struct arena *arena, const struct usbguard_attribute *attribute,
			struct usbguard_texts *ret)
{
	struct usbguard_texts texts = { 0 };
	bool impossible = false;

	texts.negated = attribute->n == 0 || attribute->relation == USBGUARD_NONE_OF;
	if (attribute->n > 0) {
		texts.values = arena_take(arena, attribute->n * sizeof(*texts.values));
		if (texts.values == NULL)
			return -ENOMEM;
	}
	for (size_t i = 0; i < attribute->n; i++) {
		const struct usbguard_value *value = &attribute->values[i];

		if (strlen(value->text) == value->size)
			texts.values[texts.n++] = value->text;
		else
			impossible = true;
	}
	sort(&texts);
	if (holds_for_all(attribute->relation) && (impossible || texts.n > 1))
		texts.n = 0;
	*ret = texts;
	return 0;
}

bool usbguard_texts_is_any(const struct usbguard_texts *texts)
{
	return texts->negated && texts->n == 0;
}

bool usbguard_texts_is_none(const struct usbguard_texts *texts)
{
	return !texts->negated && texts->n == 0;
}

static bool is_listed(const struct usbguard_texts *texts, const char *value)
{
	return texts->n > 0 &&
	       bsearch(&value, texts->values, texts->n, sizeof(*texts->values), compare) != NULL;
}

bool usbguard_texts_hold(const struct usbguard_texts *texts, const char *value)
{
	return is_listed(texts, value) != texts->negated;
}

struct usbguard_texts usbguard_texts_without_empty(const struct usbguard_texts *texts)
{
	struct usbguard_texts without = *texts;

	if (texts->n > 0 && texts->values[0][0] == '\0') { /* it sorts first */
		without.n--;
		without.values++;
	}
	return without;
}

size_t usbguard_texts_keep(struct usbguard_texts *texts, bool (*is_good)(const char *value))
{
	const size_t before = texts->n;
	size_t kept = 0;

	for (size_t i = 0; i < texts->n; i++)
		if (is_good(texts->values[i]))
			texts->values[kept++] = texts->values[i];
	texts->n = kept;
	return before - kept;
}

int usbguard_texts_within(struct arena *arena, const struct usbguard_texts *scope,
			  const struct usbguard_texts *texts, struct usbguard_texts *ret)
{
	struct usbguard_texts within = { 0 };

	if (usbguard_texts_is_any(scope)) {
		*ret = *texts;
		return 0;
	}
	within.values = arena_take(arena, scope->n * sizeof(*within.values));
	if (within.values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < scope->n; i++)
		if (usbguard_texts_hold(texts, scope->values[i]))
			within.values[within.n++] = scope->values[i];
	*ret = within;
	return 0;
}

json_t *usbguard_list(json_t *list)
{
	if (json_array_size(list) != 1)
		return list;
	json_t *only = json_incref(json_array_get(list, 0));
	json_decref(list);
	return only;
}

json_t *usbguard_texts_to_json(const struct usbguard_texts *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < texts->n; i++)
		if (json_array_append_new(list, json_string(texts->values[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return usbguard_list(list);
}
