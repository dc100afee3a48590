/* Rules that no single rule before makes unreachable, and several together do: "on site" and "off
 * site", Monday to Friday and the weekend.
 *
 * Proven for one kind of condition at a time, a kind whose values can be counted: each of the rules
 * before covers the rule but for its condition of that kind, and their values of it are, together,
 * all that the rule's condition has, or all there are if it has none. */
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"
#include "shapes.h"

/* In the order of struct lint_parts. */
static const enum condition_kind kinds[] = {
	CONDITION_BUS,	CONDITION_CONNECT, CONDITION_IDENTITY,	 CONDITION_SESSION,
	CONDITION_SITE, CONDITION_TIME,	   CONDITION_ENCRYPTION,
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]), TIME = 5 };

/* By function, the values that rules have; and those of rules that ask for no fact. */
struct lint_parts {
	uint64_t words[N_KINDS][_FUNCTION_MAX], certain[N_KINDS][_FUNCTION_MAX];
	uint64_t minutes[_FUNCTION_MAX][TIMES_WORDS];
	const struct match_rule *last[N_KINDS];
};

uint64_t lint_part_kinds(void)
{
	uint64_t bits = 0;

	for (int k = 0; k < N_KINDS; k++)
		bits |= UINT64_C(1) << kinds[k];
	return bits;
}

static void add_values(struct lint_parts *parts, int k, const struct match_rule *before,
		       function_set functions)
{
	const struct condition *condition = match_condition(before, kinds[k]);
	const bool certain = match_facts(before) == 0;

	for (function_set left = functions; left != 0; left &= left - 1) {
		const int f = __builtin_ctz(left);

		if (k == TIME) {
			times_fill(condition, parts->minutes[f]);
			continue;
		}
		parts->words[k][f] |= condition->n;
		parts->certain[k][f] |= certain ? condition->n : 0;
	}
	if (parts->last[k] == NULL || before > parts->last[k])
		parts->last[k] = before;
}

void lint_add_part(struct lint *lint, const struct match_rule *rule,
		   const struct match_rule *before, uint64_t extra, struct shade *shade)
{
	const function_set functions =
		match_functions(before) & match_functions(rule) & ~shade->certain;

	for (int k = 0; functions != 0 && k < N_KINDS; k++) {
		if ((extra != 0 && extra != UINT64_C(1) << kinds[k]) ||
		    match_condition(before, kinds[k]) == NULL ||
		    !match_covers_but(before, rule, kinds[k], &lint->budget))
			continue;
		if (k == TIME && !cover_spend(&lint->budget, TIMES_WORDS))
			return;
		if (shade->parts == NULL)
			shade->parts = calloc(1, sizeof(*shade->parts));
		if (shade->parts == NULL) {
			lint->failed = true;
			return;
		}
		add_values(shade->parts, k, before, functions);
	}
}

/* The words that @rule's condition has, or all there are where it has none.  Those before the first
 * that can be asked for are what is not known. */
static uint64_t wanted_words(const struct match_rule *rule, enum condition_kind kind)
{
	const struct condition *condition = match_condition(rule, kind);
	const int n = condition_types[kind].words.n, first = condition_types[kind].words.first;

	if (condition != NULL)
		return condition->n;
	return ((UINT64_C(1) << n) - 1) & ~((UINT64_C(1) << first) - 1);
}

static bool has_all_minutes(const struct match_rule *rule, const uint64_t minutes[TIMES_WORDS])
{
	const struct condition *condition = match_condition(rule, CONDITION_TIME);
	uint64_t wanted[TIMES_WORDS] = { 0 };

	if (condition != NULL)
		times_fill(condition, wanted);
	for (int minute = 0; condition == NULL && minute < MINUTES_OF_WEEK; minute++)
		wanted[minute / 64] |= UINT64_C(1) << minute % 64;
	for (int i = 0; i < TIMES_WORDS; i++)
		if (wanted[i] & ~minutes[i])
			return false;
	return true;
}

static void join(const struct match_rule *rule, int k, int f, struct shade *shade)
{
	const struct lint_parts *parts = shade->parts;
	const uint64_t wanted = k == TIME ? 0 : wanted_words(rule, kinds[k]);
	const bool all = k == TIME ? has_all_minutes(rule, parts->minutes[f])
				   : (wanted & ~parts->words[k][f]) == 0;

	if (!all)
		return;
	shade->functions |= FUNCTION_BIT(f);
	if (k != TIME && condition_types[kinds[k]].facts == 0 &&
	    (wanted & ~parts->certain[k][f]) == 0)
		shade->certain |= FUNCTION_BIT(f);
	if (shade->last == NULL || parts->last[k] > shade->last)
		shade->last = parts->last[k];
}

void lint_join_parts(const struct match_rule *rule, struct shade *shade)
{
	if (shade->parts == NULL)
		return;
	for (function_set left = match_functions(rule) & ~shade->certain; left != 0;
	     left &= left - 1) {
		const int f = __builtin_ctz(left);

		for (int k = 0; k < N_KINDS; k++)
			if (shade->parts->last[k] != NULL)
				join(rule, k, f, shade);
	}
	free(shade->parts);
	shade->parts = NULL;
}
