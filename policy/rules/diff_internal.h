/* rules_diff_internal - the state of one comparison.  Between rules_diff*.c. */
#pragma once

#include "cover.h"
#include "diff.h"
#include "policy/jsonc_tree.h"

/* A rule on its way from the old document to the new one. */
struct diff_rule {
	const struct match_rule *match; /* what it matches now */
	struct outcome outcome;		/* what it says now */
	/* What it is in either document, and its place there; NULL where it is not. */
	const struct match_rule *old, *new;
	const struct jsonc_node *old_node, *new_node;
	size_t new_place;
};

struct diff {
	const struct rules_source *before, *after; /* borrowed */
	struct jsonc_tree before_tree, after_tree;
	struct rules_changes changes;
	size_t room;
	bool failed; /* out of memory */
	struct cover_budget budget;
	struct outcome defaults[_FUNCTION_MAX]; /* now */
	struct diff_rule *rules;		/* of both documents, each once; owned */
	size_t n_rules;
	struct diff_rule **order; /* the document now: those that are in it; owned */
	size_t n;
};

/* Functions to which a change may permit more, or less. */
struct diff_effect {
	function_set up, down;
};

/* Whether @a permits nothing that @b does not, and asks all that @b asks. */
bool outcome_permits_no_more(const struct outcome *a, const struct outcome *b);

/* What it does that @outcome stands where @other stood, for @functions. */
void diff_replace(struct diff_effect *effect, const struct outcome *other,
		  const struct outcome *outcome, function_set functions);

/* What it does that @rule, for @functions of its match, comes before the rules of the order from
 * @begin to before @end, and with @defaults before the defaults; or, with @gone, that it no longer
 * does. */
struct diff_span {
	size_t begin, end;
	bool defaults, gone;
};
void diff_precede(struct diff *diff, struct diff_effect *effect, const struct diff_rule *rule,
		  function_set functions, const struct diff_span *span);

/* Add a change; gives it, or NULL without memory. */
struct rules_change *diff_add(struct diff *diff, enum rules_change_kind kind,
			      const struct diff_rule *rule, const struct diff_effect *effect);

/* Add the changes of its name, mode, site, keyboard guard, units, and of what it assumes and lets
 * be granted. */
void diff_document(struct diff *diff);

/* Write who the rule at @node of @tree is for (diff_who.c). */
void diff_who(const struct jsonc_tree *tree, const struct jsonc_node *node,
	      char ret[static RULES_WHO_SIZE]);
