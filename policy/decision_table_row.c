/* The rows of a decision table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_table_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { N_MODIFIERS = 4, N_FACTS = 17, N_PLACES = 4, WORD_SIZE = 40 };

_Static_assert(1 << N_MODIFIERS == _MODIFIER_ALL + 1, "every modifier has a word");
_Static_assert(1 << N_FACTS == _FACT_ALL + 1, "every fact has a word");

static const char *modifier_word(int i)
{
	return modifier_to_text((enum modifier)(1 << i));
}

static const char *fact_word(int i)
{
	return fact_to_text((enum fact)(1 << i));
}

static const char *verdict_word(int i)
{
	return verdict_to_text((enum verdict)i);
}

static const char *step_word(int i)
{
	return decide_step_to_text((enum decide_step)i);
}

int decision_table_set(struct rules_reader *reader, const char *path, json_t *value,
		       const struct json_words *words, uint32_t *ret)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return rules_fail(reader, path, "A list [ ... ] is wanted here.");
	json_array_foreach (value, i, element) {
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int word = json_fields_word(reader, at, element, words);
		if (word < 0)
			return word;
		*ret |= UINT32_C(1) << word;
	}
	return 0;
}

int decision_table_modifiers(struct rules_reader *reader, const char *path, json_t *value,
			     uint32_t *ret)
{
	static const struct json_words words = { modifier_word, N_MODIFIERS };

	return decision_table_set(reader, path, value, &words, ret);
}

int decision_table_facts(struct rules_reader *reader, const char *path, json_t *value,
			 uint32_t *ret)
{
	static const struct json_words words = { fact_word, N_FACTS };

	return decision_table_set(reader, path, value, &words, ret);
}

int decision_table_circumstances(struct rules_reader *reader, const char *path, json_t *value)
{
	struct circumstances_given ignored;

	return circumstances_json_read(reader, path, value, &ignored);
}

/* A row being read. */
struct row_given {
	struct decision_table *table;
	struct table_row row;
	bool has_device;
};

static int read_row_device(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct row_given *given = ret;
	int r = json_is_string(value)
			? decision_table_find_device(reader, path, json_string_value(value),
						     given->table)
			: decision_table_add_device(reader, path, value, given->table);

	if (r < 0)
		return r;
	given->row.device = (size_t)r;
	given->has_device = true;
	return 0;
}

static int read_row_circumstances(struct rules_reader *reader, const char *path, json_t *value,
				  void *ret)
{
	struct row_given *given = ret;
	int r = decision_table_circumstances(reader, path, value);

	if (r < 0)
		return r;
	given->row.circumstances = json_fields_merge(given->table->circumstances, value);
	return given->row.circumstances == NULL ? -ENOMEM : 0;
}

/* @text must begin with one of @words; *@ret_rest is what is after the space behind it, NULL if
 * there is none. */
static int check_word(struct rules_reader *reader, const char *path, const char *text,
		      const struct json_words *words, const char **ret_rest)
{
	const size_t length = strcspn(text, " ");
	char word[WORD_SIZE];
	int r;

	snprintf(word, sizeof(word), "%.*s", (int)length, text);
	*ret_rest = text[length] == '\0' ? NULL : text + length + 1;
	r = json_fields_text_word(reader, path, word, words);
	return r < 0 ? r : 0;
}

static const struct json_words verdict_words = { verdict_word, _VERDICT_MAX };
static const struct json_words step_words = { step_word, _STEP_MAX };

static int read_row_verdict(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	static const char partial[] = "partial ";
	const char *text = json_string_value(value), *rest = NULL;

	if (text == NULL)
		return rules_fail(reader, path, "A verdict is wanted here, as a text.");
	((struct row_given *)ret)->row.verdict = text;
	if (strncmp(text, partial, sizeof(partial) - 1) == 0)
		text += sizeof(partial) - 1;
	int r = check_word(reader, path, text, &verdict_words, &rest);
	return r == 0 && rest != NULL
		       ? rules_fail(reader, path, "Nothing can stand after the verdict here.")
		       : r;
}

static int read_row_by(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	const char *text = json_string_value(value), *rest;

	if (text == NULL)
		return rules_fail(reader, path,
				  "A step and a rule are wanted here, like \"rule sticks\".");
	((struct row_given *)ret)->row.by = text;
	return check_word(reader, path, text, &step_words, &rest);
}

