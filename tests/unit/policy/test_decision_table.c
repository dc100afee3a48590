/* The decision tables in policy/tables hold, and speak of every condition, verdict and step.  Run
 * from the top of the tree. */
#include "cmocka_test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/decision_table_internal.h"
#include "policy/rules/condition.h"

#define FOLDER "policy/tables"

enum { MAX_TABLES = 64, LEAST_ROWS = 300 };

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 1000000);

	if (file == NULL)
		fail_msg("%s cannot be opened: run from the top of the tree", path);
	assert_non_null(text);
	*ret_size = fread(text, 1, 999999, file);
	assert_true(feof(file));
	fclose(file);
	return text;
}

static struct decision_table *parse(const char *path)
{
	struct decision_table *table = NULL;
	struct rules_error error;
	size_t size;
	char *text = read_file(path, &size);

	if (decision_table_parse(text, size, &table, &error) < 0)
		fail_msg("%s:%d:%d: %s: %s", path, error.line, error.column, error.path,
			 error.message);
	free(text);
	return table;
}

struct tables {
	size_t n;
	struct decision_table *list[MAX_TABLES];
	char names[MAX_TABLES][128];
};

static int read_tables(void **state)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	DIR *directory = opendir(FOLDER);
	const struct dirent *entry;

	assert_non_null(tables);
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		const size_t length = strlen(entry->d_name);

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0)
			continue;
		assert_true(tables->n < MAX_TABLES);
		snprintf(tables->names[tables->n], sizeof(tables->names[0]), FOLDER "/%.90s",
			 entry->d_name);
		tables->list[tables->n] = parse(tables->names[tables->n]);
		tables->n++;
	}
	closedir(directory);
	*state = tables;
	return 0;
}

static int free_tables(void **state)
{
	struct tables *tables = *state;

	for (size_t i = 0; i < tables->n; i++)
		decision_table_free(tables->list[i]);
	free(tables);
	return 0;
}

static void every_row_holds(void **state)
{
	const struct tables *tables = *state;
	size_t rows = 0, failed = 0;

	for (size_t t = 0; t < tables->n; t++) {
		for (size_t i = 0; i < decision_table_count(tables->list[t]); i++) {
			struct decision_table_result result;

			decision_table_run(tables->list[t], i, NULL, &result);
			rows++;
			if (result.passed)
				continue;
			failed++;
			print_error("%s:%d: %s\n", tables->names[t], result.line,
				    result.difference);
		}
	}
	if (failed > 0)
		fail_msg("%zu of %zu rows differ", failed, rows);
	assert_true(rows >= LEAST_ROWS);
}

/* What the rows have shown of each condition. */
struct coverage {
	bool holds[_CONDITION_MAX], fails[_CONDITION_MAX], unknown[_CONDITION_MAX];
};

static int kind_of(const char *name)
{
	for (int k = 0; k < _CONDITION_MAX; k++)
		if (strcmp(condition_types[k].name, name) == 0)
			return k;
	fail_msg("%s is no condition", name);
	return -1;
}

/* Note what the rule at @r, which has the conditions of @match, made of the row that @query is
 * about. */
static void note(const struct rules_query *query, size_t r, json_t *match, struct coverage *ret)
{
	const char *condition = NULL, *name;
	fact_set unknown;
	json_t *ignored;

	switch (rules_why_not(query, r, &condition, &unknown)) {
	case RULES_HOLDS:
		json_object_foreach (match, name, ignored)
			ret->holds[kind_of(name)] = true;
		break;
	case RULES_FAILS:
		ret->fails[kind_of(condition)] = true;
		break;
	case RULES_UNKNOWN:
		ret->unknown[kind_of(condition)] = true;
		break;
	}
}

static void note_row(const struct decision_table *table, const struct table_row *row,
		     struct coverage *ret)
{
	const struct device *device = &table->devices[row->device].given.device;
	json_t *rules = json_object_get(json_object_get(table->document.root, "rules"), "rules");
	struct circumstances_given circumstances = { .facts = circumstances_unknown };
	struct rules_error error;

	if (row->circumstances != NULL)
		assert_int_equal(
			circumstances_json_parse(row->circumstances, &circumstances, &error), 0);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		struct rules_query query;

		rules_query_init(&query, table->rules, device, &circumstances.facts);
		rules_query_begin(&query,
				  (enum function)__builtin_ctz(device->interfaces[i].functions));
		for (size_t r = 0; r < rules_count(table->rules); r++)
			note(&query, r, json_object_get(json_array_get(rules, r), "match"), ret);
	}
}

static void every_condition_is_covered(void **state)
{
	const struct tables *tables = *state;
	struct coverage coverage = { 0 };
	int missing = 0;

	for (size_t t = 0; t < tables->n; t++)
		for (size_t i = 0; tables->list[t]->rules != NULL && i < tables->list[t]->n_rows;
		     i++)
			note_row(tables->list[t], &tables->list[t]->rows[i], &coverage);
	for (int k = 0; k < _CONDITION_MAX; k++) {
		const bool can_be_unknown = condition_types[k].facts != 0;

		if (coverage.holds[k] && coverage.fails[k] && coverage.unknown[k] == can_be_unknown)
			continue;
		missing++;
		print_error("%s: holds %d, fails %d, unknown %d\n", condition_types[k].name,
			    coverage.holds[k], coverage.fails[k], coverage.unknown[k]);
	}
	assert_int_equal(missing, 0);
}

static void every_outcome_is_covered(void **state)
{
	const struct tables *tables = *state;
	unsigned verdicts = 0, steps = 0, modifiers = 0, partial = 0;
	fact_set facts = 0;

	for (size_t t = 0; t < tables->n; t++) {
		for (size_t i = 0; i < decision_table_count(tables->list[t]); i++) {
			struct decision_table_result result;

			decision_table_run(tables->list[t], i, NULL, &result);
			verdicts |= 1U << result.decision.verdict;
			steps |= 1U << result.decision.step;
			partial |= 1U << result.decision.partial;
			modifiers |= result.decision.modifiers;
			facts |= result.decision.unknown;
		}
	}
	assert_int_equal(verdicts, (1U << _VERDICT_MAX) - 1);
	assert_int_equal(steps, (1U << _STEP_MAX) - 1);
	assert_int_equal(partial, 3);
	assert_int_equal(modifiers, _MODIFIER_ALL);
	assert_int_equal(facts, _FACT_ALL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_holds),
		cmocka_unit_test(every_condition_is_covered),
		cmocka_unit_test(every_outcome_is_covered),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, read_tables, free_tables);
}
