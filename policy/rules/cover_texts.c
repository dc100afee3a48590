/* Lists of texts, globs and ranges. */
#include <string.h>

#include "cover.h"
#include "glob.h"
#include "policy/text.h"
#include "shapes.h"

enum { GLOB_SIZE = 2 * DEVICE_TEXT_SIZE + 2 };

/* The end of the glob's token at @glob: '*', '?', or one character, '\' taken with it. */
static const char *token_end(const char *glob)
{
	glob += *glob == '\\';
	const size_t size = text_character(glob, strlen(glob));

	return glob + (size == 0 ? 1 : size);
}

/* Whether the token at @a, which is no '*', holds for all that the one at @b does. */
static bool token_covers(const char *a, const char *b)
{
	const char *a_end = token_end(a), *b_end = token_end(b);

	if (*b == '*' || *a == '?')
		return *b != '*';
	if (*b == '?')
		return false;
	a += *a == '\\';
	b += *b == '\\';
	return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

/* The matching of @a against @b as if its tokens were characters, of which "any" and "any run" are
 * some that only '?' and '*', or only '*', hold for. */
bool glob_covers(const char *a, const char *b)
{
	const char *after_star = NULL, *run_end = NULL;

	for (;;) {
		if (*a == '*') {
			after_star = ++a;
			run_end = b;
			if (*a == '\0')
				return true;
		} else if (*b == '\0') {
			return *a == '\0';
		} else if (*a != '\0' && token_covers(a, b)) {
			a = token_end(a);
			b = token_end(b);
		} else {
			if (after_star == NULL || *run_end == '\0')
				return false;
			run_end = token_end(run_end);
			a = after_star;
			b = run_end;
		}
	}
}

struct texts_view texts_view(const struct condition *condition)
{
	const struct texts *texts = condition->values;

	return (struct texts_view){
		.n_exact = texts->n_exact,
		.n_globs = texts->n_globs,
		.n_ranges = texts->n_ranges,
		.exact = texts->texts,
		.globs = texts->texts + texts->n_exact,
		.ranges = texts->texts + texts->n_exact + texts->n_globs,
	};
}

static bool in_range(const char *text, const char *const *range)
{
	return strlen(text) == strlen(range[0]) && strcmp(range[0], text) <= 0 &&
	       strcmp(text, range[1]) <= 0;
}

static bool is_among(const struct texts_view *texts, const char *text)
{
	uint32_t low = 0, high = texts->n_exact;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = strcmp(texts->exact[middle], text);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* A glob for the texts of a range, and others: what both ends begin with, and then anything. */
static void glob_of_range(const char *const *range, char ret[static GLOB_SIZE])
{
	const char *from = range[0], *to = range[1];

	while (*from != '\0') {
		const size_t size = text_character(from, strlen(from));

		if (size == 0 || strncmp(from, to, size) != 0)
			break;
		if (strchr("*?\\", *from) != NULL)
			*ret++ = '\\';
		to += size;
		for (const char *end = from + size; from < end;)
			*ret++ = *from++;
	}
	strcpy(ret, *from == '\0' ? "" : "*");
}

/* The bytes before the first '*' or '?' of @glob; of a text that is no glob, @exact, all. */
static uint64_t begin_of(const char *text, bool exact, uint64_t *ret_mask)
{
	uint64_t begin = 0;

	*ret_mask = 0;
	for (int shift = 56; shift >= 0 && *text != '\0'; shift -= 8, text++) {
		if (!exact && (*text == '*' || *text == '?'))
			break;
		text += !exact && *text == '\\';
		begin |= (uint64_t)(unsigned char)*text << shift;
		*ret_mask |= UINT64_C(0xff) << shift;
	}
	return begin;
}

uint64_t texts_begin(const struct condition *condition, uint64_t *ret_mask)
{
	const struct texts_view texts = texts_view(condition);
	char glob[GLOB_SIZE];

	if (texts.n_exact > 0)
		return begin_of(texts.exact[0], true, ret_mask);
	if (texts.n_globs > 0)
		return begin_of(texts.globs[0], false, ret_mask);
	glob_of_range(texts.ranges, glob);
	return begin_of(glob, false, ret_mask);
}

static bool text_covered(const struct texts_view *a, const char *text)
{
	if (is_among(a, text))
		return true;
	for (uint32_t i = 0; i < a->n_globs; i++)
		if (rules_glob_holds(a->globs[i], text))
			return true;
	for (uint32_t i = 0; i < a->n_ranges; i++)
		if (in_range(text, a->ranges + 2 * (size_t)i))
			return true;
	return false;
}

static bool glob_covered(const struct texts_view *a, const char *glob)
{
	for (uint32_t i = 0; i < a->n_globs; i++)
		if (glob_covers(a->globs[i], glob))
			return true;
	return false;
}

static bool range_covered(const struct texts_view *a, const char *const *range)
{
	char glob[GLOB_SIZE];

	for (uint32_t i = 0; i < a->n_ranges; i++) {
		const char *const *over = a->ranges + 2 * (size_t)i;

		if (in_range(range[0], over) && in_range(range[1], over))
			return true;
	}
	glob_of_range(range, glob);
	return glob_covered(a, glob);
}

bool texts_cover(const struct condition *a, const struct condition *b, struct cover_budget *budget)
{
	const struct texts_view a_view = texts_view(a), b_view = texts_view(b);
	const struct texts_view *over = &a_view, *under = &b_view;
	const uint64_t each = 8 + 24 * (uint64_t)over->n_globs + over->n_ranges;

	for (uint32_t i = 0; i < under->n_exact; i++)
		if (!cover_spend(budget, each) || !text_covered(over, under->exact[i]))
			return false;
	for (uint32_t i = 0; i < under->n_globs; i++)
		if (!cover_spend(budget, each) || !glob_covered(over, under->globs[i]))
			return false;
	for (uint32_t i = 0; i < under->n_ranges; i++)
		if (!cover_spend(budget, each) ||
		    !range_covered(over, under->ranges + 2 * (size_t)i))
			return false;
	return true;
}

/* Whether the two globs, up to the first that is no plain character in either, differ. */
static bool beginnings_differ(const char *a, const char *b)
{
	while (*a != '*' && *a != '?' && *b != '*' && *b != '?') {
		a += *a == '\\';
		b += *b == '\\';
		if (*a != *b)
			return true;
		if (*a == '\0')
			return false;
		a++;
		b++;
	}
	return false;
}

/* Whether @glob may hold for a text of @texts. */
static bool glob_may_meet(const char *glob, const struct texts_view *texts)
{
	char other[GLOB_SIZE];

	for (uint32_t i = 0; i < texts->n_exact; i++)
		if (rules_glob_holds(glob, texts->exact[i]))
			return true;
	for (uint32_t i = 0; i < texts->n_globs; i++)
		if (!beginnings_differ(glob, texts->globs[i]))
			return true;
	for (uint32_t i = 0; i < texts->n_ranges; i++) {
		glob_of_range(texts->ranges + 2 * (size_t)i, other);
		if (!beginnings_differ(glob, other))
			return true;
	}
	return false;
}

static bool range_meets(const char *const *range, const struct texts_view *texts)
{
	char glob[GLOB_SIZE];

	for (uint32_t i = 0; i < texts->n_exact; i++)
		if (in_range(texts->exact[i], range))
			return true;
	for (uint32_t i = 0; i < texts->n_ranges; i++) {
		const char *const *other = texts->ranges + 2 * (size_t)i;

		if (strlen(range[0]) == strlen(other[0]) && strcmp(range[0], other[1]) <= 0 &&
		    strcmp(other[0], range[1]) <= 0)
			return true;
	}
	glob_of_range(range, glob);
	for (uint32_t i = 0; i < texts->n_globs; i++)
		if (!beginnings_differ(glob, texts->globs[i]))
			return true;
	return false;
}

bool texts_disjoint(const struct condition *a, const struct condition *b,
		    struct cover_budget *budget)
{
	const struct texts_view a_view = texts_view(a), b_view = texts_view(b);
	const struct texts_view *x = &a_view, *y = &b_view;
	const uint64_t each = 8 + 24 * (uint64_t)y->n_globs + y->n_ranges;
	const uint64_t all = each + y->n_exact;

	for (uint32_t i = 0; i < x->n_exact; i++)
		if (!cover_spend(budget, each) || text_covered(y, x->exact[i]))
			return false;
	for (uint32_t i = 0; i < x->n_globs; i++)
		if (!cover_spend(budget, all) || glob_may_meet(x->globs[i], y))
			return false;
	for (uint32_t i = 0; i < x->n_ranges; i++)
		if (!cover_spend(budget, all) || range_meets(x->ranges + 2 * (size_t)i, y))
			return false;
	return true;
}
