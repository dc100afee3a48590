#include "changes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool same(const struct registered_entry *a, const struct registered_entry *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 && a->verdict == b->verdict &&
	       a->modifiers == b->modifiers && a->functions == b->functions &&
	       strcmp(a->tag, b->tag) == 0;
}

static int append(struct changes *changes, size_t *capacity, const struct change *change)
{
	if (changes->n == *capacity) {
		size_t wanted = *capacity ? *capacity * 2 : 64;
		struct change *list = reallocarray(changes->list, wanted, sizeof(*list));

		if (!list)
			return -ENOMEM;
		changes->list = list;
		*capacity = wanted;
	}
	changes->list[changes->n++] = *change;
	changes->added += change->kind == CHANGE_ADDED;
	changes->removed += change->kind == CHANGE_REMOVED;
	changes->altered += change->kind == CHANGE_ALTERED;
	return 0;
}

/* Both tables ascend by key, so one pass over both finds what differs. */
static int compare(const struct registered *before, const struct registered *after,
		   struct changes *changes)
{
	size_t capacity = 0;
	uint32_t i = 0, j = 0;

	while (i < before->n || j < after->n) {
		struct change change = { 0 };
		int order = i == before->n ? 1 : j == after->n ? -1 : 0;
		int r = 0;

		if (i < before->n)
			r = registered_at(before, i, &change.before);
		if (r == 0 && j < after->n)
			r = registered_at(after, j, &change.after);
		if (r < 0)
			return r;
		if (order == 0)
			order = memcmp(change.before.key, change.after.key, DEVICE_KEY_SIZE);
		i += order <= 0;
		j += order >= 0;
		if (order == 0 && same(&change.before, &change.after))
			continue;
		change.kind = order < 0	  ? CHANGE_REMOVED
			      : order > 0 ? CHANGE_ADDED
					  : CHANGE_ALTERED;
		r = append(changes, &capacity, &change);
		if (r < 0)
			return r;
	}
	return 0;
}

int changes_between(const struct registered *before, const struct registered *after,
		    struct changes *ret)
{
	struct changes changes = { 0 };
	int r = compare(before, after, &changes);

	if (r < 0) {
		changes_finish(&changes);
		return r;
	}
	*ret = changes;
	return 0;
}

void changes_finish(struct changes *changes)
{
	free(changes->list);
	*changes = (struct changes){ 0 };
}
