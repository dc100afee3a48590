#include "mde_match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mde.h"
#include "policy/rules/glob.h"

const struct mde_match mde_match_all = { .encryption = MDE_ANY_ENCRYPTION };

int mde_ids_of(struct mde *mde, uint16_t from, uint16_t to, const struct mde_ids **ret)
{
	struct mde_ids *ids;
	int r = mde_take(mde, sizeof(*ids) + sizeof(ids->ranges[0]), &ids);

	if (r < 0)
		return r;
	ids->n = 1;
	ids->ranges[0] = (struct mde_range){ from, to };
	*ret = ids;
	return 0;
}

int mde_texts_of(struct mde *mde, const struct mde_text *text, const struct mde_texts **ret)
{
	struct mde_texts *texts;
	int r = mde_take(mde, sizeof(*texts) + sizeof(texts->texts[0]), &texts);

	if (r < 0)
		return r;
	texts->n = 1;
	texts->texts[0] = *text;
	mde_texts_sort(texts);
	*ret = texts;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct mde_text *x = a, *y = b;

	return x->glob != y->glob ? x->glob - y->glob : strcmp(x->text, y->text);
}

void mde_texts_sort(struct mde_texts *texts)
{
	qsort(texts->texts, texts->n, sizeof(texts->texts[0]), compare);
	texts->n_exact = 0;
	while (texts->n_exact < texts->n && !texts->texts[texts->n_exact].glob)
		texts->n_exact++;
}

static int meet_ids(struct mde *mde, const struct mde_ids *a, const struct mde_ids *b,
		    const struct mde_ids **ret)
{
	struct mde_ids *both;

	*ret = a == NULL ? b : a;
	if (a == NULL || b == NULL || a == b)
		return MDE_MEET_EXACT;
	int r = mde_take(mde, sizeof(*both) + (a->n + b->n) * sizeof(both->ranges[0]), &both);
	if (r < 0)
		return r;
	for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
		const struct mde_range *x = &a->ranges[i], *y = &b->ranges[j];
		const uint16_t from = x->from > y->from ? x->from : y->from;
		const uint16_t to = x->to < y->to ? x->to : y->to;

		if (from <= to)
			both->ranges[both->n++] = (struct mde_range){ from, to };
		if (x->to < y->to)
			i++;
		else
			j++;
	}
	*ret = both;
	return both->n > 0 ? MDE_MEET_EXACT : MDE_MEET_NONE;
}

/* Whether each byte is a character, and each '?' or itself. */
static bool is_simple(const char *glob)
{
	for (; *glob != '\0'; glob++)
		if (*glob == '*' || *glob == '\\' || (unsigned char)*glob >= 0x80)
			return false;
	return true;
}

/* Two globs without '*', which are as long and do not differ. */
static int meet_simple(struct mde *mde, const struct mde_text *x, const struct mde_text *y,
		       struct mde_text *ret)
{
	const char *a = x->text, *b = y->text;
	const size_t length = strlen(a);
	char *both;

	int r = mde_take(mde, length + 1, &both);
	if (r < 0)
		return r;
	for (size_t i = 0; i < length; i++)
		both[i] = a[i] == '?' ? b[i] : a[i];
	*ret = (struct mde_text){ both, true, x->wide || y->wide };
	return MDE_MEET_EXACT;
}

/* Whether the globs differ before a '*': then no text fits both. */
static bool begin_apart(const char *a, const char *b)
{
	for (; *a != '*' && *b != '*'; a++, b++) {
		if (*a == '\\' || *b == '\\' || (unsigned char)(*a | *b) >= 0x80)
			return false;
		if (*a != *b && (*a == '\0' || *b == '\0' || (*a != '?' && *b != '?')))
			return true;
		if (*a == '\0')
			return false;
	}
	return false;
}

/* Whether the one wildcard is a '*' at the end. */
static bool is_beginning(const char *glob)
{
	const size_t length = strcspn(glob, "*?\\");

	return glob[length] == '*' && glob[length + 1] == '\0';
}

