/* Expressions, and the cases that they come down to.
 *
 * A rule of ours can say that conditions hold together, and nothing else.  So a formula becomes a
 * list of cases, of which the first that matches tells the truth: "not A" is A, no; else, yes.  Two
 * formulas joined are the cases of one, each with those of the other, in order; what alone settles
 * the matter (no, under "all"; yes, under "any") is not gone into. */
#include "mde.h"

#include <ctype.h>
#include <string.h>

int mde_new(struct mde *mde, enum mde_kind kind, struct mde_expression **ret)
{
	struct mde_expression *expression;
	int r = mde_take(mde, sizeof(*expression), &expression);

	if (r < 0)
		return r;
	expression->kind = kind;
	*ret = expression;
	return 0;
}

int mde_add_child(struct mde *mde, struct mde_expression *parent, struct mde_expression *child)
{
	int r = mde_grow(mde, &parent->children, parent->n_children, &parent->room,
			 sizeof(*parent->children));

	if (r == 0)
		parent->children[parent->n_children++] = child;
	return r;
}

int mde_add_not(struct mde *mde, struct mde_expression *parent, struct mde_expression *child)
{
	struct mde_expression * not ;
	int r = mde_new(mde, MDE_NOT, &not );

	if (r == 0)
		r = mde_add_child(mde, not, child);
	return r < 0 ? r : mde_add_child(mde, parent, not );
}

int mde_constant(struct mde *mde, unsigned yes, unsigned maybe, struct mde_expression **ret)
{
	int r = mde_new(mde, MDE_CONSTANT, ret);

	if (r == 0) {
		(*ret)->yes = yes;
		(*ret)->maybe = maybe;
	}
	return r;
}

int mde_matching(struct mde *mde, const struct mde_match *match, enum mde_truth truth,
		 enum mde_truth otherwise, struct mde_expression **ret)
{
	int r = mde_new(mde, MDE_CASES, ret);

	if (r == 0)
		r = mde_cases_add(mde, &(*ret)->cases, match, truth);
	return r == 0 ? mde_cases_add(mde, &(*ret)->cases, &mde_match_all, otherwise) : r;
}

/* Write @pattern as a glob of ours. */
static void write_glob(const char *pattern, char *ret)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '?' || *pattern == '\\')
			*ret++ = '\\';
		*ret++ = *pattern;
	}
	*ret = '\0';
}

/* The other forms that Windows may mean by @c: the other case; '_' is written for a space. */
static char other_form(char c)
{
	if (c == '_')
		return ' ';
	return (char)(isupper((unsigned char)c) ? tolower((unsigned char)c)
						: toupper((unsigned char)c));
}

/* Each text but @text that its @n_forms characters with two forms make. */
static int list_variants(struct mde *mde, const struct mde_text *text, unsigned n_forms,
			 struct mde_texts *ret)
{
	for (unsigned mask = 1; mask < 1u << n_forms; mask++) {
		const char *copy;
		unsigned place = 0;
		int r = mde_copy(mde, text->text, strlen(text->text), &copy);

		if (r < 0)
			return r;
		for (char *c = (char *)copy; *c != '\0'; c++)
			if (other_form(*c) != *c && (mask & 1u << place++))
				*c = other_form(*c);
		ret->texts[ret->n++] = (struct mde_text){ copy, text->glob, false };
	}
	mde_texts_sort(ret);
	return 0;
}

/* One glob for them all, and more: '?' for each such character. */
static int widen(struct mde *mde, const char *glob, struct mde_texts *ret)
{
	const char *copy;
	int r = mde_copy(mde, glob, strlen(glob), &copy);

	if (r < 0)
		return r;
	for (char *c = (char *)copy; *c != '\0'; c++)
		if (other_form(*c) != *c)
			*c = '?';
	ret->texts[ret->n++] = (struct mde_text){ copy, true, true };
	return 0;
}

static int add_variants(struct mde *mde, const char *glob, struct mde_expression *serial)
{
	struct mde_texts *variants;
	unsigned n_forms = 0;

	for (const char *c = glob; *c != '\0'; c++)
		n_forms += other_form(*c) != *c;
	if (n_forms == 0)
		return 0;
	const bool many = n_forms > MDE_MAX_FORMS;
	const size_t room = many ? 1 : (1u << n_forms) - 1;
	int r = mde_take(mde, sizeof(*variants) + room * sizeof(variants->texts[0]), &variants);
	if (r < 0)
		return r;
	serial->variants = variants;
	return many ? widen(mde, glob, variants)
		    : list_variants(mde, &serial->serial, n_forms, variants);
}

