/* Properties of deciding when some facts are not known, over generated rules. */
#include "cmocka_test.h"

#include <stdlib.h>

#include <sodium.h>

#include "decide_world.h"

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
		cmocka_unit_test(nothing_unknown_permits),
		cmocka_unit_test(a_denial_more_never_permits),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