/* A glob, and an exact text or another glob. */
static int meet_glob(struct mde *mde, const struct mde_text *glob, const struct mde_text *other,
		     struct mde_text *ret)
{
	*ret = *other;
	if (!other->glob)
		return rules_glob_holds(glob->text, other->text) ? MDE_MEET_EXACT : MDE_MEET_NONE;
	if (strcmp(glob->text, other->text) == 0)
		return MDE_MEET_EXACT;
	if (begin_apart(glob->text, other->text))
		return MDE_MEET_NONE;
	if (is_simple(glob->text) && is_simple(other->text))
		return meet_simple(mde, glob, other, ret);
	if (!is_beginning(glob->text) || !is_beginning(other->text))
		return MDE_MEET_WIDER;
	*ret = strlen(glob->text) > strlen(other->text) ? *glob : *other; /* one begins the other */
	return MDE_MEET_EXACT;
}

/* What the globs of @a have in common with the first @n_b of @b goes to @both, which has @room. */
static int meet_globs(struct mde *mde, const struct mde_texts *a, const struct mde_texts *b,
		      size_t n_b, struct mde_texts *both, size_t room)
{
	for (size_t i = a->n_exact; i < a->n; i++) {
		for (size_t j = 0; j < n_b; j++) {
			struct mde_text text;
			int r = meet_glob(mde, &a->texts[i], &b->texts[j], &text);

			if (r == MDE_MEET_NONE)
				continue;
			if (r != MDE_MEET_EXACT || both->n == room)
				return r < 0 ? r : MDE_MEET_WIDER;
			both->texts[both->n++] = text;
		}
	}
	return MDE_MEET_EXACT;
}

static void meet_exact(const struct mde_texts *a, const struct mde_texts *b, struct mde_texts *both)
{
	for (size_t i = 0, j = 0; i < a->n_exact && j < b->n_exact;) {
		const int order = strcmp(a->texts[i].text, b->texts[j].text);

		if (order == 0)
			both->texts[both->n++] = a->texts[i];
		i += order <= 0;
		j += order >= 0;
	}
}

static int meet_texts(struct mde *mde, const struct mde_texts *a, const struct mde_texts *b,
		      const struct mde_texts **ret)
{
	struct mde_texts *both;

	*ret = a == NULL ? b : a;
	if (a == NULL || b == NULL || a == b)
		return MDE_MEET_EXACT;
	const size_t room = a->n + b->n;
	mde->steps += (a->n - a->n_exact) * b->n / MDE_TEXTS_A_STEP +
		      (b->n - b->n_exact) * a->n / MDE_TEXTS_A_STEP;
	int r = mde_take(mde, sizeof(*both) + room * sizeof(both->texts[0]), &both);
	if (r < 0)
		return r;
	meet_exact(a, b, both);
	r = meet_globs(mde, a, b, b->n, both, room);
	if (r == MDE_MEET_EXACT)
		r = meet_globs(mde, b, a, a->n_exact, both, room);
	if (r != MDE_MEET_EXACT) /* @a alone holds every meeting */
		return r;
	mde_texts_sort(both);
	*ret = both;
	return both->n > 0 ? MDE_MEET_EXACT : MDE_MEET_NONE;
}

int mde_match_meet(struct mde *mde, const struct mde_match *a, const struct mde_match *b,
		   struct mde_match *ret)
{
	struct mde_match both = { .encryption = a->encryption & b->encryption };
	int widest = MDE_MEET_EXACT;

	if (both.encryption == 0)
		return MDE_MEET_NONE;
	const int parts[] = {
		meet_ids(mde, a->vendor, b->vendor, &both.vendor),
		meet_ids(mde, a->product, b->product, &both.product),
		meet_texts(mde, a->serial, b->serial, &both.serial),
		meet_texts(mde, a->name, b->name, &both.name),
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] <= 0) /* nothing, or an error */
			return parts[i];
		if (parts[i] > widest)
			widest = parts[i];
	}
	*ret = both;
	return widest;
}

