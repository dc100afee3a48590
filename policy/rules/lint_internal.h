/* rules_lint_internal - the state of one look through a document.  Between rules_lint*.c. */
#pragma once

#include "cover.h"
#include "lint.h"
#include "policy/jsonc_tree.h"

/* What tells, at a glance, that a rule does not match all that another one does. */
struct lint_filter {
	uint64_t kinds; /* of its conditions (match_kinds()) */
	/* What all texts that it matches begin with, eight bytes at most, in the condition of that
	 * kind; the mask is 0 if there is no such. */
	enum condition_kind text_kind;
	uint64_t begin, mask;
};

struct lint {
	const struct rules_source *source; /* borrowed */
	struct jsonc_tree tree;
	struct rules_findings findings;
	size_t room;
	bool failed; /* out of memory */
	struct cover_budget budget;
	struct lint_filter *filters;  /* of each rule; owned */
	size_t names[_CONDITION_MAX]; /* of each kind, the finding with its names, from 1; 0: none
				       */
};

/* The rule that is looked at. */
struct lint_rule {
	const struct match_rule *match;
	size_t place;
	const struct jsonc_node *node; /* of the text */
};

/* What rules before a rule, each of which matches a part of what it does, match of it together: the
 * parts are told apart by one condition alone, whose values can be counted. */
struct lint_parts;

/* The rules before a rule that match all that it matches. */
struct shade {
	function_set functions;		      /* those for which some rule does */
	function_set certain;		      /* those for which one does that asks for no fact */
	const struct match_rule *last, *same; /* the last of them; one with the same match */
	struct lint_parts *parts;	      /* owned; NULL: none */
};

/* The kinds of conditions by which parts are told apart, as bits. */
uint64_t lint_part_kinds(void);

/* Note what @before, which has conditions of no other kinds than @rule's but @extra, none or one of
 * lint_part_kinds(), matches of @rule. */
void lint_add_part(struct lint *lint, const struct match_rule *rule,
		   const struct match_rule *before, uint64_t extra, struct shade *shade);

/* Add to @shade those functions for which the parts are all there is, and free them. */
void lint_join_parts(const struct match_rule *rule, struct shade *shade);

/* Add a finding about @rule, or about the document if that is NULL; @condition is the member of its
 * match that it is about, or NULL.  Gives what the caller may add to; NULL if it is left out. */
struct rules_finding *lint_add(struct lint *lint, enum rules_finding_kind kind,
			       enum rules_severity severity, const struct lint_rule *rule,
			       const char *condition);

/* What is to be said of a rule's match and outcome by themselves (lint_match.c). */
void lint_match(struct lint *lint, const struct lint_rule *rule);

/* Collect the names in its match that nobody can check here (lint_names.c). */
void lint_names(struct lint *lint, const struct lint_rule *rule);