int mde_serial(struct mde *mde, const char *pattern, bool wildcards, struct mde_expression **ret)
{
	const size_t length = strlen(pattern);
	const bool wild = wildcards && strchr(pattern, '*') != NULL;
	char *glob;

	/* No device's text is longer, and none without a serial is meant. */
	if (length == 0 || length > MDE_MAX_TEXT)
		return mde_constant(mde, 0, 0, ret);
	int r = mde_take(mde, 2 * length + 1, &glob);
	if (r < 0)
		return r;
	write_glob(pattern, glob);
	if (strlen(glob) > MDE_MAX_TEXT)
		return mde_constant(mde, 0, MDE_ALL_FAMILIES, ret);
	r = mde_new(mde, MDE_SERIAL, ret);
	if (r < 0)
		return r;
	(*ret)->serial = (struct mde_text){ wild ? glob : pattern, wild, false };
	return add_variants(mde, glob, *ret);
}

static bool is_covered(const struct mde_cases *cases, const struct mde_match *match)
{
	for (size_t i = cases->n; i > 0 && cases->n - i < MDE_LOOK_BACK; i--)
		if (mde_match_within(match, &cases->items[i - 1].match))
			return true;
	return false;
}

int mde_cases_add(struct mde *mde, struct mde_cases *cases, const struct mde_match *match,
		  enum mde_truth truth)
{
	while (cases->n > 0 && cases->items[cases->n - 1].truth == truth &&
	       mde_match_within(&cases->items[cases->n - 1].match, match))
		cases->n--;
	if (cases->n == MDE_MAX_CASES)
		return mde_too_much(mde, MDE_MAX_CASES, "cases");
	int r = mde_grow(mde, &cases->items, cases->n, &cases->room, sizeof(*cases->items));
	if (r == 0)
		cases->items[cases->n++] = (struct mde_case){ *match, truth };
	return r;
}

/* The serials of all children that are serials, as one set: exact, or with @variants those. */
static int collect(struct mde *mde, const struct mde_expression *any, bool variants,
		   const struct mde_texts **ret)
{
	struct mde_texts *texts;
	size_t room = 0;

	for (size_t i = 0; i < any->n_children; i++)
		room += any->children[i]->variants == NULL ? 1 : any->children[i]->variants->n + 1;
	int r = mde_take(mde, sizeof(*texts) + room * sizeof(texts->texts[0]), &texts);
	for (size_t i = 0; r == 0 && i < any->n_children; i++) {
		const struct mde_expression *child = any->children[i];

		if (child->kind != MDE_SERIAL)
			continue;
		if (!variants)
			texts->texts[texts->n++] = child->serial;
		for (size_t j = 0; variants && child->variants != NULL && j < child->variants->n;
		     j++)
			texts->texts[texts->n++] = child->variants->texts[j];
	}
	if (r < 0)
		return r;
	mde_texts_sort(texts);
	*ret = texts->n == 0 ? NULL : texts;
	return 0;
}

/* What is so of a device that has one of @any's serials. */
static int expand_serials(struct mde *mde, const struct mde_expression *any, struct mde_cases *ret)
{
	struct mde_match exact = mde_match_all, variant = mde_match_all;
	int r = collect(mde, any, false, &exact.serial);

	if (r == 0)
		r = collect(mde, any, true, &variant.serial);
	if (r == 0 && exact.serial != NULL)
		r = mde_cases_add(mde, ret, &exact, MDE_YES);
	if (r == 0 && variant.serial != NULL)
		r = mde_cases_add(mde, ret, &variant, MDE_MAYBE);
	return r == 0 ? mde_cases_add(mde, ret, &mde_match_all, MDE_NO) : r;
}

/* Several formulas being joined. */
struct joining {
	struct mde *mde;
	enum mde_truth settling; /* the truth of one that is the truth of all */
	size_t n;
	const struct mde_cases *parts;
	struct mde_cases *ret;
};

static enum mde_truth join_truth(const struct joining *joining, enum mde_truth a, enum mde_truth b)
{
	const bool smaller = a < b;

	return smaller == (joining->settling == MDE_NO) ? a : b;
}

/* Add what the parts from @i on make of the devices that match, of which those before have made
 * @truth. */
static int join(const struct joining *joining, size_t i, struct mde_match match,
		enum mde_truth truth, unsigned depth)
{
	struct mde *mde = joining->mde;

	if (depth > MDE_MAX_DEPTH)
		return mde_too_much(mde, MDE_MAX_DEPTH, "conditions at once");
	if (is_covered(joining->ret, &match))
		return 0;
	for (; i < joining->n && truth != joining->settling; i++) {
		const struct mde_cases *part = &joining->parts[i];
		enum mde_truth rest = part->items[part->n - 1].truth;

		for (size_t j = 0; j + 1 < part->n; j++) {
			const struct mde_case *item = &part->items[j];
			struct mde_match both;
			int r = mde_match_meet(mde, &match, &item->match, &both);

			if (++mde->steps > MDE_MAX_STEPS)
				return mde_too_much(mde, MDE_MAX_STEPS, "steps");
			if (r == MDE_MEET_EXACT && mde_match_within(&match, &both)) {
				rest = item->truth; /* nothing is left */
				break;
			}
			mde->wider |= r == MDE_MEET_WIDER;
			if (r == MDE_MEET_WIDER)
				r = mde_cases_add(mde, joining->ret, &both, MDE_MAYBE);
			else if (r == MDE_MEET_EXACT)
				r = join(joining, i + 1, both,
					 join_truth(joining, truth, item->truth), depth + 1);
			if (r < 0)
				return r;
		}
		truth = join_truth(joining, truth, rest);
	}
	return mde_cases_add(mde, joining->ret, &match, truth);
}

