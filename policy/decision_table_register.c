/* The registered media and the revoked devices of a decision table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_table_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *function_word(int i)
{
	return function_to_text((enum function)i);
}

/* One entry of a register being read. */
struct entry_given {
	const struct decision_table *table;
	const struct table_device *device;
	bool digest, any_function, has_tag;
	struct registered_entry entry;
};

static int read_entry_device(struct rules_reader *reader, const char *path, json_t *value,
			     void *ret)
{
	struct entry_given *given = ret;
	int r = json_is_string(value)
			? decision_table_find_device(reader, path, json_string_value(value),
						     given->table)
			: rules_fail(reader, path, "The name of a device is wanted here.");

	if (r < 0)
		return r;
	given->device = &given->table->devices[r];
	return given->device->given.device.has_serial
		       ? 0
		       : rules_fail(reader, path, "A device without a serial has no entry.");
}

static int read_entry_verdict(struct rules_reader *reader, const char *path, json_t *value,
			      void *ret)
{
	return rules_read_verdict(reader, path, value, &((struct entry_given *)ret)->entry.verdict);
}

static int read_entry_modifiers(struct rules_reader *reader, const char *path, json_t *value,
				void *ret)
{
	uint32_t set = 0;
	int r = decision_table_modifiers(reader, path, value, &set);

	((struct entry_given *)ret)->entry.modifiers = (modifier_set)set;
	return r;
}

static int read_entry_functions(struct rules_reader *reader, const char *path, json_t *value,
				void *ret)
{
	static const struct json_words words = { function_word, _FUNCTION_MAX };
	struct entry_given *given = ret;

	given->entry.functions = 0;
	if (json_is_string(value) && strcmp(json_string_value(value), "*") == 0) {
		given->entry.functions = ~0U;
		return 0;
	}
	return decision_table_set(reader, path, value, &words, &given->entry.functions);
}

static int read_entry_tag(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct entry_given *given = ret;

	given->has_tag = true;
	return rules_read_text(reader, path, value, given->entry.tag, sizeof(given->entry.tag));
}

static int read_entry_digest(struct rules_reader *reader, const char *path, json_t *value,
			     void *ret)
{
	if (!json_is_boolean(value))
		return rules_fail(reader, path, "true or false is wanted here.");
	((struct entry_given *)ret)->digest = json_is_true(value);
	return 0;
}

/* The first two are those of a revoked device, too. */
static const struct json_field entry_fields[] = {
	{ "device", read_entry_device },       { "tag", read_entry_tag },
	{ "verdict", read_entry_verdict },     { "modifiers", read_entry_modifiers },
	{ "functions", read_entry_functions }, { "digest", read_entry_digest },
};

static int read_entry(struct rules_reader *reader, const char *path, json_t *value,
		      struct entry_given *given, size_t n_fields)
{
	const struct device *device;
	int r = json_fields_check(reader, path, value, entry_fields, n_fields);

	if (r == 0)
		r = json_fields_read(reader, path, value, entry_fields, n_fields, given);
	if (r < 0)
		return r;
	if (given->device == NULL)
		return decision_table_missing(reader, path, "device");
	device = &given->device->given.device;
	device_key(device, given->entry.key);
	if (given->digest)
		memcpy(given->entry.digest, device->digest, sizeof(given->entry.digest));
	if (!given->has_tag)
		snprintf(given->entry.tag, sizeof(given->entry.tag), "%.*s",
			 REGISTERED_TAG_SIZE - 1, given->device->name);
	return 0;
}

static int encode(struct rules_reader *reader, const char *path, struct registered_entry *entries,
		  size_t n, struct table_register *ret)
{
	size_t size;
	int r = registered_encode(entries, n, &ret->bytes, &size);

	if (r == -EEXIST)
		return rules_fail(reader, path, "A device is here twice.");
	if (r == 0)
		r = registered_open(&ret->view, ret->bytes, size, true);
	return r == 0 || r == -ENOMEM
		       ? r
		       : rules_fail(reader, path, "No register can have such an entry.");
}

/* Read a register whose entries are @like but for what they say themselves. */
static int read_register(struct rules_reader *reader, const char *path, json_t *value,
			 const struct entry_given *like, struct table_register *ret)
{
	const bool is_revoked = like->entry.verdict == VERDICT_DENY;
	const size_t n = json_array_size(value);
	struct registered_entry *entries;
	int r = 0;

	if (!json_is_array(value))
		return rules_fail(reader, path, "A list [ ... ] is wanted here.");
	entries = calloc(n + 1, sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct entry_given given = *like;
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		r = read_entry(reader, at, json_array_get(value, i), &given,
			       is_revoked ? 2 : COUNT(entry_fields));
		entries[i] = given.entry;
	}
	if (r == 0)
		r = encode(reader, path, entries, n, ret);
	ret->given = r == 0;
	free(entries);
	return r;
}

int decision_table_registered(struct rules_reader *reader, const char *path, json_t *value,
			      void *ret)
{
	struct decision_table *table = ret;
	const struct entry_given like = {
		.table = table,
		.entry = { .verdict = VERDICT_ALLOW, .functions = FUNCTION_BIT(FUNCTION_STORAGE) },
	};

	return read_register(reader, path, value, &like, &table->registered);
}

int decision_table_revoked(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct decision_table *table = ret;
	const struct entry_given like = {
		.table = table,
		.entry = { .verdict = VERDICT_DENY, .functions = ~0U },
	};

	return read_register(reader, path, value, &like, &table->revoked);
}
