#include "diff.h"
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256 };

void risk_changes_finish(struct risk_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		free(changes->list[i].path);
		free(changes->list[i].before);
		free(changes->list[i].after);
	}
	free(changes->list);
	*changes = (struct risk_changes){ 0 };
}

/* @value as JSON in one line; *@ret is NULL for one that is not there. */
static int dump(const json_t *value, char **ret)
{
	if (value == NULL)
		return 0;
	*ret = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	return *ret == NULL ? -ENOMEM : 0;
}

static int add(struct risk_changes *changes, const char *path, const json_t *before,
	       const json_t *after)
{
	struct risk_change *list =
		realloc(changes->list, (changes->n + 1) * sizeof(*changes->list));

	if (list == NULL)
		return -ENOMEM;
	changes->list = list;
	struct risk_change *change = &list[changes->n++];
	*change = (struct risk_change){ .path = strdup(path) };
	if (change->path == NULL || dump(before, &change->before) < 0 ||
	    dump(after, &change->after) < 0)
		return -ENOMEM;
	return 0;
}

static int compare(struct risk_changes *changes, const char *path, json_t *before, json_t *after);

/* Every member of either. */
static int compare_objects(struct risk_changes *changes, const char *path, json_t *before,
			   json_t *after)
{
	const char *name;
	json_t *value;
	char member[PATH_SIZE];
	int r = 0;

	json_object_foreach (before, name, value) {
		snprintf(member, sizeof(member), "%s%s%s", path, *path == '\0' ? "" : ".", name);
		r = compare(changes, member, value, json_object_get(after, name));
		if (r < 0)
			return r;
	}
	json_object_foreach (after, name, value) {
		if (json_object_get(before, name) != NULL)
			continue;
		snprintf(member, sizeof(member), "%s%s%s", path, *path == '\0' ? "" : ".", name);
		r = compare(changes, member, NULL, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A model has three levels of objects at most, so that this ends soon. */
static int compare(struct risk_changes *changes, const char *path, json_t *before, json_t *after)
{
	if (before != NULL && after != NULL && json_equal(before, after))
		return 0;
	if (json_is_object(before) && json_is_object(after))
		return compare_objects(changes, path, before, after);
	return add(changes, path, before, after);
}

/* The restricted vendors, a list, as an object whose members are called by their ids. */
static int name_vendors(json_t *model)
{
	json_t *list = json_object_get(model, "restricted");
	json_t *named = json_object();
	json_t *vendor;
	size_t i;
	int r = 0;

	if (named == NULL)
		return -ENOMEM;
	json_array_foreach (list, i, vendor) {
		const char *text = json_string_value(json_object_get(vendor, "vendor"));
		char id[5] = "";

		if (text == NULL || strlen(text) != 4) {
			r = -EBADMSG;
			break;
		}
		for (int c = 0; c < 4; c++)
			id[c] = (char)(text[c] >= 'A' && text[c] <= 'F' ? text[c] - 'A' + 'a'
									: text[c]);
		if (json_object_set(named, id, vendor) < 0 ||
		    json_object_set_new(vendor, "vendor", json_string(id)) < 0) {
			r = -ENOMEM;
			break;
		}
	}
	if (r == 0 && json_object_set(model, "restricted", named) < 0)
		r = -ENOMEM;
	json_decref(named);
	return r;
}

static int by_path(const void *a, const void *b)
{
	const struct risk_change *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int compare_models(json_t *before, json_t *after, struct risk_changes *changes)
{
	int r = name_vendors(before);

	if (r == 0)
		r = name_vendors(after);
	if (r == 0)
		r = compare(changes, "", before, after);
	if (r == 0 && changes->n > 1)
		qsort(changes->list, changes->n, sizeof(*changes->list), by_path);
	return r;
}

int risk_diff(const char *before, const char *after, struct risk_changes *ret)
{
	struct risk_document old, new;
	struct rules_error error;
	struct risk_changes changes = { 0 };
	int r = risk_document_load(&old, before, strlen(before), &error);

	if (r < 0)
		return r;
	r = risk_document_load(&new, after, strlen(after), &error);
	if (r < 0) {
		risk_document_finish(&old);
		return r;
	}
	r = compare_models(old.root, new.root, &changes);
	risk_document_finish(&old);
	risk_document_finish(&new);
	if (r < 0) {
		risk_changes_finish(&changes);
		return r;
	}
	*ret = changes;
	return 0;
}
