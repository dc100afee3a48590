/* Deciding when not everything is known, and by the risk model. */
#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/decide.h"

#define F(name) FUNCTION_BIT(FUNCTION_##name)

/* Likelihood 1, 2 or 4 by violations; impact 1, and 1 more without a register entry, without a
 * serial, and 2 for a network adapter. */
static const char model[] =
	"{\"schema\":\"devgate-risk-1\",\"name\":\"m\",\"base\":{\"likelihood\":1,\"impact\":1},"
	"\"factors\":{\"violations\":[{\"from\":0},{\"from\":1,\"likelihood\":1},"
	"{\"from\":2,\"likelihood\":3}],\"identity\":{\"none\":{\"impact\":1}},"
	"\"unregistered\":{\"impact\":1},\"function\":{\"network\":{\"impact\":2}}},"
	"\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"},"
	"{\"from\":2,\"verdict\":\"allow\",\"modifiers\":[\"trail\",\"notify\"]},"
	"{\"from\":4,\"verdict\":\"read-only\",\"modifiers\":[\"trail\",\"notify\",\"noexec\"]},"
	"{\"from\":9,\"verdict\":\"deny\"}]}";

struct world {
	struct rules *rules;
	struct risk *risk;
	struct policy_view view;
};

/* Rules (elements of the list), defaults (an object or NULL), and the model or none. */
static struct world build(const char *rules, const char *defaults, bool with_model)
{
	static char text[8192];
	struct world world = { 0 };
	struct rules_error error;

	snprintf(text, sizeof(text),
		 "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\","
		 "\"rules\":[%s],\"defaults\":%s}",
		 rules, defaults == NULL ? "{}" : defaults);
	if (rules_parse(text, strlen(text), &world.rules, &error) < 0)
		fail_msg("%s: %s: %s", text, error.path, error.message);
	if (with_model && risk_parse(model, strlen(model), &world.risk, &error) < 0)
		fail_msg("%s: %s", error.path, error.message);
	world.view = (struct policy_view){ .rules = world.rules, .risk = world.risk };
	return world;
}

static void tear_down(struct world *world)
{
	rules_free(world->rules);
	risk_free(world->risk);
}

static struct device device_of(function_set functions)
{
	struct device device = { .vendor = 0x0951, .product = 0x1666, .n_interfaces = 1 };

	device.interfaces[0].functions = functions;
	return device;
}

static struct decision judge(const struct world *world, function_set functions,
			     const struct circumstances *circumstances)
{
	const struct device device = device_of(functions);
	struct decision decision;

	memset(&decision, 0xa5, sizeof(decision));
	decide(&world->view, &device, circumstances, false, &decision);
	decide_explain(&world->view, &decision);
	assert_true(decision.reason_en[0] != '\0' && decision.reason_zh[0] != '\0');
	return decision;
}

#define RULE(id, match, verdict)                                                                   \
	"{\"id\":\"" id "\",\"match\":{\"function\":\"storage\"" match "},\"verdict\":\"" verdict  \
	"\"}"
#define ASKING(id, match, verdict, modifiers)                                                      \
	"{\"id\":\"" id "\",\"match\":{\"function\":\"storage\"" match "},\"verdict\":\"" verdict  \
	"\",\"modifiers\":[" modifiers "]}"
#define ALICE	",\"user\":\"alice\""
#define UNIT	",\"unit\":\"u\""
#define LOCKED	",\"session\":\"locked\""
#define ON_SITE ",\"site\":\"on\""

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

/* Up to six rules over four facts of two or three values, and a default. */
static void any_rules(char *ret, size_t size)
{
	static const char *const conditions[] = {
		"",
		ALICE,
		LOCKED,
		ON_SITE,
		",\"user\":\"alice\",\"session\":\"locked\"",
		",\"user\":\"bob\"",
		",\"session\":\"active\",\"site\":\"on\"",
		",\"violations\":{\"min\":1}",
	};
	static const char *const verdicts[] = {
		"allow", "read-only", "encrypted-only", "charge-only", "deny", "by-risk",
	};
	size_t used = 0;

	ret[0] = '\0';
	for (int i = 0; i < 6; i++) {
		const char *condition = conditions[randombytes_uniform(COUNT(conditions))];
		const char *verdict = verdicts[randombytes_uniform(COUNT(verdicts))];

		used += (size_t)snprintf(ret + used, size - used,
					 "%s{\"id\":\"r%d\",\"match\":{\"function\":\"storage\"%s},"
					 "\"verdict\":\"%s\"}",
					 i == 0 ? "" : ",", i, condition, verdict);
	}
	assert_true(used < size);
}