static int check_list(struct rules_reader *reader, const char *path, json_t *value, bool has_step)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return rules_fail(reader, path, "A list [ ... ] is wanted here.");
	json_array_foreach (value, i, element) {
		const char *text = json_string_value(element), *rest = "";
		char at[RULES_PATH_SIZE];
		int r;

		rules_path_element(at, path, i);
		if (text == NULL)
			return rules_fail(reader, at, "A text is wanted here.");
		r = check_word(reader, at, text, &verdict_words, &rest);
		if (r == 0 && has_step != (rest != NULL))
			r = rules_fail(reader, at,
				       has_step ? "A verdict, a step and a rule are wanted here, "
						  "like \"deny default keyboard\"."
						: "A verdict alone is wanted here.");
		if (r == 0 && has_step)
			r = check_word(reader, at, rest, &step_words, &rest);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_interfaces(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	(void)ret;
	return check_list(reader, path, value, true);
}

static int check_effects(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	(void)ret;
	return check_list(reader, path, value, false);
}

static int check_modifiers(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	uint32_t ignored = 0;

	(void)ret;
	return decision_table_modifiers(reader, path, value, &ignored);
}

static int check_unknown(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	uint32_t ignored = 0;

	(void)ret;
	return decision_table_facts(reader, path, value, &ignored);
}

static int check_risk(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	(void)ret;
	return json_is_integer(value)
		       ? 0
		       : rules_fail(reader, path, "A whole number is wanted here, -1 for none.");
}

static int check_audit(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	(void)ret;
	return json_is_boolean(value) ? 0
				      : rules_fail(reader, path, "true or false is wanted here.");
}

/* The first N_PLACES of a row may be given by their place. */
static const struct json_field row_fields[] = {
	{ "device", read_row_device },
	{ "circumstances", read_row_circumstances },
	{ "verdict", read_row_verdict },
	{ "by", read_row_by },
	{ "interfaces", check_interfaces },
	{ "effects", check_effects },
	{ "modifiers", check_modifiers },
	{ "unknown", check_unknown },
	{ "risk", check_risk },
	{ "audit", check_audit },
};

static int read_more(struct rules_reader *reader, const char *path, json_t *value,
		     const struct json_field *fields, size_t n, struct row_given *given)
{
	int r = json_fields_check(reader, path, value, fields, n);

	if (r == 0)
		r = json_fields_read(reader, path, value, fields, n, given);
	given->row.more = value;
	return r;
}

/* [device, circumstances, verdict, by, more] */
static int read_list_row(struct rules_reader *reader, const char *path, json_t *value,
			 struct row_given *given)
{
	const size_t n = json_array_size(value);
	char at[RULES_PATH_SIZE];
	int r = 0;

	if (n < 3 || n > N_PLACES + 1)
		return rules_fail(reader, path,
				  "A row is [device, circumstances, verdict, \"step rule\", { more "
				  "}]; the last two may be left out.");
	for (size_t i = 0; r == 0 && i < n && i < N_PLACES; i++) {
		rules_path_element(at, path, i);
		if (!json_is_null(json_array_get(value, i)))
			r = row_fields[i].read(reader, at, json_array_get(value, i), given);
	}
	if (r < 0 || n <= N_PLACES)
		return r;
	rules_path_element(at, path, N_PLACES);
	return read_more(reader, at, json_array_get(value, N_PLACES), row_fields + N_PLACES,
			 COUNT(row_fields) - N_PLACES, given);
}

static int read_row(struct rules_reader *reader, const char *path, json_t *value,
		    struct row_given *given)
{
	int r = json_is_array(value)
			? read_list_row(reader, path, value, given)
			: read_more(reader, path, value, row_fields, COUNT(row_fields), given);

	if (r < 0)
		return r;
	if (!given->has_device)
		return decision_table_missing(reader, path, "device");
	if (given->row.verdict == NULL)
		return decision_table_missing(reader, path, "verdict");
	if (given->row.circumstances == NULL)
		given->row.circumstances = json_incref(given->table->circumstances);
	return 0;
}

int decision_table_rows(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct decision_table *table = ret;
	json_t *element;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) == 0)
		return rules_fail(reader, path, "A list [ ... ] of rows is wanted here.");
	if (json_array_size(value) > DECISION_TABLE_MAX_ROWS)
		return rules_fail(reader, path, "More than %d rows.", DECISION_TABLE_MAX_ROWS);
	table->rows = calloc(json_array_size(value), sizeof(*table->rows));
	if (table->rows == NULL)
		return -ENOMEM;
	json_array_foreach (value, i, element) {
		struct row_given given = { .table = table };
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = read_row(reader, at, element, &given);
		table->rows[table->n_rows++] = given.row; /* owned by now, also what is refused */
		if (r < 0)
			return r;
	}
	return 0;
}
