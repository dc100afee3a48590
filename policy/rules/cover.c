#include "cover.h"

#include <string.h>

#include "shapes.h"

/* What one condition costs before its values are looked at. */
enum { CONDITION_STEPS = 8 };

bool cover_spend(struct cover_budget *budget, uint64_t steps)
{
	if (budget->left < steps) {
		budget->left = 0;
		budget->spent = true;
		return false;
	}
	budget->left -= steps;
	return true;
}

static bool words_cover(const struct condition *a, const struct condition *b,
			struct cover_budget *budget)
{
	(void)budget;
	return (b->n & ~a->n) == 0;
}

static bool words_disjoint(const struct condition *a, const struct condition *b,
			   struct cover_budget *budget)
{
	(void)budget;
	return (a->n & b->n) == 0;
}

/* Both lists are in order, and no two of one overlap; neighbours may touch. */
static bool ids_cover(const struct condition *a, const struct condition *b,
		      struct cover_budget *budget)
{
	const struct id_range *over = a->values, *under = b->values;
	uint32_t i = 0;

	if (!cover_spend(budget, a->n + b->n))
		return false;
	for (uint32_t j = 0; j < b->n; j++) {
		uint32_t need = under[j].from; /* the first that is not covered yet */

		while (need <= under[j].to) {
			while (i < a->n && over[i].to < need)
				i++;
			if (i == a->n || over[i].from > need)
				return false;
			need = over[i].to + 1U;
		}
	}
	return true;
}

static bool ids_disjoint(const struct condition *a, const struct condition *b,
			 struct cover_budget *budget)
{
	const struct id_range *x = a->values, *y = b->values;
	uint32_t i = 0, j = 0;

	if (!cover_spend(budget, a->n + b->n))
		return false;
	while (i < a->n && j < b->n) {
		if (x[i].to < y[j].from)
			i++;
		else if (y[j].to < x[i].from)
			j++;
		else
			return false;
	}
	return true;
}

/* How many different digests of @b are in @a, and how many there are. */
static uint32_t common(const struct condition *a, const struct condition *b, uint32_t *ret_n)
{
	const uint8_t *x = a->values, *y = b->values;
	uint32_t i = 0, found = 0;

	*ret_n = 0;
	for (uint32_t j = 0; j < b->n; j++) {
		const uint8_t *digest = y + (size_t)j * DEVICE_DIGEST_SIZE;
		int order = -1;

		if (j > 0 && memcmp(digest - DEVICE_DIGEST_SIZE, digest, DEVICE_DIGEST_SIZE) == 0)
			continue;
		++*ret_n;
		while (i < a->n && (order = memcmp(x + (size_t)i * DEVICE_DIGEST_SIZE, digest,
						   DEVICE_DIGEST_SIZE)) < 0)
			i++;
		found += i < a->n && order == 0;
	}
	return found;
}

static bool digests_cover(const struct condition *a, const struct condition *b,
			  struct cover_budget *budget)
{
	uint32_t n;

	return cover_spend(budget, a->n + b->n) && common(a, b, &n) == n;
}

static bool digests_disjoint(const struct condition *a, const struct condition *b,
			     struct cover_budget *budget)
{
	uint32_t n;

	return cover_spend(budget, a->n + b->n) && common(a, b, &n) == 0;
}

/* The range of @a that holds @number, or NULL. */
static const struct number_range *range_at(const struct condition *a, int64_t number)
{
	const struct number_range *ranges = a->values;

	for (uint32_t i = 0; i < a->n; i++)
		if (ranges[i].min <= number && number <= ranges[i].max)
			return &ranges[i];
	return NULL;
}

static bool range_covered(const struct condition *a, const struct number_range *range)
{
	int64_t need = range->min;

	for (;;) {
		const struct number_range *over = range_at(a, need);

		if (over == NULL)
			return false;
		if (over->max >= range->max)
			return true;
		need = over->max + 1;
	}
}

static bool numbers_cover(const struct condition *a, const struct condition *b,
			  struct cover_budget *budget)
{
	const struct number_range *ranges = b->values;

	for (uint32_t i = 0; i < b->n; i++)
		if (!cover_spend(budget, (uint64_t)a->n * a->n) || !range_covered(a, &ranges[i]))
			return false;
	return true;
}

static bool numbers_disjoint(const struct condition *a, const struct condition *b,
			     struct cover_budget *budget)
{
	const struct number_range *x = a->values, *y = b->values;

