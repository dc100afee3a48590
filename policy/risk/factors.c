/* The factors of a risk model: from the document to tables of values and their points. */
#include "internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "policy/text.h"

static const char *const point_names[] = { "likelihood", "impact" };

static const char *function_word(int i)
{
	return function_to_text((enum function)i);
}

static const char *identity_word(int i)
{
	return identity_to_text((enum identity)i);
}

static const char *encryption_word(int i)
{
	return encryption_to_text((enum encryption)i);
}

/* A factor of words: all of an enumeration from @first on, and "*" for those not named. */
struct words {
	const char *(*word)(int i);
	int first, n; /* before @first is "unknown" */
};

static int read_word_points(struct rules_reader *reader, const char *path, json_t *object,
			    struct risk_points *ret)
{
	int r = rules_check_members(reader, path, object, point_names, 2);

	return r == 0 ? risk_read_points(reader, path, object, ret) : r;
}

static int read_words(struct rules_reader *reader, const char *path, json_t *object,
		      const struct words *words, struct risk_table *table)
{
	const char *names[RISK_MAX_BANDS + 1];
	char member[RULES_PATH_SIZE];
	struct risk_points others = { 0, 0 };
	size_t n = 0;

	for (int i = words->first; i < words->n; i++)
		names[n++] = words->word(i);
	names[n++] = "*";
	int r = rules_check_members(reader, path, object, names, n);
	json_t *value = json_object_get(object, "*");
	rules_path_member(member, path, "*");
	if (r == 0 && value != NULL)
		r = read_word_points(reader, member, value, &others);
	for (int i = 0; r == 0 && i < words->n; i++) {
		struct risk_value *ret = &table->values[i];

		snprintf(ret->text, sizeof(ret->text), "%s", words->word(i));
		ret->points = others;
		value = json_object_get(object, words->word(i));
		rules_path_member(member, path, words->word(i));
		if (value != NULL)
			r = read_word_points(reader, member, value, &ret->points);
	}
	table->n = (size_t)words->n;
	return r;
}

/* The text of the band before @next, or of the last one. */
static void name_band(struct risk_value *band, const struct risk_value *next)
{
	if (next == NULL)
		snprintf(band->text, sizeof(band->text), "%d+", band->from);
	else if (next->from == band->from + 1)
		snprintf(band->text, sizeof(band->text), "%d", band->from);
	else
		snprintf(band->text, sizeof(band->text), "%d-%d", band->from, next->from - 1);
}

static int read_band(struct rules_reader *reader, const char *path, json_t *object,
		     struct risk_table *table)
{
	static const char *const names[] = { "from", "likelihood", "impact" };
	static const int range[] = { 0, INT_MAX };
	struct risk_value *band = &table->values[table->n];
	char member[RULES_PATH_SIZE];
	json_t *value;

	int r = rules_check_members(reader, path, object, names, 3);
	if (r == 0)
		r = risk_need(reader, path, object, "from", &value);
	rules_path_member(member, path, "from");
	if (r == 0)
		r = risk_read_number(reader, member, value, range, &band->from);
	if (r == 0)
		r = risk_read_points(reader, path, object, &band->points);
	if (r < 0)
		return r;
	if (table->n == 0 && band->from != 0)
		return rules_fail(reader, member, "The first band must be from 0.");
	if (table->n > 0 && band->from <= band[-1].from)
		return rules_fail(reader, member, "It must be above the band before it, %d.",
				  band[-1].from);
	return 0;
}

static int read_class(struct rules_reader *reader, const char *path, json_t *object,
		      struct risk_table *table)
{
	static const char *const names[] = { "is", "likelihood", "impact" };
	struct risk_value *class = &table->values[table->n];
	char member[RULES_PATH_SIZE];
	json_t *value;

	int r = rules_check_members(reader, path, object, names, 3);
	if (r == 0)
		r = risk_need(reader, path, object, "is", &value);
	rules_path_member(member, path, "is");
	if (r == 0)
		r = rules_read_text(reader, member, value, class->text, sizeof(class->text));
	if (r == 0)
		r = risk_read_points(reader, path, object, &class->points);
	for (size_t i = 0; r == 0 && i < table->n; i++) {
		if (strcmp(table->values[i].text, "*") == 0)
			r = rules_fail(reader, member, "Nothing may come after \"*\".");
		else if (strcmp(table->values[i].text, class->text) == 0)
			r = rules_fail(reader, member, "\"%s\" is named twice.", class->text);
	}
	return r;
}

