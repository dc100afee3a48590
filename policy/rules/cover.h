/* rules_cover - what can be proven of two matches: that one holds wherever the other does, or that
 * the two never hold together.  Internal to policy/.  Pure.
 *
 * Proven condition by condition, so what only several rules or conditions show together is missed:
 * "false" says that nothing is proven.  The function condition is left to the caller, who has sets
 * of functions.  Of the facts, "covers" says: where the second match holds, the first does; where
 * the second is unknown, the first is not failed; where the first asks for no fact, it holds. */
#pragma once

#include "internal.h"

/* Comparisons that are left; with none of them nothing more is proven. */
struct cover_budget {
	uint64_t left;
	bool spent; /* something was not looked at for want of it */
};

/* The functions of which @rule can speak: those of its condition, and storage alone if it asks
 * about the medium. */
function_set match_functions(const struct match_rule *rule);

/* The kinds of its conditions but for the function, as bits. */
uint64_t match_kinds(const struct match_rule *rule);

/* The facts that it asks for. */
fact_set match_facts(const struct match_rule *rule);

bool match_covers(const struct match_rule *a, const struct match_rule *b,
		  struct cover_budget *budget);
/* The same, but for their conditions of @kind, of which nothing is asked. */
bool match_covers_but(const struct match_rule *a, const struct match_rule *b,
		      enum condition_kind kind, struct cover_budget *budget);
bool match_disjoint(const struct match_rule *a, const struct match_rule *b,
		    struct cover_budget *budget);

/* The texts of a condition, wherever they are held. */
struct texts_view {
	uint32_t n_exact, n_globs, n_ranges;
	const char *const *exact, *const *globs;
	const char *const *ranges; /* the two ends of each */
};
struct texts_view texts_view(const struct condition *condition);

/* One condition of the same kind each (cover_texts.c, cover_interfaces.c). */
bool texts_cover(const struct condition *a, const struct condition *b, struct cover_budget *budget);
bool texts_disjoint(const struct condition *a, const struct condition *b,
		    struct cover_budget *budget);
bool interfaces_cover(const struct condition *a, const struct condition *b,
		      struct cover_budget *budget);

/* Whether no device can have such interfaces; *@ret_a and *@ret_b name the sets that speak against
 * each other, static storage. */
bool interfaces_impossible(const struct condition *condition, const char **ret_a,
			   const char **ret_b);

/* What the first of a condition's texts, or all that it stands for, begins with: up to eight bytes,
 * the first one the highest, and *@ret_mask their bits. */
uint64_t texts_begin(const struct condition *condition, uint64_t *ret_mask);

/* Whether all that the good glob @b holds for, @a holds for, too. */
bool glob_covers(const char *a, const char *b);

/* Take @steps comparisons; false if they are not to be had. */
bool cover_spend(struct cover_budget *budget, uint64_t steps);