static int expand_joined(struct mde *mde, const struct mde_expression *expression,
			 enum mde_family family, struct mde_cases *ret)
{
	const bool any = expression->kind == MDE_ANY;
	const bool serials = any && family != MDE_BLUETOOTH;
	struct mde_cases *parts;
	struct joining joining = { mde, any ? MDE_YES : MDE_NO, 0, NULL, ret };
	int r = mde_take(mde, (expression->n_children + 1) * sizeof(*parts), &parts);

	joining.parts = parts;
	if (r == 0 && serials)
		r = expand_serials(mde, expression, &parts[joining.n++]);
	for (size_t i = 0; r == 0 && i < expression->n_children; i++)
		if (!serials || expression->children[i]->kind != MDE_SERIAL)
			r = mde_expand(mde, expression->children[i], family, &parts[joining.n++]);
	if (r < 0)
		return r;
	return join(&joining, 0, mde_match_all, any ? MDE_NO : MDE_YES, 0);
}

static int expand_constant(struct mde *mde, const struct mde_expression *expression,
			   enum mde_family family, struct mde_cases *ret)
{
	const unsigned bit = 1u << family;
	const enum mde_truth truth = expression->yes & bit     ? MDE_YES
				     : expression->maybe & bit ? MDE_MAYBE
							       : MDE_NO;

	return mde_cases_add(mde, ret, &mde_match_all, truth);
}

static int expand_cases(struct mde *mde, const struct mde_expression *expression,
			enum mde_family family, struct mde_cases *ret)
{
	const struct mde_cases *cases = &expression->cases;
	const bool media = family == MDE_REMOVABLE || family == MDE_OPTICAL;

	/* Only a medium can be encrypted. */
	if (!media && cases->items[0].match.encryption != MDE_ANY_ENCRYPTION)
		return mde_cases_add(mde, ret, &mde_match_all, MDE_NO);
	*ret = *cases;
	return 0;
}

static int expand_group(struct mde *mde, size_t i, enum mde_family family, struct mde_cases *ret)
{
	struct mde_group *group = &mde->policy.groups[i];
	int r = 0;

	if (group->expanded[family].state == MDE_EXPANDING)
		return mde_fail(mde, 0, 0, group->id, "The group is a member of itself.");
	if (group->expanded[family].state == MDE_NOT_EXPANDED) {
		group->expanded[family].state = MDE_EXPANDING;
		r = mde_expand(mde, group->query, family, &group->expanded[family].cases);
		group->expanded[family].state = MDE_EXPANDED;
	}
	*ret = group->expanded[family].cases;
	return r;
}

/* A serial, or what else is told of the device itself. */
static int expand_device(struct mde *mde, const struct mde_expression *expression,
			 enum mde_family family, struct mde_cases *ret)
{
	struct mde_expression *child = (struct mde_expression *)expression;
	const struct mde_expression any = { .n_children = 1, .children = &child };

	/* What we see is the adapter, and not what it talks to. */
	if (family == MDE_BLUETOOTH) {
		mde->adapter = true;
		return mde_cases_add(mde, ret, &mde_match_all, MDE_MAYBE);
	}
	if (expression->kind == MDE_SERIAL)
		return expand_serials(mde, &any, ret);
	return expand_cases(mde, expression, family, ret);
}

static int expand_negated(struct mde *mde, const struct mde_expression *expression,
			  enum mde_family family, struct mde_cases *ret)
{
	struct mde_cases cases = { 0 };
	int r = mde_expand(mde, expression->children[0], family, &cases);

	for (size_t i = 0; r == 0 && i < cases.n; i++)
		r = mde_cases_add(mde, ret, &cases.items[i].match,
				  (enum mde_truth)(MDE_YES - cases.items[i].truth));
	return r;
}

static int expand(struct mde *mde, const struct mde_expression *expression, enum mde_family family,
		  struct mde_cases *ret)
{
	switch (expression->kind) {
	case MDE_CONSTANT:
		return expand_constant(mde, expression, family, ret);
	case MDE_GROUP:
		return expand_group(mde, expression->group, family, ret);
	case MDE_NOT:
		return expand_negated(mde, expression, family, ret);
	case MDE_ALL:
	case MDE_ANY:
		return expand_joined(mde, expression, family, ret);
	default:
		return expand_device(mde, expression, family, ret);
	}
}

int mde_expand(struct mde *mde, const struct mde_expression *expression, enum mde_family family,
	       struct mde_cases *ret)
{
	if (mde->nesting == MDE_MAX_NESTING)
		return mde_too_much(mde, MDE_MAX_NESTING, "groups inside each other");
	mde->nesting++;
	*ret = (struct mde_cases){ 0 };
	int r = expand(mde, expression, family, ret);
	mde->nesting--;
	return r;
}
