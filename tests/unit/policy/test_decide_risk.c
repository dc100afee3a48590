/* Deciding by the risk model. */
#include "cmocka_test.h"

#include <stdlib.h>

#include <sodium.h>

#include "decide_world.h"

static void by_risk(void **state)
{
	(void)state;
	static const char left[] = RULE("left", "", "by-risk");
	static const struct {
		const char *rules, *defaults;
		function_set functions;
		int32_t violations;
		enum identity identity;
		enum verdict verdict;
		const char *rule;
		int risk;
		modifier_set modifiers;
		fact_set unknown;
		bool by_rule;
	} table[] = {
		/* Unregistered: impact 2; with no serial, 3. */
		{ left, NULL, F(STORAGE), 0, IDENTITY_SERIAL, VERDICT_ALLOW, "left", 2,
		  MODIFIER_TRAIL | MODIFIER_NOTIFY, 0 },
		{ left, NULL, F(STORAGE), 1, IDENTITY_SERIAL, VERDICT_READ_ONLY, "left", 4,
		  MODIFIER_TRAIL | MODIFIER_NOTIFY | MODIFIER_NOEXEC, 0 },
		{ left, NULL, F(STORAGE), 2, IDENTITY_NONE, VERDICT_DENY, "left", 12, 0, 0 },
		/* A default leaves it to the model, too, in the name of its function. */
		{ "", "{\"*\":\"by-risk\"}", F(STORAGE), 0, IDENTITY_SERIAL, VERDICT_ALLOW,
		  "storage", 2, MODIFIER_TRAIL | MODIFIER_NOTIFY, 0 },
		{ "", "{\"*\":{\"verdict\":\"by-risk\",\"modifiers\":[\"justify\"]}}", F(PRINTER),
		  0, IDENTITY_SERIAL, VERDICT_ALLOW, "printer", 2,
		  MODIFIER_NOTIFY | MODIFIER_JUSTIFY, 0 },
		/* Nothing but storage can be read-only. */
		{ "", "{\"*\":\"by-risk\"}", F(PRINTER), 1, IDENTITY_SERIAL, VERDICT_DENY,
		  "printer", 4, 0, 0 },
		/* The highest score of those asked for. */
		{ left, "{\"*\":\"by-risk\"}", F(STORAGE) | F(NETWORK), 0, IDENTITY_SERIAL,
		  VERDICT_DENY, "network", 4, 0, 0 },
		{ left, "{\"*\":\"allow\"}", F(STORAGE) | F(NETWORK), 0, IDENTITY_SERIAL,
		  VERDICT_ALLOW, "left", 2, MODIFIER_TRAIL | MODIFIER_NOTIFY, 0 },
		/* Facts that the model asks for, where they would help. */
		{ left, NULL, F(STORAGE), -1, IDENTITY_SERIAL, VERDICT_READ_ONLY, "left", 8,
		  MODIFIER_TRAIL | MODIFIER_NOTIFY | MODIFIER_NOEXEC, FACT_VIOLATIONS },
		{ left, NULL, F(STORAGE), -1, IDENTITY_UNKNOWN, VERDICT_DENY, "left", 12, 0,
		  FACT_VIOLATIONS | FACT_IDENTITY },
		{ left, NULL, F(STORAGE), 0, IDENTITY_UNKNOWN, VERDICT_ALLOW, "left", 3,
		  MODIFIER_TRAIL | MODIFIER_NOTIFY, 0 },
		{ left, NULL, F(STORAGE), 2, IDENTITY_UNKNOWN, VERDICT_DENY, "left", 12, 0,
		  FACT_IDENTITY },
		/* A rule that may hold, before one that leaves it to the model. */
		{ RULE("a", ALICE, "deny") "," RULE("left", "", "by-risk"), NULL, F(STORAGE), 0,
		  IDENTITY_SERIAL, VERDICT_DENY, "a", 2, 0, FACT_USER, true },
		{ RULE("a", ALICE, "allow") "," RULE("left", "", "by-risk"), NULL, F(STORAGE), 1,
		  IDENTITY_SERIAL, VERDICT_READ_ONLY, "left", 4,
		  MODIFIER_TRAIL | MODIFIER_NOTIFY | MODIFIER_NOEXEC, FACT_USER },
		{ RULE("a", ALICE, "by-risk") "," RULE("b", UNIT, "by-risk") "," RULE("c", "",
										      "allow"),
		  NULL, F(STORAGE), 2, IDENTITY_NONE, VERDICT_DENY, "a", 12, 0,
		  FACT_USER | FACT_UNIT },
		{ RULE("a", ALICE, "by-risk") "," RULE("b", "", "deny"), NULL, F(STORAGE), 2,
		  IDENTITY_NONE, VERDICT_DENY, "a", 12, 0, 0 },
		{ RULE("a", ALICE, "by-risk") "," RULE("b", "", "deny"), NULL, F(STORAGE), -1,
		  IDENTITY_SERIAL, VERDICT_DENY, "b", 8, 0, FACT_USER | FACT_VIOLATIONS, true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct world world = build(table[i].rules, table[i].defaults, true);
		struct circumstances circumstances = circumstances_unknown;

		circumstances.violations = table[i].violations;
		circumstances.identity = table[i].identity;
		const struct decision decision = judge(&world, table[i].functions, &circumstances);
		if (decision.verdict != table[i].verdict ||
		    strcmp(decision.rule, table[i].rule) != 0 || decision.risk != table[i].risk ||
		    decision.modifiers != table[i].modifiers ||
		    decision.unknown != table[i].unknown)
			fail_msg("%zu: %s by %s, risk %d, modifiers %x, unknown %x", i,
				 verdict_to_text(decision.verdict), decision.rule, decision.risk,
				 decision.modifiers, decision.unknown);
		assert_int_equal(decision.step, table[i].by_rule ? STEP_RULE : STEP_RISK);
		tear_down(&world);
	}
}

static void the_register_counts_for_the_model(void **state)
{
	(void)state;
	struct world world = build(RULE("left", "", "by-risk"), "{\"*\":\"by-risk\"}", true);
	struct registered_entry entry = { .verdict = VERDICT_ALLOW,
					  .functions = F(PRINTER),
					  .tag = "A-001" };
	struct circumstances circumstances = circumstances_unknown;
	struct device device = device_of(F(STORAGE));
	struct risk_assessment assessment;
	struct registered table;
	struct decision decision;
	uint8_t *bytes;
	size_t size;

	circumstances.violations = 0;
	circumstances.identity = IDENTITY_SERIAL;
	device.has_serial = true;
	strcpy(device.serial, "S");
	device_media_key(device.vendor, device.product, "S", entry.key);
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), 0);
	assert_int_equal(registered_open(&table, bytes, size, true), 0);
	world.view.registered = &table;

	/* The entry speaks for another function: the model judges, and knows of the entry. */
	decide(&world.view, &device, &circumstances, false, &decision);
	assert_int_equal(decision.step, STEP_RISK);
	assert_int_equal(decision.risk, 1);
	assert_true(
		decide_assess(&world.view, &device, &circumstances, FUNCTION_STORAGE, &assessment));
	assert_int_equal(assessment.score, 1);
	strcpy(device.serial, "T");
	decide(&world.view, &device, &circumstances, false, &decision);
	assert_int_equal(decision.risk, 2);
	assert_true(
		decide_assess(&world.view, &device, &circumstances, FUNCTION_STORAGE, &assessment));
	assert_int_equal(assessment.score, 2);
	world.view.registered = NULL;
	assert_true(
		decide_assess(&world.view, &device, &circumstances, FUNCTION_NETWORK, &assessment));
	assert_int_equal(assessment.score, 4);
	world.view.risk = NULL;
	assert_false(
		decide_assess(&world.view, &device, &circumstances, FUNCTION_NETWORK, &assessment));
	assert_int_equal(assessment.score, 4);
	free(bytes);
	tear_down(&world);
}

