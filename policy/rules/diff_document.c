/* Changes of what a document says beside its rules and defaults. */
#include <stdio.h>
#include <string.h>

#include "diff_internal.h"

static const function_set all_functions = FUNCTION_BIT(_FUNCTION_MAX) - 1;

static void add_texts(struct diff *diff, enum rules_change_kind kind, const char *from,
		      const char *to, const struct diff_effect *effect)
{
	struct rules_change *change =
		strcmp(from, to) == 0 ? NULL : diff_add(diff, kind, NULL, effect);

	if (change == NULL)
		return;
	snprintf(change->from_text, sizeof(change->from_text), "%s", from);
	snprintf(change->to_text, sizeof(change->to_text), "%s", to);
	change->functions = effect->up | effect->down;
}

static void diff_head(struct diff *diff)
{
	const struct rules *before = diff->before->rules, *after = diff->after->rules;
	const struct diff_effect none = { 0 };
	const struct diff_effect mode = { after->audit_only ? all_functions : 0,
					  after->audit_only ? 0 : all_functions };

	add_texts(diff, RULES_CHANGE_NAME, before->name, after->name, &none);
	add_texts(diff, RULES_CHANGE_MODE, before->audit_only ? "audit" : "enforce",
		  after->audit_only ? "audit" : "enforce", &mode);
}

static bool same_networks(const struct rules *a, const struct rules *b)
{
	return a->n_networks == b->n_networks &&
	       (a->n_networks == 0 ||
		memcmp(a->networks, b->networks, a->n_networks * sizeof(a->networks[0])) == 0);
}

/* Other networks: the rules that ask for the site may match what they did not, or the reverse. */
static void diff_site(struct diff *diff)
{
	struct diff_effect effect = { 0 };

	if (same_networks(diff->before->rules, diff->after->rules))
		return;
	for (size_t i = 0; i < diff->n; i++)
		if (match_condition(diff->order[i]->match, CONDITION_SITE) != NULL)
			effect.up |= match_functions(diff->order[i]->match);
	effect.down = effect.up;
	struct rules_change *change = diff_add(diff, RULES_CHANGE_SITE, NULL, &effect);
	if (change != NULL)
		change->functions = effect.up;
}

static void diff_keyboards(struct diff *diff)
{
	const struct keyboard_guard *a = &diff->before->rules->keyboard_guard;
	const struct keyboard_guard *b = &diff->after->rules->keyboard_guard;
	const struct diff_effect none = { 0 };

	if (a->typing.seconds != b->typing.seconds || a->code_seconds != b->code_seconds ||
	    a->typing.per_second != b->typing.per_second || a->code_digits != b->code_digits)
		diff_add(diff, RULES_CHANGE_KEYBOARDS, NULL, &none);
}

static bool same_units(const struct rules *a, const struct rules *b)
{
	for (size_t i = 0; a->n_units == b->n_units && i < a->n_units; i++) {
		const char *other = rules_classification(b, a->units[i].name);

		if (other == NULL || strcmp(other, a->units[i].classification) != 0)
			return false;
	}
	return a->n_units == b->n_units;
}

/* Does @a let something be granted that @b does not? */
static bool grants_more(const struct grant_limits *a, const struct grant_limits *b)
{
	return (a->functions & ~b->functions) != 0 ||
	       (a->functions != 0 &&
		(verdict_stricter(a->strongest, b->strongest) != a->strongest ||
		 a->minutes > b->minutes));
}

static void add_given(struct diff *diff, enum rules_change_kind kind, struct diff_effect effect)
{
	struct rules_change *change = diff_add(diff, kind, NULL, &effect);

	if (change != NULL)
		change->functions = effect.up | effect.down;
}

/* Rules and the risk model may ask for the facts that are given so. */
static void diff_givens(struct diff *diff)
{
	const struct rules *before = diff->before->rules, *after = diff->after->rules;
	const struct grant_limits *was = &before->grants, *is = &after->grants;
	const struct diff_effect either = { all_functions, all_functions };

	if (!same_units(before, after))
		add_given(diff, RULES_CHANGE_UNITS, either);
	if (before->assumed.violations != after->assumed.violations ||
	    before->assumed.hosts_seen != after->assumed.hosts_seen)
		add_given(diff, RULES_CHANGE_ASSUMED, either);
	if (grants_more(is, was) || grants_more(was, is))
		add_given(diff, RULES_CHANGE_GRANTS,
			  (struct diff_effect){ grants_more(is, was) ? is->functions : 0,
						grants_more(was, is) ? was->functions : 0 });
}

void diff_document(struct diff *diff)
{
	diff_head(diff);
	diff_site(diff);
	diff_keyboards(diff);
	diff_givens(diff);
}
