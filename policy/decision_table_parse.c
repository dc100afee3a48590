/* From the text of a decision table to struct decision_table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_table_internal.h"

#define SCHEMA	     "devgate-table-1"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DOCUMENT_DEPTH = 12 };

int decision_table_missing(struct rules_reader *reader, const char *path, const char *name)
{
	return rules_fail(reader, path, "The member \"%s\" is missing here.", name);
}

int decision_table_find_device(struct rules_reader *reader, const char *path, const char *name,
			       const struct decision_table *table)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < table->n_devices; i++) {
		if (strcmp(table->devices[i].name, name) == 0)
			return (int)i;
		if (n < COUNT(names) && table->devices[i].name[0] != '\0')
			names[n++] = table->devices[i].name;
	}
	return rules_fail_word(reader, path, name, names, n);
}

/* Room for one more, which it returns; NULL: out of memory. */
static struct table_device *grow_devices(struct decision_table *table)
{
	const size_t room = table->devices_room == 0 ? 16 : 2 * table->devices_room;

	if (table->n_devices == table->devices_room) {
		void *grown = realloc(table->devices, room * sizeof(*table->devices));

		if (grown == NULL)
			return NULL;
		table->devices = grown;
		table->devices_room = room;
	}
	return &table->devices[table->n_devices];
}

/* Give what device @value is without "like": the device of that name, with the members that @value
 * says itself in place of that one's. */
static int resolve_like(struct rules_reader *reader, const char *path, json_t *value,
			const json_t *resolved, json_t **ret)
{
	json_t *like = json_object_get(value, "like"), *base, *merged;
	char member[RULES_PATH_SIZE];

	if (like == NULL) {
		*ret = json_incref(value);
		return 0;
	}
	rules_path_member(member, path, "like");
	base = json_object_get(resolved, json_is_string(like) ? json_string_value(like) : "");
	if (base == NULL)
		return rules_fail(reader, member, "A device that is named before is wanted here.");
	merged = json_fields_merge(base, value);
	if (merged == NULL)
		return -ENOMEM;
	(void)json_object_del(merged, "like");
	*ret = merged;
	return 0;
}

/* Read @value, and keep what it is without "like" under @name unless that is "". */
static int add_device(struct rules_reader *reader, const char *path, json_t *value,
		      struct decision_table *table, const char *name)
{
	struct table_device *device = grow_devices(table);
	json_t *whole = NULL;
	int r = device == NULL ? -ENOMEM
			       : resolve_like(reader, path, value, table->resolved, &whole);

	if (r < 0)
		return r;
	r = device_json_read(reader, path, whole, &device->given);
	device->name = name;
	if (r == 0 && name[0] != '\0' && json_object_set(table->resolved, name, whole) < 0)
		r = -ENOMEM;
	json_decref(whole);
	return r < 0 ? r : (int)table->n_devices++;
}

int decision_table_add_device(struct rules_reader *reader, const char *path, json_t *value,
			      struct decision_table *table)
{
	return add_device(reader, path, value, table, "");
}

static int read_devices(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct decision_table *table = ret;
	const char *name;
	json_t *device;

	if (!json_is_object(value))
		return rules_fail(reader, path, "An object { ... } is wanted here.");
	json_object_foreach (value, name, device) {
		char at[RULES_PATH_SIZE];

		rules_path_member(at, path, name);
		int r = add_device(reader, at, device, table, name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Parse a document that is a member of this one, by @parse, a rules_parse() or risk_parse(): its
 * errors are told with their place in this one. */
static int read_inner(struct rules_reader *reader, const char *path, json_t *value,
		      int (*parse)(const char *text, size_t size, void *ret,
				   struct rules_error *error),
		      void *ret)
{
	char inner[RULES_PATH_SIZE];
	struct rules_error error;
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	int r = text == NULL ? -ENOMEM : parse(text, strlen(text), ret, &error);

	free(text);
	if (r != -EBADMSG && r != -E2BIG)
		return r;
	if (error.path[0] == '[' || error.path[0] == '\0')
		snprintf(inner, sizeof(inner), "%.64s%.63s", path, error.path);
	else
		snprintf(inner, sizeof(inner), "%.60s.%.66s", path, error.path);
	return rules_fail(reader, inner, "%s", error.message);
}

static int parse_rules(const char *text, size_t size, void *ret, struct rules_error *error)
{
	return rules_parse(text, size, ret, error);
}

static int parse_risk(const char *text, size_t size, void *ret, struct rules_error *error)
{
	return risk_parse(text, size, ret, error);
}

static int read_risk(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return read_inner(reader, path, value, parse_risk, &((struct decision_table *)ret)->risk);
}

static int read_schema(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	(void)ret;
	if (json_is_string(value) && strcmp(json_string_value(value), SCHEMA) == 0)
		return 0;
	return rules_fail(reader, path, "The schema must be \"" SCHEMA "\".");
}

static int read_name(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return rules_read_text(reader, path, value, ((struct decision_table *)ret)->name,
			       DECISION_TABLE_NAME_SIZE);
}

static int read_rules(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return read_inner(reader, path, value, parse_rules, &((struct decision_table *)ret)->rules);
}

static int read_circumstances(struct rules_reader *reader, const char *path, json_t *value,
			      void *ret)
{
	((struct decision_table *)ret)->circumstances = value;
	return decision_table_circumstances(reader, path, value);
}

/* In this order: what a later one needs is before it. */
static const struct json_field table_fields[] = {
	{ "schema", read_schema },
	{ "name", read_name },
	{ "rules", read_rules },
	{ "risk", read_risk },
	{ "devices", read_devices },
	{ "registered", decision_table_registered },
	{ "revoked", decision_table_revoked },
	{ "grants", decision_table_grants },
	{ "circumstances", read_circumstances },
	{ "rows", decision_table_rows },
};

static int read_document(struct rules_reader *reader, struct decision_table *table)
{
	static const char *const needed[] = { "schema", "name", "rows" };
	json_t *root = table->document.root;
	int r = json_fields_check(reader, "", root, table_fields, COUNT(table_fields));

	for (size_t i = 0; r == 0 && i < COUNT(needed); i++)
		if (json_object_get(root, needed[i]) == NULL)
			r = decision_table_missing(reader, "", needed[i]);
	table->has_rules = json_object_get(root, "rules") != NULL;
	table->resolved = json_object();
	if (r == 0 && table->resolved == NULL)
		r = -ENOMEM;
	return r < 0 ? r
		     : json_fields_read(reader, "", root, table_fields, COUNT(table_fields), table);
}

int decision_table_parse(const char *text, size_t size, struct decision_table **ret,
			 struct rules_error *error)
{
	static const struct json_limits limits = { DECISION_TABLE_MAX_BYTES, DOCUMENT_DEPTH };
	struct decision_table *table = calloc(1, sizeof(*table));
	int r = table == NULL ? -ENOMEM
			      : json_document_load(text, size, &limits, &table->document, error);

	if (r == 0)
		r = read_document(&(struct rules_reader){ .text = table->document.text,
							  .size = table->document.size,
							  .error = error },
				  table);
	if (r < 0) {
		decision_table_free(table);
		return r;
	}
	*ret = table;
	return 0;
}
