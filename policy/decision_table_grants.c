/* The grants of a decision table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_table_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SECONDS_OF_MINUTE = 60 };

/* One grant being read. */
struct grant_given {
	const struct decision_table *table;
	bool has_device;
	struct grant grant;
};

static int read_device(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct grant_given *given = ret;
	const struct device *device;
	int r = json_is_string(value)
			? decision_table_find_device(reader, path, json_string_value(value),
						     given->table)
			: rules_fail(reader, path, "The name of a device is wanted here.");

	if (r < 0)
		return r;
	device = &given->table->devices[r].given.device;
	if (!device->has_serial || device->serial[0] == '\0')
		return rules_fail(reader, path, "A device without a serial has no grant.");
	given->has_device = true;
	given->grant.bus = device->bus;
	given->grant.vendor = device->vendor;
	given->grant.product = device->product;
	memcpy(given->grant.serial, device->serial, sizeof(given->grant.serial));
	return 0;
}

static int read_id(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return rules_read_text(reader, path, value, ((struct grant_given *)ret)->grant.id,
			       GRANT_ID_SIZE);
}

static const char *function_word(int i)
{
	return function_to_text((enum function)i);
}

static int read_functions(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	static const struct json_words words = { function_word, _FUNCTION_MAX };
	struct grant_given *given = ret;

	given->grant.functions = 0;
	return decision_table_set(reader, path, value, &words, &given->grant.functions);
}

static int read_verdict(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return rules_read_verdict(reader, path, value, &((struct grant_given *)ret)->grant.verdict);
}

static int read_modifiers(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	uint32_t set = 0;
	int r = decision_table_modifiers(reader, path, value, &set);

	((struct grant_given *)ret)->grant.modifiers = (modifier_set)set;
	return r;
}

static int read_minutes(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t minutes = 0;
	int r = json_fields_number(reader, path, value, RULES_MAX_GRANT_MINUTES, &minutes);

	((struct grant_given *)ret)->grant.until = minutes * SECONDS_OF_MINUTE;
	return r;
}

static int read_withdrawn(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	((struct grant_given *)ret)->grant.withdrawn = json_is_true(value);
	return json_is_boolean(value) ? 0
				      : rules_fail(reader, path, "true or false is wanted here.");
}

static const struct json_field fields[] = {
	{ "device", read_device },	 { "id", read_id },
	{ "functions", read_functions }, { "verdict", read_verdict },
	{ "modifiers", read_modifiers }, { "minutes", read_minutes },
	{ "withdrawn", read_withdrawn },
};

/* A grant that says no more than its device gives storage, for a minute. */
static int read_grant(struct rules_reader *reader, const char *path, json_t *value,
		      const struct decision_table *table, struct grant *ret)
{
	struct grant_given given = {
		.table = table,
		.grant = { .id = "grant",
			   .version = 1,
			   .functions = FUNCTION_BIT(FUNCTION_STORAGE),
			   .verdict = VERDICT_ALLOW,
			   .until = SECONDS_OF_MINUTE },
	};
	int r = json_fields_check(reader, path, value, fields, COUNT(fields));

	if (r == 0)
		r = json_fields_read(reader, path, value, fields, COUNT(fields), &given);
	if (r == 0 && !given.has_device)
		r = decision_table_missing(reader, path, "device");
	if (r == 0)
		*ret = given.grant;
	return r;
}

int decision_table_grants(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct decision_table *table = ret;
	struct table_grants *grants = &table->grants;
	const size_t n = json_array_size(value);

	if (!json_is_array(value) || n > GRANTS_MAX)
		return rules_fail(reader, path, "A list [ ... ] of at most %d is wanted here.",
				  GRANTS_MAX);
	grants->grants = calloc(n + 1, sizeof(*grants->grants));
	grants->views = calloc(n + 1, sizeof(*grants->views));
	if (grants->grants == NULL || grants->views == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = read_grant(reader, at, json_array_get(value, i), table, &grants->grants[i]);
		if (r < 0)
			return r;
		grants->views[i] = &grants->grants[i];
		grants->n++;
	}
	grants->given = true;
	return 0;
}