static bool ids_within(const struct mde_ids *a, const struct mde_ids *b)
{
	if (b == NULL || a == b)
		return true;
	if (a == NULL)
		return false;
	for (size_t i = 0, j = 0; i < a->n; i++) {
		while (j < b->n && b->ranges[j].to < a->ranges[i].to)
			j++;
		if (j == b->n || b->ranges[j].from > a->ranges[i].from)
			return false;
	}
	return true;
}

static bool text_within(const struct mde_text *a, const struct mde_text *b)
{
	if (strcmp(a->text, b->text) == 0 && a->glob == b->glob)
		return true;
	return !a->glob && b->glob && rules_glob_holds(b->text, a->text);
}

static bool texts_within(const struct mde_texts *a, const struct mde_texts *b)
{
	if (b == NULL || a == b)
		return true;
	if (a == NULL || a->n > b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		size_t j = 0;

		while (j < b->n && !text_within(&a->texts[i], &b->texts[j]))
			j++;
		if (j == b->n)
			return false;
	}
	return true;
}

bool mde_match_within(const struct mde_match *a, const struct mde_match *b)
{
	return (a->encryption & ~b->encryption) == 0 && ids_within(a->vendor, b->vendor) &&
	       ids_within(a->product, b->product) && texts_within(a->serial, b->serial) &&
	       texts_within(a->name, b->name);
}

static json_t *write_range(const struct mde_range *range)
{
	char from[5], to[5];

	snprintf(from, sizeof(from), "%04x", range->from);
	snprintf(to, sizeof(to), "%04x", range->to);
	return range->from == range->to ? json_string(from)
					: json_pack("{s:s,s:s}", "from", from, "to", to);
}

static json_t *write_text(const struct mde_text *text)
{
	return text->glob ? json_pack("{s:s}", "glob", text->text) : json_string(text->text);
}

/* Give up @list to @object; of one, that alone. */
static int write_list(json_t *object, const char *name, json_t *list, bool complete)
{
	int r = -1;

	if (complete && json_array_size(list) == 1)
		r = json_object_set(object, name, json_array_get(list, 0));
	else if (complete)
		r = json_object_set(object, name, list);
	json_decref(list);
	return r;
}

static int write_ids(json_t *object, const char *name, const struct mde_ids *ids)
{
	json_t *list = json_array();
	bool complete = list != NULL;

	for (size_t i = 0; complete && i < ids->n; i++)
		complete = json_array_append_new(list, write_range(&ids->ranges[i])) == 0;
	return write_list(object, name, list, complete);
}

static int write_texts(json_t *object, const char *name, const struct mde_texts *texts)
{
	json_t *list = json_array();
	bool complete = list != NULL;

	for (size_t i = 0; complete && i < texts->n; i++)
		complete = json_array_append_new(list, write_text(&texts->texts[i])) == 0;
	return write_list(object, name, list, complete);
}

static int write_encryption(json_t *object, uint8_t encryption)
{
	static const char *const words[] = { "none", "luks", "bitlocker" };
	json_t *list = json_array();
	bool complete = list != NULL;

	for (size_t i = 0; complete && i < sizeof(words) / sizeof(words[0]); i++)
		if (encryption & (1u << i))
			complete = json_array_append_new(list, json_string(words[i])) == 0;
	return write_list(object, "encryption", list, complete);
}

int mde_match_write(const struct mde_match *match, json_t *object)
{
	static const struct mde_range every = { 0, UINT16_MAX };
	int r = 0;

	if (match->vendor != NULL)
		r = write_ids(object, "vendor", match->vendor);
	else if (match->product != NULL) /* our "product" wants "vendor" beside it */
		r = json_object_set_new(object, "vendor", write_range(&every));
	if (r == 0 && match->product != NULL)
		r = write_ids(object, "product", match->product);
	if (r == 0 && match->serial != NULL)
		r = write_texts(object, "serial", match->serial);
	if (r == 0 && match->name != NULL)
		r = write_texts(object, "name", match->name);
	if (r == 0 && match->encryption != MDE_ANY_ENCRYPTION)
		r = write_encryption(object, match->encryption);
	return r < 0 ? -ENOMEM : 0;
}