	for (uint32_t i = 0; i < a->n; i++) {
		if (!cover_spend(budget, b->n))
			return false;
		for (uint32_t j = 0; j < b->n; j++)
			if (x[i].min <= y[j].max && y[j].min <= x[i].max)
				return false;
	}
	return true;
}

/* Minutes of the week of @b that @a has, and how many @b has. */
static int common_minutes(const struct condition *a, const struct condition *b, int *ret_n)
{
	uint64_t x[TIMES_WORDS] = { 0 }, y[TIMES_WORDS] = { 0 };
	int found = 0;

	times_fill(a, x);
	times_fill(b, y);
	*ret_n = 0;
	for (int i = 0; i < TIMES_WORDS; i++) {
		found += __builtin_popcountll(x[i] & y[i]);
		*ret_n += __builtin_popcountll(y[i]);
	}
	return found;
}

static bool times_cover(const struct condition *a, const struct condition *b,
			struct cover_budget *budget)
{
	int n;

	return cover_spend(budget, 3 * TIMES_WORDS * (uint64_t)(a->n + b->n)) &&
	       common_minutes(a, b, &n) == n;
}

static bool times_disjoint(const struct condition *a, const struct condition *b,
			   struct cover_budget *budget)
{
	int n;

	return cover_spend(budget, 3 * TIMES_WORDS * (uint64_t)(a->n + b->n)) &&
	       common_minutes(a, b, &n) == 0;
}

typedef bool (*relation)(const struct condition *a, const struct condition *b,
			 struct cover_budget *budget);

/* By the shape that a kind's values have. */
static const struct {
	enum rules_truth (*holds)(const struct condition *condition,
				  const struct question *question);
	relation covers, disjoint; /* NULL: never proven */
} shapes[] = {
	{ words_holds, words_cover, words_disjoint },
	{ texts_holds, texts_cover, texts_disjoint },
	{ ids_holds, ids_cover, ids_disjoint },
	{ digests_holds, digests_cover, digests_disjoint },
	{ numbers_holds, numbers_cover, numbers_disjoint },
	{ interfaces_holds, interfaces_cover, NULL },
	{ times_holds, times_cover, times_disjoint },
};

static size_t shape_of(const struct condition *condition)
{
	size_t i = 0;

	while (shapes[i].holds != condition_types[condition->kind].holds)
		i++;
	return i;
}

function_set match_functions(const struct match_rule *rule)
{
	function_set functions = FUNCTION_BIT(_FUNCTION_MAX) - 1;

	for (uint32_t i = 0; i < rule->n; i++) {
		if (rule->conditions[i].kind == CONDITION_FUNCTION)
			functions &= rule->conditions[i].n;
		if (condition_types[rule->conditions[i].kind].media)
			functions &= FUNCTION_BIT(FUNCTION_STORAGE);
	}
	return functions;
}

uint64_t match_kinds(const struct match_rule *rule)
{
	uint64_t kinds = 0;

	for (uint32_t i = 0; i < rule->n; i++)
		if (rule->conditions[i].kind != CONDITION_FUNCTION)
			kinds |= UINT64_C(1) << rule->conditions[i].kind;
	return kinds;
}

fact_set match_facts(const struct match_rule *rule)
{
	fact_set facts = 0;

	for (uint32_t i = 0; i < rule->n; i++)
		facts |= condition_types[rule->conditions[i].kind].facts;
	return facts;
}

bool match_covers(const struct match_rule *a, const struct match_rule *b,
		  struct cover_budget *budget)
{
	return match_covers_but(a, b, CONDITION_FUNCTION, budget);
}

bool match_covers_but(const struct match_rule *a, const struct match_rule *b,
		      enum condition_kind kind, struct cover_budget *budget)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct condition *over = &a->conditions[i];
		const struct condition *under = match_condition(b, over->kind);

		if (over->kind == CONDITION_FUNCTION || over->kind == kind)
			continue;
		if (under == NULL || !cover_spend(budget, CONDITION_STEPS) ||
		    !shapes[shape_of(over)].covers(over, under, budget))
			return false;
	}
	return true;
}

/* A person may be in several groups, so two conditions on groups may hold together. */
bool match_disjoint(const struct match_rule *a, const struct match_rule *b,
		    struct cover_budget *budget)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct condition *x = &a->conditions[i];
		const struct condition *y = match_condition(b, x->kind);
		const relation disjoint = shapes[shape_of(x)].disjoint;

		if (y != NULL && disjoint != NULL && x->kind != CONDITION_FUNCTION &&
		    x->kind != CONDITION_GROUP && cover_spend(budget, CONDITION_STEPS) &&
		    disjoint(x, y, budget))
			return true;
	}
	return false;
}
