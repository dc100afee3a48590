/* Sets of interfaces. */
#include "cover.h"
#include "shapes.h"

/* The patterns of one set, or of none. */
struct patterns {
	const struct pattern *list;
	uint32_t n;
};

static struct patterns patterns_of(const struct interfaces *interfaces, int set)
{
	const struct pattern *list = interfaces->patterns;

	for (int i = 0; i < set; i++)
		list += interfaces->n[i];
	return (struct patterns){ list, interfaces->n[set] };
}

static bool pattern_covers(const struct pattern *a, const struct pattern *b)
{
	return a->class == b->class &&
	       (a->any_subclass || (!b->any_subclass && a->subclass == b->subclass)) &&
	       (a->any_protocol || (!b->any_protocol && a->protocol == b->protocol));
}

static bool pattern_disjoint(const struct pattern *a, const struct pattern *b)
{
	return a->class != b->class ||
	       (!a->any_subclass && !b->any_subclass && a->subclass != b->subclass) ||
	       (!a->any_protocol && !b->any_protocol && a->protocol != b->protocol);
}

/* Some pattern of @over holds for all that @under does. */
static bool is_covered(const struct pattern *under, struct patterns over)
{
	for (uint32_t i = 0; i < over.n; i++)
		if (pattern_covers(&over.list[i], under))
			return true;
	return false;
}

static bool all_covered(struct patterns under, struct patterns over)
{
	uint32_t i = 0;

	while (i < under.n && is_covered(&under.list[i], over))
		i++;
	return under.n > 0 && i == under.n;
}

/* Some pattern of @under is covered by @over. */
static bool one_covered(struct patterns under, struct patterns over)
{
	for (uint32_t i = 0; i < under.n; i++)
		if (is_covered(&under.list[i], over))
			return true;
	return false;
}

/* None of @list can be matched by what @pattern is. */
static bool all_disjoint(const struct pattern *pattern, struct patterns list)
{
	uint32_t i = 0;

	while (i < list.n && pattern_disjoint(pattern, &list.list[i]))
		i++;
	return list.n > 0 && i == list.n;
}

/* A device that @interfaces holds for has an interface that @pattern matches. */
static bool implies_some(const struct interfaces *interfaces, struct patterns patterns)
{
	return one_covered(patterns_of(interfaces, SET_ALL_OF), patterns) ||
	       one_covered(patterns_of(interfaces, SET_EXACTLY), patterns) ||
	       all_covered(patterns_of(interfaces, SET_ONE_OF), patterns);
}

static bool implies_all(const struct interfaces *interfaces, struct patterns patterns)
{
	for (uint32_t i = 0; i < patterns.n; i++)
		if (!implies_some(interfaces, (struct patterns){ &patterns.list[i], 1 }))
			return false;
	return true;
}

/* It has none that @pattern matches. */
static bool implies_none(const struct interfaces *interfaces, const struct pattern *pattern)
{
	return is_covered(pattern, patterns_of(interfaces, SET_NONE_OF)) ||
	       all_disjoint(pattern, patterns_of(interfaces, SET_ONLY)) ||
	       all_disjoint(pattern, patterns_of(interfaces, SET_EXACTLY));
}

static bool implies_only(const struct interfaces *interfaces, struct patterns patterns)
{
	return all_covered(patterns_of(interfaces, SET_ONLY), patterns) ||
	       all_covered(patterns_of(interfaces, SET_EXACTLY), patterns);
}

static bool implies(const struct interfaces *interfaces, int set, struct patterns patterns)
{
	switch (set) {
	case SET_ALL_OF:
		return implies_all(interfaces, patterns);
	case SET_ONE_OF:
		return implies_some(interfaces, patterns);
	case SET_NONE_OF:
		for (uint32_t i = 0; i < patterns.n; i++)
			if (!implies_none(interfaces, &patterns.list[i]))
				return false;
		return true;
	case SET_ONLY:
		return implies_only(interfaces, patterns);
	default:
		return implies_all(interfaces, patterns) && implies_only(interfaces, patterns);
	}
}

static bool object_covers(const struct interfaces *a, const struct interfaces *b)
{
	for (int set = 0; set < _SET_MAX; set++)
		if (a->n[set] > 0 && !implies(b, set, patterns_of(a, set)))
			return false;
	return true;
}

static uint64_t count_patterns(const struct interfaces *interfaces)
{
	uint64_t n = 1;

	for (int set = 0; set < _SET_MAX; set++)
		n += interfaces->n[set];
	return n;
}

bool interfaces_cover(const struct condition *a, const struct condition *b,
		      struct cover_budget *budget)
{
	const struct interfaces *over = a->values, *under = b->values;

	for (uint32_t j = 0; j < b->n; j++) {
		uint32_t i = 0;

		while (i < a->n) {
			if (!cover_spend(budget,
					 count_patterns(&over[i]) * count_patterns(&under[j])))
				return false;
			if (object_covers(&over[i], &under[j]))
				break;
			i++;
		}
		if (i == a->n)
			return false;
	}
	return true;
}

/* Whether one of @needed, of which some device's interface must match each (or, with @one, only
 * one of them), cannot be there for what set @against says. */
static bool cannot_be(struct patterns needed, bool one, const struct interfaces *interfaces,
		      int against)
{
	const struct patterns list = patterns_of(interfaces, against);
	uint32_t impossible = 0;

	for (uint32_t i = 0; i < needed.n; i++)
		impossible += against == SET_NONE_OF ? is_covered(&needed.list[i], list)
						     : all_disjoint(&needed.list[i], list);
	return one ? needed.n > 0 && impossible == needed.n : impossible > 0;
}

static bool object_impossible(const struct interfaces *interfaces, int *ret_a, int *ret_b)
{
	static const int needed[] = { SET_ALL_OF, SET_ONE_OF, SET_EXACTLY };
	static const int against[] = { SET_NONE_OF, SET_ONLY, SET_EXACTLY };

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			*ret_a = needed[i];
			*ret_b = against[j];
			if (*ret_a != *ret_b && cannot_be(patterns_of(interfaces, *ret_a),
							  *ret_a == SET_ONE_OF, interfaces, *ret_b))
				return true;
		}
	}
	return false;
}

bool interfaces_impossible(const struct condition *condition, const char **ret_a,
			   const char **ret_b)
{
	const struct interfaces *interfaces = condition->values;
	int a = 0, b = 0;

	for (uint32_t i = 0; i < condition->n; i++)
		if (!object_impossible(&interfaces[i], &a, &b))
			return false;
	*ret_a = interfaces_set_to_text(a);
	*ret_b = interfaces_set_to_text(b);
	return true;
}