static struct circumstances any_circumstances(void)
{
	struct circumstances any = circumstances_unknown;
	static const char *const users[] = { "alice", "bob", "carol" };

	any.user = users[randombytes_uniform(3)];
	any.session = randombytes_uniform(2) ? SESSION_ACTIVE : SESSION_LOCKED;
	any.site = randombytes_uniform(2) ? SITE_ON : SITE_OFF;
	any.violations = (int32_t)randombytes_uniform(3);
	any.identity = randombytes_uniform(2) ? IDENTITY_SERIAL : IDENTITY_NONE;
	return any;
}

/* @whole with only the facts of @facts. */
static struct circumstances only(const struct circumstances *whole, fact_set facts)
{
	struct circumstances part = circumstances_unknown;

	if (facts & FACT_USER)
		part.user = whole->user;
	if (facts & FACT_SESSION)
		part.session = whole->session;
	if (facts & FACT_SITE)
		part.site = whole->site;
	if (facts & FACT_VIOLATIONS)
		part.violations = whole->violations;
	if (facts & FACT_IDENTITY)
		part.identity = whole->identity;
	return part;
}

/* Whatever is not known: never more than under any way that things may be.  And where that way
 * permits more, the facts that are said to be missing are those to know. */
static void nothing_unknown_permits(void **state)
{
	(void)state;
	static const fact_set all[] = { FACT_USER, FACT_SESSION, FACT_SITE, FACT_VIOLATIONS,
					FACT_IDENTITY };

	for (int i = 0; i < 3000; i++) {
		char rules[2048];
		fact_set known = 0;

		any_rules(rules, sizeof(rules));
		struct world world = build(rules, NULL, true);
		for (size_t f = 0; f < COUNT(all); f++)
			known |= randombytes_uniform(2) ? all[f] : 0;
		for (int j = 0; j < 10; j++) {
			const struct circumstances whole = any_circumstances();
			const struct circumstances part = only(&whole, known);
			const struct decision told = judge(&world, F(STORAGE), &whole);
			const struct decision untold = judge(&world, F(STORAGE), &part);

			assert_int_equal(told.unknown, 0);
			assert_int_equal(untold.unknown & known, 0);
			assert_int_equal(verdict_stricter(untold.verdict, told.verdict),
					 untold.verdict);
			if (told.verdict == untold.verdict)
				continue;
			const struct circumstances more = only(&whole, known | untold.unknown);
			const struct decision now = judge(&world, F(STORAGE), &more);
			if (now.verdict != told.verdict)
				fail_msg("%s: %s, not %s, with %x", rules,
					 verdict_to_text(now.verdict),
					 verdict_to_text(told.verdict), untold.unknown);
		}
		tear_down(&world);
	}
}

/* One rule made a denial, wherever it is and whatever it asks for: nothing is permitted by that. */
static void a_denial_more_never_permits(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		char rules[2048], more[2200];
		const bool first = randombytes_uniform(2);

		any_rules(rules, sizeof(rules));
		snprintf(more, sizeof(more), "%s%s%s", first ? "" : rules, first ? "" : ",",
			 first ? RULE("more", ALICE, "deny") : RULE("more", LOCKED, "deny"));
		if (first)
			snprintf(more + strlen(more), sizeof(more) - strlen(more), ",%s", rules);
		struct world world = build(rules, "{\"storage\":\"allow\"}", true);
		struct world stricter = build(more, "{\"storage\":\"allow\"}", true);
		for (int j = 0; j < 10; j++) {
			struct circumstances any = any_circumstances();

			if (randombytes_uniform(2))
				any.user = NULL;
			if (randombytes_uniform(2))
				any.session = SESSION_UNKNOWN;
			const enum verdict before = judge(&world, F(STORAGE), &any).verdict;
			const enum verdict after = judge(&stricter, F(STORAGE), &any).verdict;
			assert_int_equal(verdict_stricter(after, before), after);
		}
		tear_down(&world);
		tear_down(&stricter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(what_is_not_known_of_two_functions),
		cmocka_unit_test(by_risk),
		cmocka_unit_test(the_register_counts_for_the_model),
		cmocka_unit_test(without_a_model_it_is_denied),
		cmocka_unit_test(staff_are_told_what_is_asked),
		cmocka_unit_test(nothing_unknown_permits),
		cmocka_unit_test(a_denial_more_never_permits),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
