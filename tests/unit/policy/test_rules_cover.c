/* What is proven of two matches, held against what they match. */
#include "cmocka_test.h"

#include "documents.h"
#include "generate.h"
#include "policy/rules/cover.h"

enum { SEEDS = 4000, TRIALS = 40 };

static struct cover_budget plenty(void)
{
	return (struct cover_budget){ .left = 1000000 };
}

static void globs(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool covers;
	} table[] = {
		{ "*", "", true },	  { "*", "*", true },	     { "**", "*", true },
		{ "*", "a?*", true },	  { "a*", "a", true },	     { "a*", "ab*", true },
		{ "ab*", "a*", false },	  { "a*", "*", false },	     { "?", "*", false },
		{ "?", "?", true },	  { "?", "a", true },	     { "?", "\\*", true },
		{ "?", "中", true },	  { "??", "中", false },     { "?*", "*", false },
		{ "*a*", "b*a?c", true }, { "*a", "a*", false },     { "*a", "*ba", true },
		{ "a*c", "abc", true },	  { "a*c", "a*b*c", true },  { "a*c", "a*b*", false },
		{ "\\*", "\\*", true },	  { "\\*", "*", false },     { "\\a", "a", true },
		{ "a", "\\a", true },	  { "\\a", "b", false },     { "a", "?", false },
		{ "a", "", false },	  { "", "", true },	     { "", "a", false },
		{ "", "*", false },	  { "中*", "中文", true },   { "中*", "丁文", false },
		{ "*b*b", "abab", true }, { "*ab?", "abab", false }, { "a?", "a", false },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		if (glob_covers(table[i].a, table[i].b) != table[i].covers)
			fail_msg("%s over %s", table[i].a, table[i].b);
}

