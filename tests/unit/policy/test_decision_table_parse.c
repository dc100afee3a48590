/* A decision table as text: what is read of it, how a row that differs is told, and each refusal
 * with its place. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "decision_tables.h"
#include "policy/decision_table.h"

static int parse_text(const char *text, struct decision_table **ret, struct rules_error *error)
{
	return decision_table_parse(text, strlen(text), ret, error);
}

static void a_table_is_read(void **state)
{
	struct decision_table *table = NULL;
	struct decision_table_result result;
	struct rules_error error;

	(void)state;
	if (parse_text(full, &table, &error) < 0)
		fail_msg("%d:%d: %s: %s", error.line, error.column, error.path, error.message);
	assert_string_equal(decision_table_name(table), "n");
	assert_true(decision_table_has_rules(table));
	assert_int_equal(rules_count(decision_table_rules(table)), 1);
	assert_int_equal(decision_table_count(table), 5);
	for (size_t i = 0; i < 5; i++) {
		decision_table_run(table, i, NULL, &result);
		if (!result.passed)
			fail_msg("%d: %s", result.line, result.difference);
		assert_int_equal(result.line, 0);
		assert_true(result.decision.reason_en[0] != '\0');
		assert_string_equal(result.device, i == 4 ? "" : i == 1 ? "t" : i == 2 ? "l" : "s");
	}
	decision_table_free(table);
}

/* What the document does not have is the caller's. */
static void the_callers_policy(void **state)
{
	static const char rules_text[] =
		"{\"schema\":\"devgate-rules-1\",\"name\":\"r\",\"mode\":\"audit\",\"rules\":[]}";
	struct decision_table *table = NULL;
	struct decision_table_result result;
	struct rules *rules = NULL;
	struct rules_error error;

	(void)state;
	assert_int_equal(rules_parse(rules_text, strlen(rules_text), &rules, &error), 0);
	assert_int_equal(parse_text(HEAD "\"devices\":{" STICK "},\"rows\":[[\"s\",{},\"deny\","
					 "\"default storage\",{\"audit\":true}]]}",
				    &table, &error),
			 0);
	assert_false(decision_table_has_rules(table));
	assert_null(decision_table_rules(table));
	decision_table_run(table, 0, &(struct policy_view){ .rules = rules }, &result);
	assert_true(result.passed);
	decision_table_run(table, 0, NULL, &result);
	assert_string_equal(result.difference,
			    "by: wanted \"default storage\", is \"builtin storage\"; audit: wanted "
			    "\"true\", is \"false\"");
	decision_table_free(table);
	rules_free(rules);
}

