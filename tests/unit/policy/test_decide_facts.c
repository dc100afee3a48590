/* Deciding when not everything is known. */
#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "decide_world.h"

/* Nothing but the device is known. */
static void what_is_not_known(void **state)
{
	(void)state;
	static const struct {
		const char *rules, *defaults;
		enum verdict verdict;
		enum decide_step step;
		const char *rule;
		fact_set unknown;
		modifier_set modifiers;
	} table[] = {
		/* Either the first holds or it does not: the stricter of both. */
		{ RULE("a", ALICE, "deny") "," RULE("b", "", "allow"), NULL, VERDICT_DENY,
		  STEP_RULE, "a", FACT_USER, 0 },
		{ RULE("a", ALICE, "allow"), NULL, VERDICT_DENY, STEP_DEFAULT, "storage", FACT_USER,
		  0 },
		{ RULE("a", ALICE, "read-only") "," RULE("b", "", "allow"), NULL, VERDICT_READ_ONLY,
		  STEP_RULE, "a", FACT_USER, 0 },
		{ RULE("a", ALICE, "allow") "," RULE("b", "", "read-only"), NULL, VERDICT_READ_ONLY,
		  STEP_RULE, "b", FACT_USER, 0 },
		/* No use to know: the same in any case. */
		{ RULE("a", ALICE, "allow") "," RULE("b", "", "allow"), NULL, VERDICT_ALLOW,
		  STEP_RULE, "a", 0, 0 },
		{ RULE("a", ALICE, "deny") "," RULE("b", "", "deny"), NULL, VERDICT_DENY, STEP_RULE,
		  "a", 0, 0 },
		{ RULE("a", ALICE, "deny"), NULL, VERDICT_DENY, STEP_RULE, "a", 0, 0 },
		/* Rules behind the first that is sure are not asked. */
		{ RULE("a", "", "deny") "," RULE("b", ALICE, "allow"), NULL, VERDICT_DENY,
		  STEP_RULE, "a", 0, 0 },
		{ RULE("a", "", "allow") "," RULE("b", ALICE, "deny"), NULL, VERDICT_ALLOW,
		  STEP_RULE, "a", 0, 0 },
		/* What is behind the last that would permit more is of no use. */
		{ RULE("a", ALICE, "allow") "," RULE("b", UNIT, "deny") "," RULE("c", "", "deny"),
		  NULL, VERDICT_DENY, STEP_RULE, "b", FACT_USER, 0 },
		{ RULE("a", ALICE, "deny") "," RULE("b", UNIT, "allow") "," RULE("c", "", "deny"),
		  NULL, VERDICT_DENY, STEP_RULE, "a", FACT_USER | FACT_UNIT, 0 },
		{ RULE("a", ALICE, "deny") "," RULE("b", UNIT, "deny") "," RULE("c", "", "allow"),
		  NULL, VERDICT_DENY, STEP_RULE, "a", FACT_USER | FACT_UNIT, 0 },
		{ RULE("a", ALICE UNIT LOCKED, "deny") "," RULE("b", "", "allow"), NULL,
		  VERDICT_DENY, STEP_RULE, "a", FACT_USER | FACT_UNIT | FACT_SESSION, 0 },
		/* Neither of two that do not compare permits what the other does not: both permit
		   power. */
		{ RULE("a", ALICE, "read-only") "," RULE("b", "", "encrypted-only"), NULL,
		  VERDICT_CHARGE_ONLY, STEP_RULE, "b", FACT_USER, 0 },
		{ RULE("a", ALICE, "encrypted-only") "," RULE("b", "", "read-only"), NULL,
		  VERDICT_CHARGE_ONLY, STEP_RULE, "a", FACT_USER, 0 },
		{ RULE("a", ALICE, "read-only") "," RULE("b", UNIT, "encrypted-only") "," RULE(
			  "c", "", "allow"),
		  NULL, VERDICT_CHARGE_ONLY, STEP_RULE, "b", FACT_USER | FACT_UNIT, 0 },
		{ RULE("a", ALICE, "charge-only") "," RULE("b", "", "encrypted-only"), NULL,
		  VERDICT_CHARGE_ONLY, STEP_RULE, "a", FACT_USER, 0 },
		/* All that any of them asks for. */
		{ ASKING("a", ALICE, "allow", "\"trail\"") "," ASKING(
			  "b", UNIT, "read-only", "\"noexec\"") "," ASKING("c", "", "allow",
									   "\"notify\""),
		  NULL, VERDICT_READ_ONLY, STEP_RULE, "b", FACT_USER | FACT_UNIT,
		  MODIFIER_TRAIL | MODIFIER_NOEXEC | MODIFIER_NOTIFY },
		{ ASKING("a", ALICE, "allow", "\"trail\""),
		  "{\"storage\":{\"verdict\":\"allow\",\"modifiers\":[\"justify\"]}}",
		  VERDICT_ALLOW, STEP_RULE, "a", 0, MODIFIER_TRAIL | MODIFIER_JUSTIFY },
		/* Denied: nothing is asked. */
		{ ASKING("a", ALICE, "deny", "\"notify\"") "," RULE("b", "", "allow"), NULL,
		  VERDICT_DENY, STEP_RULE, "a", FACT_USER, 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct world world = build(table[i].rules, table[i].defaults, false);
		const struct decision decision = judge(&world, F(STORAGE), &circumstances_unknown);

		if (decision.verdict != table[i].verdict || decision.step != table[i].step ||
		    strcmp(decision.rule, table[i].rule) != 0 ||
		    decision.unknown != table[i].unknown ||
		    decision.modifiers != table[i].modifiers)
			fail_msg("%s: %s by %s %s, unknown %x, modifiers %x", table[i].rules,
				 verdict_to_text(decision.verdict),
				 decide_step_to_text(decision.step), decision.rule,
				 decision.unknown, decision.modifiers);
		assert_int_equal(decision.interfaces[0].verdict, table[i].verdict);
		assert_int_equal(decision.risk, -1);
		tear_down(&world);
	}
}

/* An interface of two functions: what one of them denies, no fact about the other opens. */
static void what_is_not_known_of_two_functions(void **state)
{
	(void)state;
	struct world world =
		build("{\"id\":\"s\",\"match\":{\"function\":\"storage\",\"user\":\"alice\"},"
		      "\"verdict\":\"deny\"},"
		      "{\"id\":\"p\",\"match\":{\"function\":\"printer\",\"unit\":\"u\"},"
		      "\"verdict\":\"deny\"},"
		      "{\"id\":\"n\",\"match\":{\"function\":\"network\"},\"verdict\":\"deny\"},"
		      "{\"id\":\"r\",\"match\":{\"function\":\"serial\"},\"verdict\":\"allow\","
		      "\"modifiers\":[\"notify\"]}",
		      "{\"*\":\"allow\"}", false);
	static const struct {
		function_set functions;
		enum verdict verdict;
		fact_set unknown;
	} table[] = {
		{ F(STORAGE), VERDICT_DENY, FACT_USER },
		{ F(STORAGE) | F(KEYBOARD), VERDICT_DENY, FACT_USER },
		{ F(STORAGE) | F(PRINTER), VERDICT_DENY, FACT_USER | FACT_UNIT },
		{ F(STORAGE) | F(NETWORK), VERDICT_DENY, 0 },
		{ F(NETWORK) | F(PRINTER) | F(STORAGE), VERDICT_DENY, 0 },
		{ F(KEYBOARD) | F(HUB), VERDICT_ALLOW, 0 },
		{ F(KEYBOARD) | F(SERIAL), VERDICT_ALLOW, 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct decision decision =
			judge(&world, table[i].functions, &circumstances_unknown);

		assert_int_equal(decision.verdict, table[i].verdict);
		assert_int_equal(decision.unknown, table[i].unknown);
		assert_int_equal(decision.modifiers,
				 table[i].functions & F(SERIAL) ? MODIFIER_NOTIFY : 0);
	}
	tear_down(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(what_is_not_known_of_two_functions),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