/* Two rules of one condition each: whether the first covers the second, and they are disjoint. */
static void conditions(void **state)
{
	(void)state;
#define TIME(from, to)	 "\"time\":{\"from\":\"" from "\",\"to\":\"" to "\"}"
#define VENDOR(from, to) "\"vendor\":{\"from\":\"" from "\",\"to\":\"" to "\"}"
#define SERIAL(from, to) "\"serial\":{\"from\":\"" from "\",\"to\":\"" to "\"}"
#define GLOB(kind, glob) "\"" kind "\":{\"glob\":\"" glob "\"}"
#define SET(set, list)	 "\"interfaces\":{\"" set "\":[" list "]}"
#define DIGEST(byte)	 "\"" byte byte byte byte byte byte byte byte "\""
#define ZEROS		 DIGEST("00000000")
#define ONES		 DIGEST("11111111")
	static const struct {
		const char *a, *b;
		bool covers, disjoint;
	} table[] = {
		{ "", "", true, false },
		{ "", "\"bus\":\"usb\"", true, false },
		{ "\"bus\":\"usb\"", "", false, false },
		{ "\"bus\":[\"usb\",\"mmc\"]", "\"bus\":\"mmc\"", true, false },
		{ "\"bus\":\"usb\"", "\"bus\":[\"usb\",\"mmc\"]", false, false },
		{ "\"bus\":\"usb\"", "\"bus\":\"mmc\"", false, true },
		{ VENDOR("0001", "0009"), "\"vendor\":[\"0001\",\"0009\"]", true, false },
		{ VENDOR("0001", "0009"), "\"vendor\":[\"0001\",\"000a\"]", false, false },
		{ "\"vendor\":[\"0001\",\"0002\",\"0003\"]", VENDOR("0001", "0003"), true, false },
		{ "\"vendor\":[\"0001\",\"0003\"]", VENDOR("0001", "0003"), false, false },
		{ VENDOR("0001", "0003"), VENDOR("0004", "0009"), false, true },
		{ VENDOR("0004", "ffff"), VENDOR("0001", "0003"), false, true },
		{ VENDOR("0000", "ffff"), VENDOR("fff0", "ffff"), true, false },
		{ "\"digest\":[" ZEROS "," ONES "]", "\"digest\":[" ONES "," ONES "]", true,
		  false },
		{ "\"digest\":" ONES, "\"digest\":[" ZEROS "," ONES "]", false, false },
		{ "\"digest\":" ONES, "\"digest\":" ZEROS, false, true },
		{ "\"serial\":[\"A\",\"B\"]", "\"serial\":\"B\"", true, false },
		{ "\"serial\":\"A\"", "\"serial\":[\"A\",\"B\"]", false, false },
		{ "\"serial\":[\"A\",\"C\"]", "\"serial\":[\"B\",\"D\"]", false, true },
		{ SERIAL("A100", "A250"), "\"serial\":\"A100\"", true, false },
		{ SERIAL("A100", "A250"), "\"serial\":\"A10\"", false, true },
		{ SERIAL("A100", "A250"), SERIAL("A101", "A250"), true, false },
		{ SERIAL("A100", "A250"), SERIAL("A250", "A251"), false, false },
		{ SERIAL("A100", "A250"), SERIAL("A251", "A300"), false, true },
		{ SERIAL("A100", "A250"), SERIAL("A1000", "A2500"), false, true },
		{ GLOB("serial", "A*"), SERIAL("A100", "A250"), true, false },
		{ GLOB("serial", "A1*"), SERIAL("A100", "A250"), false, false },
		{ GLOB("serial", "B*"), SERIAL("A100", "A250"), false, true },
		{ SERIAL("A100", "A250"), GLOB("serial", "B*"), false, true },
		{ SERIAL("A100", "A250"), GLOB("serial", "A*"), false, false },
		{ GLOB("serial", "\\\\**"), SERIAL("*00", "*99"), true, false },
		{ SERIAL("A1", "A1"), "\"serial\":\"A1\"", true, false },
		{ GLOB("serial", "A*"), "\"serial\":[\"A1\",\"A2\"]", true, false },
		{ GLOB("serial", "A*"), "\"serial\":[\"A1\",\"B2\"]", false, false },
		{ GLOB("serial", "A*"), "\"serial\":\"B2\"", false, true },
		{ GLOB("serial", "A*"), GLOB("serial", "A?1"), true, false },
		{ GLOB("serial", "A*"), GLOB("serial", "B*"), false, true },
		{ GLOB("serial", "A*"), GLOB("serial", "*"), false, false },
		{ GLOB("name", "\\\\a"), GLOB("name", "ab"), false, true },
		{ GLOB("name", "ab"), GLOB("name", "a\\\\b"), true, false },
		{ "\"user\":\"a\"", "\"user\":\"b\"", false, true },
		{ "\"group\":\"a\"", "\"group\":\"b\"", false, false },
		{ "\"count\":{\"min\":2}", "\"count\":{\"min\":2,\"max\":3}", true, false },
		{ "\"count\":[{\"max\":2},{\"min\":3}]", "\"count\":{\"min\":1,\"max\":9}", true,
		  false },
		{ "\"count\":[{\"max\":2},{\"min\":4}]", "\"count\":{\"min\":1,\"max\":9}", false,
		  false },
		{ "\"count\":{\"max\":2}", "\"count\":{\"min\":3}", false, true },
		{ TIME("08:00", "18:00"), TIME("09:00", "12:00"), true, false },
		{ TIME("22:00", "06:00"), TIME("00:00", "06:00"), true, false },
		{ TIME("22:00", "06:00"), TIME("05:00", "07:00"), false, false },
		{ TIME("22:00", "06:00"), TIME("06:00", "22:00"), false, true },
		{ SET("all-of", "\"08:*:*\""), SET("all-of", "\"08:06:50\",\"03:*:*\""), true,
		  false },
		{ SET("all-of", "\"08:06:50\""), SET("all-of", "\"08:*:*\""), false, false },
		{ SET("all-of", "\"08:*:*\""), SET("exactly", "\"08:06:*\""), true, false },
		{ SET("all-of", "\"08:*:*\""), SET("one-of", "\"08:06:*\",\"08:05:*\""), true,
		  false },
		{ SET("all-of", "\"08:*:*\""), SET("one-of", "\"08:06:*\",\"03:*:*\""), false,
		  false },
		{ SET("one-of", "\"08:*:*\",\"03:*:*\""), SET("all-of", "\"08:06:50\""), true,
		  false },
		{ SET("one-of", "\"08:*:*\""), SET("only", "\"08:06:50\""), false, false },
		{ SET("none-of", "\"03:01:*\""), SET("none-of", "\"03:*:*\""), true, false },
		{ SET("none-of", "\"03:*:*\""), SET("none-of", "\"03:01:*\""), false, false },
		{ SET("none-of", "\"03:*:*\""), SET("only", "\"08:*:*\""), true, false },
		{ SET("none-of", "\"03:*:02\""), SET("exactly", "\"03:*:01\""), true, false },
		{ SET("none-of", "\"03:02:*\""), SET("exactly", "\"03:01:*\""), true, false },
		{ SET("only", "\"08:*:*\""), SET("exactly", "\"08:06:*\""), true, false },
		{ SET("only", "\"08:06:*\""), SET("only", "\"08:*:*\""), false, false },
		{ SET("exactly", "\"08:*:*\""), SET("exactly", "\"08:06:*\""), true, false },
		{ SET("exactly", "\"08:*:*\""), SET("only", "\"08:*:*\""), false, false },
		{ SET("exactly", "\"08:*:*\""), SET("all-of", "\"08:*:*\""), false, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[1000];
		struct cover_budget budget = plenty();

		snprintf(text, sizeof(text),
			 DOCUMENT(RULE("a", "%s", "deny") "," RULE("b", "%s", "deny")), table[i].a,
			 table[i].b);
		struct document document = document_of(text);
		const struct match_rule *rules = document.rules->rules;
		if (match_covers(&rules[0], &rules[1], &budget) != table[i].covers ||
		    match_disjoint(&rules[0], &rules[1], &budget) != table[i].disjoint ||
		    match_disjoint(&rules[1], &rules[0], &budget) != table[i].disjoint ||
		    !match_covers(&rules[0], &rules[0], &budget))
			fail_msg("%s over %s", table[i].a, table[i].b);
		assert_false(budget.spent);
		document_finish(&document);
	}
}

static void functions_facts_and_kinds(void **state)
{
	(void)state;
	struct document document = document_of(DOCUMENT(
		RULE("a", "\"function\":[\"storage\",\"hub\"],\"user\":\"x\"", "deny") "," RULE(
			"b", "\"label\":\"x\",\"time\":{\"from\":\"00:00\",\"to\":\"01:00\"}",
			"deny") "," RULE("c", "\"function\":\"hub\",\"label\":\"x\"", "deny")));
	const struct match_rule *rules = document.rules->rules;

	assert_int_equal(match_functions(&rules[0]),
			 FUNCTION_BIT(FUNCTION_STORAGE) | FUNCTION_BIT(FUNCTION_HUB));
	assert_int_equal(match_functions(&rules[1]), FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(match_functions(&rules[2]), 0);
	assert_int_equal(match_facts(&rules[0]), FACT_USER);
	assert_int_equal(match_facts(&rules[1]), FACT_LABEL | FACT_TIME);
	assert_int_equal(match_kinds(&rules[0]), 1 << CONDITION_USER);
	document_finish(&document);
}

static void without_budget_nothing_is_proven(void **state)
{
	(void)state;
	static const char *const matches[] = {
		"\"bus\":\"usb\"",	 VENDOR("0001", "0009"),      "\"digest\":" ZEROS,
		"\"serial\":\"A\"",	 GLOB("serial", "A*"),	      SERIAL("A1", "A2"),
		"\"count\":{\"min\":2}", SET("all-of", "\"08:*:*\""), TIME("08:00", "18:00"),
	};

	for (size_t i = 0; i < COUNT(matches); i++) {
		char text[1000];

		snprintf(text, sizeof(text),
			 DOCUMENT(RULE("a", "%s", "deny") "," RULE("b", "%s", "deny")), matches[i],
			 matches[i]);
		struct document document = document_of(text);
		const struct match_rule *rules = document.rules->rules;
		uint64_t left = 0;
		bool proven = false;

		/* More and more, until it is enough. */
		for (; !proven; left++) {
			struct cover_budget budget = { .left = left };

			proven = match_covers(&rules[0], &rules[1], &budget);
			assert_int_equal(proven, !budget.spent);
		}
		assert_true(left > 1);
		for (left = 0; left < 60; left++) {
			struct cover_budget budget = { .left = left };

			assert_false(match_disjoint(&rules[0], &rules[1], &budget));
		}
		document_finish(&document);
	}
}

static void interfaces_that_cannot_be(void **state)
{
	(void)state;
	static const struct {
		const char *sets, *a, *b;
	} table[] = {
		{ "{\"all-of\":[\"08:06:50\"],\"none-of\":[\"08:*:*\"]}", "all-of", "none-of" },
		{ "{\"all-of\":[\"08:*:*\"],\"none-of\":[\"08:06:50\"]}", NULL, NULL },
		{ "{\"all-of\":[\"08:06:50\",\"03:*:*\"],\"only\":[\"08:*:*\"]}", "all-of",
		  "only" },
		{ "{\"all-of\":[\"08:06:50\"],\"exactly\":[\"03:*:*\"]}", "all-of", "exactly" },
		{ "{\"one-of\":[\"08:06:50\",\"03:*:*\"],\"none-of\":[\"08:*:*\"]}", NULL, NULL },
		{ "{\"one-of\":[\"08:06:50\",\"08:05:*\"],\"none-of\":[\"08:*:*\"]}", "one-of",
		  "none-of" },
		{ "{\"exactly\":[\"08:06:50\"],\"only\":[\"03:*:*\"]}", "exactly", "only" },
		{ "{\"exactly\":[\"08:06:50\"],\"none-of\":[\"08:06:*\"]}", "exactly", "none-of" },
		{ "{\"exactly\":[\"08:06:50\",\"03:*:*\"]}", NULL, NULL },
		{ "{\"only\":[\"08:06:50\"],\"none-of\":[\"08:*:*\"]}", NULL, NULL },
		{ "[{\"only\":[\"08:06:50\"]},{\"all-of\":[\"08:06:50\"],\"none-of\":[\"08:*:*\"]}"
		  "]",
		  NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[1000];
		const char *a = NULL, *b = NULL;

		snprintf(text, sizeof(text), DOCUMENT(RULE("a", "\"interfaces\":%s", "deny")),
			 table[i].sets);
		struct document document = document_of(text);
		const bool impossible = interfaces_impossible(
			match_condition(&document.rules->rules[0], CONDITION_INTERFACES), &a, &b);

		assert_int_equal(impossible, table[i].a != NULL);
		if (impossible) {
			assert_string_equal(a, table[i].a);
			assert_string_equal(b, table[i].b);
		}
		document_finish(&document);
	}
}

/* Whether the rule holds for @function of the device; unknown is asked for, too. */
static enum rules_truth truth_of(const struct match_rule *rule, const struct device *device,
				 const struct circumstances *now, enum function function)
{
	const struct question question = { device, now, function };
	const char *condition;
	fact_set unknown;

	return match_holds(rule, &question, &condition, &unknown);
}

/* Of made-up pairs: where the second holds, so does what covers it, and disjoint ones never hold
 * together; nothing unknown fails what covers it. */
static void proofs_are_sound(void **state)
{
	(void)state;
	size_t covers = 0, disjoints = 0, held = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct generator generator = { seed };
		json_t *json = generate_rules(&generator, 2, false);
		struct document document = document_of_json(json);
		const struct match_rule *a = &document.rules->rules[0], *b = a + 1;
		struct cover_budget budget = plenty();
		const bool cover = match_covers(a, b, &budget);
		const bool disjoint = match_disjoint(a, b, &budget);

		covers += cover;
		disjoints += disjoint;
		for (int i = 0; (cover || disjoint) && i < TRIALS; i++) {
			struct generated_circumstances circumstances;
			struct device device;

			generate_device(&generator, &device);
			generate_circumstances(&generator, &circumstances);
			for (int f = 0; f < _FUNCTION_MAX; f++) {
				const function_set both = match_functions(a) & match_functions(b);
				const enum rules_truth x =
					truth_of(a, &device, &circumstances.now, (enum function)f);
				const enum rules_truth y =
					truth_of(b, &device, &circumstances.now, (enum function)f);

				if (!(both & FUNCTION_BIT(f)))
					continue;
				held += y == RULES_HOLDS;
				if (cover && (x < y || (match_facts(a) == 0 && y != RULES_FAILS &&
							x != RULES_HOLDS)))
					fail_msg("seed %d: does not cover\n%s", (int)seed,
						 document.text);
				if (disjoint && x == RULES_HOLDS && y == RULES_HOLDS)
					fail_msg("seed %d: not disjoint\n%s", (int)seed,
						 document.text);
			}
		}
		document_finish(&document);
		json_decref(json);
	}
	assert_true(covers > 200 && disjoints > 200 && held > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs),
		cmocka_unit_test(conditions),
		cmocka_unit_test(functions_facts_and_kinds),
		cmocka_unit_test(without_budget_nothing_is_proven),
		cmocka_unit_test(interfaces_that_cannot_be),
		cmocka_unit_test(proofs_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
