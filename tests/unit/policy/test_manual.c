/* devgate-policy(5) is the grammar: each of its examples is what it says it is, and each word of
 * the language is in it.  Run from the top of the tree. */
#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/circumstances.h"
#include "policy/decision_table.h"
#include "policy/risk/merge.h"
#include "policy/risk/risk.h"
#include "policy/rules.h"
#include "policy/rules/condition.h"
#include "policy/rules/format.h"
#include "policy/rules/lint.h"

enum { PAGE_SIZE = 100000, EXAMPLES = 32 };

static char page[PAGE_SIZE];

/* The literal blocks of the page, without what roff makes of them. */
static struct example {
	char *text; /* owned */
	size_t size;
	int line;
} examples[EXAMPLES];
static size_t n_examples;

/* What roff shows for a line of a literal block: of its escapes only "\e" is used. */
static char *put_line(char *ret, const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*ret++ = line[i];
		if (line[i] == '\\') {
			assert_int_equal(line[i + 1], 'e');
			i++;
		}
	}
	*ret++ = '\n';
	return ret;
}

static int read_page(void **state)
{
	(void)state;
	FILE *file = fopen("packaging/man/devgate-policy.5", "re");
	char *end = NULL;
	int number = 0;

	if (file == NULL)
		fail_msg("the page cannot be opened: run from the top of the tree");
	const size_t size = fread(page, 1, sizeof(page) - 1, file);
	assert_true(size > 0 && feof(file));
	(void)fclose(file);
	for (char *line = page, *stop; (stop = strchr(line, '\n')) != NULL; line = stop + 1) {
		struct example *example = &examples[n_examples];

		number++;
		if (strncmp(line, ".Bd -literal", strlen(".Bd -literal")) == 0) {
			assert_in_range(n_examples, 0, EXAMPLES - 1);
			*example = (struct example){ calloc(1, PAGE_SIZE), 0, number + 1 };
			end = example->text;
		} else if (end != NULL && strncmp(line, ".Ed", strlen(".Ed")) == 0) {
			example->size = (size_t)(end - example->text);
			n_examples++;
			end = NULL;
		} else if (end != NULL) {
			end = put_line(end, line, (size_t)(stop - line));
		}
	}
	return 0;
}

static int free_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_examples; i++)
		free(examples[i].text);
	return 0;
}

/* The @i-th example with @schema, or NULL; without a schema if that is NULL. */
static const struct example *find(const char *schema, size_t i)
{
	for (size_t j = 0; j < n_examples; j++) {
		const bool has = strstr(examples[j].text, "\"schema\"") != NULL;

		if (schema == NULL ? has : strstr(examples[j].text, schema) == NULL)
			continue;
		if (i-- == 0)
			return &examples[j];
	}
	return NULL;
}

static struct rules *parse_rules(const struct example *example)
{
	struct rules_error error;
	struct rules *rules;

	if (rules_parse(example->text, example->size, &rules, &error) < 0)
		fail_msg("line %d: %s", example->line + error.line - 1, error.message);
	return rules;
}

static struct risk *parse_risk(const struct example *example)
{
	struct rules_error error;
	struct risk *risk;

	if (risk_parse(example->text, example->size, &risk, &error) < 0)
		fail_msg("line %d: %s", example->line + error.line - 1, error.message);
	return risk;
}

/* What the table says of the rules and the risk model is so. */
static void the_table_holds(void **state)
{
	(void)state;
	const struct example *example = find("devgate-table-1", 0);
	struct rules *rules = parse_rules(find("devgate-rules-1", 0));
	struct risk *risk = parse_risk(find("devgate-risk-1", 0));
	const struct policy_view policy = { .rules = rules, .risk = risk };
	struct decision_table *table;
	struct rules_error error;

	assert_non_null(example);
	if (decision_table_parse(example->text, example->size, &table, &error) < 0)
		fail_msg("line %d: %s", example->line + error.line - 1, error.message);
	assert_false(decision_table_has_rules(table));
	assert_true(decision_table_count(table) >= 10);
	for (size_t i = 0; i < decision_table_count(table); i++) {
		struct decision_table_result result;

		decision_table_run(table, i, &policy, &result);
		if (!result.passed)
			fail_msg("line %d: %s", example->line + result.line - 1, result.difference);
	}
	decision_table_free(table);
	risk_free(risk);
	rules_free(rules);
}

/* Every rule of the example decides some row of the table. */
static void each_rule_is_shown_at_work(void **state)
{
	(void)state;
	const struct example *example = find("devgate-table-1", 0);
	struct rules *rules = parse_rules(find("devgate-rules-1", 0));

	for (size_t i = 0; i < rules_count(rules); i++) {
		char by[RULES_ID_SIZE + 10];

		snprintf(by, sizeof(by), " %s\"", rules_at(rules, i)->id);
		if (strstr(example->text, by) == NULL)
			fail_msg("rule %s decides no row", rules_at(rules, i)->id);
	}
	rules_free(rules);
}

static void the_list_goes_into_the_model(void **state)
{
	(void)state;
	struct rules_error error;
	char *merged;

	assert_int_equal(risk_merge(find("devgate-risk-1", 0)->text,
				    find("devgate-restricted-1", 0)->text, &merged, &error),
			 0);
	free(merged);
}

/* An example without a schema is the match of a rule. */
static struct rules *parse_match(const struct example *example)
{
	char *text = malloc(example->size + 300);
	struct example whole = { text, 0, example->line };