/* A row that asks for something else fails, and says what of it. */
static void what_differs_is_said(void **state)
{
	static const struct {
		const char *row, *difference;
	} cases[] = {
		{ "[\"s\",{},\"allow\"]", "verdict: wanted \"allow\", is \"deny\"" },
		{ "[\"s\",{},\"partial deny\"]", "verdict: wanted \"partial deny\", is \"deny\"" },
		{ "[\"s\",{},\"deny\",\"default phone\"]",
		  "by: wanted \"default phone\", is \"default storage\"" },
		{ "[\"s\",{},\"deny\",\"default\"]",
		  "by: wanted \"default\", is \"default storage\"" },
		{ "[\"s\",{},\"deny\",null,{\"risk\":0}]", "risk: wanted \"0\", is \"-1\"" },
		{ "[\"s\",{},\"deny\",null,{\"audit\":true}]",
		  "audit: wanted \"true\", is \"false\"" },
		{ "[\"s\",{},\"deny\",null,{\"modifiers\":[\"justify\",\"noexec\"]}]",
		  "modifiers: wanted \"noexec justify\", is \"\"" },
		{ "[\"s\",{},\"deny\",null,{\"unknown\":[\"time\"]}]",
		  "unknown: wanted \"time\", is \"\"" },
		{ "[\"s\",{},\"deny\",null,{\"effects\":[\"allow\"]}]",
		  "effect 0: wanted \"allow\", is \"deny\"" },
		{ "[\"s\",{},\"deny\",null,{\"effects\":[]}]", "effects: wanted \"0\", is \"1\"" },
		{ "[\"s\",{},\"deny\",null,{\"interfaces\":[\"deny rule x\",\"deny rule x\"]}]",
		  "interfaces: wanted \"2\", is \"1\"; interface 0: wanted \"deny rule x\", is "
		  "\"deny default storage\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decision_table *table = NULL;
		struct decision_table_result result;
		struct rules_error error;
		char text[1000];

		snprintf(text, sizeof(text), BEFORE "\n\n\"rows\":[%s]}", cases[i].row);
		assert_int_equal(parse_text(text, &table, &error), 0);
		decision_table_run(table, 0, NULL, &result);
		assert_false(result.passed);
		assert_int_equal(result.line, 3);
		assert_string_equal(result.difference, cases[i].difference);
		decision_table_free(table);
	}
}

static void a_long_difference_is_cut(void **state)
{
	struct decision_table *table = NULL;
	struct decision_table_result result;
	struct rules_error error;
	char text[3000], by[1000];

	(void)state;
	memset(by, 'x', sizeof(by));
	snprintf(text, sizeof(text),
		 BEFORE "\"rows\":[[\"s\",{},\"deny\",\"rule %.900s\",{\"risk\":1}]]}", by);
	assert_int_equal(parse_text(text, &table, &error), 0);
	decision_table_run(table, 0, NULL, &result);
	assert_int_equal(strlen(result.difference), DECISION_TABLE_DIFFERENCE_SIZE - 1);
	decision_table_free(table);
}

static void refusals(void **state)
{
#define ROWS(rows)	  BEFORE "\"rows\":[" rows "]}"
#define GRANTED(grants)	  BEFORE "\"grants\":[" grants "],\"rows\":[[]]}"
#define REGISTER(entries) BEFORE "\"registered\":[" entries "],\"rows\":[[\"s\",{},\"deny\"]]}"
	static const struct {
		const char *text, *path, *message;
	} cases[] = {
		{ "[]", "", "An object" },
		{ "{", "", "" },
		{ "{}", "", "\"schema\" is missing" },
		{ "{\"schema\":\"devgate-table-2\",\"name\":\"n\",\"rows\":[]}", "schema",
		  "must be" },
		{ "{\"schema\":1,\"name\":\"n\",\"rows\":[]}", "schema", "must be" },
		{ "{\"schema\":\"devgate-table-1\",\"rows\":[]}", "", "\"name\" is missing" },
		{ HEAD "\"row\":[]}", "row", "did you mean \"rows\"" },
		{ HEAD "\"rules\":null}", "", "\"rows\" is missing" },
		{ "{\"schema\":\"devgate-table-1\",\"name\":\"\",\"rows\":[]}", "name",
		  "at least one" },
		{ HEAD "\"rows\":{}}", "rows", "A list" },
		{ HEAD "\"rows\":[]}", "rows", "A list" },
		{ HEAD RULES("{\"id\":\"a\",\"match\":{\"vendr\":\"0951\"},\"verdict\":"
			     "\"deny\"}") "\"rows\":[[]]}",
		  "rules.rules[0].match.vendr", "did you mean \"vendor\"" },
		{ HEAD "\"rules\":[],\"rows\":[[]]}", "rules", "" },
		{ HEAD "\"rules\":null,\"risk\":{\"schema\":\"devgate-risk-2\"},\"rows\":[[]]}",
		  "risk.schema", "" },
		{ HEAD "\"devices\":[],\"rows\":[[]]}", "devices", "An object" },
		{ HEAD "\"devices\":{\"d\":{\"vendor\":1}},\"rows\":[[]]}", "devices.d.vendor",
		  "four" },
		{ HEAD "\"devices\":{\"d\":7},\"rows\":[[]]}", "devices.d", "A device" },
		{ HEAD "\"devices\":{\"d\":{\"like\":\"d\"}},\"rows\":[[]]}", "devices.d.like",
		  "named before" },
		{ HEAD "\"devices\":{\"d\":{\"like\":1}},\"rows\":[[]]}", "devices.d.like",
		  "named before" },
		{ REGISTER("7"), "registered[0]", "An object" },
		{ REGISTER("{}"), "registered[0]", "\"device\" is missing" },
		{ REGISTER("{\"device\":1}"), "registered[0].device", "The name" },
		{ REGISTER("{\"device\":\"x\"}"), "registered[0].device", "not known" },
		{ REGISTER("{\"device\":\"s\",\"tags\":\"x\"}"), "registered[0].tags",
		  "did you mean \"tag\"" },
		{ REGISTER("{\"device\":\"s\",\"tag\":\"012345678901234567890123\"}"),
		  "registered[0].tag", "longer than 23" },
		{ REGISTER("{\"device\":\"s\",\"verdict\":\"alow\"}"), "registered[0].verdict",
		  "did you mean \"allow\"" },
		{ REGISTER("{\"device\":\"s\",\"modifiers\":\"trail\"}"), "registered[0].modifiers",
		  "A list" },
		{ REGISTER("{\"device\":\"s\",\"modifiers\":[\"trial\"]}"),
		  "registered[0].modifiers[0]", "did you mean \"trail\"" },
		{ REGISTER("{\"device\":\"s\",\"functions\":\"storage\"}"),
		  "registered[0].functions", "A list" },
		{ REGISTER("{\"device\":\"s\",\"functions\":[]}"), "registered", "such an entry" },
		{ REGISTER("{\"device\":\"s\",\"functions\":[\"disk\"]}"),
		  "registered[0].functions[0]", "known" },
		{ REGISTER("{\"device\":\"s\",\"digest\":1}"), "registered[0].digest", "true" },
		{ REGISTER("{\"device\":\"s\"},{\"device\":\"s\"}"), "registered", "twice" },
		{ BEFORE "\"registered\":{},\"rows\":[[]]}", "registered", "A list" },
		{ BEFORE "\"revoked\":[{\"device\":\"s\",\"verdict\":\"deny\"}],\"rows\":[[]]}",
		  "revoked[0].verdict", "known" },
		{ HEAD "\"devices\":{\"k\":{\"bus\":\"mmc\",\"interfaces\":[]}},\"revoked\":"
		       "[{\"device\":\"k\"}],\"rows\":[[]]}",
		  "revoked[0].device", "without a serial" },
		{ BEFORE "\"grants\":{},\"rows\":[[]]}", "grants", "A list" },
		{ GRANTED("7"), "grants[0]", "An object" },
		{ GRANTED("{}"), "grants[0]", "\"device\" is missing" },
		{ GRANTED("{\"device\":1}"), "grants[0].device", "The name" },
		{ GRANTED("{\"device\":\"x\"}"), "grants[0].device", "not known" },
		{ HEAD "\"devices\":{\"k\":{\"bus\":\"mmc\",\"interfaces\":[]}},\"grants\":[{"
		       "\"device\":\"k\"}],\"rows\":[[]]}",
		  "grants[0].device", "without a serial" },
		{ GRANTED("{\"device\":\"s\",\"id\":1}"), "grants[0].id", "A text" },
		{ GRANTED("{\"device\":\"s\",\"functions\":[\"disk\"]}"), "grants[0].functions[0]",
		  "known" },
		{ GRANTED("{\"device\":\"s\",\"verdict\":\"alow\"}"), "grants[0].verdict",
		  "did you mean \"allow\"" },
		{ GRANTED("{\"device\":\"s\",\"modifiers\":[\"trial\"]}"), "grants[0].modifiers[0]",
		  "did you mean \"trail\"" },
		{ GRANTED("{\"device\":\"s\",\"minutes\":\"1\"}"), "grants[0].minutes", "whole" },
		{ GRANTED("{\"device\":\"s\",\"withdrawn\":1}"), "grants[0].withdrawn", "true" },
		{ GRANTED("{\"device\":\"s\",\"withdrawn\":false,\"minutes\":2,\"id\":\"g\","
			  "\"modifiers\":[\"trail\"],\"functions\":[\"storage\"],\"verdict\":"
			  "\"allow\"}"),
		  "rows[0]", "A row is" },
		{ BEFORE "\"circumstances\":{\"usr\":\"x\"},\"rows\":[[]]}", "circumstances.usr",
		  "did you mean \"user\"" },
		{ ROWS("7"), "rows[0]", "An object" },
		{ ROWS("[]"), "rows[0]", "A row is" },
		{ ROWS("[\"s\",{}]"), "rows[0]", "A row is" },
		{ ROWS("[\"s\",{},\"deny\",null,{},1]"), "rows[0]", "A row is" },
		{ ROWS("{}"), "rows[0]", "\"device\" is missing" },
		{ ROWS("{\"device\":\"s\"}"), "rows[0]", "\"verdict\" is missing" },
		{ ROWS("[null,{},\"deny\"]"), "rows[0]", "\"device\" is missing" },
		{ ROWS("[\"s\",{},null]"), "rows[0]", "\"verdict\" is missing" },
		{ ROWS("[\"t\",{},\"deny\"]"), "rows[0][0]", "not known" },
		{ ROWS("[{\"like\":\"t\"},{},\"deny\"]"), "rows[0][0].like", "named before" },
		{ ROWS("[\"s\",[],\"deny\"]"), "rows[0][1]", "An object" },
		{ ROWS("[\"s\",{\"time\":\"x\"},\"deny\"]"), "rows[0][1].time", "is not a day" },
		{ ROWS("[\"s\",{},1]"), "rows[0][2]", "A verdict" },
		{ ROWS("[\"s\",{},\"dney\"]"), "rows[0][2]", "did you mean \"deny\"" },
		{ ROWS("[\"s\",{},\"partial\"]"), "rows[0][2]", "known" },
		{ ROWS("[\"s\",{},\"deny partial\"]"), "rows[0][2]", "after the verdict" },
		{ ROWS("[\"s\",{},\"deny\",1]"), "rows[0][3]", "A step and a rule" },
		{ ROWS("[\"s\",{},\"deny\",\"rules x\"]"), "rows[0][3]", "did you mean \"rule\"" },
		{ ROWS("[\"s\",{},\"deny\",null,[]]"), "rows[0][4]", "An object" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"verdict\":\"deny\"}]"), "rows[0][4].verdict",
		  "known" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"risk\":\"1\"}]"), "rows[0][4].risk", "whole" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"audit\":1}]"), "rows[0][4].audit", "true" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"unknown\":[\"tme\"]}]"), "rows[0][4].unknown[0]",
		  "did you mean \"time\"" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"modifiers\":[1]}]"), "rows[0][4].modifiers[0]",
		  "A word" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"interfaces\":1}]"), "rows[0][4].interfaces",
		  "A list" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"interfaces\":[1]}]"), "rows[0][4].interfaces[0]",
		  "A text" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"interfaces\":[\"deny\"]}]"),
		  "rows[0][4].interfaces[0]", "A verdict, a step and a rule" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"interfaces\":[\"deny x y\"]}]"),
		  "rows[0][4].interfaces[0]", "known" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"interfaces\":[\"x rule y\"]}]"),
		  "rows[0][4].interfaces[0]", "known" },
		{ ROWS("[\"s\",{},\"deny\",null,{\"effects\":[\"deny rule\"]}]"),
		  "rows[0][4].effects[0]", "A verdict alone" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decision_table *table = NULL;
		struct rules_error error;

		assert_int_equal(parse_text(cases[i].text, &table, &error), -EBADMSG);
		assert_null(table);
		if (strcmp(error.path, cases[i].path) != 0 ||
		    strstr(error.message, cases[i].message) == NULL)
			fail_msg("%s: %s: %s", cases[i].text, error.path, error.message);
		assert_true(cases[i].path[0] == '\0' || error.line == 1);
	}
}

