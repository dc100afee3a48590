#include "diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff_internal.h"

/* Comparisons for all changes together: about a second.  After that any two rules are taken to be
 * able to match the same. */
enum { BUDGET = 250 * 1000 * 1000 };

void rules_changes_finish(struct rules_changes *changes)
{
	free(changes->list);
	*changes = (struct rules_changes){ 0 };
}

static void set_effect(struct rules_change *change, const struct diff_effect *effect)
{
	change->more = effect->up & ~effect->down;
	change->less = effect->down & ~effect->up;
	change->either = effect->up & effect->down;
}

struct rules_change *diff_add(struct diff *diff, enum rules_change_kind kind,
			      const struct diff_rule *rule, const struct diff_effect *effect)
{
	struct rules_changes *changes = &diff->changes;

	if (changes->n == diff->room) {
		const size_t room = diff->room == 0 ? 16 : diff->room * 2;
		struct rules_change *list = realloc(changes->list, room * sizeof(*list));

		if (list == NULL) {
			diff->failed = true;
			return NULL;
		}
		changes->list = list;
		diff->room = room;
	}
	struct rules_change *change = &changes->list[changes->n++];
	*change = (struct rules_change){ .kind = kind };
	set_effect(change, effect);
	if (rule == NULL)
		return change;
	snprintf(change->rule, sizeof(change->rule), "%s", rule->match->rule.id);
	change->from = change->to = rule->outcome;
	change->functions = match_functions(rule->match);
	if (kind == RULES_CHANGE_REMOVED)
		diff_who(&diff->before_tree, rule->old_node, change->who);
	else
		diff_who(&diff->after_tree, rule->new_node, change->who);
	return change;
}

/* The functions not in @done whose defaults change as that of @function does. */
static function_set same_change(const struct diff *diff, int function, function_set done)
{
	const struct outcome *from = diff->before->rules->defaults;
	const struct outcome *to = diff->after->rules->defaults;
	function_set functions = 0;

	for (int f = 0; f < _FUNCTION_MAX; f++)
		if (!(done & FUNCTION_BIT(f)) && outcome_same(&from[f], &from[function]) &&
		    outcome_same(&to[f], &to[function]))
			functions |= FUNCTION_BIT(f);
	return functions;
}

static void diff_defaults(struct diff *diff)
{
	const struct outcome *from = diff->before->rules->defaults;
	const struct outcome *to = diff->after->rules->defaults;
	function_set done = 0;

	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const function_set functions = same_change(diff, f, done);
		struct diff_effect effect = { 0 };

		if ((done & FUNCTION_BIT(f)) || outcome_same(&from[f], &to[f]))
			continue;
		done |= functions;
		diff_replace(&effect, &from[f], &to[f], functions);
		struct rules_change *change = diff_add(diff, RULES_CHANGE_DEFAULT, NULL, &effect);
		if (change == NULL)
			return;
		change->from = from[f];
		change->to = to[f];
		change->functions = functions;
	}
	memcpy(diff->defaults, to, sizeof(diff->defaults));
}

static size_t place_in(const struct diff *diff, const struct diff_rule *rule)
{
	size_t i = 0;

	while (diff->order[i] != rule)
		i++;
	return i;
}

static void take_out(struct diff *diff, size_t at)
{
	memmove(diff->order + at, diff->order + at + 1, (--diff->n - at) * sizeof(diff->order[0]));
}

static void put_in(struct diff *diff, size_t at, struct diff_rule *rule)
{
	memmove(diff->order + at + 1, diff->order + at, (diff->n++ - at) * sizeof(diff->order[0]));
	diff->order[at] = rule;
}

static void diff_removed(struct diff *diff)
{
	for (size_t i = 0; i < diff->n;) {
		struct diff_rule *rule = diff->order[i];
		struct diff_effect effect = { 0 };

		if (rule->new != NULL) {
			i++;
			continue;
		}
		diff_precede(diff, &effect, rule, match_functions(rule->match),
			     &(struct diff_span){ i + 1, diff->n, true, true });
		(void)diff_add(diff, RULES_CHANGE_REMOVED, rule, &effect);
		take_out(diff, i);
	}
}

