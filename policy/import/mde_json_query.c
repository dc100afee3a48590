/* A group's query: clauses that all hold, or any; or a query that does not. */
#include "mde_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_QUERIES = 24 };

static const char *const words[] = {
	"all",
	"and",
	"any",
	"or",
	"not",
	"primaryId",
	"vendorId",
	"productId",
	"serialNumber",
	"encryption",
	"groupId",
	"mediaSerialNumber",
	"mediaProductName",
	"mediaApplicationId",
};

enum word {
	WORD_ALL,
	WORD_AND,
	WORD_ANY,
	WORD_OR,
	WORD_NOT,
	WORD_PRIMARY,
	WORD_VENDOR,
	WORD_PRODUCT,
	WORD_SERIAL,
	WORD_ENCRYPTION,
	WORD_GROUP,
	WORD_MEDIA_SERIAL,
	WORD_MEDIA_NAME,
	WORD_MEDIA_APPLICATION,
	_WORD_MAX,
};

static int read_primary(struct mde *mde, const struct mde_at *at, struct mde_expression **ret)
{
	static const char *const names[] = { "removable_media_devices", "portable_devices",
					     "apple_devices", "bluetooth_devices" };
	static const enum mde_family families[] = { MDE_REMOVABLE, MDE_PORTABLE, MDE_APPLE,
						    MDE_BLUETOOTH };
	int i = mde_json_word(mde, at, "value", names, sizeof(names) / sizeof(names[0]));

	return i < 0 ? i : mde_constant(mde, 1u << families[i], 0, ret);
}

static int read_id(struct mde *mde, const struct mde_at *at, enum word word,
		   struct mde_expression **ret)
{
	struct mde_at value;
	int r = mde_json_need(mde, at, "value", JSON_STRING, &value);

	if (r < 0)
		return r;
	const char *id = json_string_value(value.value);
	if (strlen(id) != 4 || strspn(id, "0123456789abcdefABCDEF") != 4)
		return mde_json_fail(mde, &value, "Four hexadecimal digits are wanted here.");
	return word == WORD_VENDOR ? mde_ids(mde, id, "", ret) : mde_ids(mde, "", id, ret);
}

static int read_serial(struct mde *mde, const struct mde_at *at, struct mde_expression **ret)
{
	struct mde_at value;
	const char *copy;
	int r = mde_json_need(mde, at, "value", JSON_STRING, &value);

	if (r < 0)
		return r;
	const char *serial = json_string_value(value.value);
	r = mde_copy(mde, serial, strlen(serial), &copy);
	return r == 0 ? mde_serial(mde, copy, false, ret) : r;
}

static int read_group(struct mde *mde, const struct mde_at *at, struct mde_expression **ret)
{
	char id[MDE_GUID_SIZE];
	int r = mde_json_guid(mde, at, "value", id);

	if (r < 0)
		return r;
	const ptrdiff_t i = mde_find_group(mde, id);
	if (i < 0 || mde->policy.groups[i].query == NULL)
		return mde_json_fail(mde, at, "The group %s is not defined before this clause.",
				     id);
	r = mde_new(mde, MDE_GROUP, ret);
	if (r == 0)
		(*ret)->group = (size_t)i;
	return r;
}

/* What Linux does not tell of a device. */
static int read_vague(struct mde *mde, const struct mde_at *at, enum word word,
		      struct mde_expression **ret)
{
	static const char *const schemes[] = { "apfs" };
	int r = 0;

	if (word == WORD_ENCRYPTION)
		r = mde_json_word(mde, at, "value", schemes, 1);
	else if (json_object_get(at->value, "value") == NULL)
		r = mde_json_fail(mde, at, "The member \"value\" is missing here.");
	if (r == 0)
		r = mde_note(
			mde, IMPORT_STRICTER, mde_json_line(mde, at), at->path,
			"%s cannot be told on Linux: devices that may be meant, or not, get what "
			"is stricter.",
			words[word]);
	return r == 0 ? mde_constant(mde, 0, 1u << MDE_REMOVABLE, ret) : r;
}

static int read_clause(struct mde *mde, const struct mde_at *at, enum word word,
		       struct mde_expression **ret)
{
	static const char *const names[] = { "$type", "value", NULL };
	int r = mde_json_members(mde, at, names);

	if (r < 0)
		return r;
	switch (word) {
	case WORD_PRIMARY:
		return read_primary(mde, at, ret);
	case WORD_VENDOR:
	case WORD_PRODUCT:
		return read_id(mde, at, word, ret);
	case WORD_SERIAL:
		return read_serial(mde, at, ret);
	case WORD_GROUP:
		return read_group(mde, at, ret);
	default:
		return read_vague(mde, at, word, ret);
	}
}

static int read_clauses(struct mde *mde, const struct mde_at *at, enum word word, unsigned depth,
			struct mde_expression **ret)
{
	static const char *const names[] = { "$type", "clauses", NULL };
	struct mde_at list;
	int r = mde_json_members(mde, at, names);

	if (r == 0)
		r = mde_json_need(mde, at, "clauses", JSON_ARRAY, &list);
	if (r == 0 && json_array_size(list.value) == 0)
		r = mde_json_fail(mde, &list, "A query has a clause or more.");
	if (r == 0)
		r = mde_new(mde, word <= WORD_AND ? MDE_ALL : MDE_ANY, ret);
	for (size_t i = 0; r == 0 && i < json_array_size(list.value); i++) {
		const struct mde_at element = mde_json_element(&list, i);
		struct mde_expression *child;

		r = mde_json_query(mde, &element, depth + 1, &child);
		if (r == 0)
			r = mde_add_child(mde, *ret, child);
	}
	return r;
}

static int read_negated(struct mde *mde, const struct mde_at *at, unsigned depth,
			struct mde_expression **ret)
{
	static const char *const names[] = { "$type", "query", NULL };
	struct mde_expression *child = NULL;
	struct mde_at query;
	int r = mde_json_members(mde, at, names);

	if (r == 0)
		r = mde_json_need(mde, at, "query", JSON_OBJECT, &query);
	if (r == 0)
		r = mde_json_query(mde, &query, depth + 1, &child);
	if (r == 0)
		r = mde_new(mde, MDE_NOT, ret);
	return r == 0 ? mde_add_child(mde, *ret, child) : r;
}

int mde_json_query(struct mde *mde, const struct mde_at *at, unsigned depth,
		   struct mde_expression **ret)
{
	if (!json_is_object(at->value))
		return mde_json_fail(mde, at, "An object is wanted here.");
	const int word = mde_json_word(mde, at, "$type", words, _WORD_MAX);
	if (word < 0)
		return word;
	if (depth == MAX_QUERIES)
		return mde_json_fail(mde, at, "More than %d queries are inside each other.",
				     MAX_QUERIES);
	if (word == WORD_NOT)
		return read_negated(mde, at, depth, ret);
	if (word < WORD_NOT)
		return read_clauses(mde, at, (enum word)word, depth, ret);
	/* A group's query itself is no single clause. */
	if (depth == 0)
		return mde_json_fail(mde, at, "A query is wanted here: all, and, any, or, not.");
	return read_clause(mde, at, (enum word)word, ret);
}