static void limits(void **state)
{
	struct decision_table *table = NULL;
	struct rules_error error;
	char *text = malloc(DECISION_TABLE_MAX_BYTES + 1), *end = text;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', DECISION_TABLE_MAX_BYTES + 1);
	assert_int_equal(decision_table_parse(text, DECISION_TABLE_MAX_BYTES + 1, &table, &error),
			 -E2BIG);
	end += sprintf(text, BEFORE "\"rows\":[[\"s\",{},\"deny\"]");
	for (int i = 0; i < DECISION_TABLE_MAX_ROWS; i++)
		end += sprintf(end, ",[\"s\",{},\"deny\"]");
	strcpy(end, "]}");
	assert_int_equal(parse_text(text, &table, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "More than 100000 rows"));
	free(text);
}

static void every_truncation(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(full) - 2; size++) {
		struct decision_table *table = NULL;
		struct rules_error error;
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, full, size);
		assert_int_equal(decision_table_parse(copy, size, &table, &error), -EBADMSG);
		assert_null(table);
		free(copy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_read),
		cmocka_unit_test(the_callers_policy),
		cmocka_unit_test(what_differs_is_said),
		cmocka_unit_test(a_long_difference_is_cut),
		cmocka_unit_test(refusals),
		cmocka_unit_test(limits),
		cmocka_unit_test(every_truncation),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