/* One element of a list of values: reads the value behind the last of @table. */
typedef int read_value(struct rules_reader *reader, const char *path, json_t *object,
		       struct risk_table *table);

/* A list that is not empty and leaves room for @more after it. */
static int read_values(struct rules_reader *reader, const char *path, json_t *list, size_t more,
		       read_value *read, struct risk_table *table)
{
	char element[RULES_PATH_SIZE];
	json_t *object;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return rules_fail(reader, path, "A list [ ... ] that is not empty is wanted here.");
	if (json_array_size(list) + more > RISK_MAX_BANDS)
		return rules_fail(reader, path, "The list has more than %zu elements.",
				  RISK_MAX_BANDS - more);
	json_array_foreach (list, i, object) {
		rules_path_element(element, path, i);
		int r = read(reader, element, object, table);
		if (r < 0)
			return r;
		table->n++;
	}
	return 0;
}

static int read_bands(struct rules_reader *reader, const char *path, json_t *list,
		      struct risk_table *table)
{
	int r = read_values(reader, path, list, 0, read_band, table);

	for (size_t i = 0; r == 0 && i < table->n; i++)
		name_band(&table->values[i], i + 1 < table->n ? &table->values[i + 1] : NULL);
	return r;
}

/* What is not named is "*", which counts nothing unless the document says otherwise. */
static int read_classes(struct rules_reader *reader, const char *path, json_t *list,
			struct risk_table *table)
{
	int r = read_values(reader, path, list, 1, read_class, table);

	if (r == 0 && strcmp(table->values[table->n - 1].text, "*") != 0)
		table->values[table->n++] = (struct risk_value){ .text = "*" };
	return r;
}

/* Either it is so or not: points for "yes" alone. */
static int read_flag(struct rules_reader *reader, const char *path, json_t *object,
		     struct risk_table *table)
{
	table->values[0] = (struct risk_value){ .text = "no" };
	table->values[1] = (struct risk_value){ .text = "yes" };
	table->n = 2;
	return read_word_points(reader, path, object, &table->values[1].points);
}

static int read_factor(struct rules_reader *reader, const char *path, json_t *value,
		       enum risk_kind kind, struct risk_table *table)
{
	static const struct words functions = { function_word, 0, _FUNCTION_MAX };
	static const struct words identities = { identity_word, 1, _IDENTITY_MAX };
	static const struct words encryptions = { encryption_word, 1, _ENCRYPTION_MAX };

	switch (kind) {
	case RISK_FUNCTION:
		return read_words(reader, path, value, &functions, table);
	case RISK_IDENTITY:
		return read_words(reader, path, value, &identities, table);
	case RISK_ENCRYPTION:
		return read_words(reader, path, value, &encryptions, table);
	case RISK_UNREGISTERED:
	case RISK_RESTRICTED_VENDOR:
		return read_flag(reader, path, value, table);
	case RISK_CLASSIFICATION:
		return read_classes(reader, path, value, table);
	default:
		return read_bands(reader, path, value, table);
	}
}

/* Of words, the first is what is not known, and no value of its own. */
static void find_extremes(struct risk_table *table, bool first_is_unknown)
{
	const size_t first = first_is_unknown ? 1 : 0;

	table->worst = table->best = table->values[first].points;
	for (size_t i = first + 1; i < table->n; i++) {
		const struct risk_points *points = &table->values[i].points;

		if (points->likelihood > table->worst.likelihood)
			table->worst.likelihood = points->likelihood;
		if (points->impact > table->worst.impact)
			table->worst.impact = points->impact;
		if (points->likelihood < table->best.likelihood)
			table->best.likelihood = points->likelihood;
		if (points->impact < table->best.impact)
			table->best.impact = points->impact;
	}
}

int risk_read_factors(struct rules_reader *reader, const char *path, json_t *object,
		      struct risk *risk)
{
	const char *names[_RISK_KIND_MAX];
	char member[RULES_PATH_SIZE];

	for (int k = 0; k < _RISK_KIND_MAX; k++)
		names[k] = risk_kind_to_text((enum risk_kind)k);
	int r = rules_check_members(reader, path, object, names, _RISK_KIND_MAX);
	for (int k = 0; r == 0 && k < _RISK_KIND_MAX; k++) {
		json_t *value = json_object_get(object, names[k]);
		struct risk_table *table = &risk->tables[k];

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[k]);
		r = read_factor(reader, member, value, (enum risk_kind)k, table);
		table->is_there = true;
		if (r == 0)
			find_extremes(table, k == RISK_IDENTITY || k == RISK_ENCRYPTION);
	}
	return r;
}