	whole.size =
		(size_t)sprintf(text,
				"{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":"
				"\"enforce\",\"site\":{\"networks\":[\"192.0.2.0/24\"]},"
				"\"rules\":[{\"id\":\"a\",\"verdict\":\"deny\",\"match\":%s}]}",
				example->text);
	struct rules *rules = parse_rules(&whole);

	free(text);
	return rules;
}

static void matches_can_be_read(void **state)
{
	(void)state;
	const struct example *example;
	size_t n = 0;

	for (; (example = find(NULL, n)) != NULL; n++)
		rules_free(parse_match(example));
	assert_int_equal(n + 4, n_examples);
}

/* Each condition stands in an example, and is described. */
static void each_condition_is_there(void **state)
{
	(void)state;
	for (int kind = 0; kind < _CONDITION_MAX; kind++) {
		char quoted[40];
		bool found = false;

		snprintf(quoted, sizeof(quoted), "\"%s\":", condition_types[kind].name);
		for (size_t i = 0; i < n_examples; i++)
			found = found || strstr(examples[i].text, quoted) != NULL;
		if (!found)
			fail_msg("no example has %s", quoted);
	}
}

/* ".It Em WORD" or ".Em WORD" or ".Qq WORD" stands on the page. */
static void assert_described(const char *word)
{
	static const char *const before[] = { ".It Em ", ".Em ", ".Qq ", ", ", " , " };
	const size_t size = strlen(word);

	for (const char *at = page; (at = strstr(at, word)) != NULL; at++)
		for (size_t i = 0; i < COUNT(before); i++) {
			const size_t n = strlen(before[i]);

			if ((size_t)(at - page) > n && memcmp(at - n, before[i], n) == 0 &&
			    strchr(" \n", at[size]) != NULL)
				return;
		}
	fail_msg("%s is not described", word);
}

static void each_word_is_there(void **state)
{
	(void)state;
	for (int i = 0; i < _CONDITION_MAX; i++)
		assert_described(condition_types[i].name);
	for (int i = 0; i < _FUNCTION_MAX; i++)
		assert_described(function_to_text((enum function)i));
	for (int i = 0; i < _BUS_MAX; i++)
		assert_described(bus_to_text((enum bus)i));
	for (int i = 0; i < _CONNECT_MAX; i++)
		assert_described(connect_type_to_text((enum connect_type)i));
	for (int i = 0; i < _VERDICT_MAX; i++)
		assert_described(verdict_to_text((enum verdict)i));
	for (int bit = 1; bit < _MODIFIER_ALL; bit <<= 1)
		assert_described(modifier_to_text((enum modifier)bit));
	for (int i = IDENTITY_NONE; i < _IDENTITY_MAX; i++)
		assert_described(identity_to_text((enum identity)i));
	for (int i = SESSION_NONE; i < _SESSION_MAX; i++)
		assert_described(session_to_text((enum session)i));
	for (int i = SITE_OFF; i < _SITE_MAX; i++)
		assert_described(site_to_text((enum site)i));
	for (int i = ENCRYPTION_NONE; i < _ENCRYPTION_MAX; i++)
		assert_described(encryption_to_text((enum encryption)i));
	for (int i = 0; i < _STEP_MAX; i++)
		assert_described(decide_step_to_text((enum decide_step)i));
	assert_described("by-risk");
}

static void limits_are_those(void **state)
{
	(void)state;
	assert_int_equal(RULES_MAX_BYTES, 8 << 20);
	assert_int_equal(RULES_MAX_RULES, 20000);
	assert_int_equal(RISK_MAX_BYTES, 1 << 20);
	assert_int_equal(RISK_MAX_RESTRICTED, 4096);
	assert_int_equal(DECISION_TABLE_MAX_BYTES, 16 << 20);
	assert_int_equal(DECISION_TABLE_MAX_ROWS, 100000);
	assert_non_null(strstr(page, "8 MiB and 20,000 rules, a risk model 1 MiB and 4,096 "));
	assert_non_null(strstr(page, "16 MiB and 100,000 rows"));
}

/* What is shown is laid out as `devgate policy fmt` would. */
static void examples_are_laid_out(void **state)
{
	(void)state;
	static const char *const schemas[] = { "devgate-rules-1", "devgate-risk-1",
					       "devgate-restricted-1" };

	for (size_t i = 0; i < COUNT(schemas); i++) {
		const struct example *example = find(schemas[i], 0);
		struct rules_error error;
		size_t size;
		char *text;

		assert_int_equal(rules_format(example->text, example->size, &text, &size, &error),
				 0);
		assert_string_equal(text, example->text);
		free(text);
	}
}

static void the_rules_are_clean(void **state)
{
	(void)state;
	const struct example *example = find("devgate-rules-1", 0);
	const struct rules_source source = { example->text, example->size, parse_rules(example) };
	struct rules_findings findings;

	assert_int_equal(rules_lint(&source, &findings), 0);
	assert_int_equal(findings.n, 0);
	rules_findings_finish(&findings);
	rules_free((struct rules *)source.rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds),
		cmocka_unit_test(each_rule_is_shown_at_work),
		cmocka_unit_test(the_list_goes_into_the_model),
		cmocka_unit_test(matches_can_be_read),
		cmocka_unit_test(each_condition_is_there),
		cmocka_unit_test(each_word_is_there),
		cmocka_unit_test(limits_are_those),
		cmocka_unit_test(examples_are_laid_out),
		cmocka_unit_test(the_rules_are_clean),
	};

	return cmocka_run_group_tests(tests, read_page, free_page);
}