static void without_a_model_it_is_denied(void **state)
{
	(void)state;
	static const struct {
		const char *rules, *defaults, *rule;
	} table[] = {
		{ RULE("left", "", "by-risk"), NULL, "left" },
		{ "", "{\"storage\":\"by-risk\"}", "storage" },
		{ RULE("a", ALICE, "by-risk") "," RULE("b", "", "allow"), NULL, "a" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct world world = build(table[i].rules, table[i].defaults, false);
		const struct decision decision = judge(&world, F(STORAGE), &circumstances_unknown);

		assert_int_equal(decision.verdict, VERDICT_DENY);
		assert_int_equal(decision.step, STEP_ERROR);
		assert_string_equal(decision.rule, table[i].rule);
		assert_int_equal(decision.risk, -1);
		assert_non_null(strstr(decision.reason_en, "no risk model"));
		assert_non_null(strstr(decision.reason_en, table[i].rule));
		assert_non_null(strstr(decision.reason_zh, "未附風險模型"));
		/* Whatever the mode: what could not be judged stays shut. */
		assert_int_equal(decision_effect(&decision, 0), VERDICT_DENY);
		tear_down(&world);
	}
}

static void staff_are_told_what_is_asked(void **state)
{
	(void)state;
	static const struct {
		const char *modifiers, *en, *zh;
	} table[] = {
		{ "\"noexec\"", "No program can be started from it.", "不得執行其中的程式。" },
		{ "\"trail\"", "Files read and written are recorded.", "讀寫的檔案將留存紀錄。" },
		{ "\"trail\",\"noexec\"",
		  "No program can be started from it; files read and written are recorded.",
		  "不得執行其中的程式，讀寫的檔案將留存紀錄。" },
		{ "\"notify\"", "it may be read, not written. If", "唯讀。如因公務" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char rules[200];

		snprintf(rules, sizeof(rules),
			 "{\"id\":\"a\",\"match\":{\"function\":\"storage\"},"
			 "\"verdict\":\"read-only\",\"modifiers\":[%s]}",
			 table[i].modifiers);
		struct world world = build(rules, NULL, false);
		const struct decision decision = judge(&world, F(STORAGE), &circumstances_unknown);
		assert_non_null(strstr(decision.reason_en, table[i].en));
		assert_non_null(strstr(decision.reason_zh, table[i].zh));
		tear_down(&world);
	}
	struct world world = build(RULE("left", "", "by-risk"), NULL, true);
	const struct decision decision = judge(&world, F(STORAGE), &circumstances_unknown);
	assert_non_null(strstr(decision.reason_en, "risk assessment of policy \"n\""));
	assert_non_null(strstr(decision.reason_zh, "風險評鑑"));
	tear_down(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_risk),
		cmocka_unit_test(the_register_counts_for_the_model),
		cmocka_unit_test(without_a_model_it_is_denied),
		cmocka_unit_test(staff_are_told_what_is_asked),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
