/* What is permitted more, and what less. */
#include "diff_internal.h"

bool outcome_permits_no_more(const struct outcome *a, const struct outcome *b)
{
	const bool asks_all = (b->modifiers & ~a->modifiers) == 0;

	if (!a->by_risk && a->verdict == VERDICT_DENY)
		return true;
	if (a->by_risk || b->by_risk)
		return a->by_risk && asks_all && (b->by_risk || b->verdict == VERDICT_ALLOW);
	return asks_all && verdict_stricter(a->verdict, b->verdict) == a->verdict;
}

void diff_replace(struct diff_effect *effect, const struct outcome *other,
		  const struct outcome *outcome, function_set functions)
{
	if (!outcome_permits_no_more(outcome, other))
		effect->up |= functions;
	if (!outcome_permits_no_more(other, outcome))
		effect->down |= functions;
}

/* The same for what @rule says and what it stands before, in either direction. */
static void meet(struct diff_effect *effect, const struct diff_rule *rule,
		 const struct outcome *other, function_set functions, bool gone)
{
	if (gone)
		diff_replace(effect, &rule->outcome, other, functions);
	else
		diff_replace(effect, other, &rule->outcome, functions);
}

/* Whether @other matches, for certain, whatever @rule does: then nothing after it matters. */
static bool ends(struct diff *diff, const struct diff_rule *other, const struct diff_rule *rule)
{
	return match_facts(other->match) == 0 &&
	       match_covers(other->match, rule->match, &diff->budget);
}

void diff_precede(struct diff *diff, struct diff_effect *effect, const struct diff_rule *rule,
		  function_set functions, const struct diff_span *span)
{
	for (size_t i = span->begin; i < span->end && functions != 0; i++) {
		const struct diff_rule *other = diff->order[i];
		const function_set shared = functions & match_functions(other->match);
		struct diff_effect would = *effect;

		meet(&would, rule, &other->outcome, shared, span->gone);
		/* Only where it would tell something new is it worth to look at the match. */
		if ((would.up != effect->up || would.down != effect->down) &&
		    !match_disjoint(rule->match, other->match, &diff->budget))
			*effect = would;
		if (shared != 0 && ends(diff, other, rule))
			functions &= ~shared;
	}
	for (int f = 0; span->defaults && f < _FUNCTION_MAX; f++)
		if (functions & FUNCTION_BIT(f))
			meet(effect, rule, &diff->defaults[f], FUNCTION_BIT(f), span->gone);
}
