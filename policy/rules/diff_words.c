/* The words and sentences of changes. */
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "policy/sentence.h"

enum { LIST_SIZE = 256, OUTCOME_SIZE = 80 };

static const struct {
	const char *word, *sentence;
} words[_RULES_CHANGE_MAX] = {
	[RULES_CHANGE_NAME] = { "name", "The rules are called \"{to}\" and no longer \"{from}\"." },
	[RULES_CHANGE_MODE] = { "mode", "The mode is \"{to}\" and no longer \"{from}\"." },
	[RULES_CHANGE_SITE] = { "site", "Other networks count as on site." },
	[RULES_CHANGE_KEYBOARDS] = { "keyboard-guard", "New keyboards are watched otherwise." },
	[RULES_CHANGE_UNITS] = { "units", "Units' data are classified otherwise." },
	[RULES_CHANGE_ASSUMED] = { "assume", "Other facts are assumed until the collector tells." },
	[RULES_CHANGE_GRANTS] = { "grants", "Other things than before may be granted." },
	[RULES_CHANGE_DEFAULT] = { "default",
				   "Where no rule matches {functions}: {to}, no longer {from}." },
	[RULES_CHANGE_REMOVED] = { "removed", "Rule \"{rule}\" is gone; it said {from}." },
	[RULES_CHANGE_MATCH] = { "match",
				 "Rule \"{rule}\" matches others than before; it says {to}." },
	[RULES_CHANGE_OUTCOME] = { "outcome", "Rule \"{rule}\" says {to} and no longer {from}." },
	[RULES_CHANGE_MOVED] = { "moved", "Rule \"{rule}\" now comes after \"{other}\"." },
	[RULES_CHANGE_ADDED] = { "added", "Rule \"{rule}\" is new; it says {to}." },
	[RULES_CHANGE_REASON] = { "reason", "Rule \"{rule}\" tells people something else." },
};

static const char moved_to_the_top[] = "Rule \"{rule}\" now comes first.";

static const char audit[] = "Nothing is enforced any longer: every device works.";
static const char enforce[] = "What was only recorded is enforced.";

/* By what is permitted, and whether there are other conditions than the function. */
static const char *const effects[3][2] = {
	{ "More may be permitted for {functions}.",
	  "More may be permitted for {functions}, with {who}." },
	{ "Less may be permitted for {functions}.",
	  "Less may be permitted for {functions}, with {who}." },
	{ "More or less may be permitted for {functions}, depending on the other rules.",
	  "More or less may be permitted for {functions}, depending on the other rules, with "
	  "{who}." },
};

const char *rules_change_to_text(enum rules_change_kind kind)
{
	return words[kind].word;
}

const char *rules_change_sentence(const struct rules_change *change)
{
	if (change->kind == RULES_CHANGE_MOVED && change->other[0] == '\0')
		return moved_to_the_top;
	return words[change->kind].sentence;
}

const char *rules_change_effect_sentence(const struct rules_change *change, function_set functions)
{
	if (change->kind == RULES_CHANGE_MODE)
		return functions == change->more ? audit : enforce;
	const int effect = functions == change->more ? 0 : functions == change->less ? 1 : 2;

	return effects[effect][change->who[0] != '\0'];
}

/* "storage, phone"; "*" for all. */
static void write_functions(function_set functions, char ret[static LIST_SIZE])
{
	size_t n = 0;

	if (functions == FUNCTION_BIT(_FUNCTION_MAX) - 1)
		functions = 0;
	snprintf(ret, LIST_SIZE, "*");
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		if (!(functions & FUNCTION_BIT(f)))
			continue;
		if (n > 0)
			n += (size_t)snprintf(ret + n, LIST_SIZE - n, ", ");
		n += (size_t)snprintf(ret + n, LIST_SIZE - n, "%s",
				      function_to_text((enum function)f));
	}
}

/* "read-only + noexec, trail". */
static void write_outcome(const struct outcome *outcome, char ret[static OUTCOME_SIZE])
{
	const char *before = " + ";
	int n = snprintf(ret, OUTCOME_SIZE, "%s",
			 outcome->by_risk ? "by-risk" : verdict_to_text(outcome->verdict));

	for (int bit = 1; bit < _MODIFIER_ALL; bit <<= 1) {
		if (!(outcome->modifiers & bit))
			continue;
		n += snprintf(ret + n, (size_t)(OUTCOME_SIZE - n), "%s%s", before,
			      modifier_to_text((enum modifier)bit));
		before = ", ";
	}
}

static void fill(const struct rules_change *change, function_set functions, const char *sentence,
		 char *ret, size_t ret_size)
{
	const bool texts = change->from_text[0] != '\0';
	char list[LIST_SIZE], from[OUTCOME_SIZE], to[OUTCOME_SIZE];
	const struct sentence_blank blanks[] = {
		{ "rule", change->rule },
		{ "other", change->other },
		{ "from", texts ? change->from_text : from },
		{ "to", texts ? change->to_text : to },
		{ "functions", list },
		{ "who", change->who },
		{ NULL, NULL },
	};

	write_functions(functions, list);
	write_outcome(&change->from, from);
	write_outcome(&change->to, to);
	sentence_fill(sentence, blanks, ret, ret_size);
}

void rules_change_fill(const struct rules_change *change, const char *sentence, char *ret,
		       size_t ret_size)
{
	fill(change, change->functions, sentence, ret, ret_size);
}

void rules_change_effect_fill(const struct rules_change *change, function_set functions,
			      const char *sentence, char *ret, size_t ret_size)
{
	fill(change, functions, sentence, ret, ret_size);
}