/* The rule at @i now matches what the new document says. */
static void change_match(struct diff *diff, size_t i)
{
	struct diff_rule *rule = diff->order[i];
	const function_set old = match_functions(rule->old), new = match_functions(rule->new);
	struct cover_budget budget = {
		.left = BUDGET
	}; /* all of it: to be sure what is the same */
	const bool widens = match_covers(rule->new, rule->old, &budget);
	const bool narrows = match_covers(rule->old, rule->new, &budget);
	const function_set lost = widens ? old & ~new : old;
	const function_set gained = narrows ? new & ~old : new;
	struct diff_effect effect = { 0 };

	if (lost == 0 && gained == 0) {
		rule->match = rule->new;
		return;
	}
	diff_precede(diff, &effect, rule, lost, &(struct diff_span){ i + 1, diff->n, true, true });
	rule->match = rule->new;
	diff_precede(diff, &effect, rule, gained,
		     &(struct diff_span){ i + 1, diff->n, true, false });
	(void)diff_add(diff, RULES_CHANGE_MATCH, rule, &effect);
}

static void diff_matches(struct diff *diff)
{
	for (size_t i = 0; i < diff->n; i++)
		change_match(diff, i);
}

static void diff_outcomes(struct diff *diff)
{
	for (size_t i = 0; i < diff->n; i++) {
		struct diff_rule *rule = diff->order[i];
		const struct outcome from = rule->outcome, to = rule->new->rule.outcome;
		struct diff_effect effect = { 0 };

		if (outcome_same(&from, &to))
			continue;
		diff_replace(&effect, &from, &to, match_functions(rule->match));
		rule->outcome = to;
		struct rules_change *change = diff_add(diff, RULES_CHANGE_OUTCOME, rule, &effect);
		if (change != NULL)
			change->from = from;
	}
}

static void set_other(struct diff *diff, struct rules_change *change, size_t at)
{
	if (change != NULL && at > 0)
		snprintf(change->other, sizeof(change->other), "%s",
			 diff->order[at - 1]->match->rule.id);
}

/* Move the rule at @from so that it comes right after @after, or first if that is NULL. */
static void move(struct diff *diff, size_t from, const struct diff_rule *after)
{
	struct diff_rule *rule = diff->order[from];
	const function_set functions = match_functions(rule->match);
	struct diff_effect effect = { 0 };

	take_out(diff, from);
	const size_t to = after == NULL ? 0 : place_in(diff, after) + 1;
	if (to > from)
		diff_precede(diff, &effect, rule, functions,
			     &(struct diff_span){ from, to, false, true });
	else
		diff_precede(diff, &effect, rule, functions,
			     &(struct diff_span){ to, from, false, false });
	put_in(diff, to, rule);
	set_other(diff, diff_add(diff, RULES_CHANGE_MOVED, rule, &effect), to);
}

/* Mark the longest run of rules that come in the same order in both documents: *@stays by the place
 * in the new one.  By patience sorting: tails[k] ends the best run of k + 1.  0 or -ENOMEM. */
static int mark_stays(const struct diff *diff, bool *stays)
{
	size_t *tails = calloc(diff->n + 1, sizeof(*tails));
	size_t *previous = calloc(diff->n + 1, sizeof(*previous));
	size_t n = 0;

	if (tails == NULL || previous == NULL) {
		free(tails);
		free(previous);
		return -ENOMEM;
	}
	for (size_t i = 0; i < diff->n; i++) {
		size_t low = 0, high = n;

		while (low < high) {
			const size_t middle = low + (high - low) / 2;

			if (diff->order[tails[middle]]->new_place < diff->order[i]->new_place)
				low = middle + 1;
			else
				high = middle;
		}
		previous[i] = low > 0 ? tails[low - 1] : SIZE_MAX;
		tails[low] = i;
		n = low == n ? n + 1 : n;
	}
	for (size_t i = n > 0 ? tails[n - 1] : SIZE_MAX; i != SIZE_MAX; i = previous[i])
		stays[diff->order[i]->new_place] = true;
	free(tails);
	free(previous);
	return 0;
}

/* Bring those that are in both documents into the order of the new one, then add the new ones. */
static int diff_order(struct diff *diff)
{
	const size_t n = diff->after->rules->n;
	struct diff_rule **wanted = calloc(n + 1, sizeof(struct diff_rule *));
	bool *stays = calloc(n + 1, sizeof(*stays));
	const struct diff_rule *before = NULL;
	int r = wanted == NULL || stays == NULL ? -ENOMEM : mark_stays(diff, stays);

	for (size_t i = 0; r == 0 && i < diff->n_rules; i++)
		if (diff->rules[i].new != NULL)
			wanted[diff->rules[i].new_place] = &diff->rules[i];
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (wanted[i]->old == NULL)
			continue;
		if (!stays[i])
			move(diff, place_in(diff, wanted[i]), before);
		before = wanted[i];
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct diff_effect effect = { 0 };

		if (wanted[i]->old != NULL)
			continue;
		diff_precede(diff, &effect, wanted[i], match_functions(wanted[i]->match),
			     &(struct diff_span){ i, diff->n, true, false });
		put_in(diff, i, wanted[i]);
		set_other(diff, diff_add(diff, RULES_CHANGE_ADDED, wanted[i], &effect), i);
	}
	free(wanted);
	free(stays);
	return r;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void diff_reasons(struct diff *diff)
{
	const struct diff_effect none = { 0 };

	for (size_t i = 0; i < diff->n; i++) {
		const struct diff_rule *rule = diff->order[i];

		if (rule->old != NULL &&
		    !(same_text(rule->old->rule.reason_en, rule->new->rule.reason_en) &&
		      same_text(rule->old->rule.reason_zh, rule->new->rule.reason_zh)))
			(void)diff_add(diff, RULES_CHANGE_REASON, rule, &none);
	}
}

static const struct match_rule *find(const struct rules *rules, const char *id)
{
	return (const struct match_rule *)rules_find(rules, id);
}

/* The first rule in the text; there is one if the document has rules. */
static const struct jsonc_node *first_rule(const struct jsonc_tree *tree)
{
	const struct jsonc_node *list = jsonc_tree_member(tree, &tree->nodes[1], "rules");

	return list == NULL ? NULL : jsonc_tree_first(tree, list);
}

/* The rules of the old document, in its order. */
static int gather_old(struct diff *diff)
{
	const struct rules *before = diff->before->rules, *after = diff->after->rules;
	const struct jsonc_node *node = first_rule(&diff->before_tree);

	for (size_t i = 0; i < before->n; i++) {
		const struct match_rule *old = &before->rules[i];
		struct diff_rule *rule = &diff->rules[diff->n_rules++];

		if (node == NULL)
			return -EBADMSG;
		*rule = (struct diff_rule){
			old, old->rule.outcome, old, find(after, old->rule.id), node, NULL, 0
		};
		diff->order[diff->n++] = rule;
		node = jsonc_tree_next(&diff->before_tree, node);
	}
	return 0;
}

/* Those of the new document, which may be the same. */
static int gather_new(struct diff *diff)
{
	const struct rules *before = diff->before->rules, *after = diff->after->rules;
	const struct jsonc_node *node = first_rule(&diff->after_tree);

	for (size_t i = 0; i < after->n; i++) {
		const struct match_rule *new = &after->rules[i], *old = find(before, new->rule.id);
		struct diff_rule *rule =
			&diff->rules[old == NULL ? diff->n_rules++ : (size_t)(old - before->rules)];

		if (node == NULL)
			return -EBADMSG;
		if (old == NULL)
			*rule = (struct diff_rule){
				new, new->rule.outcome, NULL, new, NULL, NULL, 0
			};
		rule->new_node = node;
		rule->new_place = i;
		node = jsonc_tree_next(&diff->after_tree, node);
	}
	return 0;
}

static int gather(struct diff *diff)
{
	const size_t n = diff->before->rules->n + diff->after->rules->n + 1;

	diff->rules = calloc(n, sizeof(*diff->rules));
	diff->order = calloc(n, sizeof(struct diff_rule *));
	if (diff->rules == NULL || diff->order == NULL)
		return -ENOMEM;
	memcpy(diff->defaults, diff->before->rules->defaults, sizeof(diff->defaults));
	int r = gather_old(diff);
	return r < 0 ? r : gather_new(diff);
}

static int compare(struct diff *diff)
{
	int r = jsonc_tree_parse(&diff->before_tree, diff->before->text, diff->before->size);
	if (r == 0)
		r = jsonc_tree_parse(&diff->after_tree, diff->after->text, diff->after->size);
	if (r == 0)
		r = gather(diff);
	if (r < 0)
		return r;
	diff_document(diff);
	diff_defaults(diff);
	diff_removed(diff);
	diff_matches(diff);
	diff_outcomes(diff);
	r = diff_order(diff);
	if (r < 0)
		return r;
	diff_reasons(diff);
	return diff->failed ? -ENOMEM : 0;
}

int rules_diff(const struct rules_source *before, const struct rules_source *after,
	       struct rules_changes *ret)
{
	struct diff diff = { .before = before, .after = after, .budget = { .left = BUDGET } };
	int r = compare(&diff);

	jsonc_tree_finish(&diff.before_tree);
	jsonc_tree_finish(&diff.after_tree);
	free(diff.rules);
	free(diff.order);
	if (r < 0)
		rules_changes_finish(&diff.changes);
	else
		*ret = diff.changes;
	return r;
}
